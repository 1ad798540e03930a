"""A run that is killed, terminated or interrupted, at any moment: nothing is lost, doubled or asked for again."""

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
from tests.scraping.store.material import stored, warcio_check
from tests.support.faults import Forever, Stall, Status
from tests.support.pages import invented_doi, invented_id
from tests.support.wire import Left

from altdetails.scraping.store import status

COMMAND = [sys.executable, "-m", "altdetails"]
PATIENCE = 60
"""Seconds after which a test that waits for a process fails."""
EVERYBODY = float("inf")
PAGES, RECORDS, LEDGER = (Path("run", name) for name in ("pages.warc.gz", "records.jsonl", "ledger.sqlite"))


class Turnstile:
    """A fault that lets so many requests for pages pass, and keeps those behind them waiting."""

    def __init__(self, replica):
        self._turned = threading.Condition()
        self._passed = []
        self._let = 0
        self._turns = 0
        replica.fail("/details/*", Forever(self))

    def __call__(self, visit):
        with self._turned:
            turn = self._turns
            self._turned.wait_for(lambda: self._turns != turn or len(self._passed) < self._let)
            if self._turns != turn:  # whoever asked is dead
                raise Left
            self._passed.append(time.monotonic())
            self._turned.notify_all()
        visit.give(visit.answer())

    def turn(self, count):
        """Sends those who wait away, and lets so many pass from now on."""
        with self._turned:
            self._turns += 1
            self._passed.clear()
            self._let = count
            self._turned.notify_all()

    def open(self):
        """Lets everybody pass, those who wait first."""
        with self._turned:
            self._let = EVERYBODY
            self._turned.notify_all()

    def wait(self):
        """Returns when as many have passed as may."""
        with self._turned:
            assert self._turned.wait_for(lambda: len(self._passed) == self._let, PATIENCE)

    @property
    def pace(self):
        """Seconds from one request to the next, of those that passed last."""
        return (self._passed[-1] - self._passed[0]) / (len(self._passed) - 1)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def turnstile(replica):
    made = Turnstile(replica)
    yield made
    made.open()


@pytest.fixture
def seed():
    """What random moments come from; that of a failure can be given again."""
    chosen = os.environ.get("KILLED_RUNS_SEED") or str(random.SystemRandom().randrange(10**6))
    sys.stdout.write(f"KILLED_RUNS_SEED={chosen}\n")
    return random.Random(chosen)  # noqa: S311 -- no secret hangs on this


@pytest.fixture
def scraping(replica):
    """A process that scrapes; killed at the end of the block."""

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


def ended(process):
    """The exit code of a process, and what it has said since it was last read."""
    said = process.stderr.read()
    assert "Traceback" not in said
    return process.wait(PATIENCE), said


def said(process, words):
    """Waits until a process says that, and gives the line."""
    line = next(line for line in process.stderr if words in line)
    return line.rstrip("\n")


def wait_for(condition):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def asked(replica, since=0):
    """The addresses of pages that were asked for, in order."""
    return [request.path for request in replica.requests[since:] if request.path != "/robots.txt"]


def addresses(number):
    """Both addresses of a page."""
    return {f"/details/doi/{invented_doi(number)}", f"/details/{invented_id(number)}"}


def committed():
    """The numbers of the pages that the ledger has, with the length of the records; read from a copy."""
    if not LEDGER.exists():
        return set(), 0
    copied = Path("looked-at")
    copied.mkdir(exist_ok=True)
    for log in ("", "-wal"):
        copy = copied / f"ledger.sqlite{log}"
        copy.unlink(missing_ok=True)
        if Path(f"{LEDGER}{log}").exists():
            shutil.copy(f"{LEDGER}{log}", copy)
    with closing(sqlite3.connect(copied / "ledger.sqlite")) as ledger:
        if not ledger.execute("SELECT name FROM sqlite_schema").fetchall():
            return set(), 0
        done = ledger.execute("SELECT identifier FROM identifiers WHERE outcome IS NOT NULL").fetchall()
        ((length,),) = ledger.execute("SELECT records_end FROM run").fetchall()
    return {number_of(identifier) for (identifier,) in done}, length


def number_of(identifier):
    return int(identifier.removeprefix(invented_doi("")))


def recorded(content):
    """The numbers of the pages in the lines of records."""
    assert content[-1:] in {b"", b"\n"}
    return [number_of(json.loads(line)["provenance"]["requested"]) for line in content.splitlines()]


def assert_whole(count):
    """The run has each of so many pages once, in files that other tools read, too."""
    assert {outcome: many for outcome, many in status("run").counts.items() if many} == {"ok": count}
    assert sorted(recorded(RECORDS.read_bytes())) == list(range(count))
    assert Path("run", "failures.jsonl").read_bytes() == b""
    visited = [record.fields["requested"] for record in stored(PAGES) if record["WARC-Type"] == "metadata"]
    assert sorted(map(number_of, visited)) == list(range(count))
    checked = warcio_check(PAGES)
    assert checked.returncode == 0, checked.stdout
    parsed = subprocess.run([*COMMAND, "parse", PAGES], capture_output=True, check=True)
    assert parsed.stdout == RECORDS.read_bytes()


def test_a_run_that_is_killed_50_times_loses_no_page_and_asks_for_none_again(replica, turnstile, scraping, seed):
    count, kills, warming = 200, 50, 20
    identifiers = listing(count)
    replica.prepare(count)
    started = time.monotonic()
    turnstile.turn(warming)
    with scraping(identifiers) as process:
        turnstile.wait()
        startup = turnstile._passed[0] - started
        page = 2 * turnstile.pace
    done, _ = committed()
    moments = sorted(seed.choices(range(2 * count - warming), k=kills))
    for requests in (after - before for before, after in pairwise([0, *moments])):
        mark = len(replica.requests)
        turnstile.turn(requests)
        with scraping(identifiers) as process:
            if requests:
                turnstile.wait()
            time.sleep(seed.random() * (page if requests else startup))
            assert process.poll() is None
            process.kill()
            assert ended(process)[0] == -signal.SIGKILL
        assert not set(asked(replica, mark)) & set().union(*map(addresses, done))
        before, (done, length) = done, committed()
        assert before <= done
        assert set(recorded(RECORDS.read_bytes()[:length])) == done
    mark = len(replica.requests)
    turnstile.turn(EVERYBODY)
    with scraping(identifiers) as process:
        assert ended(process)[0] == 0
    assert set(asked(replica, mark)) == set().union(*map(addresses, set(range(count)) - done))
    assert_whole(count)


def test_a_run_that_is_told_to_end_10_times_finishes_the_page_in_hand_and_asks_for_nothing_twice(
    replica, turnstile, scraping, seed
):
    count, times, warming = 60, 10, 10
    identifiers = listing(count)
    page = 0.0
    moments = sorted(seed.sample(range(warming, 2 * (count - times)), times))  # each page in hand takes up to 2 more
    for requests in (after - before for before, after in pairwise([0, *moments])):
        sent = seed.choice([signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
        turnstile.turn(requests)
        with scraping(identifiers) as process:
            turnstile.wait()
            page = page or 2 * turnstile.pace
            time.sleep(seed.random() * page)
            process.send_signal(sent)
            said(process, "Stopping after this page")
            turnstile.open()
            assert ended(process)[0] == 128 + sent
        done, _ = committed()
        assert set(asked(replica)) == set().union(*map(addresses, done))
    with scraping(identifiers) as process:
        assert ended(process)[0] == 0
    paths = [request.path for request in replica.requests]
    assert len(set(paths)) == len(paths) == 1 + 2 * count
    assert_whole(count)


class TestInterruption:
    def test_the_page_in_hand_is_finished_and_the_command_that_goes_on_is_told(self, replica, turnstile, scraping):
        turnstile.turn(3)
        with scraping(*map(invented_doi, range(4))) as process:
            turnstile.wait()
            process.send_signal(signal.SIGINT)
            assert said(process, "Stopping") == "Stopping after this page; interrupt again to stop immediately."
            turnstile.open()
            code, words = ended(process)
        assert code == 130
        assert committed()[0] == {0, 1}
        assert len(asked(replica)) == 4
        assert "2 ok, in " in words
        assert "2 identifiers of the run not fetched yet" in words
        *_, told, again = words.splitlines()
        assert told == "Interrupted. All results are kept. To resume, run:"
        name, *arguments = shlex.split(again)
        assert name == "altdetails"
        assert subprocess.run([*COMMAND, *arguments], capture_output=True, check=True).returncode == 0
        assert len(asked(replica)) == 8
        assert_whole(4)

    def test_a_second_one_ends_it_at_once_and_leaves_a_sound_folder(self, replica, scraping):
        replica.fail(f"/details/{invented_id(1)}", Stall("middle"))
        identifiers = listing(3)
        with scraping(identifiers) as process:
            wait_for(lambda: f"/details/{invented_id(1)}" in asked(replica))
            process.send_signal(signal.SIGINT)
            said(process, "Stopping after this page; interrupt again to stop immediately.")
            process.send_signal(signal.SIGINT)
            code, words = ended(process)
        assert code == 130
        assert "Interrupted." in words
        assert committed()[0] == {0}
        with scraping(identifiers) as process:
            assert ended(process)[0] == 0
        assert_whole(3)

    @pytest.mark.parametrize("address", [f"/details/{invented_id(0)}", "/robots.txt"])
    def test_a_long_wait_ends_at_once(self, replica, scraping, address):
        replica.fail(address, Status(503, retry_after="800"))
        with scraping(listing(2)) as process:
            assert said(process, "retrying in 800 s").startswith(f"{replica.base_url}{address}: HTTP 503")
            process.send_signal(signal.SIGINT)
            code, words = ended(process)
        assert code == 130
        assert "altdetails scrape -o run" in words
        assert committed()[0] == set()
        assert replica.requests[-1].path == address

    def test_while_a_list_is_read_it_ends_at_once(self, replica, scraping):
        with scraping("-", stdin=subprocess.PIPE) as process:
            process.stdin.writelines(f"{invented_doi(number)}\n" for number in range(20_000))
            process.stdin.flush()
            wait_for(LEDGER.exists)
            process.send_signal(signal.SIGINT)
            assert ended(process) == (130, "Interrupted.\n")
        assert replica.requests == []
        assert set(status("run").counts.values()) == {0}

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
    def test_a_signal_that_is_ignored_from_outside_stays_ignored(self, turnstile, scraping, number):
        turnstile.turn(1)
        ignoring = ["/bin/sh", "-c", f'trap "" {number.value}; exec "$0" "$@"']
        with scraping(listing(2), command=[*ignoring, *COMMAND]) as process:
            turnstile.wait()
            process.send_signal(number)
            turnstile.open()
            code, words = ended(process)
        assert code == 0
        assert "Stopping" not in words
        assert_whole(2)
