"""Tests of runs that are killed while they fetch tabs: no mention is lost or stored twice, no page fetched again.

For a long test by hand: `KILLED_TABS=200,30 pytest --timeout 0 tests/test_killed_tabs.py` has 200 outputs and 30 kills.
"""

import json
import os
import signal
import time
from collections import Counter
from contextlib import closing
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from samples.generator import page
from samples.generator.model import Tally
from tests import test_killed_runs as killed
from tests.scraping.store.material import warcio_check
from tests.support.pages import invented, invented_doi, invented_id
from tests.support.tabs import PAGE_LENGTH, MentionList, address_of

from altdetails.parsing.stream import PageStream
from altdetails.scraping.run import Run

pytestmark = pytest.mark.slow

OUTPUTS, KILLS = map(int, os.environ.get("KILLED_TABS", "10,3").split(","))
LENGTHS = (0, 1300, 1, 99, 100, 101, 250, 399, 0, 12)
"""Mentions of the news of an output; its blogs have a tenth."""
folder, seed, turnstile, scraping = killed.folder, killed.seed, killed.turnstile, killed.scraping
processes = killed.processes


def lengths(count, chance):
    """The lengths of the tabs of each output: first those of `LENGTHS`, then any up to 1,300."""
    news = (LENGTHS[number] if number < len(LENGTHS) else chance.randrange(1301) for number in range(count))
    return [{"news": length, "blogs": length // 10} for length in news]


def add(replica, number, tabs):
    counts = tuple(Tally(tab, length, tab) for tab, length in tabs.items())
    replica.add(invented_doi(number), invented_id(number), page(replace(invented(number), mentions=counts)))
    for tab, length in tabs.items():
        replica.add_list(invented_id(number), tab, MentionList(length, endless=number % 3 == 1))


def committed_pages():
    """The addresses of the pages of tabs that the ledger has, from a copy."""
    if not killed.committed()[0]:
        return set()
    with closing(killed.sqlite3.connect("ledger-copy/ledger.sqlite")) as ledger:
        rows = ledger.execute("SELECT path, page - (outcome IS NULL) FROM list_tabs").fetchall()
    return {path if number == 1 else f"{path}/page:{number}" for path, last in rows for number in range(1, last + 1)}


def expected_mentions(tabs):
    """The number of times that each mention must be stored: its output, tab, place in the tab, and address."""
    return Counter(
        (
            invented_id(number),
            tab,
            at // PAGE_LENGTH + 1,
            at % PAGE_LENGTH + 1,
            address_of(invented_id(number), tab, at),
        )
        for number, of_output in enumerate(tabs)
        for tab, length in of_output.items()
        for at in range(length)
    )


def stored_mentions():
    with Path("run/mentions.jsonl").open("rb") as file:
        lines = (line for line in map(json.loads, file) if line["kind"] == "mention")
        return Counter(
            (line["altmetric_id"], line["tab"], line["page"], line["position"], line["url"]) for line in lines
        )


def test_a_run_that_is_killed_while_it_fetches_tabs_stores_each_mention_once(
    replica, turnstile, scraping, seed, monkeypatch
):
    monkeypatch.setattr(killed, "TIMEOUT", 60 * KILLS)  # for hundreds of pages between two kills
    tabs = lengths(OUTPUTS, seed)
    for number, of_output in enumerate(tabs):
        add(replica, number, of_output)
    arguments = [killed.listing(OUTPUTS), "--mentions", "news,blogs"]
    requests = sum(2 + sum(-(-length // PAGE_LENGTH) for length in of_output.values()) for of_output in tabs)
    moments = sorted(seed.choices(range(requests), k=KILLS))
    done = set()
    for count in (after - before for before, after in pairwise([0, *moments])):
        mark = len(replica.requests)
        turnstile.allow(count)
        with scraping(*arguments) as process:
            if count:
                turnstile.wait()
            time.sleep(seed.random() * 0.05)
            assert process.poll() is None
            process.kill()
            assert killed.finish(process)[0] == -signal.SIGKILL
        assert not set(killed.fetched(replica, mark)) & done
        before, done = done, committed_pages()
        assert before <= done
    mark = len(replica.requests)
    turnstile.allow(killed.UNLIMITED)
    with scraping(*arguments) as process:
        assert killed.finish(process)[0] == 0
    assert not set(killed.fetched(replica, mark)) & done
    assert stored_mentions() == expected_mentions(tabs)
    assert set(Run("run").status().tabs) == {"complete"}
    checked = warcio_check(killed.PAGES)
    assert checked.returncode == 0, checked.stdout
    stream = PageStream([str(killed.PAGES)], jobs=1, page_timeout=None, people=False)
    with Path("run/mentions.jsonl").open("rb") as mentions, killed.RECORDS.open("rb") as records:
        for results in stream.results():
            for result in results:
                lines, file = (result.lines.json, mentions) if result.lines else (result.json, records)
                assert file.read(len(lines)) == lines
        assert mentions.read(1) == records.read(1) == b""
