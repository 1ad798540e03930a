"""Contents that were seen before."""

import hashlib
import sqlite3

import pytest

from altdetails.cli import cli, copies
from altdetails.cli.copies import Copies
from altdetails.cli.exits import FatalError


def test_contents_seen_before_are_counted():
    seen = Copies()
    seen.add(hashlib.sha256(text).hexdigest() for text in (b"a", b"b", b"a"))
    seen.add([hashlib.sha256(b"b").hexdigest()])
    assert seen.count == 2
    seen.close()


def test_a_temporary_file_that_takes_no_more_is_told_with_the_way_out():
    seen = Copies()
    seen._seen.execute("PRAGMA max_page_count = 4")
    with pytest.raises(FatalError, match="full; let TMPDIR name"):
        seen.add(hashlib.sha256(str(number).encode()).hexdigest() for number in range(5000))
    seen.close()


@pytest.mark.usefixtures("databases_closed")
def test_a_temporary_file_without_its_table_is_closed(monkeypatch):
    monkeypatch.setattr(copies, "_STATEMENTS", (*copies._STATEMENTS, "no SQL"))
    with pytest.raises(sqlite3.OperationalError):
        Copies()


@pytest.mark.usefixtures("databases_closed")
def test_an_output_that_is_refused_leaves_no_temporary_file_open(capsys):
    with pytest.raises(SystemExit):
        cli.main(["parse", "page.html", "-o", "records.zip"])
    assert "records.zip: its ending is none of" in capsys.readouterr().err
