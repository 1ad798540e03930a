"""Measure the figures on scraping in docs/benchmarks.md. `make bench` runs this.

    python benchmarks/scraping.py             about three minutes
    python benchmarks/scraping.py --quick     a smoke test with few pages; do not quote its figures

A replica of the site on the loopback interface serves the pages. Each contender is a whole process. The contenders take
turns and fetch the same DOIs, one request at a time and without pauses:

- `altdetails scrape` parses each page, and stores everything on disk after each page.
- Scrapy does the same with its own features: HTTPCACHE stores responses, JOBDIR the state, and a JSONL feed the records
  of `altdetails.parse`. It obeys robots.txt and sends one request at a time.
- A loop around httpx fetches the pages and stores nothing. It is the lower limit for any scraper with httpx.

The second table is about a list of a million identifiers: the memory of a run, and the time to open it again.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT = Path(__file__).parents[1]
PAGES = 2_000
RUNS = 5
LIST_LENGTH = 1_000_000

OURS = "`altdetails scrape --interval 0`"
SCRAPY = "Scrapy with HTTPCACHE, JOBDIR and a JSONL feed"
BARE = "a bare loop around httpx that stores nothing"

BARE_LOOP = """
import sys, httpx
site, dois = sys.argv[1], open(sys.argv[2]).read().split()
with httpx.Client(follow_redirects=True) as client:
    for doi in dois:
        assert client.get(f"{site}/details/doi/{doi}").status_code == 200
"""

SPIDER = """
import sys
from scrapy import Request, Spider
from scrapy.crawler import CrawlerProcess
from altdetails import parse

class Details(Spider):
    name = "details"

    async def start(self):
        for doi in open(sys.argv[2]):
            yield Request(f"{sys.argv[1]}/details/doi/{doi.strip()}", dont_filter=True)

    def parse(self, response):
        yield parse(response.body, url=response.url).to_dict()

process = CrawlerProcess({
    "ROBOTSTXT_OBEY": True, "CONCURRENT_REQUESTS": 1, "DOWNLOAD_DELAY": 0, "LOG_LEVEL": "ERROR",
    "HTTPCACHE_ENABLED": True, "HTTPCACHE_DIR": f"{sys.argv[3]}/cache", "JOBDIR": f"{sys.argv[3]}/job",
    "FEEDS": {f"{sys.argv[3]}/records.jsonl": {"format": "jsonlines"}}, "TELNETCONSOLE_ENABLED": False,
})
process.crawl(Details)
process.start()
"""


def main() -> None:
    """Measure and print the tables."""
    options = argparse.ArgumentParser(description="Measure the figures on scraping in docs/benchmarks.md.")
    options.add_argument("--quick", action="store_true", help="a smoke test with few pages; do not quote its figures")
    quick = options.parse_args().quick
    pages, runs, length = (50, 1, 10_000) if quick else (PAGES, RUNS, LIST_LENGTH)
    with tempfile.TemporaryDirectory(prefix="altdetails-bench-") as folder, _replica() as site:
        os.environ["ALTDETAILS_STATE"] = f"{folder}/state"
        print(_table(_measure_in_turn(site, Path(folder), pages, runs), pages), end="\n\n")
        print(_measure_long_list(site, Path(folder), length))


@contextmanager
def _replica() -> Iterator[str]:
    command = [sys.executable, "-m", "tests.support.replica", "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process.stdout.readline().strip() if process.stdout else ""
        finally:
            process.terminate()


def _measure_in_turn(site: str, folder: Path, pages: int, runs: int) -> dict[str, list[float]]:
    """Return the seconds of whole processes, by contender. The first round warms up the replica."""
    dois = folder / "dois.txt"
    dois.write_text("".join(f"10.5555/replica.{number}\n" for number in range(pages)))
    seconds: dict[str, list[float]] = {OURS: [], SCRAPY: [], BARE: []}
    for number in range(runs + 1):
        round_folder = folder / f"round-{number}"
        round_folder.mkdir()
        commands = {
            OURS: _scrape_command(dois, round_folder / "run", site),
            SCRAPY: [sys.executable, "-c", SPIDER, site, str(dois), str(round_folder)],
            BARE: [sys.executable, "-c", BARE_LOOP, site, str(dois)],
        }
        for name, command in commands.items():
            start = time.perf_counter()
            subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
            seconds[name].append(time.perf_counter() - start)
        for records in (round_folder / "run" / "records.jsonl", round_folder / "records.jsonl"):
            written = len(records.read_bytes().splitlines())
            if written != pages:
                raise SystemExit(f"{records}: has {written} records instead of {pages}")
    return {name: values[1:] for name, values in seconds.items()}


def _scrape_command(source: Path, run: Path, site: str, *more: str) -> list[str]:
    words = ["scrape", str(source), "-o", str(run), "--base-url", site, "--interval", "0", *more]
    return [sys.executable, "-m", "altdetails", *words]


def _table(seconds: dict[str, list[float]], pages: int) -> str:
    lines = [
        f"| {pages:,} DOIs, {2 * pages:,} requests | median | pages a second | altdetails' time ÷ theirs |",
        "|---|---:|---:|---:|",
    ]
    for name, values in seconds.items():
        ratios = [ours / theirs for theirs, ours in zip(values, seconds[OURS], strict=True)]
        middle = median(values)
        share = "" if name == OURS else f"**{median(ratios):.2f}×** ({min(ratios):.2f}–{max(ratios):.2f})"
        lines.append(f"| {name} | {middle:.1f} s | {pages / middle:,.0f} | {share} |")
    return "\n".join(lines)


def _measure_long_list(site: str, folder: Path, length: int) -> str:
    source = folder / "long.txt"
    with source.open("w") as file:
        file.writelines(f"10.5555/replica.{number}\n" for number in range(length))
    first, _ = _measure(_scrape_command(source, folder / "long", site, "--limit", "1"))
    again, memory = _measure(_scrape_command(source, folder / "long", site, "--limit", "1"))
    resumed, _ = _measure([sys.executable, "-m", "altdetails", "scrape", "-o", str(folder / "long"), "--limit", "1"])
    return "\n".join(
        [
            f"| a list of {length:,} DOIs | |",
            "|---|---:|",
            f"| started, one page fetched | {first:.1f} s |",
            f"| resumed with the list, one page fetched | {again:.1f} s |",
            f"| resumed without it (`altdetails scrape -o RUN`), one page fetched | {resumed:.1f} s |",
            f"| peak memory | {memory:.0f} MB |",
        ]
    )


def _measure(command: Sequence[str]) -> tuple[float, float]:
    """Return the seconds of a process, and the peak memory in MB of all processes so far."""
    start = time.perf_counter()
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    seconds = time.perf_counter() - start
    return seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


if __name__ == "__main__":
    main()
