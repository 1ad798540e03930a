"""Files with several pages, or a page in another format: the right records, or a failure that names the format."""

import base64
import bz2
import csv
import gzip
import io
import json
import lzma
import pickle
import plistlib
import quopri
import re
import sqlite3
import tarfile
import zipfile
import zlib
from html import escape
from pathlib import Path
from urllib.parse import quote

import pytest
from tests.sources.material import make_zip, write
from tests.support.cases import for_each
from tests.warc import warcs

from altdetails import NotADetailsPage, PageError, parse, parse_files
from altdetails.results import Failure
from altdetails.sources import documents_in

SAMPLES = Path(__file__).parents[2] / "samples"
PAGES = [(SAMPLES / f"{name}.html").read_bytes() for name in ("article-2023", "article-2017", "dataset")]
TEXTS = [page.decode() for page in PAGES]
EXPECTED = [
    json.loads((SAMPLES / f"{name}.json").read_text("utf-8")) for name in ("article-2023", "article-2017", "dataset")
]
URLS = [f"https://www.altmetric.com/details/{expected['altmetric_id']}" for expected in EXPECTED]
TIME, MOMENT = "2024-03-05T10:10:12.345+01:00", "2024-03-05T09:10:12Z"
OTHER_HTML = "<html><head><title>a page</title></head><body><p>nothing</p></body></html>"


def read(name, content):
    """Return the records of a file, and the failures."""
    items = [*parse_files([write(name, content)])]
    return [item for item in items if not isinstance(item, Failure)], [i for i in items if isinstance(i, Failure)]


def facts(records):
    return [
        {key: value for key, value in json.loads(record.to_json()).items() if key != "provenance"} for record in records
    ]


def expected(*numbers):
    return [{key: value for key, value in EXPECTED[number].items() if key != "provenance"} for number in numbers]


def rows(**columns):
    return [
        {"url": url, **columns, "html": text, "status": 200, "fetched_at": TIME}
        for url, text in zip(URLS, TEXTS, strict=True)
    ]


def in_csv(separator=",", *, head=True, value=lambda text: text, **options):
    file = io.StringIO()
    writer = csv.writer(file, delimiter=separator, **options)
    writer.writerows([["link", "crawl_time", "page_source"]] if head else [])
    writer.writerows([url, "20240305091012", value(text)] for url, text in zip(URLS, TEXTS, strict=True))
    return file.getvalue().encode()


def entry(url, text, status=200, media="text/html; charset=utf-8", **content):
    content = {"mimeType": media, **({"text": text} if text is not None else {}), **content}
    return {"startedDateTime": TIME, "request": {"url": url}, "response": {"status": status, "content": content}}


def har(*entries):
    return json.dumps({"log": {"version": "1.2", "entries": entries}}).encode()


def part(page, url):
    head = f"Content-Type: text/html\r\nContent-Transfer-Encoding: base64\r\nContent-Location: {url}\r\n\r\n"
    return head.encode() + base64.encodebytes(page)


def mhtml(*parts):
    head = b'From: <Saved by Blink>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="--b"\r\n\r\n'
    return head + b"".join(b"\r\n----b\r\n" + part for part in parts) + b"\r\n----b--\r\n"


def webarchive(form, page=PAGES[0], url=URLS[0], **more):
    resource = {"WebResourceData": page, "WebResourceURL": url, "WebResourceMIMEType": "text/html"}
    return plistlib.dumps({"WebMainResource": resource, **more}, fmt=form)


SPLIT = {"columns": ["url", "html"], "index": [0, 1, 2], "data": [[u, t] for u, t in zip(URLS, TEXTS, strict=True)]}
COLUMNS = {
    "url": {str(number): url for number, url in enumerate(URLS)},
    "html": {str(number): text for number, text in enumerate(TEXTS)},
}
THREE = {
    "json lines": b"\n".join(json.dumps(row).encode() for row in rows()),
    "json lines that escape tags": b"\n".join(
        json.dumps(row).replace("<", "\\u003c").replace(">", "\\u003e").encode() for row in rows()
    ),
    "json": json.dumps(rows(), indent=2).encode(),
    "json of one object after another": "".join(json.dumps(row) for row in rows()).encode(),
    "json of jq": "\n".join(json.dumps(row, indent=2) for row in rows()).encode(),
    "json in UTF-16": json.dumps(rows()).encode("utf-16"),
    "json of hits": json.dumps({"hits": {"hits": [{"_source": row} for row in rows()]}}).encode(),
    "nested json": json.dumps(
        {"log": [{"request": {"url": u}, "response": {"body": t}} for u, t in zip(URLS, TEXTS, strict=True)]}
    ).encode(),
    "pandas split": json.dumps(SPLIT).encode(),
    "pandas columns": json.dumps(COLUMNS).encode(),
    "base64": json.dumps(
        [{"url": u, "body": base64.b64encode(p).decode()} for u, p in zip(URLS, PAGES, strict=True)]
    ).encode(),
    "gzip in base64": json.dumps(
        [{"uri": u, "content": base64.b64encode(gzip.compress(p)).decode()} for u, p in zip(URLS, PAGES, strict=True)]
    ).encode(),
    "csv": in_csv(),
    "csv of semicolons": in_csv(";"),
    "csv without a head": in_csv(head=False),
    "csv with backslashes": in_csv(doublequote=False, escapechar="\\"),
    "csv of bytes": in_csv(value=lambda text: repr(text.encode())),
    "tsv": in_csv("\t"),
    "csv with a mark": b"\xef\xbb\xbf" + in_csv(),
    "har": har(*(entry(url, text) for url, text in zip(URLS, TEXTS, strict=True))),
    "har in base64": har(
        *(entry(u, base64.b64encode(p).decode(), encoding="base64") for u, p in zip(URLS, PAGES, strict=True))
    ),
    "mhtml of three": mhtml(*map(part, PAGES, URLS)),
    "joined mhtml": b"".join(mhtml(part(page, url)) for page, url in zip(PAGES, URLS, strict=True)),
}


@pytest.mark.parametrize("number", [1, 2])
def test_the_time_of_a_web_archive_is_before_that_of_the_mhtml_saved_from_there(number):
    archived = [f"https://web.archive.org/web/20200102030405/{url}" for url in URLS[:number]]
    content = mhtml(*map(part, PAGES, archived)).replace(b"MIME", b"Date: Wed, 5 Jun 2024 10:00:00 GMT\r\nMIME", 1)
    records, failures = read("saved.mhtml", content)
    assert failures == []
    assert [record.provenance.captured_at for record in records] == ["2020-01-02T03:04:05Z"] * number


@for_each("form", THREE)
def test_each_page_in_a_file_has_its_own_record_with_its_address(form):
    records, failures = read("input", THREE[form])
    assert failures == []
    assert facts(records) == expected(0, 1, 2)
    if "without a head" not in form:
        assert [record.provenance.final_url for record in records] == URLS


@pytest.mark.parametrize("form", ["json lines", "csv", "har"])
def test_a_page_in_a_row_has_its_time(form):
    for record in read("input", THREE[form])[0]:
        assert (record.provenance.fetched_at, record.provenance.captured_at) == (MOMENT, MOMENT)


LINES = [line + "\n" for line in TEXTS[0].split("\n")]
ALONE = {
    "bytes of Python": repr(PAGES[0]),
    "a list of lines": json.dumps({"url": URLS[0], "html": TEXTS[0].split("\n")}),
    "a notebook": json.dumps({"cells": [{"outputs": [{"data": {"text/html": LINES}}]}]}),
}


@for_each("form", ALONE)
def test_a_page_in_another_notation_is_read(form):
    records, failures = read("input.txt", ALONE[form].encode())
    assert (facts(records), failures) == (expected(0), [])


def test_two_pages_in_a_list_are_not_joined():
    assert facts(read("a.json", json.dumps([TEXTS[0], TEXTS[1], "end"]).encode())[0]) == expected(0, 1)


def test_the_rows_before_a_cut_are_read():
    records, (failure,) = read("a.csv", in_csv()[:-2000])
    assert facts(records) == expected(0, 1)
    assert (failure.file, failure.kind) == ("a.csv!row 3", "unreadable")


HEAD = "HTTP/1.1 200 OK\r\ndate: Tue, 05 Mar 2024 09:10:12 GMT\r\ncontent-type: text/html; charset=utf-8\r\n{}\r\n"
REDIRECT = "HTTP/2 301\ndate: Mon, 04 Mar 2024 08:00:00 GMT\nlocation: /\n\n"
CHUNKS = b"%x\r\n%b\r\n0\r\n\r\n" % (len(PAGES[0]), PAGES[0])
RESPONSES = {
    "plain": HEAD.format("").encode() + PAGES[0],
    "line ends of Unix": HEAD.format("").replace("\r", "").encode() + PAGES[0],
    "behind a redirect": f"{REDIRECT}{HEAD.format('')}".encode() + PAGES[0],
    "gzip": HEAD.format("content-encoding: gzip\r\n").encode() + gzip.compress(PAGES[0]),
    "decoded, with the header": HEAD.format("content-encoding: br\r\n").encode() + PAGES[0],
    "chunks": HEAD.format("transfer-encoding: chunked\r\n").encode() + CHUNKS,
}


@for_each("form", RESPONSES)
def test_a_response_with_its_headers_is_its_page_with_its_time(form):
    (record,), failures = read("a.html", RESPONSES[form])
    assert (facts([record]), failures) == (expected(0), [])
    assert record.provenance.captured_at == MOMENT


def test_text_that_begins_like_a_response_is_text():
    assert read("a.txt", b"HTTP/1.1 is a protocol")[1][0].kind == "other"


CODINGS = {"gzip": gzip.compress, "br": warcs.brotlied, "zstd": warcs.zstandard, "deflate": zlib.compress}


@for_each("coding", CODINGS)
@for_each("is_coded", [True, False])
def test_the_body_of_a_har_can_be_coded_or_keep_the_header_of_its_coding(coding, is_coded):
    body = base64.b64encode(CODINGS[coding](PAGES[0]) if is_coded else PAGES[0]).decode()
    item = entry(URLS[0], body, encoding="base64")
    item["response"]["headers"] = [{"name": "Content-Encoding", "value": coding}]
    records, failures = read("a.har", har(item))
    assert (facts(records), failures) == (expected(0), [])


MAIL = "From: a@example.org\nTo: b@example.org\nDate: Tue, 5 Mar 2024 10:10:12 +0100\nMIME-Version: 1.0\n"
PAGE_IN_BASE64 = f"Content-Transfer-Encoding: base64\n\n{base64.encodebytes(PAGES[0]).decode()}"
MAILS = {
    "HTML": f"{MAIL}Content-Type: text/html\n{PAGE_IN_BASE64}",
    "XHTML": f"{MAIL}Content-Type: application/xhtml+xml\n{PAGE_IN_BASE64}",
    "an attached file": (
        f'{MAIL}Content-Type: multipart/mixed; boundary="b"\n\n--b\nContent-Type: text/plain\n\nhello\n--b\n'
        f'Content-Type: application/octet-stream; name="a"\nContent-Disposition: attachment; filename="a.html"\n'
        f"{PAGE_IN_BASE64}\n--b--\n"
    ),
}


@for_each("form", MAILS)
def test_a_page_in_a_mail_is_read_without_the_time_of_the_mail(form):
    (record,), failures = read("a.eml", MAILS[form].encode())
    assert (facts([record]), failures) == (expected(0), [])
    assert record.provenance.captured_at is None


@pytest.mark.parametrize("encode", [quopri.encodestring, base64.encodebytes])
def test_the_text_of_a_mail_is_decoded(encode):
    text = (SAMPLES / "text" / "article-2023.chromium.txt").read_bytes()
    coding = "base64" if encode is base64.encodebytes else "quoted-printable"
    head = f"{MAIL}Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: {coding}\n\n"
    assert facts(read("a.eml", head.encode() + encode(text))[0]) == facts(read("a.txt", text)[0])


@for_each("pack", [gzip.compress, bz2.compress, lzma.compress, warcs.zstandard])
@for_each("form", ["json lines", "har"])
def test_files_of_pages_can_be_compressed(form, pack):
    assert facts(read("input", pack(THREE[form]))[0]) == expected(0, 1, 2)


def as_note(page):
    """Return a page as Evernote keeps it: with another tag around it."""
    return re.sub(rb"<!DOCTYPE html>\s*<html[^<>]*>", b"<en-note>", page).replace(b"</html>", b"</en-note>")


JOINED = {
    "cat": b"".join(PAGES),
    "cat without end tags": b"".join(page.replace(b"</html>", b"") for page in PAGES),
    "cat of tags in capitals": b"".join(re.sub(rb"(</?)html\b", rb"\1HTML", page) for page in PAGES),
    "cat of UTF-16": "".join(TEXTS).encode("utf-16"),
    "feed": b'<?xml version="1.0"?><rss><channel>'
    + b"".join(b"<item><content><![CDATA[" + page + b"]]></content></item>" for page in PAGES)
    + b"</channel></rss>",
    "escaped feed": b'<?xml version="1.0"?><rss><channel>'
    + b"".join(f"<item><content>{escape(text)}</content></item>".encode() for text in TEXTS)
    + b"</channel></rss>",
    "notes of Evernote": b'<?xml version="1.0"?><!DOCTYPE en-export SYSTEM "http://xml.evernote.com/pub/evernote-export3.dtd">'
    b"<en-export>"
    + b"".join(b"<note><content><![CDATA[" + note + b"]]></content></note>" for note in map(as_note, PAGES))
    + b"</en-export>",
    "escaped feed with a field html": b'<?xml version="1.0" encoding="utf-8"?>\n<items>\n'
    + b"".join(f"<item><url>x</url><html>{escape(text)}</html></item>\n".encode() for text in TEXTS)
    + b"</items>",
    "feed with a field html": b'<?xml version="1.0" encoding="utf-8"?>\n<items>\n'
    + b"".join(b"<item><url>x</url><html><![CDATA[" + page + b"]]></html></item>\n" for page in PAGES)
    + b"</items>",
}


def without_marks(text):
    """Return the body of a page without classes, as an editor writes it that a page was pasted into."""
    return re.sub(r' (?:class|id)="[^"]*"', "", re.search(r"<body.*?>(.*)</body>", text, re.DOTALL)[1])


@for_each("others", [TEXTS[:1], TEXTS[1:2], TEXTS[1:], [(SAMPLES / "no-mentions.html").read_text("utf-8")]])
def test_pages_that_were_pasted_into_one_document_are_counted(others):
    pasted = "<hr>".join(map(without_marks, [TEXTS[0], *others]))
    records, (failure,) = read("pasted.html", f"<html><body>{pasted}</body></html>".encode())
    assert (records, failure.kind) == ([], "other")
    assert f"this content has {1 + len(others)} pages" in failure.reason


@for_each("form", JOINED)
def test_joined_pages_are_divided(form):
    records, failures = read("all.html", JOINED[form])
    assert (facts(records), failures) == (expected(0, 1, 2), [])


@for_each("form", [*JOINED, "json", "csv"])
def test_the_content_of_one_page_cannot_be_several(form):
    with pytest.raises(PageError):
        parse(JOINED.get(form) or THREE[form])


def test_joined_texts_are_a_failure_that_counts_them():
    text = (SAMPLES / "text" / "article-2023.chromium.txt").read_bytes()
    with pytest.raises(NotADetailsPage, match="has 2 pages"):
        parse(text + b"\n\n" + text)


ONE = {
    "a page that quotes another": TEXTS[0].replace("</body>", f"<pre>{escape(TEXTS[1])}</pre></body>"),
    "a page in a frame of its source": TEXTS[0].replace(
        "</body>", f'<iframe srcdoc="{escape(TEXTS[1])}"></iframe></body>'
    ),
    "a page in a script": TEXTS[0].replace(
        "</body>", f"<script>/* {TEXTS[1].replace('</script', '')} */</script></body>"
    ),
    "a page in a comment": TEXTS[0].replace("</body>", f"<!-- {TEXTS[1].replace('--', '')} --></body>"),
}


@for_each("form", ONE)
def test_a_page_inside_a_page_is_not_mixed_with_it(form):
    records, failures = read("a.html", ONE[form].encode())
    assert failures or [record.altmetric_id for record in records] == [EXPECTED[0]["altmetric_id"]]
    assert all(record.title == EXPECTED[0]["title"] for record in records)


INJECTED = {
    "a box of an extension": b'<html lang="en"><body><div id="ext-box">Save to library</div></body></html>',
    "an empty document": b"<html><head></head><body></body></html>",
    "a script": b"<HTML><script>var page = 1</script></HTML>",
}


@for_each("injected", INJECTED.values(), ids=[*INJECTED])
@for_each("order", [1, -1])
def test_markup_around_a_page_is_not_a_page_of_its_own(injected, order):
    records, failures = read("a.html", b"\n".join([PAGES[0], injected][::order]))
    assert [record.title for record in records] == [EXPECTED[0]["title"]]
    assert failures == []


def test_another_page_behind_a_page_is_a_page_of_its_own():
    records, failures = read("a.html", PAGES[0] + OTHER_HTML.encode())
    assert len(records) == len(failures) == 1


@pytest.mark.parametrize("column", ["fetched_at", "crawl_time", "startedDateTime"])
def test_a_row_without_an_address_keeps_its_time(column):
    content = json.dumps({"html": TEXTS[0], column: "2026-03-01T10:00:00+01:00"}).encode()
    (record,), failures = read("a.jsonl", content + b"\n")
    assert failures == []
    assert record.provenance.fetched_at == record.provenance.captured_at == "2026-03-01T09:00:00Z"
    assert record.provenance.final_url is None
    assert record.altmetric_id == EXPECTED[0]["altmetric_id"]


def test_only_details_pages_of_a_har_are_read_and_the_rest_is_counted():
    skipped = []
    other = "https://www.altmetric.com/"
    content = har(
        entry(f"{other}style.css", "a{}", media="text/css"),
        entry(other, OTHER_HTML),
        entry(URLS[0], None, status=302),
        entry(URLS[0], TEXTS[0]),
        entry("https://proxy.example.edu/details/1", TEXTS[1]),
        entry(URLS[2], "no", status=404),
        entry(URLS[2], None, size=9),
        entry(URLS[2], None, size=9, _file="0123.html"),
    )
    write("a.har", content)
    items = [*documents_in(["a.har"], skipped=skipped.append)]
    kinds = ["page", "page", "http_error", "unreadable", "unreadable"]
    assert [getattr(item, "kind", "page") for item in items] == kinds
    assert ["in another file, '0123.html'" in getattr(item, "reason", "") for item in items[-2:]] == [False, True]
    assert skipped == ["a.har!response 1", "a.har!response 2", "a.har!response 3"]


def test_rows_without_a_page_are_counted():
    skipped = []
    content = b"\n".join(json.dumps(row).encode() for row in [rows()[0], {"url": URLS[1], "html": None}, {"n": 1}])
    write("a.jsonl", content + b"\n{broken")
    items = [*documents_in(["a.jsonl"], skipped=skipped.append)]
    assert [item.name for item in items] == ["a.jsonl!row 1", "a.jsonl!row 4"]
    assert skipped == ["a.jsonl!row 2", "a.jsonl!row 3"]


@pytest.mark.parametrize("form", [plistlib.FMT_XML, plistlib.FMT_BINARY])
def test_a_webarchive_is_its_page_and_the_details_pages_in_frames(form):
    records, failures = read("a.webarchive", webarchive(form))
    assert (facts(records), failures) == (expected(0), [])
    frame = plistlib.loads(webarchive(form, PAGES[1], URLS[1]))
    advert = plistlib.loads(webarchive(form, OTHER_HTML.encode()))
    assert facts(read("b", webarchive(form, WebSubframeArchives=[advert, frame]))[0]) == expected(0, 1)


@pytest.mark.parametrize("name", ["a.wacz", "a.zip"])
def test_all_web_archives_in_a_wacz_are_read(name):
    members = {"datapackage.json": b"{}", "pages/pages.jsonl": b'{"format": "json-pages-1.0"}\n'}
    for number in range(2):
        packed = warcs.packed(warcs.record(number, warcs.http(PAGES[number]), url=URLS[number]))
        members[f"archive/{number}.warc.gz"] = packed
    make_zip(name, members)
    items = [*parse_files([name])]
    assert facts(items) == expected(0, 1)


@for_each("pack", [bytes, gzip.compress, bz2.compress, lzma.compress, warcs.zstandard, warcs.brotlied])
def test_a_page_in_any_compression_is_read(pack):
    name = "a.html.br" if pack is warcs.brotlied else "a.html"
    assert facts(read(name, pack(PAGES[0]))[0]) == expected(0)


@pytest.mark.parametrize("pack", [bz2.compress, lzma.compress])
def test_a_web_archive_in_another_compression_is_read(pack):
    assert facts(read("a", pack(warcs.plain(warcs.record(1, warcs.http(PAGES[0]), url=URLS[0]))))[0]) == expected(0)


def test_a_tar_archive_in_zstandard_is_read():
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        info = tarfile.TarInfo("page")
        info.size = len(PAGES[0])
        archive.addfile(info, io.BytesIO(PAGES[0]))
    assert facts(read("a.tar.zst", warcs.zstandard(file.getvalue()))[0]) == expected(0)


@pytest.mark.parametrize("pack", [bz2.compress, lzma.compress, warcs.zstandard])
def test_truncated_compression_is_named(pack):
    records, (failure,) = read("a.html", pack(PAGES[0])[:-40])
    assert records == []
    assert failure.kind == "unreadable"


def database():
    connection = sqlite3.connect("pages.db")
    connection.execute("CREATE TABLE pages (url, html)")
    connection.executemany("INSERT INTO pages VALUES (?, ?)", zip(URLS, TEXTS, strict=True))
    connection.commit()
    connection.close()
    return Path("pages.db").read_bytes()


def zipped(*names):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, PAGES[0])
    return file.getvalue()


def view_source(text):
    lines = "".join(f"<tr><td></td><td><span>{escape(line)}</span></td></tr>" for line in text.split("\n"))
    return f"<html><head></head><body><table>{lines}</table></body></html>"


NAMED = {
    "SQLite": (database, "SQLite"),
    "SQL": (f"INSERT INTO pages VALUES ('{URLS[0]}', '{TEXTS[0]}');".encode, "is SQL"),
    "dump of PostgreSQL": (lambda: b"--\n-- PostgreSQL database dump\n--\n\n" + PAGES[0], "is SQL"),
    "RTF": (lambda: b"{\\rtf1 " + PAGES[0], "RTF"),
    "lzma": (lambda: lzma.compress(PAGES[0], format=lzma.FORMAT_ALONE), "lzma"),
    "a page that unpacks itself": (lambda: b"<html><title>a</title><!--" + zipped("a.html"), ".zip"),
    "a text of Python": (lambda: repr(TEXTS[0]).encode(), "program"),
    "a list of Python": (lambda: repr(rows()).encode(), "program"),
    "bytes in a dictionary of Python": (lambda: repr(dict(zip(URLS, PAGES, strict=True))).encode(), "program"),
    "JavaScript": (f"var pages = {json.dumps(TEXTS)};".encode, "program"),
    "YAML in quotes": (f"- html: {json.dumps(TEXTS[0])}".encode, "program"),
    "a line for each page": (lambda: "\n".join(text.replace("\n", "\\n") for text in TEXTS).encode(), "program"),
    "source in a page": (f"<html><body><pre>{escape(TEXTS[0])}</pre></body></html>".encode, "source"),
    "source as text": (lambda: escape(TEXTS[0], quote=False).encode(), "source"),
    "a page in a frame": (f'<iframe srcdoc="{escape(TEXTS[0])}"></iframe>'.encode, "srcdoc"),
    "a page in base 64": (lambda: base64.b64encode(b"<!DOCTYPE html>" + PAGES[0]), "decode it"),
    "a page as an address": (lambda: b"data:text/html," + quote(TEXTS[0]).encode(), "decode it"),
    "a page in escapes": (lambda: quote("<html>" + TEXTS[0]).encode(), "decode it"),
    "view-source": (lambda: view_source(TEXTS[0]).encode(), "view-source"),
    "pickle": (lambda: pickle.dumps(rows()), "pickle"),
    "PDF": (lambda: b"%PDF-1.7\n" + PAGES[0], "PDF"),
    "Word": (lambda: zipped("[Content_Types].xml", "word/document.xml"), "Word"),
    "e-book": (lambda: zipped("mimetype", "META-INF/container.xml", "a.xhtml"), "e-book"),
    "Outlook": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + PAGES[0], "Outlook"),
    "RAR": (lambda: b"Rar!\x1a\x07" + PAGES[0], "RAR"),
    "7z": (lambda: b"7z\xbc\xaf\x27\x1c" + PAGES[0], "7z"),
    "ARC": (lambda: b"filedesc://x.arc 0.0.0.0 20120305091112 text/plain 70\n" + b"".join(PAGES), "warcio recompress"),
    "ARC in gzip": (lambda: gzip.compress(b"filedesc://x.arc 0.0.0.0 2\n" + b"".join(PAGES)), "warcio recompress"),
    "mailbox": (
        lambda: b"From a@example.org Tue Mar  5 09:10:12 2024\nContent-Type: text/html\n\n" + PAGES[0],
        "mailbox",
    ),
    "link of Windows": (lambda: b"[InternetShortcut]\r\nURL=" + URLS[0].encode(), "link to a page"),
    "link of macOS": (lambda: plistlib.dumps({"URL": URLS[0]}), "link file"),
    "binary link of macOS": (lambda: plistlib.dumps({"URL": URLS[0]}, fmt=plistlib.FMT_BINARY), "link file"),
    "picture": (lambda: b"RIFF\x10\0\0\0WEBPVP8 " + PAGES[0], "WebP"),
    "brotli of unknown ending": (lambda: warcs.brotlied(PAGES[0]), "binary"),
    "zeros": (lambda: bytes(5000), "empty"),
    "nothing": (lambda: b"", "empty"),
    "JSON": (lambda: b'{"log": 1, "text": "no page"}', "JSON"),
    "damaged JSON": (lambda: json.dumps(rows()).encode()[:-100], "JSON"),
    "HAR without its end": (lambda: THREE["har"][:-100], "HAR"),
    "tar": (lambda: b"a.html".ljust(257, b"\0") + b"ustar\x0000" + PAGES[0], "tar"),
}


@for_each("form", NAMED)
def test_a_format_that_is_not_opened_is_named_with_a_way_out(form):
    make, word = NAMED[form]
    records, (failure,) = read("input.html", make())
    assert records == []
    assert word in failure.reason


class TestFolders:
    def test_pages_without_a_known_ending_are_read(self):
        write("p/990000001", PAGES[0])
        write("p/index.php?id=1", PAGES[1])
        write("p/export.jsonl", THREE["json lines"])
        write("p/packed", gzip.compress(PAGES[2]))
        for name, content in {
            "a.css": b"a{}",
            "a.json": b"{}",
            "b.js": PAGES[0],
            "LICENSE": b"x",
            "d.pdf": b"%PDF",
        }.items():
            write(f"p/{name}", content)
        assert facts(parse_files(["p"])) == expected(0, 0, 1, 2, 1, 2)

    def test_members_of_archives_without_a_known_ending_are_read(self):
        make_zip("a.zip", {"990000001": PAGES[0], "style.css": b"a{}", "export.csv": in_csv(), "LICENSE": b"x"})
        assert facts(parse_files(["a.zip"])) == expected(0, 0, 1, 2)

    @pytest.mark.parametrize(
        "suffix", ["-Dateien", "_fichiers", "_archivos", "_ficheiros", "_pliki", ".files", "_файлы"]
    )
    def test_the_parts_of_a_page_are_known_in_other_languages(self, suffix):
        write("p/Page.html", PAGES[0])
        write(f"p/Page{suffix}/frame.html", PAGES[1])
        write(f"p/Other{suffix}/page.html", PAGES[2])
        assert sorted(item.altmetric_id for item in parse_files(["p"])) == sorted(
            EXPECTED[number]["altmetric_id"] for number in (0, 2)
        )

    def test_the_second_copy_that_httrack_keeps_of_each_page_is_not_read(self):
        skipped = []
        write("p/site/details/990000001.html", PAGES[0])
        write("p/hts-cache/new.html", PAGES[0])
        assert [item.name for item in documents_in(["p"], skipped=skipped.append)] == ["p/site/details/990000001.html"]
        assert skipped == ["p/hts-cache/"]


def test_a_small_file_of_json_that_unpacks_to_many_objects_is_refused():
    records, (failure,) = read("a.json", gzip.compress(b"[" + b"{}," * 6_000_000 + b"{}]"))
    assert (records, failure.kind) == ([], "refused")
