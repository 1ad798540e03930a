"""A crawl of a web archive: the pages are as old as their captures, not as the crawl."""

import duckdb
import pytest
from tests.page.material import everyday
from tests.warc.warcs import URL, http, record, write

from altdetails import changes_by_period, diff, export, parse_files
from altdetails.record import Record

YEARS = {2024: 641, 2022: 300, 2023: 500}
"""The score of each year, in the order of the crawl."""


def address(year):
    return f"https://web.archive.org/web/{year}0105120000id_/{URL}"


def memento(year):
    return f"Memento-Datetime: Fri, 05 Jan {year} 12:00:00 GMT"


def page(year):
    return everyday(score=YEARS[year]).encode()


def crawl(name, *responses):
    """Write an archive of which each record was made at the same time. Return its records."""
    archive = write(
        name,
        *(record(number, http(body, *headers), url=url) for number, (url, body, *headers) in enumerate(responses, 1)),
    )
    records = [*parse_files([archive])]
    assert all(isinstance(item, Record) for item in records), records
    return records


def times(records):
    return [(item.score, item.provenance.captured_at) for item in records]


@pytest.fixture
def records():
    return crawl("crawl.warc.gz", *((address(year), page(year), memento(year)) for year in YEARS))


EXPECTED = [(score, f"{year}-01-05T12:00:00Z") for year, score in YEARS.items()]


def test_the_time_is_that_of_the_address_and_of_the_header(records):
    assert times(records) == EXPECTED
    assert {item.provenance.fetched_at for item in records} == {"2026-01-02T03:04:05Z"}


def test_either_of_the_two_is_enough():
    assert times(crawl("address.warc.gz", *((address(year), page(year)) for year in YEARS))) == EXPECTED
    assert times(crawl("header.warc.gz", *((URL, page(year), memento(year)) for year in YEARS))) == EXPECTED


def test_a_page_of_the_site_itself_is_as_old_as_its_fetch():
    ((_, at),) = times(crawl("live.warc.gz", (URL, page(2024))))
    assert at == "2026-01-02T03:04:05Z"


def test_a_history_is_that_of_the_captures(records):
    periods = [
        (change.old_period, change.new_period, change.measures[0].old, change.measures[0].new)
        for change in changes_by_period(records, by="year")
    ]
    assert periods == [("2022", "2023", 300, 500), ("2023", "2024", 500, 641)]


def test_the_latest_capture_of_a_side_is_compared(records):
    (change,) = diff(records, records[:1])
    assert (change.change, change.old_at, change.new_at) == ("same", "2024-01-05T12:00:00Z", "2024-01-05T12:00:00Z")


def test_the_latest_capture_is_current(records):
    export(records, "crawl.duckdb")
    with duckdb.connect("crawl.duckdb", read_only=True) as database:
        assert database.execute("SELECT score FROM current_records").fetchall() == [(641,)]
        assert database.execute("SELECT score FROM history").fetchall() == [(300,), (500,), (641,)]
