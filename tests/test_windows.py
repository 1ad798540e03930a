"""Behaviour on Windows, as far as it can be tested on other systems."""

import errno
import os
import shlex
import socket
import sys
from io import BytesIO
from pathlib import Path, PureWindowsPath
from types import SimpleNamespace

import click
import pytest
from tests.parsing.workers import own_process
from tests.support.calling import call
from tests.support.cases import for_each
from tests.support.fixtures import empty_folder
from tests.support.pages import invented_doi, invented_id
from tests.support.windows import keep_windows_rules

import altdetails.cli as command
from altdetails import _files, export, parse_file
from altdetails._files import output_errors, output_to, whole_file, whole_path
from altdetails.cli import cli
from altdetails.documents import belongs_to_saved_page, is_hidden, is_page, page_stems
from altdetails.errors import ExportError, InputError
from altdetails.exporting import excel
from altdetails.parsing import pool
from altdetails.scale.frame import read_archives
from altdetails.scale.storage import is_table_name, local_path
from altdetails.scraping.store.database import address
from altdetails.sources import documents_in

pytestmark = pytest.mark.slow

folder = pytest.fixture(autouse=True)(empty_folder)
SAMPLE = Path(__file__).parents[1] / "samples" / "article-2023.html"


@pytest.fixture
def windows_rules(monkeypatch):
    keep_windows_rules(monkeypatch)


@pytest.fixture
def windows(monkeypatch):
    """Set the platform to Windows."""
    monkeypatch.setattr(sys, "platform", "win32")


@pytest.fixture
def record():
    return parse_file(SAMPLE)


class TestNames:
    @pytest.mark.parametrize("name", [r"C:\pages\README.md", r"pages\dois.txt", r"pages/sub\readme.html"])
    def test_a_readme_is_recognised_after_backslashes(self, name):
        assert not is_page(name)

    def test_a_hidden_part_is_recognised_between_backslashes(self):
        assert is_hidden(r"C:\pages\.git\a.html")
        assert not is_hidden(r"C:\pages\..\a.html")

    @for_each("page", [r"C:\saved\X.html", r"saved\X.htm", r".\saved\X.html", "saved/X.html"])
    def test_the_parts_of_a_saved_page_are_recognised_between_backslashes(self, page):
        stems = page_stems([page])
        stem = page.rpartition(".")[0]
        assert belongs_to_saved_page(f"{stem}_files", stems)
        assert belongs_to_saved_page(rf"{stem}_files\frame.html", stems)
        assert not belongs_to_saved_page(rf"{stem}-other_files\frame.html", stems)

    def test_the_parts_of_a_saved_page_are_recognised_in_the_current_folder(self):
        Path("X_files").mkdir()
        for name in ("X.html", "X_files/frame.html"):
            Path(name).write_bytes(b"<html>")
        assert [item.name for item in documents_in(["."])] == ["./X.html"]

    def test_an_invalid_file_name_is_a_pattern_or_missing(self, monkeypatch):
        Path("a.html").write_bytes(b"<html>")
        look = Path.stat

        def stat(path, **options):
            if set("*?:") & set(str(path)):
                raise OSError(errno.EINVAL, "The filename, directory name, or volume label syntax is incorrect")
            return look(path, **options)

        monkeypatch.setattr(Path, "stat", stat)
        document, of_address, missing = documents_in(["*.html", "https://www.altmetric.com/details/1", "a:b"])
        assert document.name == "a.html"
        assert (of_address.kind, missing.kind) == ("missing", "missing")
        assert "which is not fetched" in of_address.reason
        assert "no such file or folder" in missing.reason

    def test_junctions_are_not_followed(self, monkeypatch):
        for name in ("pages/a.html", "pages/junction/b.html"):
            Path(name).parent.mkdir(exist_ok=True)
            Path(name).write_bytes(b"<html>")
        look = Path.lstat

        def lstat(path):
            tag = 0xA0000003 if path.name == "junction" else 0
            return SimpleNamespace(st_mode=look(path).st_mode, st_reparse_tag=tag)

        monkeypatch.setattr(Path, "lstat", lstat)
        skipped = []
        assert [item.name for item in documents_in(["pages"], skipped=skipped.append)] == ["pages/a.html"]
        assert skipped == ["pages/junction"]
        assert [item.name for item in documents_in(["pages/junction"])] == ["pages/junction/b.html"]

    @pytest.mark.parametrize(
        ("path", "uri"),
        [
            (r"C:\runs\July 2025\ledger.sqlite", "file:///C:/runs/July%202025/ledger.sqlite"),
            (r"\\server\share\ledger.sqlite", "file:////server/share/ledger.sqlite"),
        ],
    )
    def test_sqlite_gets_an_address_without_a_host(self, path, uri):
        assert address(PureWindowsPath(path)) == uri

    def test_a_folder_is_not_a_table_of_a_catalog(self):
        assert not is_table_name(r"C:\data\my.records")
        assert is_table_name("library.records")

    @pytest.mark.parametrize(
        ("given", "path"),
        [("file:///C:/data/x", "C:/data/x"), ("file:///data/x", "/data/x"), ("/C:/data", "/C:/data")],
    )
    def test_an_address_with_a_drive_is_a_path_with_a_drive(self, given, path):
        assert local_path(given) == path


@pytest.mark.usefixtures("windows_rules")
class TestFiles:
    def test_synced_files_are_open_for_writing(self):
        with whole_file(Path("out")) as file:
            file.write(b"whole")
        assert Path("out").read_bytes() == b"whole"

    def test_a_file_that_a_program_has_open_is_not_replaced(self, record):
        Path("records.csv").write_text("before")
        with Path("records.csv").open("rb"), pytest.raises(ExportError) as refused:
            export([record], "records.csv")
        assert str(refused.value) == (
            "records.csv: output cannot be written: The process cannot access the file because it is open "
            "(close the program that has it open); choose another path"
        )
        assert Path("records.csv").read_text() == "before"
        assert _names() == ["records.csv"]

    @pytest.mark.parametrize("ending", [".csv", ".xlsx", ".parquet", ".duckdb", ".jsonl", ".jsonl.gz", ".jsonl.zst"])
    def test_every_format_is_closed_before_it_is_renamed(self, record, ending):
        for _ in range(2):
            export([record], f"records{ending}")
        assert _names() == [f"records{ending}"]

    def test_a_workbook_that_is_too_long_leaves_no_file(self, record, monkeypatch):
        monkeypatch.setattr(excel, "MAX_ROWS", 1)
        with pytest.raises(ExportError, match="more than 1 rows"):
            export([record, record], "records.xlsx")
        assert _names() == []

    @pytest.mark.parametrize(
        ("name", "written"), [("records.csv", b",title,"), ("records.jsonl", b'{"schema_version"')]
    )
    def test_lines_end_with_a_newline_alone(self, record, name, written):
        export([record], name)
        content = Path(name).read_bytes()
        assert written in content
        assert b"\r" not in content

    def test_a_file_has_the_permissions_of_its_folder_on_windows(self, monkeypatch):
        monkeypatch.setattr(_files, "_FOLDER_MODE", 0o777)
        os.umask(before := os.umask(0))
        with whole_path(Path("out")) as path:
            assert path.parent.stat().st_mode & 0o777 == 0o777 & ~before
            path.touch()


@pytest.mark.usefixtures("windows_rules")
def test_a_run_is_created_repaired_and_resumed(replica, capsys):
    replica.prepare(2)
    for numbers in ([0], [0, 1]):
        dois = map(invented_doi, numbers)
        with pytest.raises(SystemExit) as ended:
            cli.main(["scrape", *dois, "-o", "run", "--base-url", replica.base_url, "--interval", "0"])
        assert ended.value.code == 0, capsys.readouterr().err
        Path("run/records.jsonl").write_bytes(b"")
    assert replica.requests[-1].path == f"/details/{invented_id(1)}"


class TestPipes:
    @pytest.mark.usefixtures("windows")
    def test_a_closed_pipe_is_recognised_by_its_error(self, monkeypatch):
        class Closed(BytesIO):
            def write(self, _content):
                raise OSError(errno.EINVAL, "Invalid argument")

        monkeypatch.setattr(sys, "stdout", SimpleNamespace(buffer=Closed()))
        with pytest.raises(BrokenPipeError), output_to(None) as output:
            output.write(b"a line")

    @pytest.mark.usefixtures("windows")
    def test_a_file_with_an_invalid_name_is_not_a_pipe(self):
        with pytest.raises(ExportError, match=r"a\?b: output cannot be written"), output_errors("a?b"):
            raise OSError(errno.EINVAL, "Invalid argument", "a?b")

    def test_on_other_systems_the_error_is_not_a_closed_pipe(self):
        with pytest.raises(ExportError), output_errors("standard output"):
            raise OSError(errno.EINVAL, "Invalid argument")


class TestCommand:
    @for_each("encoding", ["cp1252", "cp437", "cp932"])
    @for_each("words", [[], *([name] for group in command.GROUPS.values() for name in group)])
    def test_help_can_be_redirected_to_a_file(self, words, encoding):
        done = call(*words, "--help", encoding=encoding)
        assert (done.returncode, done.stderr) == (0, b"")
        assert b"Usage: " in done.stdout

    @for_each("encoding", ["cp1252", "cp437", "cp932"])
    @for_each(
        ("words", "code"),
        [
            (["show", "page.html"], 0),
            (["show", "ąж→.html"], 2),
            (["parse", "page.html", "ąж→.html", "--failures", "failures.jsonl"], 2),
            (["export", "records.jsonl", "-o", "ąж→.csv"], 0),
            (["diff", "records.jsonl", "records.jsonl"], 0),
            (["doctor", "records.jsonl", "--save-baseline", "ąж→.json"], 0),
            (["status", "ąж→"], 2),
            (["scrape", "ąж→", "-o", "run"], 2),
            (["load", "records.jsonl", "--to", "ąж→"], 2),
        ],
    )
    def test_no_message_fails_for_a_character_that_the_encoding_lacks(self, record, words, code, encoding):
        Path("page.html").write_bytes(SAMPLE.read_bytes())
        Path("records.jsonl").write_bytes(record.to_json() + b"\n")
        done = call(*words, encoding=encoding)
        assert done.returncode == code, done.stderr
        assert b"Traceback" not in done.stderr

    @pytest.mark.parametrize("words", [["schema"], ["schema", "--format", "duckdb"], ["parse", "page.html"]])
    def test_machine_readable_output_does_not_depend_on_the_encoding(self, words):
        Path("page.html").write_bytes(SAMPLE.read_bytes())
        done = call(*words, encoding="utf-16")
        assert done.stdout == call(*words, encoding="utf-8").stdout
        assert done.stdout

    def test_only_parse_expands_patterns_itself(self, monkeypatch):
        given = []
        monkeypatch.setattr(command, "cli", lambda **options: given.append(options))
        monkeypatch.setattr(command.signal, "signal", lambda *_: None)
        monkeypatch.setattr(sys, "stdout", SimpleNamespace(reconfigure=lambda **_: None, flush=lambda: None))
        for words in (["altdetails", "parse", "**"], ["altdetails", "export", "*.jsonl"]):
            monkeypatch.setattr(sys, "argv", words)
            command.main()
        assert given == [{"windows_expand_args": False}, {"windows_expand_args": True}]

    @pytest.mark.usefixtures("windows")
    def test_the_resume_command_is_quoted_for_the_shell(self):
        from altdetails.cli.scrape import _resume_command, scrape  # noqa: PLC0415 -- only this test needs it

        with click.Context(scrape) as context:
            chosen = {"run": r"C:\my runs\July", "retry_failed": False, "refresh": None}
            context.params = chosen | {"mentions": None, "people": False}
            assert _resume_command() == r'altdetails scrape -o "C:\my runs\July"'
        assert shlex.join([r"C:\my runs"]) == r"'C:\my runs'"


def test_the_number_of_processes_respects_the_limit_of_windows(monkeypatch):
    monkeypatch.setattr(pool, "_MAX_JOBS", 2)
    results = pool.run_in_order(own_process, [[1]] * 20, jobs=9, split=lambda task: [task], lost=lambda *_: None)
    assert len({process for _, batch in results for process in batch}) <= 2


def test_daft_is_refused_if_python_has_no_unix_sockets(monkeypatch):
    pytest.importorskip("daft")
    monkeypatch.delattr(socket, "AF_UNIX")
    with pytest.raises(InputError, match=r"Unix sockets.*--engine local"):
        read_archives(["pages.warc.gz"])


def _names():
    return [path.name for path in Path().iterdir()]
