"""Atomic files, and errors that contain the name of the file."""

import errno
import fcntl
import os
import shutil
import stat
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.support.cases import for_each

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


HOLD_AN_OUTPUT = """
import sys
from pathlib import Path
from altdetails._files import whole_path
with whole_path(Path("other.txt")) as path:
    path.write_text("half")
    print(path.parent, flush=True)
    sys.stdin.read()
"""


@contextmanager
def writing_process():
    """Start a process that writes a file, and yield it with the name of its temporary folder."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD_AN_OUTPUT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process, Path(process.stdout.readline().strip()).name
        finally:
            process.kill()


def write(name):
    with whole_file(Path(name)) as file:
        file.write(b"new")


USES = {"of an output next to it": lambda: write("x.txt"), "of a run": lambda: remove_unfinished(Path())}


@pytest.mark.parametrize("use", USES.values(), ids=USES)
class TestFoldersOfKilledProcesses:
    def test_the_folder_of_a_killed_process_is_removed(self, use):
        with writing_process() as (process, unfinished):
            process.kill()
        Path("mine.tmp").mkdir()
        assert unfinished in names()
        use()
        assert set(names()) - {"x.txt"} == {"mine.tmp"}

    def test_the_folder_of_a_process_that_still_writes_is_kept(self, use):
        with writing_process() as (process, unfinished):
            use()
            assert unfinished in names()
            process.communicate()
        assert Path("other.txt").read_text() == "half"

    def test_a_folder_in_use_by_the_same_process_is_kept(self, use):
        with whole_path(Path("other.txt")) as path:
            path.write_text("half")
            use()
            assert path.exists()
        assert Path("other.txt").read_text() == "half"
        assert not any(Path().glob(".altdetails-*"))

    @pytest.mark.parametrize("kind", ["link", "dangling link", "file", "pipe", "socket"])
    def test_what_is_not_a_folder_but_has_its_name_is_kept(self, use, kind):
        Path("mine").mkdir()
        Path("mine/page").write_text("mine")
        leftover = Path(".altdetails-0000.tmp")
        match kind:
            case "link":
                leftover.symlink_to("mine")
            case "dangling link":
                leftover.symlink_to("nowhere")
            case "file":
                leftover.write_text("mine")
            case "pipe":
                os.mkfifo(leftover)
            case _:
                os.mknod(leftover, stat.S_IFSOCK | 0o600)
        use()
        assert os.path.lexists(leftover)
        assert Path("mine/page").read_text() == "mine"

    def test_a_link_in_a_removed_folder_is_not_followed(self, use):
        Path("mine").mkdir()
        Path("mine/page").write_text("mine")
        Path(".altdetails-0000.tmp").mkdir()
        Path(".altdetails-0000.tmp/link").symlink_to(Path("mine").absolute())
        use()
        assert set(names()) - {"x.txt"} == {"mine"}
        assert Path("mine/page").read_text() == "mine"


class TestANewFolder:
    def test_one_that_another_process_removes_before_it_is_locked_is_made_again(self, monkeypatch):
        """Another process cannot tell a folder made an instant ago from that of a killed process."""
        made, mkdir = [], Path.mkdir

        def mkdir_and_lose(path, *arguments):
            mkdir(path, *arguments)
            made.append(path)
            if len(made) < 3:
                remove_unfinished(path.parent)

        monkeypatch.setattr(Path, "mkdir", mkdir_and_lose)
        write("x.txt")
        assert len(made) == 3
        assert names() == ["x.txt"]

    def test_one_that_another_process_removes_while_it_is_opened_is_made_again(self, monkeypatch):
        made, flock = [], fcntl.flock

        def lose_and_flock(handle, operation):
            (folder,) = Path().glob(".altdetails-*.tmp")
            made.append(folder)
            if len(made) < 3:
                folder.rmdir()
            flock(handle, operation)

        monkeypatch.setattr(fcntl, "flock", lose_and_flock)
        write("x.txt")
        assert len(made) == 3
        assert names() == ["x.txt"]

    def test_a_file_system_without_locks_gives_the_file_and_keeps_the_folders_of_others(self, monkeypatch):
        def refuse(_handle, _operation):
            raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP))

        monkeypatch.setattr(fcntl, "flock", refuse)
        Path(".altdetails-0000.tmp").mkdir()
        write("x.txt")
        assert names() == [".altdetails-0000.tmp", "x.txt"]

    def test_a_process_that_is_started_meanwhile_does_not_keep_the_lock(self, monkeypatch, tmp_path):
        with whole_path(Path("x.txt")) as path:
            path.write_text("new")
            child = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
            monkeypatch.setattr(shutil, "rmtree", lambda *_arguments, **_options: None)
        monkeypatch.undo()
        monkeypatch.chdir(tmp_path)
        with child:
            write("x.txt")
            assert [path.name for path in Path().iterdir()] == ["x.txt"]


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
    @for_each("paths", ["a", Path("a"), ["a"], ("a",), iter(["a"]), {"a"}])
    def test_one_path_or_an_iterable_of_paths_is_a_list(self, paths):
        assert path_list(paths) == ["a"]

    @for_each(("paths", "shown"), [(5, "int '5'"), (None, "NoneType"), (b"a", "bytes"), (["a", 5], "int '5'")])
    def test_another_type_is_a_type_error_that_shows_the_value(self, paths, shown):
        with pytest.raises(TypeError, match=f"expected a path .* got {shown}"):
            path_list(paths)
