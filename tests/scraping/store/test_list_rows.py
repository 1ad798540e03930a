"""A run remembers which row of which list has which identifier."""

import sqlite3
from contextlib import closing
from functools import partial

import pytest
from tests.scraping.store.material import LEDGER, missing

from altdetails.scraping.store import ListedIdentifier
from altdetails.scraping.store.ledger import LedgerView


def rows(name, *identifiers):
    return [ListedIdentifier(identifier, None, name, row) for row, identifier in enumerate(identifiers, 2)]


def places():
    """Return the rows of each identifier of the run."""
    listed = LedgerView.read(LEDGER.absolute(), partial(LedgerView.identifiers, after=0, limit=100))
    return {item.identifier: item.places for item in listed}


def test_every_row_is_remembered_also_of_repeated_and_invalid_identifiers(open_run):
    with open_run() as run:
        run.listing.add(rows("papers.csv", "10.5555/a", "10.5555/b", "10.5555/a"))
        run.listing.add([ListedIdentifier("n/a", "not an identifier", "papers.csv", 5), ListedIdentifier("10.5555/c")])
    assert places() == {
        "10.5555/a": "papers.csv:2, papers.csv:4",
        "10.5555/b": "papers.csv:3",
        "n/a": "papers.csv:5",
        "10.5555/c": None,
    }


@pytest.mark.parametrize("order", [1, -1], ids=["the same order", "another order"])
def test_the_same_list_is_remembered_once_and_another_is_added(open_run, order):
    with open_run() as run:
        run.listing.add(rows("one.csv", "10.5555/a", "10.5555/b"))
    with open_run() as run:
        run.listing.add(rows("one.csv", "10.5555/a", "10.5555/b"))
        run.listing.add(rows("two.csv", *["10.5555/a", "10.5555/b"][::order]))
    assert places()["10.5555/a"] == f"one.csv:2, two.csv:{2 if order == 1 else 3}"


def test_of_many_rows_five_are_named(open_run):
    with open_run() as run:
        run.listing.add(rows("one.csv", *["10.5555/a"] * 9))
    assert places() == {"10.5555/a": ", ".join(f"one.csv:{row}" for row in range(2, 7))}


def test_a_list_that_fails_leaves_no_row_and_no_file(open_run):
    def failing():
        yield from rows("one.csv", *(f"10.5555/{number}" for number in range(1_500)))
        raise ValueError

    with open_run() as run:
        with pytest.raises(ValueError):  # noqa: PT011 -- the test's own
            run.listing.add(failing())
        run.listing.add(rows("two.csv", "10.5555/a"))
    assert places() == {"10.5555/a": "two.csv:2"}


def test_a_run_of_altdetails_0_1_opens_and_goes_on(open_run):
    with open_run() as run:
        run.listing.add(rows("one.csv", "10.5555/a", "10.5555/b"))
        run.commit(*missing("10.5555/a"))
    with closing(sqlite3.connect(LEDGER)) as ledger:
        ledger.executescript("DROP TABLE list_rows; DROP TABLE list_files")
    assert places() == {"10.5555/a": None, "10.5555/b": None}
    with open_run() as run:
        run.listing.add(rows("two.csv", "10.5555/b", "10.5555/c"))
        assert [*run.listing.pending()] == ["10.5555/b", "10.5555/c"]
    assert places() == {"10.5555/a": None, "10.5555/b": "two.csv:2", "10.5555/c": "two.csv:3"}
