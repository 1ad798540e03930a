"""The figures of the README's table on scraping, measured on this machine: `make bench`.

    python benchmarks/scraping.py             some three minutes
    python benchmarks/scraping.py --quick     whether it runs; no figures to quote

A replica site on loopback gives the pages, in a process of its own. Each contender asks it for the same DOIs, one
request at a time and without pauses, as whole processes, in turn:

- `altdetails scrape` reads each page and keeps everything, safe on disk page by page;
- Scrapy does the same job with its own means: HTTPCACHE keeps responses, JOBDIR the state, a JSONL feed the records,
  which `altdetails.parse` makes; robots.txt obeyed, one request at a time;
- a loop around httpx asks for the pages and keeps nothing: no scraper with httpx can be faster.

Then a list of a million identifiers: the memory of a run over it, and the time to open it again.
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
BARE = "a bare loop around httpx that keeps nothing"

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
    options = argparse.ArgumentParser(description="Measure the figures of the README's table on scraping.")
    options.add_argument("--quick", action="store_true", help="few pages, once: whether it runs; no figures to quote")
    quick = options.parse_args().quick
    pages, runs, length = (50, 1, 10_000) if quick else (PAGES, RUNS, LIST_LENGTH)
    with tempfile.TemporaryDirectory(prefix="altdetails-bench-") as folder, _replica() as site:
        os.environ["ALTDETAILS_STATE"] = f"{folder}/state"
        print(_table(_in_turn(site, Path(folder), pages, runs), pages), end="\n\n")
        print(_long_list(site, Path(folder), length))


@contextmanager
def _replica() -> Iterator[str]:
    command = [sys.executable, "-m", "tests.support.replica", "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process.stdout.readline().strip() if process.stdout else ""
        finally:
            process.terminate()


def _in_turn(site: str, folder: Path, pages: int, runs: int) -> dict[str, list[float]]:
    """Seconds of whole processes, by contender; the first round warms the replica up."""
    dois = folder / "dois.txt"
    dois.write_text("".join(f"10.5555/replica.{number}\n" for number in range(pages)))
    seconds: dict[str, list[float]] = {OURS: [], SCRAPY: [], BARE: []}
    for number in range(runs + 1):
        place = folder / f"round-{number}"
        place.mkdir()
        commands = {
            OURS: _scrape(dois, place / "run", site),
            SCRAPY: [sys.executable, "-c", SPIDER, site, str(dois), str(place)],
            BARE: [sys.executable, "-c", BARE_LOOP, site, str(dois)],
        }
        for name, command in commands.items():
            start = time.perf_counter()
            subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
            seconds[name].append(time.perf_counter() - start)
        for records in (place / "run" / "records.jsonl", place / "records.jsonl"):
            found = len(records.read_bytes().splitlines())
            if found != pages:
                raise SystemExit(f"{records}: {found} records of {pages}: no comparison")
    return {name: values[1:] for name, values in seconds.items()}


def _scrape(source: Path, run: Path, site: str, *more: str) -> list[str]:
    words = ["scrape", str(source), "-o", str(run), "--base-url", site, "--interval", "0", *more]
    return [sys.executable, "-m", "altdetails", *words]


def _table(seconds: dict[str, list[float]], pages: int) -> str:
    lines = [
        f"| {pages:,} DOIs, {2 * pages:,} requests | median | pages a second | altdetails' time, of theirs |",
        "|---|---:|---:|---:|",
    ]
    for name, values in seconds.items():
        ratios = [ours / theirs for theirs, ours in zip(values, seconds[OURS], strict=True)]
        middle = median(values)
        share = "" if name == OURS else f"**{median(ratios):.2f}×** ({min(ratios):.2f}–{max(ratios):.2f})"
        lines.append(f"| {name} | {middle:.1f} s | {pages / middle:,.0f} | {share} |")
    return "\n".join(lines)


def _long_list(site: str, folder: Path, length: int) -> str:
    source = folder / "long.txt"
    with source.open("w") as file:
        file.writelines(f"10.5555/replica.{number}\n" for number in range(length))
    first, _ = _measured(_scrape(source, folder / "long", site, "--limit", "1"))
    again, memory = _measured(_scrape(source, folder / "long", site, "--limit", "1"))
    resumed, _ = _measured([sys.executable, "-m", "altdetails", "scrape", "-o", str(folder / "long"), "--limit", "1"])
    return "\n".join(
        [
            f"| a list of {length:,} DOIs | |",
            "|---|---:|",
            f"| first opened, one page asked for | {first:.1f} s |",
            f"| opened again with the list, one page asked for | {again:.1f} s |",
            f"| opened again without it (`altdetails scrape -o RUN`), one page asked for | {resumed:.1f} s |",
            f"| peak memory | {memory:.0f} MB |",
        ]
    )


def _measured(command: Sequence[str]) -> tuple[float, float]:
    """Seconds of a process, and the most memory in MB that any process so far has taken."""
    start = time.perf_counter()
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    seconds = time.perf_counter() - start
    return seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


if __name__ == "__main__":
    main()
