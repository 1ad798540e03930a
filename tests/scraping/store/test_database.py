"""A ledger is read while other processes open and close it."""

import pytest
from tests.scraping.store.material import LEDGER, commit_visits, missing

from altdetails.errors import RunDamaged, StoreError
from altdetails.scraping.store.ledger import LedgerView


def totals(ledger):
    return sum(ledger.counts().values()), ledger.pages_end()


def test_a_query_runs_again_if_a_writer_opens_and_closes_the_ledger_meanwhile(open_run):
    with open_run() as run:
        commit_visits(run, missing("10.5555/1"))
    results = []

    def query(ledger):
        identifiers, _ = totals(ledger)
        if not results:
            with open_run() as run:
                commit_visits(run, missing("10.5555/2"), missing("10.5555/3"))
        results.append((identifiers, totals(ledger)))
        return results[-1]

    identifiers, (identifiers_again, _) = LedgerView.read(LEDGER, query)
    assert len(results) == 2
    assert identifiers == identifiers_again == 3


def test_a_query_runs_once_if_no_process_writes(open_run):
    with open_run() as run:
        commit_visits(run, missing("10.5555/1"))
    results = []
    LedgerView.read(LEDGER, results.append)
    assert len(results) == 1


def test_an_error_of_an_unchanged_file_is_raised_at_once(open_run):
    with open_run() as run:
        commit_visits(run, missing("10.5555/1"))
    LEDGER.write_bytes(b"something else" * 100)
    with pytest.raises(RunDamaged):
        LedgerView.read(LEDGER, totals)
    LEDGER.unlink()
    with pytest.raises(StoreError, match=LEDGER.name):
        LedgerView.read(LEDGER, totals)
