"""Tests of runs that are killed, terminated or interrupted: no page is lost, stored twice or fetched again."""

import json
import os
import random
import shlex
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager
from itertools import pairwise
from pathlib import Path

import pytest
from tests.scraping.store.material import lines, stored, warcio_check
from tests.support.faults import Forever, Stall, Status
from tests.support.forking import forked
from tests.support.pages import invented_doi, invented_id
from tests.support.wire import Left

from altdetails.scraping.store import status

pytestmark = pytest.mark.slow

COMMAND = [sys.executable, "-m", "altdetails"]
THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"
TIMEOUT = 60
"""Seconds that a test waits for a process, at most."""
UNLIMITED = float("inf")
PAGES, RECORDS, LEDGER = (Path("run", name) for name in ("pages.warc.gz", "records.jsonl", "ledger.sqlite"))
processes = pytest.fixture(autouse=True)(forked)


class Turnstile:
    """A fault that answers a number of requests for pages, and makes the others wait."""

    def __init__(self, replica):
        self._changed = threading.Condition()
        self._passed = []
        self._allowed = 0
        self._resets = 0
        replica.fail("/details/*", Forever(self))

    def __call__(self, visit):
        with self._changed:
            resets = self._resets
            self._changed.wait_for(lambda: self._resets != resets or len(self._passed) < self._allowed)
            if self._resets != resets:  # the client was killed
                raise Left
            self._passed.append(time.monotonic())
            self._changed.notify_all()
        visit.give(visit.answer())

    def allow(self, count):
        """Drop the waiting requests, and answer this number of requests from now on."""
        with self._changed:
            self._resets += 1
            self._passed.clear()
            self._allowed = count
            self._changed.notify_all()

    def open(self):
        """Answer all requests, the waiting ones first."""
        with self._changed:
            self._allowed = UNLIMITED
            self._changed.notify_all()

    def wait(self):
        """Wait until all allowed requests were answered."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self._passed) == self._allowed, TIMEOUT)

    @property
    def pace(self):
        """Mean seconds between two answered requests since the last `allow`."""
        return (self._passed[-1] - self._passed[0]) / (len(self._passed) - 1)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def turnstile(replica):
    turnstile = Turnstile(replica)
    yield turnstile
    turnstile.open()


@pytest.fixture
def seed():
    """The random generator of a test. Set KILLED_RUNS_SEED to repeat a failed test."""
    chosen = os.environ.get("KILLED_RUNS_SEED") or str(random.SystemRandom().randrange(10**6))
    sys.stdout.write(f"KILLED_RUNS_SEED={chosen}\n")
    return random.Random(chosen)  # noqa: S311 -- not used for secrets


@pytest.fixture
def scraping(replica):
    """Start processes that scrape; they are killed at the end of the block."""

    @contextmanager
    def start(*lists, command=COMMAND, stdin=None):
        arguments = ["scrape", *lists, "-o", "run", "--base-url", replica.base_url, "--interval", "0"]
        with subprocess.Popen([*command, *arguments], stdin=stdin, stderr=subprocess.PIPE, text=True) as process:
            try:
                yield process
            finally:
                process.kill()

    return start


def listing(count):
    Path("dois.txt").write_text("".join(f"{invented_doi(number)}\n" for number in range(count)))
    return "dois.txt"


def finish(process):
    """Wait for the end of a process, and return its exit code and its unread standard error."""
    output = process.stderr.read()
    _, *traces = output.split("Traceback (most recent call last)")
    assert all("forkserver" in trace for trace in traces)  # of a worker that had not started when its parent was killed
    return process.wait(TIMEOUT), output


def wait_for_line(process, words):
    """Wait until a process prints a line with these words, and return the line."""
    line = next(line for line in process.stderr if words in line)
    return line.rstrip("\n")


def wait_for(condition):
    deadline = time.monotonic() + TIMEOUT
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def fetched(replica, since=0):
    """The addresses of pages that were fetched, in order."""
    return [request.path for request in replica.requests[since:] if request.path != "/robots.txt"]


def addresses(number):
    """Both addresses of a page: by DOI and by id."""
    return {f"/details/doi/{invented_doi(number)}", f"/details/{invented_id(number)}"}


def committed():
    """Read the numbers of the pages in the ledger and the committed length of the records, from a copy."""
    if not LEDGER.exists():
        return set(), 0
    folder = Path("ledger-copy")
    folder.mkdir(exist_ok=True)
    for log in ("", "-wal"):
        copy = folder / f"ledger.sqlite{log}"
        copy.unlink(missing_ok=True)
        if Path(f"{LEDGER}{log}").exists():
            shutil.copy(f"{LEDGER}{log}", copy)
    with closing(sqlite3.connect(folder / "ledger.sqlite")) as ledger:
        if not ledger.execute("SELECT name FROM sqlite_schema").fetchall():
            return set(), 0
        done = ledger.execute("SELECT identifier FROM identifiers WHERE outcome IS NOT NULL").fetchall()
        ((length,),) = ledger.execute("SELECT records_end FROM run").fetchall()
    return {number_of(identifier) for (identifier,) in done}, length


def number_of(identifier):
    return int(identifier.removeprefix(invented_doi("")))


def recorded(content):
    """The numbers of the pages in lines of records."""
    assert content[-1:] in {b"", b"\n"}
    return [number_of(json.loads(line)["provenance"]["requested"]) for line in content.splitlines()]


def assert_complete(count):
    """Check that the run has this number of pages, each once, and that warcio reads its archive."""
    assert {outcome: total for outcome, total in status("run").counts.items() if total} == {"ok": count}
    assert sorted(recorded(RECORDS.read_bytes())) == list(range(count))
    assert Path("run", "failures.jsonl").read_bytes() == b""
    visited = [record.fields["requested"] for record in stored(PAGES) if record["WARC-Type"] == "metadata"]
    assert sorted(map(number_of, visited)) == list(range(count))
    checked = warcio_check(PAGES)
    assert checked.returncode == 0, checked.stdout
    assert b"".join(lines(PAGES)) == RECORDS.read_bytes()


def test_a_run_that_is_killed_many_times_loses_no_page_and_fetches_none_twice(replica, turnstile, scraping, seed):
    count, kills, warming = (80, 20, 10) if THOROUGH else (20, 4, 5)
    identifiers = listing(count)
    replica.prepare(count)
    started = time.monotonic()
    turnstile.allow(warming)
    with scraping(identifiers) as process:
        turnstile.wait()
        startup = turnstile._passed[0] - started
        page = 2 * turnstile.pace
    done, _ = committed()
    moments = sorted(seed.choices(range(2 * count - warming), k=kills))
    for requests in (after - before for before, after in pairwise([0, *moments])):
        mark = len(replica.requests)
        turnstile.allow(requests)
        with scraping(identifiers) as process:
            if requests:
                turnstile.wait()
            time.sleep(seed.random() * (page if requests else startup))
            assert process.poll() is None
            process.kill()
            assert finish(process)[0] == -signal.SIGKILL
        assert not set(fetched(replica, mark)) & set().union(*map(addresses, done))
        before, (done, length) = done, committed()
        assert before <= done
        assert set(recorded(RECORDS.read_bytes()[:length])) == done
    mark = len(replica.requests)
    turnstile.allow(UNLIMITED)
    with scraping(identifiers) as process:
        assert finish(process)[0] == 0
    assert set(fetched(replica, mark)) == set().union(*map(addresses, set(range(count)) - done))
    assert_complete(count)


def test_a_run_that_is_terminated_many_times_finishes_the_current_page_and_fetches_none_twice(
    replica, turnstile, scraping, seed
):
    count, times, warming = (30, 5, 10) if THOROUGH else (12, 2, 4)
    identifiers = listing(count)
    page = 0.0
    moments = sorted(seed.sample(range(warming, 2 * (count - times)), times))  # a page takes up to 2 requests
    for requests in (after - before for before, after in pairwise([0, *moments])):
        number = seed.choice([signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
        turnstile.allow(requests)
        with scraping(identifiers) as process:
            turnstile.wait()
            page = page or 2 * turnstile.pace
            time.sleep(seed.random() * page)
            process.send_signal(number)
            wait_for_line(process, "Stopping after this page")
            turnstile.open()
            assert finish(process)[0] == 128 + number
        done, _ = committed()
        assert set(fetched(replica)) == set().union(*map(addresses, done))
    with scraping(identifiers) as process:
        assert finish(process)[0] == 0
    paths = [request.path for request in replica.requests]
    assert len(set(paths)) == len(paths) == 1 + 2 * count
    assert_complete(count)


class TestInterruption:
    def test_the_current_page_is_finished_and_the_command_to_resume_is_printed(self, replica, turnstile, scraping):
        turnstile.allow(3)
        with scraping(*map(invented_doi, range(4))) as process:
            turnstile.wait()
            process.send_signal(signal.SIGINT)
            assert (
                wait_for_line(process, "Stopping") == "Stopping after this page; interrupt again to stop immediately."
            )
            turnstile.open()
            code, output = finish(process)
        assert code == 130
        assert committed()[0] == {0, 1}
        assert len(fetched(replica)) == 4
        assert "2 ok, in " in output
        assert "2 identifiers of the run not fetched yet" in output
        *_, sentence, command = output.splitlines()
        assert sentence == "Interrupted. All results are kept. To resume, run:"
        name, *arguments = shlex.split(command)
        assert name == "altdetails"
        assert subprocess.run([*COMMAND, *arguments], capture_output=True, check=True).returncode == 0
        assert len(fetched(replica)) == 8
        assert_complete(4)

    def test_a_second_signal_ends_it_at_once_and_leaves_a_valid_folder(self, replica, scraping):
        replica.fail(f"/details/{invented_id(1)}", Stall("middle"))
        identifiers = listing(3)
        with scraping(identifiers) as process:
            wait_for(lambda: f"/details/{invented_id(1)}" in fetched(replica))
            process.send_signal(signal.SIGINT)
            wait_for_line(process, "Stopping after this page; interrupt again to stop immediately.")
            process.send_signal(signal.SIGINT)
            code, output = finish(process)
        assert code == 130
        assert "Interrupted." in output
        assert committed()[0] == {0}
        with scraping(identifiers) as process:
            assert finish(process)[0] == 0
        assert_complete(3)

    @pytest.mark.parametrize("address", [f"/details/{invented_id(0)}", "/robots.txt"])
    def test_a_long_wait_ends_at_once(self, replica, scraping, address):
        replica.fail(address, Status(503, retry_after="800"))
        with scraping(listing(2)) as process:
            assert wait_for_line(process, "retrying in 800 s").startswith(f"{replica.base_url}{address}: HTTP 503")
            process.send_signal(signal.SIGINT)
            code, output = finish(process)
        assert code == 130
        assert "altdetails scrape -o run" in output
        assert committed()[0] == set()
        assert replica.requests[-1].path == address

    def test_a_signal_while_the_list_is_read_ends_the_run_at_once(self, replica, scraping):
        with scraping("-", stdin=subprocess.PIPE) as process:
            process.stdin.writelines(f"{invented_doi(number)}\n" for number in range(20_000))
            process.stdin.flush()
            wait_for(LEDGER.exists)
            process.send_signal(signal.SIGINT)
            assert finish(process) == (130, "Interrupted.\n")
        assert replica.requests == []
        assert set(status("run").counts.values()) == {0}

    def test_signals_that_the_parent_process_ignores_stay_ignored(self, turnstile, scraping):
        turnstile.allow(1)
        ignoring = ["/bin/sh", "-c", f'trap "" {signal.SIGINT.value} {signal.SIGHUP.value}; exec "$0" "$@"']
        with scraping(listing(2), command=[*ignoring, *COMMAND]) as process:
            turnstile.wait()
            process.send_signal(signal.SIGINT)
            process.send_signal(signal.SIGHUP)
            turnstile.open()
            code, output = finish(process)
        assert code == 0
        assert "Stopping" not in output
        assert_complete(2)
