"""Measure the figures on parsing in docs/benchmarks.md. `make bench` runs this.

    python benchmarks/bench.py               about two minutes
    python benchmarks/bench.py --quick       a smoke test of a few seconds; do not quote its figures
    python benchmarks/bench.py -o NEW.json   also write every value, for `python -m pyperf stats NEW.json`

The pages are synthetic, from samples/generator. They have three sizes, with navigation, scripts and styles around the
record. All contenders read the same bytes, in turn and in one process. Ratios are taken within a round, so they are
more stable than the milliseconds on a noisy machine.

altdetails turns bytes into a line of JSON. The other contenders only build a tree. altdetails builds no tree of the
parts around the record if it can separate them by their markup. The third row shows the same pages if it cannot.
"""

from __future__ import annotations

import argparse
import gc
import platform
import subprocess
import sys
import tempfile
from importlib.metadata import version
from itertools import count, islice
from math import ceil
from pathlib import Path
from statistics import fmean, median, quantiles
from typing import TYPE_CHECKING

import pyperf
from bs4 import BeautifulSoup
from lxml import etree
from lxml import html as lxml_html

from altdetails import parse
from altdetails.documents import Document
from altdetails.parsing.engine import results_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

sys.path.insert(0, str(Path(__file__).parents[1] / "samples"))

from generator import Facts, facts, page

ROUNDS = {10_000: 40, 60_000: 25, 150_000: 12}
"""The number of rounds for each size of pages, in bytes."""
PAGES = 20
SHORTEST_READING = 0.1
"""Seconds. A faster contender reads all pages several times, to make the measurement more precise."""
FOLDER_PAGES = 8_000
FOLDER_PAGE_BYTES = 60_000
FOLDER_RUNS = 3
JOBS = (1, 2)

OURS = "altdetails, from bytes to JSON"


def _page_by_page(work: Callable[[bytes], object]) -> Callable[[Sequence[bytes]], None]:
    def contender(contents: Sequence[bytes]) -> None:
        for content in contents:
            work(content)

    return contender


def _many_pages(contents: Sequence[bytes]) -> None:
    for batch in results_of(Document("page", content) for content in contents):
        for _, record in batch:
            record.to_json()


CONTENDERS: dict[str, Callable[[Sequence[bytes]], None]] = {
    OURS: _page_by_page(lambda content: parse(content).to_json()),
    "altdetails, many pages at once, as `altdetails parse` does": _many_pages,
    "altdetails, if it cannot separate the record from the rest of the page": _page_by_page(
        lambda content: parse(
            content.replace(b'<div class="document-header"', b'<div id="top" class="document-header"')
        ).to_json()
    ),
    "`lxml.html.fromstring(page)`, the tree alone": _page_by_page(lxml_html.fromstring),
    '`BeautifulSoup(page, "lxml")`, the tree alone': _page_by_page(lambda content: BeautifulSoup(content, "lxml")),
    '`BeautifulSoup(page, "html.parser")`, the tree alone': _page_by_page(
        lambda content: BeautifulSoup(content, "html.parser")
    ),
}


def main() -> None:
    """Measure and print the tables. Write the values to a file if requested."""
    options = argparse.ArgumentParser(description="Measure the figures on parsing in docs/benchmarks.md.")
    options.add_argument("--quick", action="store_true", help="a smoke test with few pages; do not quote its figures")
    options.add_argument("-o", "--output", metavar="FILE", help="write every value to FILE, in the format of pyperf")
    arguments = options.parse_args()
    pages, folder, runs = (2, 20, 1) if arguments.quick else (PAGES, FOLDER_PAGES, FOLDER_RUNS)

    smallest = min(ROUNDS)
    deviations = {
        page_facts: abs(len(_padded(page_facts, smallest)) - smallest) for page_facts in islice(_everyday(), 10 * pages)
    }
    chosen = sorted(deviations, key=deviations.__getitem__)[:pages]
    columns = {}
    for size, rounds in ROUNDS.items():
        print(f"{pages} pages of {size // 1000} KB …", file=sys.stderr)
        contents = [_padded(page_facts, size) for page_facts in chosen]
        columns[f"{fmean(map(len, contents)) / 1000:.0f} KB"] = _measure_in_turn(
            contents, 2 if arguments.quick else rounds
        )
    print(f"a folder of {folder} pages …", file=sys.stderr)
    by_jobs = _measure_folder(folder, runs)

    print(_table(columns), _folder_table(by_jobs, folder), _machine(), sep="\n\n")
    if arguments.output:
        values = {f"{name}, {size}": seconds for size, column in columns.items() for name, seconds in column.items()}
        _write_values(
            values | {f"{folder} pages, --jobs {jobs}": seconds for jobs, seconds in by_jobs.items()}, arguments.output
        )


def _everyday() -> Iterator[Facts]:
    """Yield facts with pages of 7 to 11 KB without padding."""
    return (page_facts for page_facts in map(facts, count()) if 7_000 <= len(_page(page_facts)) <= 11_000)


def _page(page_facts: Facts, padding: int = 0) -> bytes:
    return page(page_facts, padding).encode()


def _padded(page_facts: Facts, size: int) -> bytes:
    """Return the page of some facts, padded as closely as possible to a size."""
    padding, attempts = 0, [_page(page_facts)]
    for _ in range(4):
        padding = max(0, padding + size - len(attempts[-1]))
        attempts.append(_page(page_facts, padding))
    return min(attempts, key=lambda content: abs(len(content) - size))


def _measure_in_turn(contents: Sequence[bytes], rounds: int) -> dict[str, list[float]]:
    """Return the seconds per page of each contender in each round. In a round, each contender reads all pages."""
    names = [*CONTENDERS]
    seconds: dict[str, list[float]] = {name: [] for name in names}
    readings = dict.fromkeys(names, 1)
    for number in range(rounds + 1):
        first = number % len(names)
        for name in (*names[first:], *names[:first]):
            contender = CONTENDERS[name]
            gc.collect()
            start = pyperf.perf_counter()
            contender(contents * readings[name])
            elapsed = pyperf.perf_counter() - start
            seconds[name].append(elapsed / len(contents) / readings[name])
            readings[name] = max(readings[name], ceil(readings[name] * SHORTEST_READING / elapsed))
    return {name: values[1:] for name, values in seconds.items()}  # the first round is a warm-up


def _measure_folder(pages: int, runs: int) -> dict[int, list[float]]:
    """Return the seconds of whole processes that parse a folder, by number of jobs. The numbers take turns."""
    seconds: dict[int, list[float]] = {jobs: [] for jobs in JOBS}
    with tempfile.TemporaryDirectory(prefix="altdetails-bench-") as name:
        folder, target = Path(name, "pages"), Path(name, "records.jsonl")
        folder.mkdir()
        for number, page_facts in enumerate(islice(_everyday(), pages)):
            padding = FOLDER_PAGE_BYTES - len(_page(page_facts))
            (folder / f"{number:05}.html").write_bytes(_page(page_facts, padding))
        for _ in range(runs):
            for jobs in JOBS:
                command = [sys.executable, "-m", "altdetails", "parse", folder, "-o", target, "--jobs", str(jobs)]
                start = pyperf.perf_counter()
                subprocess.run(command, check=True)
                seconds[jobs].append(pyperf.perf_counter() - start)
                target.unlink()
    return seconds


def _table(columns: dict[str, dict[str, list[float]]]) -> str:
    """Return a table of milliseconds per page, and of ratios to altdetails with their quartiles. Values are medians."""
    lines = [f"| | {' | '.join(columns)} |", f"|---|{'---:|' * len(columns)}"]
    for name in CONTENDERS:
        cells = []
        for column in columns.values():
            cell = f"{1000 * median(column[name]):.2f} ms"
            if name != OURS:
                ratios = [theirs / ours for theirs, ours in zip(column[name], column[OURS], strict=True)]
                low, middle, high = map(_times, quantiles(ratios, method="inclusive"))
                cell = f"**{middle}×** ({low}–{high}), {cell}"
            cells.append(cell)
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _times(ratio: float) -> str:
    return f"{ratio:.0f}" if ratio >= 10 else f"{ratio:.1f}" if ratio >= 1 else f"{ratio:.2f}"


def _folder_table(by_jobs: dict[int, list[float]], pages: int) -> str:
    lines = [f"| {pages:,} pages of {FOLDER_PAGE_BYTES // 1000} KB | median | pages a second |", "|---|---:|---:|"]
    for jobs, seconds in by_jobs.items():
        middle = median(seconds)
        lines.append(f"| `altdetails parse --jobs {jobs}` | {middle:.1f} s | {pages / middle:,.0f} |")
    return "\n".join(lines)


def _machine() -> str:
    about = pyperf.Run([1.0], collect_metadata=True).get_metadata()
    lxml, libxml2 = (".".join(map(str, numbers[:3])) for numbers in (etree.LXML_VERSION, etree.LIBXML_VERSION))
    return (
        f"altdetails {version('altdetails')}, Python {platform.python_version()}, lxml {lxml}, libxml2 {libxml2}, "
        f"beautifulsoup4 {version('beautifulsoup4')}, {platform.system()}, "
        f"{about.get('cpu_count', '?')} CPUs ({about.get('cpu_model_name', 'unknown model')})."
    )


def _write_values(values: dict[str, list[float]], target: str) -> None:
    runs = {name: pyperf.Run(seconds, metadata={"name": name, "unit": "second"}) for name, seconds in values.items()}
    pyperf.BenchmarkSuite([pyperf.Benchmark([run]) for run in runs.values()]).dump(target, replace=True)


if __name__ == "__main__":
    main()
