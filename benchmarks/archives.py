"""The figures of the README's table on archives, and the plot docs/scaling.svg, measured on this machine: `make bench`.

    python benchmarks/archives.py                  some twenty minutes, and 2 GB of disk
    python benchmarks/archives.py --quick          whether it runs; no figures to quote
    python benchmarks/archives.py --keep FOLDER    writes the archives there, or takes those of an earlier time

The archives are synthetic, of samples/archives.py: gzip by the record, as crawlers write them. Two things are measured
beside altdetails, as what no reader can do without: fastwarc that reads all records, and `lxml.html.fromstring` of
every page, each in one process. Their sum, shared among the cores, is what the figures of altdetails are held against;
both are measured again beside every run. Every contender is a whole process, start and writing included, and what it
wrote is counted. Memory is the most that all its processes held at a time, with what they share counted once.
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
BETWEEN_LOOKS = 0.5
"""Seconds; to look at the memory of processes costs their time."""
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
"""Seconds a page to read archives, and to build the bare trees."""


class Taken(NamedTuple):
    """What a process took."""

    seconds: float
    megabytes: float


class Bare(NamedTuple):
    """What no reader can do without, in seconds a page."""

    reading: float
    trees: float

    def share(self, pages: int) -> float:
        """Seconds for so many pages, where all cores share the work."""
        return pages * (self.reading + self.trees) / CORES


def main() -> None:
    """Measure, print the table, draw the plot."""
    options = argparse.ArgumentParser(description="Measure the figures of the README's table on archives.")
    options.add_argument("--quick", action="store_true", help="few pages, once: whether it runs; no figures to quote")
    options.add_argument("--keep", metavar="FOLDER", type=Path, help="where the archives are kept")
    asked = options.parse_args()
    quick = asked.quick
    sizes, runs = ((10, 100, 400), 1) if quick else (SIZES, RUNS)
    with tempfile.TemporaryDirectory(prefix="altdetails-bench-") as name:
        folder = Path(name)
        archives = {pages: _archives((asked.keep or folder) / str(pages), pages) for pages in sizes}
        most = max(sizes)
        bare, taken = _measured(archives[most], most, runs, folder)
        print(_table(archives[most], most, bare, taken), flush=True)
        _draw(_scaling(archives, folder, taken), folder / PLOT.name if quick else PLOT)


def _archives(folder: Path, pages: int) -> list[str]:
    """So many pages in ten archives."""
    count = pages // 10
    paths = [str(folder / f"{number:02}.warc.gz") for number in range(10)]
    if folder.exists():
        return paths
    print(f"writing {pages:,} pages …", file=sys.stderr)
    folder.mkdir(parents=True)
    with ProcessPoolExecutor(CORES) as pool:
        for each in [pool.submit(write, path, count, start=count * at) for at, path in enumerate(paths)]:
            each.result()
    return paths


def _contenders(files: list[str], folder: Path) -> dict[str, tuple[list[str], Path]]:
    """Commands, and what each writes."""
    found: dict[str, tuple[list[str], Path]] = {}
    for ending, form in ((".jsonl", "JSONL"), (".parquet", "Parquet")):
        for jobs in sorted({1, CORES}):
            target = folder / f"records{ending}"
            command = [sys.executable, "-m", "altdetails", "parse", *files, "-o", str(target), "--jobs", str(jobs)]
            found[f"`altdetails parse --jobs {jobs}`, {form}"] = (command, target)
    target = folder / "daft"
    command = [sys.executable, "-m", "altdetails", "parse", *files, "--engine", "daft", "-o", str(target)]
    found["`altdetails parse --engine daft`, Parquet"] = ([*command, "--format", "parquet"], target)
    return found


def _measured(
    files: list[str], pages: int, runs: int, folder: Path
) -> tuple[list[Bare], dict[str, list[tuple[Taken, float]]]]:
    """What reading and trees take, and what each contender takes, with how many times the bare share that is."""
    taken: dict[str, list[tuple[Taken, float]]] = {}
    bare: list[Bare] = []
    for number in range(runs):
        for name, (command, target) in _contenders(files, folder).items():
            if number and "--jobs 1" in name:
                continue  # the slowest, and the one that is asked for least
            print(f"{number + 1} of {runs}: {name} …", file=sys.stderr)
            before = _bare(files[:1])
            found = _taken(command, target, pages)
            after = _bare(files[-1:])
            bare += (before, after)
            ratio = 2 * found.seconds / (before.share(pages) + after.share(pages))
            taken.setdefault(name, []).append((found, ratio))
    return bare, taken


def _table(files: list[str], pages: int, bare: list[Bare], taken: dict[str, list[tuple[Taken, float]]]) -> str:
    megabytes = sum(Path(path).stat().st_size for path in files) / 1e6
    read = f"{pages:,} pages of 60 KB in {len(files)} `.warc.gz`, {megabytes:,.0f} MB"
    lines = [
        f"| {read} | seconds | pages a second | of (reading + lxml) ÷ {CORES} | peak memory |",
        "|---|---:|---:|---:|---:|",
    ]
    for name, column in (("fastwarc, reading alone, one process", 0), ("`lxml.html.fromstring`, one process", 1)):
        each = median(some[column] for some in bare)
        lines.append(f"| {name} | {each * pages:.0f} | {1 / each:,.0f} |  |  |")
    for name, values in taken.items():
        seconds = median(found.seconds for found, _ in values)
        ratios = [ratio for _, ratio in values]
        times = f"**{median(ratios):.2f}×** ({min(ratios):.2f}–{max(ratios):.2f})"
        peak = max(found.megabytes for found, _ in values)
        lines.append(f"| {name} | {seconds:.0f} | {pages / seconds:,.0f} | {times} | {peak:,.0f} MB |")
    return "\n".join(lines)


def _scaling(
    archives: dict[int, list[str]], folder: Path, taken: dict[str, list[tuple[Taken, float]]]
) -> dict[str, list[tuple[int, Taken]]]:
    """What more and more pages take, by the name of the output; the most are measured already."""
    found: dict[str, list[tuple[int, Taken]]] = {}
    for pages, files in archives.items():
        for name, (command, target) in _contenders(files, folder).items():
            if f"--jobs {CORES}" in name:
                one = taken[name][-1][0] if pages == max(archives) else _taken(command, target, pages)
                found.setdefault(name.rpartition(" ")[2], []).append((pages, one))
    return found


def _draw(found: dict[str, list[tuple[int, Taken]]], path: Path) -> None:
    """A plot of time, and one of memory."""
    mpl.rcParams.update({"svg.hashsalt": "altdetails", "font.family": "sans-serif"})
    figure, (times, peaks) = plt.subplots(1, 2, figsize=(9, 3.4), layout="constrained")
    for name, points in found.items():
        pages = [count for count, _ in points]
        times.plot(pages, [taken.seconds for _, taken in points], marker="o", label=name)
        peaks.plot(pages, [taken.megabytes for _, taken in points], marker="o", label=name)
    times.set(xscale="log", yscale="log", xlabel="pages of 60 KB", ylabel="seconds")
    peaks.set(xscale="log", ylim=(0, None), xlabel="pages of 60 KB", ylabel="peak memory of all processes, MB")
    for axes in (times, peaks):
        axes.grid(visible=True, alpha=0.3)
        axes.legend()
    figure.savefig(path, metadata={"Date": None, "Creator": None})


def _bare(files: list[str]) -> Bare:
    done = subprocess.run([sys.executable, "-c", BARE, *files], stdout=subprocess.PIPE, text=True, check=True)
    return Bare(*map(float, done.stdout.split()))


def _taken(command: list[str], target: Path, pages: int) -> Taken:
    """Run a command, and see that it wrote all pages."""
    start = time.perf_counter()
    process = psutil.Popen(command, stderr=subprocess.DEVNULL)
    peak = 0
    while process.poll() is None:
        peak = max(peak, _held(process))
        time.sleep(BETWEEN_LOOKS)
    seconds = time.perf_counter() - start
    if process.returncode:
        raise SystemExit(f"{' '.join(command)[:200]}: ended with {process.returncode}")
    if (written := _count(target)) != pages:
        raise SystemExit(f"{' '.join(command)[:200]}: wrote {written:,} records of {pages:,}")
    shutil.rmtree(target) if target.is_dir() else target.unlink()
    return Taken(seconds, peak / 1e6)


def _held(process: psutil.Process) -> int:
    """Bytes that a process and all that it started hold now; what they share counts once."""
    held = 0
    for each in (process, *process.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            held += each.memory_full_info().pss
    return held


def _count(target: Path) -> int:
    if target.suffix == ".jsonl":
        return target.read_bytes().count(b"\n")
    files = f"{target}/*.parquet" if target.is_dir() else str(target)
    return int(duckdb.read_parquet(files).count("*").fetchall()[0][0])


if __name__ == "__main__":
    main()
