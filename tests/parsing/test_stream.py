"""Pages with the same content, and the temporary file of their digests."""

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


def test_a_full_temporary_file_is_an_error_that_mentions_tmpdir():
    copies = SeenContents()
    copies._seen.execute("PRAGMA max_page_count = 4")
    with pytest.raises(SettingsError, match="full; set TMPDIR to"):
        copies.add(hashlib.sha256(str(number).encode()).hexdigest() for number in range(5000))
    copies.close()


@pytest.mark.usefixtures("databases_closed")
def test_a_temporary_file_whose_table_cannot_be_created_is_closed(monkeypatch):
    monkeypatch.setattr(stream, "_STATEMENTS", (*stream._STATEMENTS, "no SQL"))
    with pytest.raises(sqlite3.OperationalError):
        SeenContents()


@pytest.mark.usefixtures("databases_closed")
def test_a_refused_output_leaves_no_temporary_file_open(capsys):
    with pytest.raises(SystemExit):
        cli.main(["parse", "page.html", "-o", "records.zip"])
    assert "records.zip: its ending does not" in capsys.readouterr().err
