"""After any sequence of operations, a run agrees with a simple model."""

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from tests.scraping.store.material import (
    SITE,
    SOFTWARE,
    assert_consistent,
    doi,
    kill,
    lines,
    missing,
    tracked,
    unreached,
)

from altdetails.results import STATUSES
from altdetails.scraping.store import AGAIN, ListedIdentifier, RunFolder, status

MEMORY = Path("/dev/shm")  # noqa: S108 -- it is deleted afterwards
SEEDS = range(12)
SEED_OF = {doi(seed): seed for seed in SEEDS}
WITHOUT_RECORD = [name for name in STATUSES if name not in {"ok", "invalid"}]

entries = st.one_of(
    st.sampled_from(sorted(SEED_OF)).map(ListedIdentifier),
    st.sampled_from(["?", "x y"]).map(lambda text: ListedIdentifier(text, "odd")),
)


def visit(identifier, kind):
    """Return the outcome and the exchanges of a visit."""
    match kind:
        case "ok":
            return tracked(SEED_OF[identifier])
        case "no connection":
            return unreached(identifier)
        case name:
            return missing(identifier, name)


class Run(RuleBasedStateMachine):
    """A run folder and its model."""

    def __init__(self):
        super().__init__()
        self.temporary = tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None)
        self.path = Path(self.temporary.name, "run")
        self.pages, self.records = self.path / "pages.warc.gz", self.path / "records.jsonl"
        self.outcomes = {}  # the status of every identifier, in the order of the run
        self.visits = []  # the identifier of every visit, and the length of the archive after it
        self.expects_repairs = False

    @initialize()
    def open(self):
        self.run = RunFolder.open(self.path, site=SITE, software=SOFTWARE, reparse=lines)
        assert bool(self.run.repairs) == self.expects_repairs
        self.expects_repairs = False
        self.listed = {}  # the identifiers of this invocation, and whether their outcome was committed

    @property
    def pending(self):
        last = {identifier: number for number, (identifier, _) in enumerate(self.visits)}
        left = [text for text, committed in self.listed.items() if not committed]
        again = [text for text in left if self.outcomes[text] in AGAIN]
        return [text for text in left if self.outcomes[text] is None] + sorted(again, key=last.get)

    @rule(batch=st.lists(entries, max_size=10))
    def add(self, batch):
        fresh = [entry for entry in dict.fromkeys(batch) if entry.text not in self.listed]
        new = [entry for entry in fresh if entry.text not in self.outcomes]
        added = self.run.listing.add(batch)
        assert added.repeated == len(batch) - len(fresh)
        assert added.new == sum(entry.reason is None for entry in new)
        assert added.invalid == sum(entry.reason is not None for entry in fresh)
        self.outcomes |= {entry.text: entry.reason and "invalid" for entry in new}
        self.listed |= {entry.text: False for entry in fresh}

    @rule()
    def add_all(self):
        self.run.listing.add_all()
        self.listed |= {text: False for text in self.outcomes if text not in self.listed}

    @rule(outcomes=st.lists(st.sampled_from(["ok", "ok", "no connection", *WITHOUT_RECORD]), max_size=5))
    def fetch(self, outcomes):
        expected = self.pending
        for identifier, kind in zip(self.run.listing.pending(), outcomes, strict=False):
            assert identifier == expected.pop(0)
            outcome, exchanges = visit(identifier, kind)
            self.run.commit(outcome, exchanges)
            if exchanges:
                self.visits.append((identifier, self.pages.stat().st_size))
            self.outcomes[identifier] = outcome.status
            self.listed[identifier] = True

    @rule()
    def close(self):
        self.run.close()
        self.open()

    @rule(file=st.sampled_from(["pages.warc.gz", "records.jsonl"]), leftover=st.binary(max_size=99))
    def kill_while_writing(self, file, leftover):
        kill(self.run)
        with (self.path / file).open("ab") as stream:
            stream.write(leftover)
        self.expects_repairs = bool(leftover)
        self.open()

    @rule(left=st.integers(0, 99))
    def lose_records(self, left):
        kill(self.run)
        whole = self.records.read_bytes()
        self.records.write_bytes(whole[:left])
        self.expects_repairs = len(whole) > left
        self.open()
        assert self.records.read_bytes() == whole

    @rule(lacking=st.integers(1, 999))
    def lose_the_end_of_the_archive(self, lacking):
        kill(self.run)
        whole = self.pages.stat().st_size
        left = max(whole - lacking, 0)
        os.truncate(self.pages, left)
        self.expects_repairs = whole > 0
        while self.visits and self.visits[-1][1] > left:
            identifier, _ = self.visits.pop()
            self.outcomes[identifier] = None
        self.open()

    @invariant()
    def pending_identifiers_agree_with_the_model(self):
        assert list(self.run.listing.pending()) == self.pending
        assert self.run.listing.count().identifiers == len(self.pending)

    @invariant()
    def counts_agree_with_the_model(self):
        expected = {key: [*self.outcomes.values()].count(key) for key in (*STATUSES, None)}
        assert self.run.counts() == expected
        assert status(self.path).counts == expected

    def teardown(self):
        self.run.close()
        assert_consistent(self.path)
        self.temporary.cleanup()


TestRun = pytest.mark.slow(Run.TestCase)
TestRun.settings = settings(max_examples=settings().max_examples // 3, stateful_step_count=20)
