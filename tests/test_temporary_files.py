"""Temporary files: nobody else can read them, and a command that is ended leaves none."""

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.support.pages import ROOT
from tests.support.records import samples

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")]

COMMAND = [sys.executable, "-m", "altdetails"]
RECORDS = b"".join(line + b"\n" for line in samples() * 40)
PAGE = (ROOT / "samples" / "article-2023.html").read_bytes()
WORKBOOK = b"PK\x03\x04" + bytes(100_000)
SCRAPE = ["scrape", "-", "-o", "run", "--contact", "a.librarian@uni-somewhere.edu", "--base-url", "http://127.0.0.1:1"]
CASES = {
    "a database of an export": (["export", "-", "-o", "out.duckdb"], RECORDS),
    "the records of a parse": (["parse", "-", "-o", "out.jsonl"], PAGE),
    "the folder of a load": (["load", "-", "--to", "duckdb:///out.db"], RECORDS),
    "a copy of a workbook": (SCRAPE, WORKBOOK),
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A working folder with a folder for temporary files, which all people may read."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    monkeypatch.setenv("ALTDETAILS_STATE", str(tmp_path.parent / "state"))
    return tmp_path


def mode(path):
    return stat.S_IMODE(path.lstat().st_mode)


def readable_by_others(folder):
    """The files below a folder that other people can open, walking as they would."""
    for entry in os.scandir(folder):
        path = Path(entry.path)
        if entry.is_dir(follow_symlinks=False):
            if mode(path) & 0o077:
                yield from readable_by_others(path)
        elif mode(path) & 0o077:
            yield path


@pytest.mark.parametrize("name", CASES)
def test_nobody_else_can_read_a_temporary_file_and_none_is_left(name, folder):
    """Standard input stays open, so the command is in the middle of its work for as long as the test needs."""
    arguments, given = CASES[name]
    before = set(folder.rglob("*"))
    with subprocess.Popen(
        [*COMMAND, *arguments], stdin=subprocess.PIPE, stderr=subprocess.PIPE, umask=0o022
    ) as process:
        process.stdin.write(given)
        process.stdin.flush()
        while not [path for path in set(folder.rglob("*")) - before if path.is_file()]:
            assert process.poll() is None, process.stderr.read()
            time.sleep(0.02)
        assert list(readable_by_others(folder)) == []
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 128 + signal.SIGTERM
    assert set(folder.rglob("*")) == before
