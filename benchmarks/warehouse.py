"""Measure the figures on exports and loads in docs/benchmarks.md. `make bench` runs this.

    python benchmarks/warehouse.py                    about an hour
    python benchmarks/warehouse.py --loads 10000      only loads, of this many records; can be given more than once
    python benchmarks/warehouse.py --quick            a smoke test with few records; do not quote its figures

The records are synthetic, from samples/records.py. Each export is a whole process. It takes turns with DuckDB's own
`read_json` to Parquet, which reads the same file. SQL that is independent of altdetails compares the output with the
JSONL: the numbers of records and items, and the sums of their values. Memory is the peak of a process.

A load is watched with all of its processes, without PostgreSQL's server. It is killed in the middle and run again. A
million records are ten snapshots of a hundred thousand outputs.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from contextlib import closing, suppress
from pathlib import Path
from statistics import median
from typing import Any

import duckdb
import psutil
import psycopg2
import pyarrow as pa

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "samples")]

from records import lines  # noqa: E402 -- found by the path above
from tests.support.postgres import postgres  # noqa: E402

from altdetails.loading.warehouse import BATCH_SIZE  # noqa: E402

RECORDS, MANY = 100_000, 1_000_000
RUNS = 5
START, KILL_AFTER = 5, 40
"""Seconds of processor time that a load needs to start, and after which one of `RECORDS` records is killed."""

READ_JSON = """
import sys, duckdb
duckdb.sql(f"COPY (FROM read_json('{sys.argv[1]}', format = 'newline_delimited')) "
           f"TO '{sys.argv[2]}' (FORMAT parquet, COMPRESSION zstd)")
"""
WATCH = """
import resource, subprocess, sys, time
start = time.perf_counter()
code = subprocess.run(sys.argv[1:], stderr=subprocess.DEVNULL).returncode
print(code, time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
"""Runs a command in a small process, because the memory of the parent counts as the memory of the child."""
SUMS = "SELECT count(*), sum(score), count(abstract) FROM {records}"
ITEMS = {
    "mentions": "SELECT count(*), sum(m.count) FROM (SELECT unnest(mentions) AS m FROM {records})",
    "readers": "SELECT count(*), sum(m.count) FROM (SELECT unnest(readers) AS m FROM {records})",
    "rankings": "SELECT count(*), sum(m.rank) FROM (SELECT unnest(rankings) AS m FROM {records})",
    "demographics": """SELECT count(*), sum(m.count) FROM (
        SELECT unnest(demographics.twitter.countries) AS m FROM {records}
        UNION ALL SELECT unnest(demographics.twitter.types) FROM {records}
        UNION ALL SELECT unnest(demographics.mendeley.countries) FROM {records}
        UNION ALL SELECT unnest(demographics.mendeley.statuses) FROM {records}
        UNION ALL SELECT unnest(demographics.mendeley.disciplines) FROM {records})""",
}
FLAT = {
    "mentions": 'SELECT count(*), sum("count") FROM {}mentions',
    "readers": 'SELECT count(*), sum("count") FROM {}readers',
    "rankings": "SELECT count(*), sum(rank) FROM {}rankings",
    "demographics": 'SELECT count(*), sum("count") FROM {}demographics',
}

Sums = list[tuple[Any, ...]]


def main() -> None:
    """Measure and print the tables."""
    options = argparse.ArgumentParser(description="Measure the figures on exports and loads in docs/benchmarks.md.")
    options.add_argument("--quick", action="store_true", help="a smoke test with few records; do not quote its figures")
    options.add_argument("--loads", type=int, action="append", metavar="N", help="only loads, of so many records")
    given = options.parse_args()
    quick = given.quick
    count, many, runs = (1_000, 2_000, 1) if quick else (RECORDS, MANY, RUNS)
    loads = given.loads or ([1_000] if quick else [10_000, RECORDS, MANY])
    with tempfile.TemporaryDirectory(prefix="altdetails-bench-") as name:
        folder = Path(name)
        os.chdir(folder)
        if given.loads:
            print(_loads(loads))
            return
        _write(folder / "records.jsonl", count)
        print(_exports(count, runs), end="\n\n", flush=True)
        print(_loads(loads), end="\n\n", flush=True)
        with Path("many.jsonl").open("wb") as file:
            file.writelines(Path("records.jsonl").read_bytes() for _ in range(many // count))
        print(_many(many))


def _write(path: Path, count: int) -> None:
    with path.open("wb") as file:
        file.writelines(lines(count))


def _exports(count: int, runs: int) -> str:
    reference = [sys.executable, "-c", READ_JSON, "records.jsonl", "read_json.parquet"]
    ours = _export("records.jsonl", "records.parquet")
    seconds: dict[str, list[float]] = {"ours": [], "reference": []}
    peaks: dict[str, float] = {}
    for _ in range(runs + 1):
        for name, command in (("ours", ours), ("reference", reference)):
            took, peaks[name] = _measure(command)
            seconds[name].append(took)
    expected = _nested("read_json('records.jsonl', format = 'newline_delimited')")
    _compare("records.parquet", _nested("'records.parquet'"), expected)
    first, then = (values[1:] for values in seconds.values())  # the first round warms up the disk cache
    ratios = [mine / theirs for mine, theirs in zip(first, then, strict=True)]
    rows = [
        ("`altdetails export`, `.parquet`", median(first), peaks["ours"], "records.parquet"),
        ("DuckDB's own `read_json` → Parquet", median(then), peaks["reference"], "read_json.parquet"),
    ]
    for ending in (".duckdb", ".csv", ".xlsx", ".jsonl.zst"):
        took, peak = _measure(_export("records.jsonl", f"records{ending}"))
        rows.append((f"`altdetails export`, `{ending}`", took, peak, f"records{ending}"))
    with duckdb.connect("records.duckdb", read_only=True) as database:
        _compare("records.duckdb", _flat(lambda sql: database.execute(sql).fetchall(), ""), expected)
    title = f"{count:,} records, {_megabytes('records.jsonl')} of JSONL"
    table = [f"| {title} | seconds | records a second | peak memory | size |", "|---|---:|---:|---:|---:|"]
    for name, took, peak, file in rows:
        table.append(f"| {name} | {took:.1f} | {count / took:,.0f} | {peak:.0f} MB | {_megabytes(file)} |")
    middle = f"{median(ratios):.2f}× ({min(ratios):.2f}–{max(ratios):.2f})"
    return "\n".join([*table, "", f"Parquet: {middle} of the time of DuckDB's own, in {runs} pairs."])


def _loads(counts: list[int]) -> str:
    table = ["| `altdetails load` | seconds of CPU | peak memory | warehouse |", "|---|---:|---:|---:|"]
    with postgres() as server:
        for count in counts:
            source = f"load-{count}.jsonl.zst"
            expected = _snapshots(source, count)
            for name, to in (("DuckDB", f"duckdb:///library-{count}.db"), ("PostgreSQL", server.database())):
                command = [sys.executable, "-m", "altdetails", "load", source, "--to", to]
                batch = ["--batch-size", str(min(BATCH_SIZE, max(1, count // 5)))]
                killed = _watch([*command, *batch], seconds=START + KILL_AFTER * count / RECORDS)
                done = _watch([*command, *batch])
                cpu, peak = killed[0] + done[0], max(killed[1], done[1])
                if to.startswith("duckdb"):
                    size = _megabytes(f"library-{count}.db")
                    with duckdb.connect(f"library-{count}.db", read_only=True) as database:
                        _compare(
                            to, _flat(lambda sql, ask=database: ask.execute(sql).fetchall(), "altdetails."), expected
                        )
                else:
                    with closing(psycopg2.connect(to)) as connection, connection.cursor() as cursor:
                        size = f"{_asked(cursor, 'SELECT pg_database_size(current_database())')[0][0] / 1e6:,.0f} MB"
                        _compare(name, _flat(lambda sql, ask=cursor: _asked(ask, sql), "altdetails."), expected)
                table.append(f"| {count:,} records, {name}, killed once | {cpu:.0f} | {peak / 1e6:.0f} MB | {size} |")
                print(table[-1], file=sys.stderr, flush=True)
    return "\n".join(table)


def _asked(cursor: Any, sql: str) -> Sums:  # noqa: ANN401 -- psycopg2 has no types
    cursor.execute(sql)
    return cursor.fetchall()


def _snapshots(target: str, count: int) -> Sums:
    """Write the records of a load, compressed, and return their sums."""
    base = min(count, RECORDS)
    _write(Path("base.jsonl"), base)
    with pa.CompressedOutputStream(target, "zstd") as out:
        for year in range(2026, 2026 + count // base):
            with Path("base.jsonl").open("rb") as file:
                while lines := file.readlines(2**23):
                    out.write(b"".join(lines).replace(b'_at":"2026-', b'_at":"%d-' % year))
    sums = _nested("read_json('base.jsonl', format = 'newline_delimited')")
    return [tuple(value * (count // base) for value in row) for row in sums]


def _watch(command: list[str], seconds: float | None = None) -> tuple[float, float]:
    """Return the processor time in seconds, and the peak memory in bytes, of a command with all of its processes.

    Args:
        command: the command.
        seconds: kill it after it has used this much processor time.
    """
    process = psutil.Popen(command, stderr=subprocess.DEVNULL)
    cpu = peak = 0.0
    while process.poll() is None:
        with suppress(psutil.NoSuchProcess):
            all_of_it = [process, *process.children(recursive=True)]
            peak = max(peak, sum(one.memory_info().rss for one in all_of_it))
            cpu = max(cpu, sum(sum(one.cpu_times()[:2]) for one in all_of_it))
        if seconds is not None and cpu > seconds:
            process.kill()
        time.sleep(0.05)
    if seconds is None and process.returncode:
        raise SystemExit(f"{' '.join(command)[:200]}: failed with exit code {process.returncode}")
    return cpu, peak


def _many(count: int) -> str:
    table = [f"| {count:,} records, {_megabytes('many.jsonl')} of JSONL | seconds | peak memory |", "|---|---:|---:|"]
    for ending in (".parquet", ".csv"):
        took, peak = _measure(_export("many.jsonl", f"many{ending}"))
        table.append(f"| `altdetails export`, `{ending}` | {took:.0f} | {peak:.0f} MB |")
    counts = duckdb.sql("SELECT count(*) FROM 'many.parquet'").fetchall()
    _compare("many.parquet", counts, [(count,)])
    return "\n".join(table)


def _export(source: str, target: str) -> list[str]:
    return [sys.executable, "-m", "altdetails", "export", source, "-o", target]


def _measure(command: list[str]) -> tuple[float, float]:
    """Return the seconds and the peak memory in MB of a process."""
    done = subprocess.run([sys.executable, "-S", "-c", WATCH, *command], stdout=subprocess.PIPE, text=True, check=True)
    code, seconds, kilobytes = done.stdout.split()[-3:]
    if code != "0":
        raise SystemExit(f"{' '.join(command)[:200]}: failed with exit code {code}")
    return float(seconds), float(kilobytes) / 1024


def _nested(records: str) -> Sums:
    return [row for sql in (SUMS, *ITEMS.values()) for row in duckdb.sql(sql.format(records=records)).fetchall()]


def _flat(query: Any, schema: str) -> Sums:  # noqa: ANN401 -- a function that queries a database
    queries = [SUMS.format(records=f"{schema}records"), *(sql.format(schema) for sql in FLAT.values())]
    return [row for sql in queries for row in query(sql)]


def _compare(name: str, actual: Sums, expected: Sums) -> None:
    plain = [[[int(value) for value in row] for row in rows] for rows in (actual, expected)]
    if plain[0] != plain[1]:
        raise SystemExit(f"{name}: has wrong sums: {plain[0]} instead of {plain[1]}")


def _megabytes(path: str) -> str:
    return f"{Path(path).stat().st_size / 1e6:,.0f} MB"


if __name__ == "__main__":
    main()
