"""The figures of the README's speed tables, measured on this machine: `make bench`.

    python benchmarks/bench.py               some two minutes
    python benchmarks/bench.py --quick       a few seconds: whether it runs; no figures to quote
    python benchmarks/bench.py -o NEW.json   keeps every value too, for `python -m pyperf stats NEW.json`

The pages are synthetic, from samples/generator: of three sizes, with navigation, scripts and styles around the record.
All contenders read the same bytes, in turn and in one process, and ratios are taken within a round: a noisy machine
disturbs all of them alike, so the ratios hold better than the milliseconds. The others only build their tree;
altdetails goes from bytes to a line of JSON. It builds no tree of what surrounds the record where it can tell the two
apart by their markup; the third row shows the same pages with a header that it does not know for that.
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
"""How often all pages of a size, in bytes, are read."""
PAGES = 20
SHORTEST_READING = 0.1
"""Seconds; a contender that is faster reads all pages again: it is measured at work, not on its way there."""
FOLDER_PAGES = 8_000
FOLDER_PAGE_BYTES = 60_000
FOLDER_RUNS = 3
JOBS = (1, 2)

OURS = "altdetails, from bytes to JSON"


def _each(work: Callable[[bytes], object]) -> Callable[[Sequence[bytes]], None]:
    def contender(contents: Sequence[bytes]) -> None:
        for content in contents:
            work(content)

    return contender


def _some_at_once(contents: Sequence[bytes]) -> None:
    for some in results_of(Document("page", content) for content in contents):
        for _, record in some:
            record.to_json()


CONTENDERS: dict[str, Callable[[Sequence[bytes]], None]] = {
    OURS: _each(lambda content: parse(content).to_json()),
    "altdetails, many pages at once, as `altdetails parse` does": _some_at_once,
    "altdetails, where it cannot tell the record from what surrounds it": _each(
        lambda content: parse(
            content.replace(b'<div class="document-header"', b'<div id="top" class="document-header"')
        ).to_json()
    ),
    "`lxml.html.fromstring(page)`, the tree alone": _each(lxml_html.fromstring),
    '`BeautifulSoup(page, "lxml")`, the tree alone': _each(lambda content: BeautifulSoup(content, "lxml")),
    '`BeautifulSoup(page, "html.parser")`, the tree alone': _each(
        lambda content: BeautifulSoup(content, "html.parser")
    ),
}


def main() -> None:
    """Measure, print the tables, and keep the values where that is asked for."""
    options = argparse.ArgumentParser(description="Measure the figures of the README's speed tables.")
    options.add_argument("--quick", action="store_true", help="few pages, once: whether it runs; no figures to quote")
    options.add_argument("-o", "--output", metavar="FILE", help="keep every value here, as pyperf reads it")
    asked = options.parse_args()
    pages, folder, runs = (2, 20, 1) if asked.quick else (PAGES, FOLDER_PAGES, FOLDER_RUNS)

    smallest = min(ROUNDS)
    off = {said: abs(len(_padded(said, smallest)) - smallest) for said in islice(_everyday(), 10 * pages)}
    chosen = sorted(off, key=off.__getitem__)[:pages]
    columns = {}
    for size, rounds in ROUNDS.items():
        print(f"{pages} pages of {size // 1000} KB …", file=sys.stderr)
        contents = [_padded(said, size) for said in chosen]
        columns[f"{fmean(map(len, contents)) / 1000:.0f} KB"] = _in_turn(contents, 2 if asked.quick else rounds)
    print(f"a folder of {folder} pages …", file=sys.stderr)
    by_jobs = _folder(folder, runs)

    print(_table(columns), _folder_table(by_jobs, folder), _machine(), sep="\n\n")
    if asked.output:
        values = {f"{name}, {size}": found for size, column in columns.items() for name, found in column.items()}
        _keep(values | {f"{folder} pages, --jobs {jobs}": found for jobs, found in by_jobs.items()}, asked.output)


def _everyday() -> Iterator[Facts]:
    """Facts whose bare page has from 7 to 11 KB."""
    return (said for said in map(facts, count()) if 7_000 <= len(_page(said)) <= 11_000)


def _page(said: Facts, padding: int = 0) -> bytes:
    return page(said, padding).encode()


def _padded(said: Facts, size: int) -> bytes:
    """The page of these facts, with around it what brings it nearest to a size."""
    padding, found = 0, [_page(said)]
    for _ in range(4):
        padding = max(0, padding + size - len(found[-1]))
        found.append(_page(said, padding))
    return min(found, key=lambda content: abs(len(content) - size))


def _in_turn(contents: Sequence[bytes], rounds: int) -> dict[str, list[float]]:
    """Seconds a page, by contender, a value a round; in a round each contender reads all pages, one after another."""
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
            taken = pyperf.perf_counter() - start
            seconds[name].append(taken / len(contents) / readings[name])
            readings[name] = max(readings[name], ceil(readings[name] * SHORTEST_READING / taken))
    return {name: values[1:] for name, values in seconds.items()}  # the first round is for warming up


def _folder(pages: int, runs: int) -> dict[int, list[float]]:
    """Seconds of whole processes that parse a folder, by number of jobs; the numbers take turns."""
    seconds: dict[int, list[float]] = {jobs: [] for jobs in JOBS}
    with tempfile.TemporaryDirectory(prefix="altdetails-bench-") as name:
        folder, target = Path(name, "pages"), Path(name, "records.jsonl")
        folder.mkdir()
        for number, said in enumerate(islice(_everyday(), pages)):
            padding = FOLDER_PAGE_BYTES - len(_page(said))
            (folder / f"{number:05}.html").write_bytes(_page(said, padding))
        for _ in range(runs):
            for jobs in JOBS:
                command = [sys.executable, "-m", "altdetails", "parse", folder, "-o", target, "--jobs", str(jobs)]
                start = pyperf.perf_counter()
                subprocess.run(command, check=True)
                seconds[jobs].append(pyperf.perf_counter() - start)
                target.unlink()
    return seconds


def _table(columns: dict[str, dict[str, list[float]]]) -> str:
    """Milliseconds a page and, for the others, how many times ours: medians, and the quartiles of the ratios."""
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
        f"{about.get('cpu_count', '?')} CPUs ({about.get('cpu_model_name', 'of unknown make')})."
    )


def _keep(values: dict[str, list[float]], target: str) -> None:
    runs = {name: pyperf.Run(found, metadata={"name": name, "unit": "second"}) for name, found in values.items()}
    pyperf.BenchmarkSuite([pyperf.Benchmark([run]) for run in runs.values()]).dump(target, replace=True)


if __name__ == "__main__":
    main()
