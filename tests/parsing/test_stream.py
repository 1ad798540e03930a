"""Contents that were seen before."""

import hashlib
import sqlite3

import pytest

from altdetails.cli import cli
from altdetails.errors import SettingsError
from altdetails.parsing import stream
from altdetails.parsing.stream import SeenContents


def test_contents_seen_before_are_counted():
    copies = SeenContents()
    copies.add(hashlib.sha256(text).hexdigest() for text in (b"a", b"b", b"a"))
    copies.add([hashlib.sha256(b"b").hexdigest()])
    assert copies.copies == 2
    copies.close()


def test_a_temporary_file_that_takes_no_more_is_told_with_the_way_out():
    copies = SeenContents()
    copies._seen.execute("PRAGMA max_page_count = 4")
    with pytest.raises(SettingsError, match="full; set TMPDIR to"):
        copies.add(hashlib.sha256(str(number).encode()).hexdigest() for number in range(5000))
    copies.close()


@pytest.mark.usefixtures("databases_closed")
def test_a_temporary_file_without_its_table_is_closed(monkeypatch):
    monkeypatch.setattr(stream, "_STATEMENTS", (*stream._STATEMENTS, "no SQL"))
    with pytest.raises(sqlite3.OperationalError):
        SeenContents()


@pytest.mark.usefixtures("databases_closed")
def test_an_output_that_is_refused_leaves_no_temporary_file_open(capsys):
    with pytest.raises(SystemExit):
        cli.main(["parse", "page.html", "-o", "records.zip"])
    assert "records.zip: its ending is none of" in capsys.readouterr().err
