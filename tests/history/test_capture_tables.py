"""Tables of captures, and their ranges of WARC files on object storage."""

import csv
import gzip
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from tests.page.material import everyday
from tests.support.cases import for_each
from tests.support.pages import invented_doi, invented_id
from tests.warc.warcs import http, record

from altdetails import Run, parse_files
from altdetails.errors import InputError
from altdetails.history.capture_tables import read_captures, write_captures
from altdetails.history.dialects import Row, read_row
from altdetails.record import Record

COLUMNS = (
    "url fetch_time fetch_status content_mime_type content_digest warc_filename warc_record_offset warc_record_length"
)
NAME = "crawl-data/1.warc.gz"


def url(number):
    return f"https://www.altmetric.com/details/{invented_id(number)}"


def page(number):
    return everyday(score=number, id=invented_id(number), doi=invented_doi(number)).encode()


def member(number, *, year=2022, body=None, **fields):
    block = http(page(number) if body is None else body)
    return gzip.compress(record(number + 1, block, url=url(number), WARC_Date=f"{year}-01-20T10:11:12Z", **fields))


@pytest.fixture
def crawl(bucket):
    """Captures in a file on object storage, and a table with the columns of Common Crawl's index."""

    def write(*members, changes=()):
        bucket.client.put_object(Bucket="crawls", Key=NAME, Body=b"".join(members))
        rows, offset = [], 0
        for number, content in enumerate(members):
            at = "2022-01-20 10:11:12.000 UTC"
            rows.append(
                [url(number), at, 200, "text/html", f"DIGEST{number}", f"s3://crawls/{NAME}", offset, len(content)]
            )
            offset += len(content)
        for number, column, value in changes:
            rows[number][COLUMNS.split().index(column)] = value
        with Path("captures.csv").open("w", newline="") as file:
            csv.writer(file).writerows([COLUMNS.split(), *rows])
        return "captures.csv"

    return write


@pytest.fixture
def bucket(storage, monkeypatch):
    for name, value in storage.environment.items():
        monkeypatch.setenv(name, value)
    return storage


def statuses(outcomes):
    return [outcome.status for outcome in outcomes]


@pytest.mark.slow
class TestRanges:
    def test_each_capture_is_read_by_its_range(self, crawl, collected):
        outcomes = collected(None, captures=crawl(*map(member, range(3))), everything=True, contact=None)
        assert statuses(outcomes) == ["ok"] * 3
        (record_, *_) = Run("run").records()
        assert (record_.provenance.captured_at, record_.provenance.final_url) == ("2022-01-20T10:11:12Z", url(0))
        assert record_.provenance.fetched_at > "2026"
        again = b"".join(
            item.to_json() + b"\n" for item in parse_files(["run/pages.warc.gz"]) if isinstance(item, Record)
        )
        assert again == Path("run/records.jsonl").read_bytes()
        assert collected(None, contact=None) == []

    def test_only_outputs_of_the_list_are_read(self, crawl, collected):
        outcomes = collected([invented_id(1), invented_id(7)], captures=crawl(*map(member, range(3))), contact=None)
        assert [(outcome.identifier[-9:], outcome.status) for outcome in outcomes] == [
            (str(invented_id(7)), "no_capture"),
            (str(invented_id(1)), "ok"),
        ]

    def test_a_range_that_does_not_hold_the_capture_is_no_record(self, crawl, collected):
        length = len(member(0))
        members = [
            member(0),
            member(1),
            member(2, body=page(2)[:-2000]),
            member(3, WARC_Truncated="length"),
            member(4),
            member(5),
        ]
        changes = [
            (0, "warc_record_offset", 5),
            (1, "warc_record_offset", 0),
            (4, "warc_filename", "s3://crawls/missing.warc.gz"),
            (5, "warc_record_length", length * 20),
        ]
        changes[1:1] = [(1, "warc_record_length", length)]
        outcomes = collected(None, captures=crawl(*members, changes=changes), everything=True, contact=None)
        words = {outcome.identifier[-1]: f"{outcome.status}: {outcome.reason}" for outcome in outcomes}
        assert words["0"].startswith("no_capture: s3://crawls/crawl-data/1.warc.gz, bytes 5 to ")
        assert f"holds another capture, 2022-01-20T10:11:12Z of {url(0)}" in words["1"]
        assert "failed: the capture ends early" in words["2"]
        assert "was truncated when it was archived (length)" in words["3"]
        assert "check the table and your AWS account" in words["4"]
        assert "the file ends after" in words["5"]

    def test_a_line_end_too_many_after_a_record_is_no_hindrance(self, crawl, collected):
        content = gzip.compress(gzip.decompress(member(0)) + b"\r\n")  # as in CC-MAIN-2018-34
        assert statuses(collected(None, captures=crawl(content), everything=True, contact=None)) == ["ok"]

    def test_a_file_name_that_leads_elsewhere_is_skipped_with_a_notice(self, crawl, collected, notices):
        for name in ("/etc/passwd", "../1.warc.gz", "file:///etc/passwd", "http://example.org/x", "s3://crawls/a b"):
            notices.clear()
            table = crawl(member(0), member(1), changes=[(1, "warc_filename", name)])
            assert statuses(collected(None, f"run{len(name)}", captures=table, everything=True, contact=None)) == ["ok"]
            assert notices == ["captures.csv: rows were skipped (1): not captures, such as row 2"]


def test_common_crawls_columns_are_read_from_parquet_too():
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    values = [url(0), datetime(2022, 1, 20, 10, 11, 12), 200, "text/html", "D", NAME, 5, 7]  # noqa: DTZ001 -- as in the index
    pq.write_table(pa.table({name: [value] for name, value in zip(COLUMNS.split(), values, strict=True)}), "t.parquet")
    assert list(read_captures("t.parquet", [])) == [
        Row(url(0), "20220120101112", "200", "text/html", "sha1:D", NAME, 5, 7)
    ]


@for_each(
    "moment",
    [
        "20240520100000",
        "2024-05-20 10:00:00.000 UTC",
        "2024-05-20T10:00:00Z",
        "2024-05-20 10:00:00+00",
        "2024-05-20 12:00:00.5+02",
        "2024-05-20T04:30:00-05:30",
    ],
)
def test_a_time_is_read_in_the_form_of_each_tool(moment):
    Path("t.csv").write_text(f"url,fetch_time\n{url(0)},{moment}\n")
    assert [row.at for row in read_captures("t.csv", [])] == ["2024-05-20T10:00:00Z"]


def test_a_time_of_another_zone_in_parquet_is_read():
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    zone = timezone(timedelta(hours=2))
    times = pa.array([datetime(2024, 5, 20, 12, tzinfo=zone)], pa.timestamp("ms", "+02:00"))
    pq.write_table(pa.table({"url": [url(0)], "fetch_time": times}), "t.parquet")
    assert [row.at for row in read_captures("t.parquet", [])] == ["2024-05-20T10:00:00Z"]


@for_each(
    "moment",
    ["2024-05-20", "2024-05-20 10:00", "202405201000", "2024-02-30 10:00:00", "0001-01-01 00:00:00+02"],
)
def test_a_time_without_seconds_or_of_no_day_is_skipped(moment):
    Path("t.csv").write_text(f"url,fetch_time\n{url(0)},{moment}\n")
    skipped = []
    assert ([*read_captures("t.csv", skipped)], skipped) == ([], [1])


def test_what_is_written_is_read():
    rows = [
        Row(url(0), "20220120101112", "200", "text/html", "sha1:D"),
        Row(url(1), "20220120101113", None, None, None, NAME, 5, 7),
    ]
    write_captures(Path("t.parquet"), [tuple(rows)])
    assert list(read_captures("t.parquet", [])) == rows


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no columns url and timestamp"),
        (b"a,b\n1,2\n", "no columns url and timestamp"),
        (b"PAR1rubbish", "cannot be read as Parquet"),
        (b"url,timestamp\n\xff,1", "cannot be read as CSV"),
        (b"url,timestamp\n", "has no capture"),
    ],
)
def test_a_file_that_is_not_a_table_of_captures_is_refused(collected, content, words):
    Path("t").write_bytes(content)
    with pytest.raises(InputError, match=words):
        collected(None, captures="t", everything=True)
    assert not Path("run").exists()


def test_a_missing_table_is_refused(collected):
    with pytest.raises(InputError, match="give a table of captures"):
        collected(None, captures="none.csv", everything=True)


@for_each(
    "row",
    [
        {"url": "javascript:alert(1)", "timestamp": "20220120101112"},
        {"url": "https://www.altmetric.com/details/1\nx", "timestamp": "20220120101112"},
        {"url": "https://www.altmetric.com/details/1", "timestamp": "2022"},
        {"url": "https://www.altmetric.com/details/1", "timestamp": "202201201011"},
        {"url": "https://www.altmetric.com/details/1", "timestamp": "20220230101112"},
        {"url": f"https://www.altmetric.com/{'x' * 20_000}", "timestamp": "20220120101112"},
        {"url": None, "timestamp": None},
    ],
)
def test_rows_that_are_no_captures(row):
    assert read_row(row) is None
