"""Atomic files, and errors that contain the name of the file."""

import os
import shutil
import stat
import threading
from pathlib import Path

import pytest

from altdetails._files import (
    output_errors,
    output_to,
    path_list,
    reading_errors,
    refuse_overwriting,
    remove_unfinished,
    whole_file,
    whole_path,
)
from altdetails.errors import ExportError, InputError


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """An empty working folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names():
    return sorted(path.name for path in Path().iterdir())


class TestWholePath:
    def test_a_file_appears_at_the_end_of_the_block(self):
        with whole_path(Path("x.txt")) as path:
            path.write_text("new")
            assert not Path("x.txt").exists()
        assert Path("x.txt").read_text() == "new"
        assert names() == ["x.txt"]

    def test_a_block_that_raises_leaves_the_old_file_unchanged(self):
        Path("x.txt").write_text("old")
        with pytest.raises(ZeroDivisionError), whole_file(Path("x.txt")) as file:
            file.write(b"%d" % (1 // 0))
        assert Path("x.txt").read_text() == "old"
        assert names() == ["x.txt"]

    def test_a_file_that_is_replaced_keeps_its_permissions(self):
        Path("x.txt").write_text("old")
        Path("x.txt").chmod(0o600)
        with whole_file(Path("x.txt")) as file:
            file.write(b"new")
        assert stat.S_IMODE(Path("x.txt").stat().st_mode) == 0o600

    def test_a_new_file_has_the_permissions_of_any_other_new_file(self):
        Path("other").touch()
        with whole_file(Path("x.txt")) as file:
            file.write(b"new")
        assert Path("x.txt").stat().st_mode == Path("other").stat().st_mode

    def test_the_umask_of_the_process_is_never_changed(self, monkeypatch):
        def refused(mask):
            raise AssertionError(f"umask was set to {mask:o}")

        monkeypatch.setattr(os, "umask", refused)
        with whole_file(Path("x.txt")) as file:
            file.write(b"new")

    def test_a_file_is_synced_by_a_writable_descriptor(self, monkeypatch):
        synced = []

        def fsync(handle):
            if stat.S_ISREG(os.fstat(handle).st_mode):
                os.write(handle, b"")  # fails for a read-only descriptor, like fsync on Windows
                synced.append(handle)

        monkeypatch.setattr(os, "fsync", fsync)
        with whole_file(Path("x.txt")) as file:
            file.write(b"new")
        assert synced
        assert Path("x.txt").read_bytes() == b"new"

    def test_the_target_of_a_link_is_replaced_and_the_link_stays(self):
        Path("real.txt").write_text("old")
        Path("link.txt").symlink_to("real.txt")
        with whole_file(Path("link.txt")) as file:
            file.write(b"new")
        assert Path("link.txt").is_symlink()
        assert Path("real.txt").read_text() == "new"

    def test_a_pipe_is_written_directly(self):
        os.mkfifo("pipe")
        read = []
        reader = threading.Thread(target=lambda: read.append(Path("pipe").read_bytes()))
        reader.start()
        with whole_path(Path("pipe")) as path:
            path.write_bytes(b"new")
        reader.join()
        assert read == [b"new"]
        assert stat.S_ISFIFO(Path("pipe").stat().st_mode)

    def test_temporary_folders_of_killed_processes_are_removed(self):
        with whole_path(Path("x.txt")) as path:
            path.write_text("half")
            shutil.copytree(path.parent, ".altdetails-killed.tmp")
        Path("x.txt").unlink()
        Path("mine.tmp").mkdir()
        assert names() == [".altdetails-killed.tmp", "mine.tmp"]
        remove_unfinished(Path())
        assert names() == ["mine.tmp"]


class TestErrors:
    def test_an_output_that_cannot_be_written_is_in_the_error(self):
        words = r"nowhere/x\.txt: output cannot be written: No such file.*choose another path"
        with pytest.raises(ExportError, match=words), output_to("nowhere/x.txt") as file:
            file.write(b"new")

    def test_a_closed_pipe_is_not_an_error_of_the_output(self):
        with pytest.raises(BrokenPipeError), output_errors("standard output"):
            raise BrokenPipeError

    def test_an_input_that_cannot_be_read_is_in_the_error(self):
        words = r"gone: cannot be read: No such file.*check its permissions"
        with pytest.raises(InputError, match=words), reading_errors("gone"):
            Path("gone").read_bytes()

    def test_an_output_cannot_be_an_input_file(self):
        Path("x.txt").touch()
        Path("link.txt").symlink_to("x.txt")
        refuse_overwriting("x.txt", ["y.txt"])
        with pytest.raises(ExportError, match=r"x\.txt: is one of the input files"):
            refuse_overwriting("x.txt", ["y.txt", "link.txt"])


class TestPathList:
    @pytest.mark.parametrize("paths", ["a", Path("a"), ["a"], ("a",), iter(["a"]), {"a"}])
    def test_one_path_or_an_iterable_of_paths_is_a_list(self, paths):
        assert path_list(paths) == ["a"]

    @pytest.mark.parametrize(
        ("paths", "shown"), [(5, "int '5'"), (None, "NoneType"), (b"a", "bytes"), (["a", 5], "int '5'")]
    )
    def test_another_type_is_a_type_error_that_shows_the_value(self, paths, shown):
        with pytest.raises(TypeError, match=f"expected a path .* got {shown}"):
            path_list(paths)
