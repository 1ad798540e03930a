"""A test of a run by the API that is killed: each identifier has one outcome, and the key is in no file at any time."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.support import faults
from tests.support.api import KEY, files_with_key, holds_key, identifiers_of
from tests.support.faults import Forever, Refusal, Status
from tests.support.wire import Left

from altdetails.errors import StoreError
from altdetails.parsing.stream import PageStream
from altdetails.parsing.tasks import ParsedLine
from altdetails.scraping.run import Run

pytestmark = pytest.mark.slow

COUNT, KILLS = (60, 20) if os.environ.get("HYPOTHESIS_PROFILE") == "thorough" else (30, 4)
MOST_CALLS = 2
TIMEOUT = 60
"""Seconds that the test waits for an answer, at most."""
SECONDS = 0.2
"""A process is killed at some time in so many seconds after its last answer, or after its start."""
STARTER = """
import os, sys
from altdetails.cli import main
import altdetails.cli.scrape, altdetails.scraping.fetch.transport, altdetails.lists.entries, altdetails.parsing.steps
from altdetails.scraping import session
from tests.support.parser import ParserInProcess

session.PageParser = ParserInProcess
sys.argv = ["altdetails", *sys.argv[1:]]
for _ in sys.stdin:
    process = os.fork()
    if not process:
        main()
    print(process, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), flush=True)
"""
"""A process that has loaded the command, and starts it in a fork of itself for each line that it reads."""


class Gate:
    """Answers a number of calls, and makes the others wait."""

    def __init__(self):
        self._changed = threading.Condition()
        self._left = 0
        self._life = 0

    def behind(self, fault):
        """Return a fault that waits for its turn."""

        def wait(visit):
            with self._changed:
                life = self._life
                self._changed.wait_for(lambda: self._life != life or self._left > 0)
                if self._life != life:  # the client was killed
                    raise Left
                self._left -= 1
                self._changed.notify_all()
            fault(visit)

        return wait

    def allow(self, count):
        """Drop the waiting calls, and answer this number of calls from now on."""
        with self._changed:
            self._life += 1
            self._left = count
            self._changed.notify_all()

    def wait(self):
        """Wait until all allowed calls were answered."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._left == 0, TIMEOUT)


@pytest.fixture
def seed():
    """The random generator of the test. Set KILLED_RUNS_SEED to repeat a failed test."""
    chosen = os.environ.get("KILLED_RUNS_SEED") or str(random.SystemRandom().randrange(10**6))
    sys.stdout.write(f"KILLED_RUNS_SEED={chosen}\n")
    return random.Random(chosen)  # noqa: S311 -- not used for secrets


@contextmanager
def starter(*words):
    """Yield a process that starts the command."""
    output = Path("output.txt")
    with (
        output.open("ab") as errors,
        subprocess.Popen(
            [sys.executable, "-c", STARTER, *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env={**os.environ, "ALTMETRIC_API_KEY": KEY, "PYTHONPATH": str(Path(__file__).parents[1])},
        ) as process,
    ):
        yield process
        process.stdin.close()


def start(process):
    """Start the command, and return its process id."""
    process.stdin.write("\n")
    process.stdin.flush()
    return int(process.stdout.readline())


def listed():
    """Return identifiers of all kinds, by the path of their call."""
    labels = {"id": "altmetric:", "pmid": "pmid:", "arxiv": "arXiv:", "isbn": "ISBN ", "handle": "hdl:"}
    kinds = ["doi", "pmid", "arxiv", "isbn", "handle", "nct_id", "id"]
    calls = {}
    for number in range(COUNT):
        kind = kinds[number % len(kinds)]
        value = identifiers_of(number)[kind]
        calls[f"/v1/{kind}/{value}"] = f"{labels.get(kind, '')}{value}"
    return calls


def done(calls):
    """Return the calls whose identifiers have an outcome."""
    by_identifier = {text.replace("altmetric:", "").lower(): path for path, text in calls.items()}
    try:
        outcomes = [outcome.identifier for outcome in Run("run").outcomes()]
    except StoreError:
        return set()
    named = {"isbn:": "isbn ", "handle:": "hdl:", "clinical_trial:": ""}
    found = set()
    for identifier in outcomes:
        text = identifier.lower()
        for before, after in named.items():
            text = text.replace(before, after)
        found.add(by_identifier[text])
    return found


def test_a_run_of_all_kinds_of_identifiers_that_is_killed_many_times(replica, seed, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    calls = listed()
    Path("list.txt").write_text("".join(f"{text}\n" for text in calls.values()))
    gate = Gate()
    odd = [
        faults.Echo("answer"),
        Status(404, body="Not Found"),
        Refusal(400),
        faults.Echo("gzip"),
        faults.OtherAnswer(),
    ]
    for path, fault in zip([*calls][3::5], odd, strict=False):
        replica.fail(f"{path}?*", Forever(gate.behind(fault)))
    replica.fail("/v1/*", Forever(gate.behind(faults.Normal())))
    words = ["scrape", "list.txt", "-o", "run", "--via", "api", "--base-url", replica.base_url, "--interval", "0"]
    finished = set()
    with starter(*words) as process:
        for _ in range(KILLS):
            mark = len(replica.requests)
            gate.allow(seed.randrange(MOST_CALLS + 1) if finished else MOST_CALLS)
            identifier = start(process)
            gate.wait()
            time.sleep(seed.random() * SECONDS)
            os.kill(identifier, signal.SIGKILL)
            assert int(process.stdout.readline()) == -signal.SIGKILL
            assert not finished & {request.path.partition("?")[0] for request in replica.requests[mark:]}
            assert files_with_key("run") == []
            before, finished = finished, done(calls)
            assert before <= finished
        mark = len(replica.requests)
        gate.allow(10 * COUNT)
        start(process)
        assert int(process.stdout.readline()) == 1
    assert not finished & {request.path.partition("?")[0] for request in replica.requests[mark:]}
    assert 0 < len(finished) < COUNT
    outcomes = [*Run("run").outcomes()]
    assert len(outcomes) == COUNT
    assert done(calls) == {*calls}
    assert Counter(outcome.status for outcome in outcomes) == {"ok": COUNT - 2, "not_tracked": 1, "failed": 1}
    assert files_with_key(".") == []
    assert not holds_key(Path("output.txt").read_bytes())
    records = Path("run/records.jsonl").read_bytes()
    assert len(records.splitlines()) == COUNT - 2
    stream = PageStream(["run/pages.warc.gz"], jobs=1, page_timeout=None)
    assert (
        b"".join(result.json for results in stream.results() for result in results if isinstance(result, ParsedLine))
        == records
    )
