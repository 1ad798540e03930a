"""Give damaged files and ledgers to every public function that reads. More: `python -m tests.fuzz CASES SEED`."""

import bz2
import gzip
import io
import itertools
import lzma
import os
import shutil
import sqlite3
import sys
import tarfile
import tempfile
import zipfile
from contextlib import closing, suppress
from pathlib import Path
from random import Random

from tests.page.fuzz import TOKENS as PAGE_TOKENS
from tests.page.fuzz import damaged
from tests.page.material import DATA, PAGES, SAMPLES
from tests.support.pages import invented_doi
from tests.support.records import fetched, samples
from tests.support.replica import Replica

from altdetails import (
    AltdetailsError,
    Record,
    Run,
    changes_by_period,
    details_url,
    diff,
    doctor,
    export,
    identify,
    parse,
    parse_file,
    parse_files,
    read_records,
    scrape,
)
from altdetails.exporting.write import ENDINGS
from altdetails.lists.entries import entries
from altdetails.lists.entry import identify_entry
from altdetails.scraping.session import Selection, plan_of

TOKENS = (
    *PAGE_TOKENS,
    *(b"PAR1", b"WARC/1.1\r\n", b"PK\x03\x04", b"\x1f\x8b\x08\x00", b"\x28\xb5\x2f\xfd", b"SQLite format 3\x00"),
    *(b"\xff" * 8, b"\x00" * 600, b"{" * 3000, b"[" * 3000, b'{"a":' * 3000, b"1e999", b"-1", b"9" * 30, b"NaN"),
    *(b'"\\ud800"', b"9999-12-31T23:59:59-23:59", b"0000-00-00", b"Content-Length: -1\r\n", b"Content-Type: ;;;;\r\n"),
    *(b"sep=\x00\n", b'sep="\n', b'"', b"\n", b"\xed\xa0\x80", b"http://[", b"urn:uuid:", b"../", b"null", b"true"),
)
VALUES = (
    *(None, -1, 0, 2**63 - 1, 1.5, "", "\0", "9" * 5000, "http://[", "http://127.0.0.1:99999"),
    *("10.5555/1", "9999-12-31T23:59:59Z", b"\xff"),
)
"""Values of ledgers."""
FOLDER_FILES = ("ledger.sqlite", "records.jsonl", "pages.warc.gz", "failures.jsonl", "lock")
LONGEST_SEED = 300_000
NOWHERE = "http://127.0.0.1:9"
READERS_OF_RUNS = {"Run.status", "Run.records", "Run.failures", "diff to", "a plan of a run", "scrape"}


def ignore(_):
    """Ignore a damaged line."""


def write_seeds(folder):
    """Write a valid file of each format and a run folder, and return their paths."""
    page = PAGES[0].read_bytes()
    lines = [*samples(), fetched(samples()[0], "2026-01-05T00:00:00Z"), fetched(samples()[0], "2026-03-05T00:00:00Z")]
    records = b"\n".join(lines) + b"\n"
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as archive, zipfile.ZipFile(folder / "pages.zip", "w") as zipped:
        for name in ("article-2023.html", "short.html", "saved.mhtml"):
            archive.add(SAMPLES / name, name)
            zipped.write(SAMPLES / name, name, zipfile.ZIP_DEFLATED)
    dois = (SAMPLES / "dois.txt").read_bytes()
    contents = {
        "page.html": page,
        "page.html.gz": gzip.compress(page, mtime=0),
        "page.mhtml": (SAMPLES / "saved.mhtml").read_bytes(),
        "pages.tar": tar.getvalue(),
        "pages.tgz": gzip.compress(tar.getvalue(), mtime=0),
        "pages.tar.bz2": bz2.compress(tar.getvalue()),
        "pages.tar.xz": lzma.compress(tar.getvalue()),
        "records.jsonl": records,
        "records.jsonl.gz": gzip.compress(records, mtime=0),
        "dois.txt": dois,
        "dois.csv": b"doi;title\n" + dois.replace(b"\n", b';"a, b"\n'),
        "utf-16.txt": dois.decode().encode("utf-16"),
        "baseline.json": doctor(map(Record.from_json, lines)).survey.to_json(),
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    export(folder / "records.jsonl", folder / "records.parquet")
    export(folder / "records.jsonl", folder / "records.jsonl.zst")
    with Replica() as replica:
        dois = [*map(invented_doi, range(3)), "10.5555/nothing.mentions.this", "not a DOI"]
        list(scrape(dois, folder / "run", base_url=replica.base_url, interval=0))
    for path in sorted((DATA / "warc").glob("*.w*")):
        if path.stat().st_size < LONGEST_SEED:
            shutil.copy(path, folder)
    return sorted(folder.iterdir())


def readers(path, good, out):
    """Yield calls that read a path with every public function, each with its name.

    Args:
        path: the damaged file or folder.
        good: a valid file of records.
        out: an empty folder.
    """
    yield "parse_file", lambda: parse_file(path)
    yield "parse_files", lambda: list(parse_files(path, url_filter="http"))
    yield "read_records", lambda: list(read_records(path, damaged=ignore))
    for ending in ENDINGS:
        yield f"export to {ending}", lambda ending=ending: export(path, out / f"x{ending}")
    yield "diff from", lambda: list(diff(path, good, damaged=ignore))
    yield "diff to", lambda: list(diff(good, path, damaged=ignore))
    yield "changes_by_period", lambda: list(changes_by_period(path, by="month", damaged=ignore))
    yield "doctor", lambda: doctor(path, damaged=ignore)
    yield "doctor with it as baseline", lambda: doctor(good, baseline=path)
    yield "Run.status", lambda: Run(path).status()
    yield "Run.records", lambda: list(Run(path).records())
    yield "Run.failures", lambda: list(Run(path).failures())
    yield "lists", lambda: list(map(identify_entry, entries([str(path)])))
    yield "a plan", lambda: plan_of(out / "new", entries([str(path)]), Selection(), base_url=NOWHERE)
    yield "a plan of a run", lambda: plan_of(path, None, Selection(retry_failed=True), contact="a@b.example.edu")
    yield "scrape", lambda: list(scrape([], path, contact="a@b.example.edu"))


def text_readers(text):
    """Yield calls that read text, each with its name."""
    yield "identify", lambda: identify(text)
    yield "details_url", lambda: details_url(text)
    yield "details_url of a site", lambda: details_url("10.5555/1", base_url=text)
    yield "Record.from_json", lambda: Record.from_json(text)
    yield "parse with an address", lambda: parse(b"", url=text)
    yield "parse_files with a filter", lambda: list(parse_files([], url_filter=text))
    yield "a path", lambda: list(read_records(f"./{text}"))


def foreign_errors(calls):
    """Yield the name and the error of each call that raises another error than an AltdetailsError."""
    for name, call in calls:
        try:
            call()
        except AltdetailsError:
            continue
        except Exception as error:  # noqa: BLE001 -- any other error is a finding
            yield name, error


def damage(seed, others, folder, chance):
    """Copy a seed into a folder with random damage, and return its path and its damaged content."""
    path = folder / seed.name
    shutil.copytree(seed, path) if seed.is_dir() else shutil.copy(seed, path)
    file = path / chance.choice(FOLDER_FILES) if path.is_dir() else path
    other = chance.choice([other for other in others if other.is_file()]).read_bytes()
    content = damaged(file.read_bytes() if file.exists() else b"", other, chance, TOKENS)
    file.write_bytes(content)
    return path, content


def leaks(cases, seed, seeds, folder):
    """Yield the call, the damaged content and the error of each case that raises another error than ours.

    Args:
        cases: the number of damaged files.
        seed: the seed of the random damage.
        seeds: the files and folders of `write_seeds`.
        folder: an empty folder.
    """
    chance = Random(seed)  # noqa: S311 - not used for secrets
    good = next(path for path in seeds if path.name == "records.jsonl")
    for _ in range(cases):
        (case := folder / "case").mkdir()
        path, content = damage(chance.choice(seeds), seeds, case, chance)
        text = content[:5000].decode("utf-8", "surrogateescape")
        calls = [*readers(path, good, case), *text_readers(text)]
        for name, error in foreign_errors(calls):
            yield f"{name} of {path.name}", content, error
        shutil.rmtree(case)


def ledger_leaks(seeds_folder, folder, cases):
    """Yield each change of a ledger and call that raises another error than ours.

    Args:
        seeds_folder: the folder of `write_seeds`.
        folder: an empty folder.
        cases: the number of `VALUES` that each column gets: the next column gets those that follow.
    """
    run, good = folder / "run", seeds_folder / "records.jsonl"
    with closing(sqlite3.connect(seeds_folder / "run" / "ledger.sqlite")) as ledger:
        tables = ledger.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        columns = [(table, row[1]) for (table,) in tables for row in ledger.execute(f"PRAGMA table_info({table})")]
    values = itertools.cycle(VALUES)
    changes = [(f"UPDATE {table} SET {column} = ?", [next(values)]) for table, column in columns for _ in range(cases)]
    changes += [(f"DELETE FROM {table}", []) for (table,) in tables]
    changes += [(f"ALTER TABLE {table} RENAME COLUMN {column} TO other", []) for table, column in columns]
    for number, (statement, values) in enumerate(changes):
        shutil.copytree(seeds_folder / "run", run)
        with closing(sqlite3.connect(run / "ledger.sqlite", isolation_level=None)) as ledger, suppress(sqlite3.Error):
            ledger.execute("PRAGMA ignore_check_constraints = 1")
            ledger.execute(statement, values)
        (out := folder / str(number)).mkdir()
        calls = [(name, call) for name, call in readers(run, good, out) if name in READERS_OF_RUNS]
        for name, error in foreign_errors(calls):
            yield statement, values, name, error
        shutil.rmtree(run)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        os.environ["ALTDETAILS_STATE"] = str(Path(temporary, "state"))
        folders = seeds_folder, files, ledgers = [Path(temporary, name) for name in ("seeds", "files", "ledgers")]
        for folder in folders:
            folder.mkdir()
        seeds = write_seeds(seeds_folder)
        for statement, values, call, error in ledger_leaks(seeds_folder, ledgers, len(VALUES)):
            sys.stdout.write(f"{call} after {statement} {values!r}: {error!r}\n")
        for call, content, error in leaks(int(sys.argv[1]), int(sys.argv[2]), seeds, files):
            sys.stdout.write(f"{call}: {error!r} {content[:2000]!r}\n")
