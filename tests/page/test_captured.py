"""When the site gave a page, by its address or by the mark of the tool that archived or saved it."""

import time

import pytest
from tests.page.material import PAGES, everyday, everyday_text, fields_of
from tests.support.cases import for_each
from tests.support.records import record_of_capture

from altdetails import Record, parse
from altdetails.page.captured import captured_at, time_in_address, time_in_header
from altdetails.results import Capture

PAGE = "https://www.altmetric.com/details/990000100"
WAYBACK = f"https://web.archive.org/web/20220301123456id_/{PAGE}"
IN_WAYBACK = "2022-03-01T12:34:56Z"

TOOLBAR = (
    "<!--\n     FILE ARCHIVED ON 12:34:56 Mar 01, 2022 AND RETRIEVED FROM THE\n"
    "     INTERNET ARCHIVE ON 09:00:00 Nov 20, 2026.\n-->"
)
WOMBAT = f'<script>__wm.wombat("{PAGE}","20220301123456","https://web.archive.org/","web","/_static/");</script>'
SINGLEFILE = (
    f"<!--\n Page saved with SingleFile \n url: {PAGE} \n"
    " saved date: Tue Mar 05 2024 10:12:00 GMT+0100 (Central European Standard Time)\n-->"
)
HTTRACK = (
    "<!-- Mirrored from www.altmetric.com/details/990000100 "
    "by HTTrack Website Copier/3.x [XR&CO'2014], Tue, 05 Mar 2024 09:12:00 GMT -->"
)
ARCHIVE_TODAY = (
    '<div>webpage capture</div><time itemprop="pubdate" datetime="2024-03-05T09:12:00Z">5 Mar 2024 09:12:00 UTC</time>'
)
MONOLITH = f"<!-- Saved from {PAGE} at 2024-03-05T09:12:00Z using monolith v2.8.1 -->"
SAVE_PAGE = '<meta name="savepage-date" content="Tue Mar 05 2024 10:12:00 GMT+0100 (CET)">'
SCRAPBOOK = '<html data-scrapbook-create="20240305091200345">'
SAVED = "2024-03-05T09:12:00Z"


def moment_of(content, **options):
    return parse(content, **options).provenance.captured_at


def at_the_head(mark, page=None):
    return (page or everyday()).replace("<head>", f"{mark}<head>", 1)


def canonical(address):
    return everyday().replace(f'href="{PAGE}"', f'href="{address}"')


@for_each(
    ("address", "moment"),
    [
        (WAYBACK, IN_WAYBACK),
        (f"https://web.archive.org/web/20220301123456/{PAGE}", IN_WAYBACK),
        (f"https://web.archive.org/web/20220301123456if_/{PAGE}", IN_WAYBACK),
        ("http://web.archive.org/web/20220301123456/altmetric.com/details/990000100", IN_WAYBACK),
        ("https://web.archive.org/web/20220301123456/http%3A//www.altmetric.com/details/990000100", IN_WAYBACK),
        (f"https://arquivo.pt/wayback/20220301123456mp_/{PAGE}", IN_WAYBACK),
        (f"https://archive.example/2024.03.05-091200/{PAGE}", SAVED),
        (f"https://archive.example/20240305091200/{PAGE}", SAVED),
        (f"https://archive.example/2024.03.05-091200/{WAYBACK}", IN_WAYBACK),
        (PAGE, None),
        (f"https://web.archive.org/web/2022/{PAGE}", None),
        (f"https://web.archive.org/web/20220231123456/{PAGE}", None),
        (f"https://web.archive.org/web/20220301243456/{PAGE}", None),
        (f"https://web.archive.org/web/20221301123456/{PAGE}", None),
        (f"https://web.archive.org/web/20220301123460/{PAGE}", None),
        (f"https://web.archive.org/web/99990301123456/{PAGE}", None),
        (f"https://web.archive.org/web/20240305091200/https://web.archive.org/web/20220231123456/{PAGE}", None),
        ("https://www.altmetric.com/details/20220301123456/news", None),
        (f"{PAGE}?ref=/20220301123456/", None),
        ("https://mirror.example/２０２２0301123456/https://www.altmetric.com/details/1", None),
        ("/20220301123456/" * 10_000 + "https://www.altmetric.com/", None),
    ],
)
def test_the_time_in_an_address(address, moment):
    assert time_in_address(address) == moment
    if len(address) < 500:
        assert moment_of(everyday(), url=address) == moment
        assert moment_of(everyday_text(), url=address) == moment
        assert moment_of(canonical(address)) == moment


@for_each(
    ("mark", "moment"),
    [
        (WOMBAT, IN_WAYBACK),
        (SINGLEFILE, SAVED),
        (SINGLEFILE.replace("GMT+0100", "GMT-0930"), "2024-03-05T19:42:00Z"),
        (SINGLEFILE.replace("GMT+0100 (Central European Standard Time)", "GMT"), "2024-03-05T10:12:00Z"),
        (SINGLEFILE.replace("Mar 05", "Feb 30"), None),
        (SINGLEFILE.replace("+0100", "+9900"), None),
        (SINGLEFILE.replace("GMT+0100 ", ""), None),
        (SINGLEFILE.replace(PAGE, WAYBACK), IN_WAYBACK),
        (HTTRACK, SAVED),
        (HTTRACK.replace("from www", "from web.archive.org/web/20220301123456/https://www"), IN_WAYBACK),
        (HTTRACK.replace("09:12:00 GMT", "10:12:00 +0100"), SAVED),
        (HTTRACK.replace("05 Mar 2024", "31 Jun 2024"), None),
        (HTTRACK.replace("05 Mar", "05 Mai"), None),
        (ARCHIVE_TODAY, SAVED),
        (MONOLITH, SAVED),
        (MONOLITH.replace(PAGE, WAYBACK), IN_WAYBACK),
        (SAVE_PAGE, SAVED),
        (SCRAPBOOK, SAVED),
        (SCRAPBOOK.replace("20240305", "16010101"), None),
        (HTTRACK.replace("05 Mar 2024", "01 Jan 1970"), None),
        (SINGLEFILE.replace("2024", "1980"), None),
        (f"<!-- saved from url=(0043){PAGE} -->", None),
        (f"<!-- saved from url=(0043){WAYBACK} -->", IN_WAYBACK),
        (WOMBAT + SINGLEFILE, IN_WAYBACK),
        (SINGLEFILE + HTTRACK, SAVED),
        ("<p>Mirrored from x by HTTrack Website Copier/3.x [XR], Tue, 05 Mar 2024 09:12:00 GMT</p>", None),
    ],
)
def test_the_time_in_a_mark(mark, moment):
    assert moment_of(at_the_head(mark)) == moment


@for_each(
    ("mark", "moment"),
    [
        (TOOLBAR, IN_WAYBACK),
        (TOOLBAR + "\n<!--\nplayback timings (ms):\n  captures_list: 0.5\n-->", IN_WAYBACK),
        (TOOLBAR.replace("Mar 01", "Feb 29"), None),
        (TOOLBAR.replace("12:34:56", "12:34:61"), None),
        ("<p>FILE ARCHIVED ON 12:34:56 Mar 01, 2022 AND RETRIEVED FROM THE</p>", None),
    ],
)
def test_the_time_in_the_mark_of_the_wayback_machine_at_the_end(mark, moment):
    assert moment_of(everyday() + mark) == moment
    assert moment_of(at_the_head(SINGLEFILE) + mark) == (moment or SAVED)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "windows-1252"])
def test_a_mark_is_read_in_any_encoding(encoding):
    page = everyday().encode("ascii", "xmlcharrefreplace").decode()
    assert moment_of(at_the_head(HTTRACK, page).encode(encoding)) == SAVED


def test_the_rest_of_the_record_does_not_depend_on_a_mark():
    for mark in (WOMBAT, SINGLEFILE, HTTRACK, ARCHIVE_TODAY):
        assert fields_of(at_the_head(mark) + TOOLBAR) == fields_of(everyday())


def test_a_mark_in_the_middle_of_a_page_is_not_searched():
    middle = "<p>x</p>" * 3000
    assert captured_at((middle + HTTRACK + middle).encode(), []) is None


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("Tue, 05 Mar 2024 09:12:00 GMT", SAVED),
        ("Tue, 5 Mar 2024 09:12:00 -0000", SAVED),
        ("Tue, 5 Mar 2024 10:12:00 +0100 (CET)", SAVED),
        ("5 Mar 2024 03:42:00 -0530", SAVED),
        ("Fri, 01 Jan 2021 00:30:00 +0100", "2020-12-31T23:30:00Z"),
        ("Tue, 05 Mar 2024 09:12:00", None),
        ("Tue, 30 Feb 2024 09:12:00 GMT", None),
        ("Tue, 05 Mar 2024 24:12:00 GMT", None),
        ("Tue, 05 Mar 1024 09:12:00 GMT", None),
        ("yesterday", None),
        ("", None),
        (" " * 10**6, None),
    ],
)
@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Asia/Tokyo"])
def test_the_time_in_a_header(monkeypatch, zone, text, moment):
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        assert time_in_header(text) == moment
    finally:
        monkeypatch.undo()
        time.tzset()


def mhtml(date, location=PAGE):
    head = f"From: <Saved by Blink>\r\nDate: {date}\r\nMIME-Version: 1.0\r\n"
    part = f"Content-Type: text/html; charset=utf-8\r\nContent-Location: {location}\r\n\r\n{everyday()}"
    return f'{head}Content-Type: multipart/related; boundary="b"\r\n\r\n--b\r\n{part}\r\n--b--\r\n'.encode()


@for_each(
    ("content", "moment"),
    [
        (mhtml("Tue, 5 Mar 2024 09:12:00 -0000"), SAVED),
        (mhtml("Tue, 5 Mar 2024 10:12:00 +0100"), SAVED),
        (mhtml("Tue, 5 Mar 2024 10:12:00 +0100", WAYBACK), IN_WAYBACK),
        (mhtml("yesterday"), None),
    ],
)
def test_the_time_of_mhtml(content, moment):
    assert moment_of(content) == moment


def captured(url, *, content=None, requested=None, memento=None):
    capture = Capture(
        (content or everyday()).encode(), url, 200, None, "2026-11-20T09:00:00Z", "urn:1", requested, memento
    )
    provenance = record_of_capture(capture).provenance
    assert provenance.fetched_at == "2026-11-20T09:00:00Z"
    return provenance.captured_at


@for_each(
    ("facts", "moment"),
    [
        ({"url": PAGE}, "2026-11-20T09:00:00Z"),
        ({"url": WAYBACK}, IN_WAYBACK),
        ({"url": WAYBACK, "memento": "Tue, 01 Mar 2022 12:34:50 GMT"}, "2022-03-01T12:34:50Z"),
        ({"url": WAYBACK, "memento": "soon"}, IN_WAYBACK),
        ({"url": PAGE, "memento": "Tue, 01 Mar 2022 12:34:56 GMT"}, IN_WAYBACK),
        ({"url": "https://mirror.example/details/990000100", "content": everyday() + TOOLBAR}, IN_WAYBACK),
        ({"url": PAGE, "requested": "990000100", "content": everyday() + TOOLBAR}, "2026-11-20T09:00:00Z"),
    ],
)
def test_the_time_of_a_captured_page(facts, moment):
    assert captured(**facts) == moment


@for_each("path", PAGES, ids=lambda path: path.name)
def test_a_page_without_a_mark_has_no_time(path):
    record = parse(path.read_bytes())
    assert record.provenance.captured_at is None
    assert Record.from_json(record.to_json()) == record


@for_each(
    "hostile",
    [
        "<!-- " * 4000,
        "<!-- Mirrored from x by HTTrack Website Copier/" + "," * 20_000,
        "<!-- Page saved with SingleFile \n" + "saved date: " * 2000,
        "webpage capture" * 1500 + 'itemprop="pubdate"',
        '__wm.wombat("' * 1500,
        "<!--" + " " * 20_000 + "FILE ARCHIVED ON",
        "/20220301123456" * 2000,
    ],
    ids=lambda text: text[:20].strip(),
)
def test_the_search_takes_few_steps(hostile):
    started = time.process_time()
    for _ in range(10):
        assert captured_at(hostile.encode(), [hostile[:30_000], WAYBACK[:30]]) is None
    assert time.process_time() - started < 5
