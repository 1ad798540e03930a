"""`write_parts`: parts and a ledger, killed at any point, continued, and with archives that change."""

import json
import os
import shutil
import signal
from contextlib import closing
from pathlib import Path

import pytest
from tests.exporting.archives import PAGES, archive
from tests.warc.warcs import PAGE, http, packed, record

from altdetails import read_records
from altdetails.errors import ExportError, InputError
from altdetails.exporting import part_files, part_places
from altdetails.exporting.part_files import write_parts
from altdetails.records.part_folder import read_ledger, status_of_parts

KILLS = 20 if os.environ.get("HYPOTHESIS_PROFILE") == "thorough" else 10


def wrote(paths=("in",), **options):
    """Parse into a folder in this process."""
    return write_parts(paths, "out", **{"file_format": "jsonl", "jobs": 1, "page_timeout": None} | options)


def addresses(lines):
    return sorted(line["provenance"]["final_url"] for line in lines)


def lines_in_sight():
    """What a tool reads that knows no ledger."""
    return [json.loads(line) for path in Path("out").glob("*.jsonl") for line in path.read_bytes().splitlines()]


def killed_at(step, run):
    """Run in another process, and kill it before the `step`th change to the files. Return whether it was killed."""
    process = os.fork()
    if process == 0:
        left = step

        def counted(change):
            def made(*arguments, **options):
                nonlocal left
                left -= 1
                if left < 0:
                    os.kill(os.getpid(), signal.SIGKILL)
                return change(*arguments, **options)

            return made

        try:
            part_files.synced = part_places.synced = counted(part_places.synced)
            Path.replace, Path.unlink = counted(Path.replace), counted(Path.unlink)
            run()
        finally:
            os._exit(0)
    return os.waitpid(process, 0)[1] == signal.SIGKILL


@pytest.mark.slow
def test_a_run_that_is_killed_often_reads_every_page_once_and_no_committed_archive_again():
    for number in range(2 * KILLS):
        archive(number)
    kills = 0
    for step in (9, 2, 11, 4, 13, 6, 3, 8, 10, 5) * (KILLS // 10):
        committed = read_ledger(Path("out")).paths if kills else set()

        def read_new_ones(committed=committed):
            group = part_files._Plan._group

            def checked(plan, items, replaced=None):
                if committed & {state.path for _, state in items}:
                    Path("read-again").touch()
                return group(plan, items, replaced)

            part_files._Plan._group = checked
            wrote()

        kills += killed_at(step, read_new_ones)
        by_ledger = [record.provenance.final_url for record in read_records("out")]
        assert len(by_ledger) == len(set(by_ledger)) == len(read_ledger(Path("out")).paths) * PAGES
        in_sight = addresses(lines_in_sight())
        assert len(in_sight) == len(set(in_sight))
        assert set(in_sight) <= set(by_ledger)
        assert len(by_ledger) - len(in_sight) in {0, PAGES}
    assert kills == KILLS
    assert not Path("read-again").exists()
    done = wrote()
    assert 0 < done.archives < 2 * KILLS
    assert done.archives + done.done_before == 2 * KILLS
    assert addresses(lines_in_sight()) == sorted({line["provenance"]["final_url"] for line in lines_in_sight()})
    assert len(lines_in_sight()) == 2 * KILLS * PAGES
    assert status_of_parts("out").unfinished == []
    for number in range(2 * KILLS, 2 * KILLS + 5):
        archive(number)
    done = wrote()
    assert (done.archives, done.done_before, done.records) == (5, 2 * KILLS, 5 * PAGES)


@pytest.mark.parametrize("step", range(12))
def test_an_archive_that_changed_replaces_its_records_wherever_the_run_is_killed(step):
    archive(0)
    archive(1)
    wrote()
    archive(0, b"changed", pages=2)
    killed_at(step, wrote)
    in_sight = addresses(lines_in_sight())
    assert len(in_sight) == len(set(in_sight))
    notices = []
    wrote(notice=notices.append)
    assert len(lines_in_sight()) == len([*read_records("out")]) == 2 + PAGES
    assert len([*Path("out/_ledger").glob("*.json")]) == 2
    assert status_of_parts("out").unfinished == []


def test_archives_that_changed_moved_or_are_gone_are_named():
    for number in range(3):
        archive(number)
    wrote()
    archive(0, b"changed")
    Path("in/01.warc.gz").rename("01.warc.gz")
    notices = []
    done = wrote(["in", "01.warc.gz"], notice=notices.append)
    assert (done.archives, done.done_before) == (1, 2)
    assert notices == [
        "1 file changed, or committed with one that did: read again, and the parts replaced",
        "1 file moved to another folder: not read again",
    ]
    Path("in/02.warc.gz").unlink()
    notices.clear()
    wrote(["in"], notice=notices.append)
    assert [notice.partition("in/")[2] for notice in notices][-1].startswith("01.warc.gz and 1 more; the records stay")
    assert len(lines_in_sight()) == 3 * PAGES


def test_a_part_has_at_most_so_many_records_and_parquet_the_same_as_jsonl():
    import pyarrow.parquet as pq  # noqa: PLC0415 -- heavy

    archive(0, pages=7)
    wrote(part_records=3)
    assert sorted(len(path.read_bytes().splitlines()) for path in Path("out").glob("*.jsonl")) == [1, 3, 3]
    Path("out").rename("lines")
    wrote(part_records=3, file_format="parquet")
    parts = sorted(Path("out").glob("*.parquet"))
    assert [pq.read_metadata(part).num_rows for part in parts] == [3, 3, 1]
    assert [*map(repr, read_records("out"))] == [*map(repr, read_records("lines"))]


def test_failures_of_pages_are_in_a_file_and_an_archive_that_cannot_be_read_is_tried_again():
    path = Path("in/bad.warc.gz")
    path.parent.mkdir()
    path.write_bytes(packed(record(1), record(2, http(b"gone", status="404 Not Found"))))
    Path("in/empty.warc.gz").touch()
    failed = []
    done = wrote(failed=failed.append)
    assert (done.archives, done.records, dict(done.failures)) == (1, 1, {"http_error": 1, "missing": 1})
    assert [failure.file for failure in failed] == ["in/empty.warc.gz"]
    (listing,) = Path("out/_failures").iterdir()
    assert [json.loads(line)["kind"] for line in listing.read_bytes().splitlines()] == ["http_error"]
    assert wrote(failed=failed.append).failures == {"missing": 1}
    assert len(failed) == 2
    shutil.copy(archive(7, folder="more"), "in/empty.warc.gz")
    assert wrote().archives == 1


def test_single_pages_are_committed_together_and_again_if_one_changes():
    Path("in").mkdir()
    for name in "abc":
        Path("in", f"{name}.html").write_bytes(PAGE + name.encode())
    assert wrote().records == 3
    assert len([*Path("out").glob("part-*")]) == 1
    Path("in/b.html").write_bytes(PAGE + b"another")
    Path("in/d.html").write_bytes(PAGE + b"new")
    done = wrote()
    assert (done.archives, done.done_before) == (4, 0)
    assert len(lines_in_sight()) == 4


def test_no_folder_is_made_if_there_is_nothing_to_read():
    failures = []
    done = write_parts(["nothing.html"], "out", file_format="jsonl", failed=failures.append)
    assert (done.archives, done.failures["missing"], [failure.file for failure in failures]) == (0, 1, ["nothing.html"])
    assert not Path("out").exists()


def test_the_same_archive_by_two_paths_is_read_once():
    path = archive(0)
    assert wrote([str(path), "in", "in/*.gz"]).archives == 1


def test_a_folder_without_records_has_the_columns():
    import duckdb  # noqa: PLC0415 -- heavy

    path = Path("in.warc.gz")
    path.write_bytes(packed(record(1, http(b"gone", status="404 Not Found"))))
    wrote([str(path)], file_format="parquet")
    with closing(duckdb.connect()) as database:
        assert database.execute("SELECT count(score) FROM 'out/*.parquet'").fetchall() == [(0,)]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"file_format": "parquet"}, "out: its parts are jsonl; give --format jsonl or another folder"),
        ({"url_filter": "x"}, "out: its parts were made without --url-filter; do the same, or use another folder"),
    ],
)
def test_a_folder_has_one_format_and_one_filter(options, words):
    archive(0)
    wrote()
    with pytest.raises(ExportError, match=words):
        wrote(**options)


def test_other_folders_addresses_of_the_web_and_standard_input_are_refused():
    archive(0)
    with pytest.raises(InputError, match="standard input: cannot be known again"):
        wrote(["-"])
    with pytest.raises(InputError, match=r"https://b\.example/x\.warc\.gz: cannot be known again .*; copy it to this"):
        wrote(["https://b.example/x.warc.gz?signature=hush"])
    assert not Path("out").exists()
    Path("out").mkdir()
    Path("out/mine.txt").touch()
    with pytest.raises(ExportError, match="out: is not empty, and has no parts of an earlier run"):
        wrote()
    with pytest.raises(ExportError, match=r"in/00\.warc\.gz: is a file; choose a folder"):
        write_parts(["in"], "in/00.warc.gz")
    with pytest.raises(ExportError, match=r"https://b\.example/out/: files are not sent to web servers"):
        write_parts(["in"], "https://b.example/out/")


def test_files_of_the_user_in_the_folder_stay():
    archive(0)
    wrote()
    for name in ("part-2.jsonl", "notes.txt"):
        Path("out", name).touch()
    wrote()
    assert Path("out/part-2.jsonl").exists()
    assert Path("out/notes.txt").exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"{", "is not a part of a ledger"),
        (b"\xff", "is not a part of a ledger"),
        ('"part-00-1.jsonl"', "names a file that is not a part"),
        ('"../../secret.jsonl"', "names a file that is not a part"),
        ('"part-0123456789abcdef-0.jsonl"', "is missing; put it back"),
    ],
)
def test_a_damaged_ledger_is_named_with_the_way_out(content, words):
    archive(0)
    wrote()
    (path,) = Path("out/_ledger").glob("*.json")
    if isinstance(content, str):
        commit = json.loads(path.read_bytes())
        content = json.dumps(commit | {"parts": [{"name": json.loads(content), "records": 1}]}).encode()
    path.write_bytes(content)
    with pytest.raises(InputError, match=words):
        list(read_records("out"))
