"""A process that is killed at any point loses no committed page, stores no page twice, and leaves no partial page."""

import time

import pytest
from tests.scraping.store.material import SITE, assert_consistent, doi, listed, missing, stored
from tests.scraping.store.processes import python, writer

from altdetails.errors import StoreError
from altdetails.scraping.store import preview, site_of, status

pytestmark = pytest.mark.slow

STOPPING = """
import os, signal, sys
from tests.scraping.store.material import *

count = 0
original = getattr(os, "fsync")

def fsync(file):
    global count
    count += 1
    original(file)
    if count == {number}:
        os.kill(os.getpid(), signal.SIGKILL)

with RunFolder.open("run", site=SITE, software=SOFTWARE, reparse=lines) as run:
    run.listing.add(listed(*map(doi, range(4))))
    os.fsync = fsync
    for seed in range(4):
        run.commit(*tracked(seed))
        print(doi(seed), flush=True)
"""


def visits():
    """Return the identifiers of the archive's visits."""
    return [record.fields["requested"] for record in stored() if record["WARC-Type"] == "metadata"]


def test_a_run_that_is_killed_many_times_can_be_finished():
    reported = set()
    for waits in range(0, 15, 3):
        with writer("run", 0, 60) as process:
            assert process.stdout.readline().startswith("open")
            for _ in range(waits % 4):
                reported.add(process.stdout.readline().split()[-1])
            time.sleep(0.003 * waits)
            process.kill()
            reported |= {
                line.split()[-1] for line in process.stdout if line.startswith("committed ") and line[-1] == "\n"
            }
        counts = status("run").counts
        assert counts["ok"] + counts["not_tracked"] >= len(reported - {"closed"})
    with writer("run", 0, 60) as process:
        assert process.stdout.read().endswith("closed\n")
    counts = assert_consistent()
    assert (counts["ok"], counts["not_tracked"]) == (40, 20)
    assert sorted(visits()) == sorted(map(doi, range(60)))


@pytest.mark.parametrize("number", range(1, 6))
def test_a_process_can_be_killed_at_every_step_of_a_commit(open_run, number):
    process = python(STOPPING.format(number=number))
    assert process.returncode == -9
    reported = process.stdout.split()
    with open_run() as run:
        assert all("that an interrupted write left" in sentence for sentence in run.repairs)
        run.listing.add(listed(*map(doi, range(4))))
        pending = list(run.listing.pending())
        assert [*reported, *pending] == [*map(doi, range(4))]
        for identifier in pending:
            run.commit(*missing(identifier))
    assert sorted(visits()) == sorted(map(doi, range(4)))
    assert_consistent()


@pytest.mark.parametrize("statement", ["CREATE TABLE", "PRAGMA user_version =", "INSERT INTO run", "COMMIT"])
def test_a_process_can_be_killed_while_it_creates_a_run(open_run, statement):
    process = python(
        f"""
import os, signal
from altdetails.scraping.store.database import Database
from tests.scraping.store.material import *

original = Database.rows

def rows(self, sql, values=()):
    if sql.startswith({statement!r}):
        os.kill(os.getpid(), signal.SIGKILL)
    return original(self, sql, values)

Database.rows = rows
RunFolder.open("run", site=SITE, software=SOFTWARE, reparse=lines)
"""
    )
    assert process.returncode == -9
    with pytest.raises(StoreError, match="run is not a run folder"):
        status("run")
    assert site_of("run") is None
    with preview("run", SITE) as ledger:
        assert ledger.listing.add(listed(doi(1))).new == 1
    with open_run() as run:
        assert run.repairs == []
        run.listing.add(listed(doi(1)))
        run.commit(*missing(doi(1)))
    assert_consistent()
