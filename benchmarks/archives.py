"""Measure the figures on web archives in docs/benchmarks.md, and draw docs/scaling.svg. `make bench` runs this.

    python benchmarks/archives.py                  about twenty minutes, and 2 GB of disk space
    python benchmarks/archives.py --quick          a smoke test with few pages; do not quote its figures
    python benchmarks/archives.py --keep FOLDER    write the archives to FOLDER, or reuse those in it

The archives are synthetic, from samples/archives.py. Each record is a gzip member, as crawlers write them.

The baseline is the work that every reader needs: reading all records with fastwarc, and building the tree of every page
with `lxml.html.fromstring`, each in one process. The sum of both, divided by the number of cores, is compared with the
time of altdetails. The baseline is measured again before and after every run.

Every measurement of altdetails is a whole process, including start and output, and the written records are counted.
Memory is the peak of all its processes together. Shared memory counts once.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from pathlib import Path
from statistics import median
from typing import NamedTuple

import duckdb
import matplotlib as mpl
import psutil
from matplotlib import pyplot as plt

from altdetails._optional import cores

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "samples"))

from archives import write  # noqa: E402 -- found by the path above

RUNS, SIZES = 2, (1_000, 10_000, 100_000)
CORES = cores()
MEMORY_INTERVAL = 0.5
"""Seconds between two measurements of memory. They slow the processes down, so there are few."""
PLOT = ROOT / "docs" / "scaling.svg"

BARE = """
import sys, time
from fastwarc.warc import ArchiveIterator, WarcRecordType
from lxml import html
pages, reading, trees = 0, 0.0, 0.0
for path in sys.argv[1:]:
    start = time.perf_counter()
    with open(path, "rb") as file:
        contents = [record.reader.read() for record in ArchiveIterator(file, record_types=WarcRecordType.response)]
    read = time.perf_counter()
    for content in contents:
        html.fromstring(content)
    reading += read - start
    trees += time.perf_counter() - read
    pages += len(contents)
print(reading / pages, trees / pages)
"""
"""Prints the seconds per page for reading archives and for building trees."""


class Usage(NamedTuple):
    """The time and peak memory of a process."""

    seconds: float
    megabytes: float


class Baseline(NamedTuple):
    """The seconds per page that every reader needs."""

    reading: float
    trees: float

    def share(self, pages: int) -> float:
        """Return the seconds for a number of pages on all cores."""
        return pages * (self.reading + self.trees) / CORES


def main() -> None:
    """Measure, print the table and draw the plot."""
    options = argparse.ArgumentParser(description="Measure the figures on web archives in docs/benchmarks.md.")
    options.add_argument("--quick", action="store_true", help="a smoke test with few pages; do not quote its figures")
    options.add_argument("--keep", metavar="FOLDER", type=Path, help="write the archives here, or reuse them")
    arguments = options.parse_args()
    quick = arguments.quick
    sizes, runs = ((10, 100, 400), 1) if quick else (SIZES, RUNS)
    with tempfile.TemporaryDirectory(prefix="altdetails-bench-") as name:
        folder = Path(name)
        archives = {pages: _write_archives((arguments.keep or folder) / str(pages), pages) for pages in sizes}
        most = max(sizes)
        baselines, usages = _measure_all(archives[most], most, runs, folder)
        print(_table(archives[most], most, baselines, usages), flush=True)
        _draw(_measure_scaling(archives, folder, usages), folder / PLOT.name if quick else PLOT)


def _write_archives(folder: Path, pages: int) -> list[str]:
    """Write ten archives with this number of pages in all, and return their paths."""
    count = pages // 10
    paths = [str(folder / f"{number:02}.warc.gz") for number in range(10)]
    if folder.exists():
        return paths
    print(f"writing {pages:,} pages …", file=sys.stderr)
    folder.mkdir(parents=True)
    with ProcessPoolExecutor(CORES) as pool:
        for future in [pool.submit(write, path, count, start=count * index) for index, path in enumerate(paths)]:
            future.result()
    return paths


def _contenders(files: list[str], folder: Path) -> dict[str, tuple[list[str], Path]]:
    """Return the commands to measure, each with its output."""
    commands: dict[str, tuple[list[str], Path]] = {}
    for ending, form in ((".jsonl", "JSONL"), (".parquet", "Parquet")):
        for jobs in sorted({1, CORES}):
            target = folder / f"records{ending}"
            command = [sys.executable, "-m", "altdetails", "parse", *files, "-o", str(target), "--jobs", str(jobs)]
            commands[f"`altdetails parse --jobs {jobs}`, {form}"] = (command, target)
    target = folder / "daft"
    command = [sys.executable, "-m", "altdetails", "parse", *files, "--engine", "daft", "-o", str(target)]
    commands["`altdetails parse --engine daft`, Parquet"] = ([*command, "--format", "parquet"], target)
    return commands


def _measure_all(
    files: list[str], pages: int, runs: int, folder: Path
) -> tuple[list[Baseline], dict[str, list[tuple[Usage, float]]]]:
    """Measure the baseline, and each command with the ratio of its time to the baseline."""
    usages: dict[str, list[tuple[Usage, float]]] = {}
    baselines: list[Baseline] = []
    for number in range(runs):
        for name, (command, target) in _contenders(files, folder).items():
            if number and "--jobs 1" in name:
                continue  # the slowest command; once is enough
            print(f"{number + 1} of {runs}: {name} …", file=sys.stderr)
            before = _measure_baseline(files[:1])
            usage = _measure(command, target, pages)
            after = _measure_baseline(files[-1:])
            baselines += (before, after)
            ratio = 2 * usage.seconds / (before.share(pages) + after.share(pages))
            usages.setdefault(name, []).append((usage, ratio))
    return baselines, usages


def _table(
    files: list[str], pages: int, baselines: list[Baseline], usages: dict[str, list[tuple[Usage, float]]]
) -> str:
    megabytes = sum(Path(path).stat().st_size for path in files) / 1e6
    title = f"{pages:,} pages of 60 KB in {len(files)} `.warc.gz`, {megabytes:,.0f} MB"
    lines = [
        f"| {title} | seconds | pages a second | of (reading + lxml) ÷ {CORES} | peak memory |",
        "|---|---:|---:|---:|---:|",
    ]
    for name, column in (("fastwarc, reading alone, one process", 0), ("`lxml.html.fromstring`, one process", 1)):
        seconds = median(baseline[column] for baseline in baselines)
        lines.append(f"| {name} | {seconds * pages:.0f} | {1 / seconds:,.0f} |  |  |")
    for name, values in usages.items():
        seconds = median(usage.seconds for usage, _ in values)
        ratios = [ratio for _, ratio in values]
        times = f"**{median(ratios):.2f}×** ({min(ratios):.2f}–{max(ratios):.2f})"
        peak = max(usage.megabytes for usage, _ in values)
        lines.append(f"| {name} | {seconds:.0f} | {pages / seconds:,.0f} | {times} | {peak:,.0f} MB |")
    return "\n".join(lines)


def _measure_scaling(
    archives: dict[int, list[str]], folder: Path, usages: dict[str, list[tuple[Usage, float]]]
) -> dict[str, list[tuple[int, Usage]]]:
    """Measure growing numbers of pages, by format. The largest number was measured before."""
    points: dict[str, list[tuple[int, Usage]]] = {}
    for pages, files in archives.items():
        for name, (command, target) in _contenders(files, folder).items():
            if f"--jobs {CORES}" in name:
                usage = usages[name][-1][0] if pages == max(archives) else _measure(command, target, pages)
                points.setdefault(name.rpartition(" ")[2], []).append((pages, usage))
    return points


def _draw(points_by_format: dict[str, list[tuple[int, Usage]]], path: Path) -> None:
    """Draw one plot of time and one of memory."""
    mpl.rcParams.update({"svg.hashsalt": "altdetails", "font.family": "sans-serif"})
    figure, (times, peaks) = plt.subplots(1, 2, figsize=(9, 3.4), layout="constrained")
    for name, points in points_by_format.items():
        pages = [count for count, _ in points]
        times.plot(pages, [usage.seconds for _, usage in points], marker="o", label=name)
        peaks.plot(pages, [usage.megabytes for _, usage in points], marker="o", label=name)
    times.set(xscale="log", yscale="log", xlabel="pages of 60 KB", ylabel="seconds")
    peaks.set(xscale="log", ylim=(0, None), xlabel="pages of 60 KB", ylabel="peak memory of all processes, MB")
    for axes in (times, peaks):
        axes.grid(visible=True, alpha=0.3)
        axes.legend()
    figure.savefig(path, metadata={"Date": None, "Creator": None})


def _measure_baseline(files: list[str]) -> Baseline:
    done = subprocess.run([sys.executable, "-c", BARE, *files], stdout=subprocess.PIPE, text=True, check=True)
    return Baseline(*map(float, done.stdout.split()))


def _measure(command: list[str], target: Path, pages: int) -> Usage:
    """Run a command, and check that it wrote a record per page."""
    start = time.perf_counter()
    process = psutil.Popen(command, stderr=subprocess.DEVNULL)
    peak = 0
    while process.poll() is None:
        peak = max(peak, _memory(process))
        time.sleep(MEMORY_INTERVAL)
    seconds = time.perf_counter() - start
    if process.returncode:
        raise SystemExit(f"{' '.join(command)[:200]}: failed with exit code {process.returncode}")
    if (written := _count(target)) != pages:
        raise SystemExit(f"{' '.join(command)[:200]}: wrote {written:,} records instead of {pages:,}")
    shutil.rmtree(target) if target.is_dir() else target.unlink()
    return Usage(seconds, peak / 1e6)


def _memory(process: psutil.Process) -> int:
    """Return the current memory of a process and its descendants, in bytes. Shared memory counts once."""
    total = 0
    for member in (process, *process.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            total += member.memory_full_info().pss
    return total


def _count(target: Path) -> int:
    if target.suffix == ".jsonl":
        return target.read_bytes().count(b"\n")
    files = f"{target}/*.parquet" if target.is_dir() else str(target)
    return int(duckdb.read_parquet(files).count("*").fetchall()[0][0])


if __name__ == "__main__":
    main()
