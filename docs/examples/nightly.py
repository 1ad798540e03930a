"""One night: fetch what is due, and load it. Any scheduler can call these functions, or run this file."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

from altdetails import load, scrape


def fetch(list_file: str, run: str, contact: str) -> dict[str, int]:
    """Fetch the pages that are new or older than four weeks, and return how many got each outcome.

    A list has one DOI a line. If the site stops the run, RunStopped ends the task, and the next try resumes the run.
    """
    identifiers = Path(list_file).read_text(encoding="utf-8").splitlines()
    outcomes = scrape(identifiers, run, contact=contact, refresh="28d")
    return dict(Counter(outcome.status for outcome in outcomes))


def load_tables(run: str, to: str) -> dict[str, int]:
    """Load the run into a warehouse, and return the counts. Loading it twice changes nothing."""
    loaded = load(run, to)
    return {"records": loaded.records, "new": loaded.new, "damaged": loaded.damaged}


if __name__ == "__main__":
    list_file, run, contact, to = sys.argv[1:]
    print(fetch(list_file, run, contact))  # noqa: T201
    print(load_tables(run, to))  # noqa: T201
