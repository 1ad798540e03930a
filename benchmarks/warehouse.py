"""The figures of the README's tables on exports and loads, measured on this machine: `make bench`.

    python benchmarks/warehouse.py            some ten minutes
    python benchmarks/warehouse.py --quick    whether it runs; no figures to quote

Records are synthetic, of samples/records.py. Each export is a whole process, and so is DuckDB's own `read_json` to
Parquet, in turn with ours; both read the same file. What was written is compared with the JSONL by SQL that knows
nothing of altdetails: how many records and items there are, and what their numbers add up to. Memory is the most that
a process held.
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
"""A process of next to no memory: that of the one that starts another counts as the other's."""
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
    options = argparse.ArgumentParser(description="Measure the figures of the README's tables on exports and loads.")
    options.add_argument("--quick", action="store_true", help="few records, once: whether it runs; no figures to quote")
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
            took, peaks[name] = _measured(command)
            seconds[name].append(took)
    expected = _nested("read_json('records.jsonl', format = 'newline_delimited')")
    _compare("records.parquet", _nested("'records.parquet'"), expected)
    first, then = (values[1:] for values in seconds.values())  # the first round warms the disk's cache up
    ratios = [mine / theirs for mine, theirs in zip(first, then, strict=True)]
    rows = [
        ("`altdetails export`, `.parquet`", median(first), peaks["ours"], "records.parquet"),
        ("DuckDB's own `read_json` → Parquet", median(then), peaks["reference"], "read_json.parquet"),
    ]
    for ending in (".duckdb", ".csv", ".xlsx", ".jsonl.zst"):
        took, peak = _measured(_export("records.jsonl", f"records{ending}"))
        rows.append((f"`altdetails export`, `{ending}`", took, peak, f"records{ending}"))
    with duckdb.connect("records.duckdb", read_only=True) as database:
        _compare("records.duckdb", _flat(lambda sql: database.execute(sql).fetchall(), ""), expected)
    read = f"{count:,} records, {_megabytes('records.jsonl')} of JSONL"
    table = [f"| {read} | seconds | records a second | peak memory | size |", "|---|---:|---:|---:|---:|"]
    for name, took, peak, file in rows:
        table.append(f"| {name} | {took:.1f} | {count / took:,.0f} | {peak:.0f} MB | {_megabytes(file)} |")
    middle = f"{median(ratios):.2f}× ({min(ratios):.2f}–{max(ratios):.2f})"
    return "\n".join([*table, "", f"Parquet: {middle} of the time that DuckDB's own takes, in {runs} pairs."])


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
            for round_name in (name, f"{name}, the same again"):
                took, peak = _measured(command)
                table.append(f"| {round_name} | {took:.0f} | {count / took:,.0f} | {peak:.0f} MB |")
        with closing(psycopg2.connect(to)) as connection, connection.cursor() as cursor:

            def ask(sql: str) -> Sums:
                cursor.execute(sql)
                return cursor.fetchall()

            _compare("PostgreSQL", _flat(ask, "altdetails."), expected)
    with duckdb.connect("library.db", read_only=True) as database:
        _compare("library.db", _flat(lambda sql: database.execute(sql).fetchall(), "altdetails."), expected)
    return "\n".join(table)


def _many(count: int) -> str:
    table = [f"| {count:,} records, {_megabytes('many.jsonl')} of JSONL | seconds | peak memory |", "|---|---:|---:|"]
    for ending in (".parquet", ".csv"):
        took, peak = _measured(_export("many.jsonl", f"many{ending}"))
        table.append(f"| `altdetails export`, `{ending}` | {took:.0f} | {peak:.0f} MB |")
    found = duckdb.sql("SELECT count(*) FROM 'many.parquet'").fetchall()
    _compare("many.parquet", found, [(count,)])
    return "\n".join(table)


def _export(source: str, target: str) -> list[str]:
    return [sys.executable, "-m", "altdetails", "export", source, "-o", target]


def _measured(command: list[str]) -> tuple[float, float]:
    """Seconds of a process, and the most memory in MB that it held."""
    done = subprocess.run([sys.executable, "-S", "-c", WATCH, *command], stdout=subprocess.PIPE, text=True, check=True)
    code, seconds, kilobytes = done.stdout.split()[-3:]
    if code != "0":
        raise SystemExit(f"{' '.join(command)[:200]}: ended with {code}")
    return float(seconds), float(kilobytes) / 1024


def _nested(records: str) -> Sums:
    return [row for sql in (SUMS, *ITEMS.values()) for row in duckdb.sql(sql.format(records=records)).fetchall()]


def _flat(ask: Any, schema: str) -> Sums:  # noqa: ANN401 -- what asks a database
    queries = [SUMS.format(records=f"{schema}records"), *(sql.format(schema) for sql in FLAT.values())]
    return [row for sql in queries for row in ask(sql)]


def _compare(name: str, found: Sums, expected: Sums) -> None:
    plain = [[[int(value) for value in row] for row in rows] for rows in (found, expected)]
    if plain[0] != plain[1]:
        raise SystemExit(f"{name}: is not complete: {plain[0]}, not {plain[1]}")


def _megabytes(path: str) -> str:
    return f"{Path(path).stat().st_size / 1e6:,.0f} MB"


if __name__ == "__main__":
    main()
