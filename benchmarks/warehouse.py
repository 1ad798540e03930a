"""Measure the figures on exports and loads in docs/benchmarks.md. `make bench` runs this.

    python benchmarks/warehouse.py            about ten minutes
    python benchmarks/warehouse.py --quick    a smoke test with few records; do not quote its figures

The records are synthetic, from samples/records.py. Each export is a whole process. It takes turns with DuckDB's own
`read_json` to Parquet, which reads the same file. SQL that is independent of altdetails compares the output with the
JSONL: the numbers of records and items, and the sums of their values. Memory is the peak of a process.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from statistics import median
from typing import Any

import duckdb
import psycopg2

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "samples")]

from records import lines  # noqa: E402 -- found by the path above
from tests.support.postgres import postgres  # noqa: E402

RECORDS, MANY = 100_000, 1_000_000
RUNS = 5

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
    quick = options.parse_args().quick
    count, many, runs = (1_000, 2_000, 1) if quick else (RECORDS, MANY, RUNS)
    with tempfile.TemporaryDirectory(prefix="altdetails-bench-") as name:
        folder = Path(name)
        os.chdir(folder)
        _write(folder / "records.jsonl", count)
        print(_exports(count, runs), end="\n\n", flush=True)
        print(_loads(count), end="\n\n", flush=True)
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


def _loads(count: int) -> str:
    expected = _nested("read_json('records.jsonl', format = 'newline_delimited')")
    table = [
        f"| `altdetails load` of {count:,} records | seconds | records a second | peak memory |",
        "|---|---:|---:|---:|",
    ]
    with postgres() as server:
        to = server.database()
        for name, target in (("DuckDB", "duckdb:///library.db"), ("PostgreSQL", to)):
            command = [sys.executable, "-m", "altdetails", "load", "records.jsonl", "--to", target]
            for round_name in (name, f"{name}, loaded again"):
                took, peak = _measure(command)
                table.append(f"| {round_name} | {took:.0f} | {count / took:,.0f} | {peak:.0f} MB |")
        with closing(psycopg2.connect(to)) as connection, connection.cursor() as cursor:

            def query(sql: str) -> Sums:
                cursor.execute(sql)
                return cursor.fetchall()

            _compare("PostgreSQL", _flat(query, "altdetails."), expected)
    with duckdb.connect("library.db", read_only=True) as database:
        _compare("library.db", _flat(lambda sql: database.execute(sql).fetchall(), "altdetails."), expected)
    return "\n".join(table)


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
