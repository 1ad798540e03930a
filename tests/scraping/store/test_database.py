"""A ledger that is read while writers come and go."""

import pytest
from tests.scraping.store.material import LEDGER, committed, missing

from altdetails.errors import RunDamaged, StoreError
from altdetails.scraping.store.ledger import LedgerView


def totals(ledger):
    return sum(ledger.counts().values()), ledger.pages_end()


def test_a_question_is_asked_again_if_a_writer_comes_and_goes_meanwhile(opened):
    with opened() as run:
        committed(run, missing("10.5555/1"))
    asked = []

    def question(ledger):
        identifiers, _ = totals(ledger)
        if not asked:
            with opened() as run:
                committed(run, missing("10.5555/2"), missing("10.5555/3"))
        asked.append((identifiers, totals(ledger)))
        return asked[-1]

    identifiers, (identifiers_again, _) = LedgerView.ask(LEDGER, question)
    assert len(asked) == 2
    assert identifiers == identifiers_again == 3


def test_a_question_is_asked_once_if_nobody_writes(opened):
    with opened() as run:
        committed(run, missing("10.5555/1"))
    asked = []
    LedgerView.ask(LEDGER, asked.append)
    assert len(asked) == 1


def test_an_error_of_a_file_that_does_not_change_is_raised_at_once(opened):
    with opened() as run:
        committed(run, missing("10.5555/1"))
    LEDGER.write_bytes(b"something else" * 100)
    with pytest.raises(RunDamaged):
        LedgerView.ask(LEDGER, totals)
    LEDGER.unlink()
    with pytest.raises(StoreError, match=LEDGER.name):
        LedgerView.ask(LEDGER, totals)
