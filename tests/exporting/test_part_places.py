"""`write_parts` with archives and folders at addresses: committed or not, killed at any point, and continued."""

import json
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest
from tests.exporting.archives import PAGES, archive
from tests.support.calling import call
from tests.warc.warcs import PAGE, http, packed, record

from altdetails import export, load, read_records
from altdetails.errors import ExportError, InputError
from altdetails.exporting import part_files
from altdetails.exporting.part_files import write_parts
from altdetails.records.part_folder import parts_of, status_of_parts
from altdetails.remote import FolderAt

pytestmark = pytest.mark.slow
HERE = "s3://crawls/places"
OUT = f"{HERE}/out"
ROOT = Path(__file__).parents[2]

_KILLED = """
import os, signal, sys
from altdetails.exporting.part_files import write_parts
from altdetails.remote import FolderAt

left = int(sys.argv[1])

def counted(change):
    def made(*arguments):
        global left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return change(*arguments)
    return made

for name in ("send", "put", "remove"):
    setattr(FolderAt, name, counted(getattr(FolderAt, name)))
write_parts(sys.argv[3:], sys.argv[2], file_format="jsonl", jobs=1, page_timeout=None)
"""


@pytest.fixture(autouse=True)
def bucket(storage, monkeypatch, tmp_path):
    """A bucket with nothing at `places`, and an empty folder for temporary files."""
    monkeypatch.chdir(tmp_path)
    for name, value in storage.environment.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "temporary").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    monkeypatch.setattr("tempfile.tempdir", None)
    yield storage
    for key in storage.keys("places"):
        storage.client.delete_object(Bucket="crawls", Key=key)


@contextmanager
def access_denied(monkeypatch, name):
    """Refuse the copy of a file."""
    copied_here = part_files.copied_here

    def copied(address):
        if address.endswith(name):
            raise InputError(f"{address}: cannot be read: access denied; check the address and the permissions")
        return copied_here(address)

    with monkeypatch.context() as patched:
        patched.setattr(part_files, "copied_here", copied)
        yield


def wrote(*paths, out=OUT, **options):
    return write_parts(paths or ["in"], out, **{"file_format": "jsonl", "jobs": 1, "page_timeout": None} | options)


def addresses(records):
    return sorted(record.provenance.final_url for record in records)


def lines_in_sight(bucket):
    """What a tool reads that knows no ledger."""
    shutil.rmtree("copy", ignore_errors=True)
    folder = bucket.fetch("places/out", Path("copy"))
    return [json.loads(line) for path in folder.glob("part-*") for line in path.read_bytes().splitlines()]


def names(bucket):
    return {key.removeprefix("places/out/") for key in bucket.keys("places/out") if not key.endswith("/")}


def test_parts_at_an_address_are_those_of_a_folder_here():
    for number in range(3):
        archive(number)
    done = wrote()
    here = wrote(out="out")
    assert (done.archives, done.records) == (here.archives, here.records) == (3, 3 * PAGES)
    assert addresses(read_records(OUT)) == addresses(read_records("out"))
    assert {part.rpartition("/")[0] for part in parts_of(OUT)} == {OUT}
    there, local = status_of_parts(OUT), status_of_parts("out")
    assert (there.archives, there.records, there.size, there.unfinished) == (3, 3 * PAGES, local.size, [])
    assert (wrote().archives, wrote().done_before) == (0, 3)
    assert [*Path("temporary").iterdir()] == []


@pytest.mark.parametrize("step", range(5))
def test_a_run_that_is_killed_between_sending_parts_and_the_commit_reads_every_page_once(bucket, step):
    archive(0, b"<title>Just a moment...</title>")
    archive(1)
    process = subprocess.run([sys.executable, "-c", _KILLED, str(step), OUT, "in"], check=False)
    assert process.returncode == -9
    by_ledger = [*read_records(OUT)] if step else []
    assert len(by_ledger) in {0, PAGES}
    done = wrote()
    assert done.archives + done.done_before == 2
    assert done.records + len(by_ledger) == 2 * PAGES
    assert len(lines_in_sight(bucket)) == len({*addresses(read_records(OUT))}) == 2 * PAGES
    assert status_of_parts(OUT).unfinished == []


@pytest.mark.parametrize("step", range(5))
def test_an_archive_that_changed_replaces_its_records_wherever_the_run_is_killed(bucket, step):
    for number in range(2):
        archive(number)
    Path("in/01.warc.gz").write_bytes(
        packed(*(record(at, http(b"gone", status="404 Not Found")) for at in range(1)), record(7))
    )
    wrote()
    archive(1, b"changed", pages=2)
    process = subprocess.run([sys.executable, "-c", _KILLED, str(step), OUT, "in"], check=False)
    assert process.returncode == -9
    assert len([*read_records(OUT)]) == (PAGES + 1 if step < 2 else PAGES + 2)
    wrote()
    assert len(lines_in_sight(bucket)) == len([*read_records(OUT)]) == PAGES + 2
    assert len([name for name in names(bucket) if name.endswith(".json")]) == 2
    assert not [name for name in names(bucket) if name.startswith("_failures/")]
    assert status_of_parts(OUT).unfinished == []


@pytest.mark.parametrize("out", [OUT, "out"])
def test_archives_at_an_address_are_copied_one_by_one_and_known_by_address_and_size(bucket, out, monkeypatch):
    for number in range(3):
        archive(number)
    Path("in/style.css").touch()
    Path("in/notes").write_text("nothing here")
    source = bucket.add(Path("in"), "places/in")
    done = wrote(source, out=out)
    assert (done.archives, done.records, done.failures) == (3, 3 * PAGES, {})
    assert done.skipped.total() == 2
    assert [*Path("temporary").iterdir()] == []

    def copied(address):
        raise AssertionError(f"{address} was copied again")

    with monkeypatch.context() as patched:
        patched.setattr("altdetails.exporting.part_files.copied_here", copied)
        notices = []
        assert wrote(source, out=out, notice=notices.append).done_before == 3
        assert notices == []
    archive(1, b"changed", pages=2)
    bucket.add(Path("in"), "places/in")
    bucket.client.delete_object(Bucket="crawls", Key="places/in/00.warc.gz")
    done = wrote(source, out=out, notice=notices.append)
    assert (done.archives, done.done_before, done.records) == (1, 1, 2)
    assert notices == [
        "1 file changed, or committed with one that did: read again, and the parts replaced",
        f"no longer there: {source}/00.warc.gz; the records stay in the folder",
    ]
    assert len([*read_records(out)]) == 2 * PAGES + 2


def test_another_archive_of_the_same_name_and_size_at_another_address_is_read(bucket):
    first = bucket.add(archive(0).parent, "places/first")
    second = bucket.add(Path("in"), "places/second")
    assert (wrote(first).archives, wrote(second).archives) == (1, 1)


def test_an_archive_that_cannot_be_copied_is_a_failure_and_tried_again(bucket, monkeypatch):
    source = bucket.add(archive(0).parent, "places/in")
    bucket.add(archive(1).parent, "places/in")
    failed = []
    with access_denied(monkeypatch, "00.warc.gz"):
        done = wrote(source, failed=failed.append)
    assert (done.archives, dict(done.failures)) == (1, {"unreadable": 1})
    assert [(failure.file, failure.reason) for failure in failed] == [
        (f"{source}/00.warc.gz", "cannot be read: access denied; check the address and the permissions")
    ]
    assert (wrote(source).archives, wrote(source).done_before) == (1, 2)


def test_pages_that_were_committed_together_stay_if_one_changed_and_one_cannot_be_copied(bucket, monkeypatch):
    Path("in").mkdir()
    for name in "abc":
        Path("in", f"{name}.html").write_bytes(PAGE + name.encode())
    source = bucket.add(Path("in"), "places/in")
    wrote(source)
    assert [record.provenance.input for record in read_records(OUT)] == [f"{source}/{name}.html" for name in "abc"]
    Path("in/b.html").write_bytes(PAGE + b"another")
    bucket.add(Path("in"), "places/in")
    notices = []
    with access_denied(monkeypatch, "c.html"):
        done = wrote(source, notice=notices.append)
    assert (done.archives, dict(done.failures)) == (0, {"unreadable": 1})
    assert notices == ["3 files committed together stay as they were: one changed, and one cannot be read"]
    assert len([*read_records(OUT)]) == 3
    assert wrote(source).archives == 3
    bucket.client.delete_object(Bucket="crawls", Key="places/in/a.html")
    Path("in/b.html").write_bytes(PAGE + b"yet another")
    bucket.client.upload_file("in/b.html", "crawls", "places/in/b.html")
    wrote(source, notice=notices.append)
    assert notices[-1] == (
        f"no longer there: {source}/a.html; the records were committed with changed files, and are removed"
    )
    assert len([*read_records(OUT)]) == len(lines_in_sight(bucket)) == 2


def test_one_engine_goes_on_after_the_other(bucket):
    from altdetails.scale.writing import write_archives  # noqa: PLC0415 -- needs Daft

    for number in range(3):
        archive(number)
    source = bucket.add(Path("in"), "places/in")
    bucket.client.put_object(Bucket="crawls", Key="places/out/_ledger/begun", Body=b"")
    assert write_archives([f"{source}/00.warc.gz"], OUT, file_format="jsonl", jobs=1).records == PAGES
    assert wrote(f"{source}/00.warc.gz", f"{source}/01.warc.gz").archives == 1
    assert write_archives([source], OUT, file_format="jsonl", jobs=1).records == PAGES
    assert wrote(source).done_before == 3
    assert len([*read_records(OUT)]) == len(lines_in_sight(bucket)) == 3 * PAGES


def test_archives_that_daft_committed_together_are_read_again_together(bucket):
    from altdetails.scale.writing import write_archives  # noqa: PLC0415 -- needs Daft

    for number in range(2):
        archive(number)
    source = bucket.add(Path("in"), "places/in")
    write_archives([source], OUT, file_format="jsonl", jobs=1)
    assert len([name for name in names(bucket) if name.endswith(".json")]) == 1
    archive(1, b"changed", pages=2)
    bucket.add(Path("in"), "places/in")
    done = wrote(f"{source}/01.warc.gz")
    assert (done.archives, done.records) == (2, PAGES + 2)
    assert len([*read_records(OUT)]) == len(lines_in_sight(bucket)) == PAGES + 2


def test_a_folder_with_other_files_is_refused_and_files_of_the_user_stay(bucket):
    archive(0)
    bucket.client.put_object(Bucket="crawls", Key="places/out/part-0123456789abcdef-0.jsonl", Body=b"mine")
    with pytest.raises(ExportError, match="s3://crawls/places/out: is not empty, and has no parts of an earlier run"):
        wrote()
    assert names(bucket) == {"part-0123456789abcdef-0.jsonl"}
    bucket.client.delete_object(Bucket="crawls", Key="places/out/part-0123456789abcdef-0.jsonl")
    wrote()
    for name in ("part-2.jsonl", "notes.txt", "more/part-0123456789abcdef-0.jsonl"):
        bucket.client.put_object(Bucket="crawls", Key=f"places/out/{name}", Body=b"mine")
    wrote()
    assert {"part-2.jsonl", "notes.txt", "more/part-0123456789abcdef-0.jsonl"} < names(bucket)
    with pytest.raises(ExportError, match=r"places/out: its parts are jsonl; give --format jsonl or another folder"):
        wrote(file_format="parquet")


def test_a_missing_bucket_is_reported_before_anything_is_read():
    archive(0)
    with pytest.raises(ExportError, match=r"^s3://nowhere/out: cannot be written: there is no bucket nowhere; check"):
        wrote(out="s3://nowhere/out")


def test_a_missing_part_and_a_damaged_ledger_are_named(bucket):
    archive(0)
    wrote()
    (part,) = parts_of(OUT)
    bucket.client.delete_object(Bucket="crawls", Key=part.removeprefix("s3://crawls/"))
    with pytest.raises(InputError, match=rf"^{part}: is missing; put it back"):
        read_records(OUT)
    bucket.client.put_object(Bucket="crawls", Key="places/out/_ledger/0123456789abcdef.json", Body=b"{")
    for read in (read_records, status_of_parts, wrote):
        with pytest.raises(InputError, match=r"places/out/_ledger/0123456789abcdef\.json: is not a part of a ledger"):
            read(OUT) if read is not wrote else wrote()


class TestReaders:
    def test_a_load_takes_only_parts_that_the_dataset_does_not_have_and_copies_no_others(self, monkeypatch):
        archive(0)
        wrote(file_format="parquet")
        assert load(OUT, to="duckdb:///library.duckdb").records == PAGES
        copied = []
        from altdetails.records import typed_lines  # noqa: PLC0415 -- to count its copies

        copied_here = typed_lines.copied_here
        monkeypatch.setattr(typed_lines, "copied_here", lambda path: copied.append(path) or copied_here(path))
        assert load(OUT, to="duckdb:///library.duckdb").records == 0
        assert copied == []
        archive(1)
        wrote(file_format="parquet")
        assert load(f"{OUT}/", to="duckdb:///library.duckdb").records == PAGES
        assert len(copied) == 1
        with duckdb.connect("library.duckdb") as database:
            assert database.execute("SELECT count(*) FROM altdetails.records").fetchall() == [(2 * PAGES,)]
        assert [*Path("temporary").iterdir()] == []

    def test_commands_take_the_folder(self):
        archive(0)
        process = call("parse", "in", "-o", f"{OUT}/", "--jobs", "1", "--json")
        summary = json.loads(process.out)
        assert [(output["path"], output["rows"]) for output in summary["outputs"]] == [(f"{OUT}/", PAGES)]
        assert call("status", OUT).out.startswith(f"1 file done\n{PAGES} pages: {PAGES} records, 0 failures\n")
        for arguments in (["export", "-o", "a.csv"], ["report", "-o", "a.html"]):
            process = call(arguments[0], OUT, *arguments[1:])
            assert process.returncode == 0, process.err
        assert call("diff", OUT, OUT, "-o", "a.csv").returncode == 0
        assert export([OUT], "a.csv").records == PAGES

    @pytest.mark.parametrize(
        ("address", "words"),
        [
            ("s3://crawls/places/in", "it is a folder; give a file in it, or a folder of parts with / at its end"),
            ("s3://crawls/places/in/", "has no parts (no _ledger); give the records files in it"),
            ("s3://crawls/places/none/", "has no parts (no _ledger); give the records files in it"),
        ],
    )
    def test_a_folder_without_parts_is_an_error_that_says_what_to_give(self, bucket, address, words):
        bucket.add(archive(0).parent, "places/in")
        process = call("export", address, "-o", "out.csv")
        assert process.returncode == 2
        assert process.err.startswith(f"Error: {address}: ")
        assert words in process.err

    def test_an_address_with_an_ending_is_a_file_and_its_folder_is_not_listed(self, monkeypatch):
        archive(0)
        wrote(out=f"{HERE}/parts.jsonl/")
        assert len([*read_records(f"{HERE}/parts.jsonl/")]) == PAGES
        monkeypatch.setattr(FolderAt, "sizes", lambda *_: pytest.fail("a request"))
        with pytest.raises(InputError, match="it is a folder; give a file in it, or a folder of parts with / at its"):
            [*read_records(f"{HERE}/parts.jsonl")]

    def test_a_run_folder_at_an_address_has_no_status(self):
        process = call("status", "s3://crawls/places/none")
        assert process.returncode == 2
        assert "has no _ledger, so it is not a folder of parts; a run folder is a database" in process.err


def test_secrets_in_addresses_are_not_shown():
    archive(0)
    process = call("parse", "https://me:hush@b.example/x.warc.gz?sig=hush", "-o", OUT)
    assert process.returncode == 2
    assert "hush" not in process.err
    process = call("parse", "in", "-o", "https://me:hush@b.example/out/?sig=hush")
    assert "files are not sent to web servers" in process.err
    assert "hush" not in process.err
