"""Measure the figures on answers of the API in docs/benchmarks.md. `make bench` runs this.

    python benchmarks/answers.py             100,000 answers, about a minute
    python benchmarks/answers.py --quick     a smoke test with few answers; do not quote its figures

The answers are invented, in JSON Lines, with all keys of a usual counts answer. The baseline is `msgspec.json.decode`
of every line, which reads nothing from the values. altdetails reads the file, makes the records and writes them, in the
same process. Seconds are those of the processor, so that other work on the machine counts less. Medians of three runs.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import msgspec

from altdetails.parsing.stream import PageStream
from altdetails.parsing.tasks import ParsedLine

if TYPE_CHECKING:
    from collections.abc import Generator

    from altdetails.results import Failure

RUNS = 3
SCOPES = ("all", "journal", "similar_age_3m", "similar_age_journal_3m")


def main() -> None:
    """Measure, and print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few answers")
    count = 1_000 if parser.parse_args().quick else 100_000
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "answers.jsonl"
        with path.open("w", encoding="utf-8") as file:
            file.writelines(f"{json.dumps(_answer(number), separators=(',', ':'))}\n" for number in range(count))
        bare = median(_decoding(path) for _ in range(RUNS))
        megabytes = path.stat().st_size / 1e6
        print(
            f"| {count:,} answers, {megabytes:,.0f} MB | seconds of a core | answers a second and core | of decoding |"
        )
        print("|---|---:|---:|---:|")
        print(f"| `msgspec.json.decode` of every line, one process | {bare:.1f} | {count / bare:,.0f} | |")
        seconds = median(_parsing(path, count) for _ in range(RUNS))
        print(
            f"| altdetails, from lines to lines | {seconds:.1f} | {count / seconds:,.0f} | **{seconds / bare:.0f}×** |"
        )


def _decoding(path: Path) -> float:
    start = time.process_time()
    with path.open("rb") as file:
        for line in file:
            msgspec.json.decode(line)
    return time.process_time() - start


def _parsing(path: Path, count: int) -> float:
    start = time.process_time()
    written = 0
    with path.with_name("records.jsonl").open("wb") as output, closing(_results(path)) as results:
        for lines in results:
            written += len(lines)
            output.writelines(line.json for line in lines if isinstance(line, ParsedLine))
    if written != count:
        sys.exit("not every answer has a record")
    return time.process_time() - start


def _results(path: Path) -> Generator[list[ParsedLine | Failure]]:
    return PageStream([str(path)], jobs=1, page_timeout=None).results()


def _answer(number: int) -> dict[str, object]:
    context = {"count": 10_000_000 + number, "mean": 7.5, "rank": 1 + number, "pct": 97, "higher_than": 9_000_000}
    spans = ("1d", "2d", "3d", "4d", "5d", "6d", "1w", "1m", "3m", "6m", "1y", "at")
    return {
        "title": f"Street lamps, curtains and the first hour of sleep: town {number}",
        "doi": f"10.5555/bench.{number}",
        "pmid": str(99_000_000 + number),
        "isbns": [],
        "altmetric_jid": "4f6fa6183cf058f610003316",
        "issns": ["1111-1111"],
        "journal": "Light, Health & Society",
        "cohorts": {"pub": 35, "sci": 9, "doc": 1},
        "context": dict.fromkeys(SCOPES, context),
        "authors": ["Maren Aldous", "Tobias Okonjo-Reyes", "Ilse van Dremmel", "J. P. Hartwick", "Noor Sabbagh"],
        "type": "article",
        "handles": [],
        "pubdate": 1_677_628_800,
        "dimensions_publication_id": f"pub.{number}",
        "altmetric_id": 990_000_001 + number,
        "schema": "1.5.4",
        "is_oa": True,
        "cited_by_feeds_count": 2,
        "cited_by_msm_count": 3,
        "cited_by_posts_count": 60,
        "cited_by_tweeters_count": 45,
        "cited_by_accounts_count": 50,
        "last_updated": 1_700_355_600,
        "score": 34.25,
        "history": dict.fromkeys(spans, 0),
        "url": f"https://doi.org/10.5555/bench.{number}",
        "added_on": 1_678_600_000,
        "published_on": 1_677_628_800,
        "scopus_subjects": ["Health Sciences"],
        "subjects": ["science"],
        "readers": {"citeulike": 0, "mendeley": 187, "connotea": 0},
        "readers_count": 187,
        "images": {"small": "https://badges.altmetric.com/?size=64&score=35&types=mbttttfd"},
        "details_url": f"https://www.altmetric.com/details.php?citation_id={990_000_001 + number}",
    }


if __name__ == "__main__":
    main()
