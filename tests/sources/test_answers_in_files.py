"""Answers of the API and exports of Altmetric Explorer in files of any form, each by its place, and the key nowhere."""

import bz2
import csv
import gzip
import io
import json
import lzma
from pathlib import Path

import pytest
from tests.sources.material import make_tar, make_zip, names, write
from tests.support.cases import for_each
from tests.warc import warcs

from altdetails import parse_file, parse_files, read_records
from altdetails.cli.find_record import nth_record
from altdetails.documents import Document
from altdetails.errors import InputError
from altdetails.results import Failure
from altdetails.sources import documents_in, paths

IDS = [990000001, 990000002, 990000003]
ANSWERS = [
    {"altmetric_id": number, "title": f"Title {number}", "score": 1.5, "cited_by_msm_count": number - 990000000}
    for number in IDS
]
LINES = b"".join(json.dumps(answer).encode() + b"\n" for answer in ANSWERS)
KEY = "s3cr3tkey0123456789"
URL = f"https://api.altmetric.com/v1/id/990000001?key={KEY}"
AT = "2026-01-02T03:04:05Z"


def read(path, **options):
    """Return the ids in a path, with the places of the records, and the places and kinds of the failures."""
    items = [*parse_files([path], jobs=1, page_timeout=None, **options)]
    assert KEY not in repr(items)
    assert KEY.encode() not in b"".join(item.to_json() for item in items)
    records = [(item.altmetric_id, item.provenance.input) for item in items if not isinstance(item, Failure)]
    return records, [(item.file, item.kind) for item in items if isinstance(item, Failure)]


def placed(path, mark="!row"):
    return [(number, f"{path}{mark} {place}") for place, number in enumerate(IDS, 1)]


def in_csv(rows):
    file = io.StringIO()
    csv.writer(file).writerows(rows)
    return file.getvalue().encode()


def row(answer, **columns):
    return {"url": URL, "crawl_time": AT, "status": 200, "response": answer} | columns


FORMS = {
    "a list": json.dumps(ANSWERS, indent=1).encode(),
    "lines": LINES,
    "lines of Windows": LINES.replace(b"\n", b"\r\n"),
    "a page of citations": json.dumps(
        {"query": {"total": 900, "page": 2, "num_results": 3}, "results": ANSWERS}
    ).encode(),
    "JSONP of a list": b"show(" + json.dumps({"results": ANSWERS}).encode() + b");",
    "a list in UTF-16": json.dumps(ANSWERS).encode("utf-16"),
    "rows with an object": b"\n".join(json.dumps(row(answer)).encode() for answer in ANSWERS),
    "rows with a text": b"\n".join(json.dumps(row(json.dumps(answer))).encode() for answer in ANSWERS),
    "a table": in_csv([["doi", "answer"], *(["10.5555/a", json.dumps(answer)] for answer in ANSWERS)]),
    "gzip": gzip.compress(LINES),
    "bzip2": bz2.compress(LINES),
    "xz": lzma.compress(LINES),
    "Zstandard": warcs.zstandard(LINES),
}


@for_each("form", FORMS)
def test_each_answer_of_a_file_is_a_record_with_its_place(form):
    write("answers", FORMS[form])
    assert read("answers") == (placed("answers"), [])


@pytest.mark.parametrize("content", [LINES, gzip.compress(LINES), warcs.zstandard(LINES)])
def test_lines_of_a_file_of_any_size_are_read_one_at_a_time(content, monkeypatch):
    monkeypatch.setattr(paths, "_MANY_BYTES", 10)
    monkeypatch.setattr("altdetails.documents.MAX_DOCUMENT_BYTES", 200)
    write("answers.jsonl", content)
    (source,) = paths.find(["answers.jsonl"])
    assert source.form == "lines"
    assert read("answers.jsonl") == (placed("answers.jsonl"), [])


@pytest.mark.parametrize("content", [gzip.compress(LINES * 99)[:-40], b"\x1f\x8b" + b"\0" * 40])
def test_a_damaged_file_of_lines_is_named_with_what_could_be_read(content, monkeypatch):
    monkeypatch.setattr(paths, "_MANY_BYTES", 10)
    write("answers.jsonl.gz", content)
    records, failures = read("answers.jsonl.gz")
    assert failures == [("answers.jsonl.gz", "unreadable")]
    assert len(records) < 300


def test_standard_input_can_be_lines_of_any_size(monkeypatch):
    monkeypatch.setattr("altdetails.documents.MAX_DOCUMENT_BYTES", 200)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(LINES)))
    assert [item.name for item in documents_in(["-"])] == [f"<stdin>!row {number}" for number in (1, 2, 3)]


def test_a_single_answer_has_the_name_of_its_file():
    write("answer", json.dumps(ANSWERS[0]).encode())
    assert read("answer") == ([(IDS[0], "answer")], [])
    assert parse_file("answer").altmetric_id == IDS[0]


def test_every_entry_of_a_list_of_answers_is_a_record_or_a_failure():
    others = [b"Not Found", b'{"errors": [{"status": 400}]}', b'{"results": []}', b'{"a": 1}', b'{"altmetric_id": 9900']
    write("answers.jsonl", b"\n".join([LINES.rstrip(), *others]))
    kinds = ["not_found", "api_error", "no_record", "other", "other"]
    failures = [(f"answers.jsonl!row {number}", kind) for number, kind in enumerate(kinds, 4)]
    assert read("answers.jsonl") == (placed("answers.jsonl"), failures)


@pytest.mark.parametrize(
    "first", [b"Not Found\n", b"\nNot Found\r\n\nYou must supply an API key\n", b'{"errors": []}\n']
)
def test_an_answer_after_lines_without_one_is_a_record(first, monkeypatch):
    write("folder/answers.jsonl", first + LINES)
    records, failures = read("folder")
    assert [number for number, _ in records] == IDS
    assert failures
    if not first.startswith(b"{"):
        monkeypatch.setattr(paths, "_MANY_BYTES", 10)
        assert [source.form for source in paths.find(["folder/answers.jsonl"])] == ["lines"]
        assert read("folder") == (records, failures)


@pytest.mark.parametrize("indent", [None, 1])
def test_answers_without_ends_of_lines_between_them_are_records(indent):
    parts = [json.dumps(answer, indent=indent).encode() for answer in ANSWERS]
    write("folder/answers", b"Not Found".join([b"", parts[0] + parts[1], parts[2] + b'{"altmetric_id": 99']))
    records, failures = read("folder")
    place = "folder/answers!row"
    assert records == [(number, f"{place} {row}") for number, row in zip(IDS, (2, 3, 5), strict=True)]
    assert failures == [(f"{place} 1", "not_found"), (f"{place} 4", "not_found"), (f"{place} 6", "other")]


def test_an_example_in_a_text_is_not_a_record():
    write("notes.md", b"# Notes on badges\n\n" + LINES)
    assert read("notes.md") == ([], [("notes.md", "other")])


def test_a_line_can_be_a_page_of_citations():
    write("pages.jsonl", json.dumps({"query": {}, "results": ANSWERS}).encode() + b"\n" + LINES)
    records, failures = read("pages.jsonl")
    assert records[:3] == placed("pages.jsonl!row 1", ", item")
    assert [place for _, place in records[3:]] == [f"pages.jsonl!row {number}" for number in (2, 3, 4)]
    assert failures == []


def test_rows_have_the_address_and_the_time_of_the_crawler_without_the_key():
    write("rows.jsonl", FORMS["rows with an object"])
    provenance = next(parse_files(["rows.jsonl"], jobs=1, page_timeout=None)).provenance
    assert provenance.final_url == "https://api.altmetric.com/v1/id/990000001"
    assert (provenance.fetched_at, provenance.http_status) == (AT, 200)


def test_folders_and_archives_are_searched_for_answers_of_any_name():
    members = {
        "1": json.dumps(ANSWERS[0]).encode(), "b.json": json.dumps(ANSWERS[1]).encode(), "c.jsonl": LINES,
        "other.json": b'{"a": 1}', "not-tracked": b"Not Found",
        "records.jsonl": b'{"schema_version":2,"altmetric_id":1}',
        "script.js": b"f(" + json.dumps(ANSWERS[2]).encode() + b")",
    }  # fmt: skip
    for name, content in members.items():
        write(f"folder/{name}", content)
    make_zip("a.zip", members)
    make_tar("a.tar", members)
    for path, mark in (("folder", "/"), ("a.zip", "!"), ("a.tar", "!")):
        records, failures = read(path)
        assert [number for number, _ in records] == [IDS[0], IDS[1], *IDS, IDS[2]]
        assert failures == [(f"{path}{mark}not-tracked", "not_found")]


def test_the_name_of_a_file_that_wget_made_of_the_address_has_no_key():
    write(f"990000001?key={KEY}&x=1", json.dumps(ANSWERS[0]).encode())
    write(f"990000002?key={KEY}", b"Not Found")
    assert read(".") == ([(IDS[0], "./990000001?x=1")], [("./990000002", "not_found")])


class TestWebArchives:
    def http(self, answer, status="200 OK"):
        body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        return warcs.http(body, status=status).replace(b"text/html", b"application/json")

    def test_answers_of_the_api_are_read_and_the_key_is_left_out(self):
        records = [
            warcs.record(1, self.http(ANSWERS[0]), url=URL),
            warcs.record(2, json.dumps(ANSWERS[1]).encode(), kind="resource", url=URL, Content_Type="application/json"),
            warcs.record(3, self.http(b"Not Found", "404 Not Found"), url=URL),
            warcs.record(
                4, self.http({"results": ANSWERS}), url=f"https://api.altmetric.com/v1/citations/1d?key={KEY}"
            ),
            warcs.record(5, self.http(ANSWERS[0]), url=f"https://other.example/v1/id/1?key={KEY}"),
        ]
        warcs.write("a.warc", *records)
        skipped = []
        items = [*documents_in(["a.warc"], skipped=skipped.append)]
        assert KEY not in repr(items) + repr(skipped)
        (first, second, missing), parts = items[:3], items[3:]
        assert first.capture.url == "https://api.altmetric.com/v1/id/990000001"
        assert first.content == json.dumps(ANSWERS[0]).encode()
        assert isinstance(second, Document)
        assert "was answered with 404" in missing.reason
        assert [part.capture.record_id for part in parts] == [f"{warcs.urn(4)}, item {n}" for n in (1, 2, 3)]
        assert skipped == [f"a.warc!{warcs.urn(5)}"]

    def test_an_answer_that_the_api_refused_has_the_way_out(self):
        warcs.write("a.warc", warcs.record(1, self.http(b"You must supply an API key", "401 Unauthorized"), url=URL))
        (refused,) = documents_in(["a.warc"])
        assert "was answered with 401 Unauthorized instead of its data; fetch it again" in refused.reason
        assert "capture" not in refused.reason

    def test_answers_in_a_har_file_are_read_and_the_key_is_left_out(self):
        response = {"status": 200, "content": {"mimeType": "application/json", "text": json.dumps(ANSWERS[0])}}
        entry = {"startedDateTime": AT, "request": {"url": URL}, "response": response}
        write("a.har", json.dumps({"log": {"version": "1.2", "entries": [entry]}}).encode())
        assert read("a.har") == ([(IDS[0], "a.har!response 1")], [])
        assert parse_file("a.har").provenance.final_url == "https://api.altmetric.com/v1/id/990000001"

    @pytest.mark.parametrize(
        ("status", "words"),
        [(404, "404 Not Found (the API had nothing about this output)"), ([], "[] instead of its data")],
    )
    def test_a_request_that_failed_in_a_har_file_is_named(self, status, words):
        entry = {"startedDateTime": AT, "request": {"url": URL}, "response": {"status": status}}
        write("a.har", json.dumps({"log": {"version": "1.2", "entries": [entry]}}).encode())
        (failed,) = documents_in(["a.har"])
        assert f"was answered with {words}" in failed.reason


class TestExplorer:
    def table(self, encoding="utf-8", separator=",", **columns):
        head = ["Altmetric Attention Score", "Title", "X mentions", "DOI", "Details Page URL", *columns]
        rows = [
            [
                f"1,{number}00",
                f"Über {number}",
                str(number),
                f"10.5555/A.{number}",
                f"https://x.altmetric.com/details/{id_}",
            ]
            for number, id_ in enumerate(IDS, 1)
        ]
        file = io.StringIO()
        values = [[*row, *columns.values()] for row in rows]
        csv.writer(file, delimiter=separator).writerows([head, *values])
        return file.getvalue().encode(encoding)

    @for_each(("encoding", "separator"), [("utf-8", ","), ("utf-8-sig", ";"), ("utf-16", "\t"), ("cp1252", ";")])
    def test_each_row_of_an_export_is_a_record(self, encoding, separator):
        write("export.csv", self.table(encoding, separator))
        assert read("export.csv") == (placed("export.csv"), [])
        first = next(parse_files(["export.csv"], jobs=1, page_timeout=None))
        assert (first.title, first.score, first.count("twitter")) == ("Über 1", 1100, 1)
        assert (first.doi, first.url) == ("10.5555/a.1", "https://x.altmetric.com/details/990000001")
        assert first.mentions[0].unit == "X mentions"
        assert (first.readers, first.citations, first.rankings, first.provenance.format) == (None, None, None, "csv")

    def test_what_a_row_has_is_in_the_record_and_nothing_else(self):
        columns = {
            "Publication Date": "2023-05", "ISBN": "9780306406157; 0306406152", "Handle.net IDs": "20.500/1",
            "PubMed ID": "99000001", "News mentions": "0", "Number of Mendeley readers": "95",
            "Number of Dimensions citations": "", "Hologram mentions": "2", "Weibo mentions": "many", "Mood": "good",
            "Journal/Collection Title": "Light", "Output Type": "Clinical trial study record", "OA Status": "Gold",
            "Authors at my Institution": "Maren Aldous",
        }  # fmt: skip
        write("export.csv", self.table(**columns))
        record = next(parse_files(["export.csv"], jobs=1, page_timeout=None))
        assert (record.published.text, record.published.month, record.published.day) == ("2023-05", 5, None)
        assert [item.value for item in record.identifiers] == ["10.5555/a.1", "99000001", "9780306406157", "20.500/1"]
        assert [(count.source, count.count) for count in record.mentions] == [
            ("twitter", 1),
            ("news", 0),
            ("hologram", 2),
        ]
        assert (record.count("mendeley"), record.citations, record.authors) == (95, None, None)
        assert (record.output_type, record.source) == ("Clinical trial study record", "Light")
        assert [item.text for item in record.unread] == ["Mood: good", "hologram", "weibo mentions: many"]

    def test_a_table_of_mentions_is_named(self):
        columns = {"Mention Type": "News story", "Mention Date": "2026-01-01T00:00:00Z"}
        write("mentions.csv", self.table(**columns))
        (failure,) = parse_files(["mentions.csv"], jobs=1, page_timeout=None)
        assert failure.kind == "no_record"
        assert "a table of mentions" in failure.reason

    def test_a_table_of_one_row_has_the_name_of_its_file_and_one_without_a_row_is_named(self):
        head, first = self.table().splitlines(keepends=True)[:2]
        write("one.csv", head + first)
        write("none.csv", head)
        assert read("one.csv") == ([(IDS[0], "one.csv")], [])
        assert read("none.csv") == ([], [("none.csv", "no_record")])

    def test_a_folder_is_searched_for_exports(self):
        write("folder/export.csv", self.table())
        assert names("folder") == [f"folder/export.csv!row {number}" for number in (1, 2, 3)]
        assert Path("folder/export.csv").exists()


@pytest.mark.parametrize("form", ["a list", "lines"])
def test_a_record_of_answers_is_chosen_by_its_number(form):
    write("answers.json", FORMS[form])
    write("one.json", json.dumps(ANSWERS[1]).encode())
    assert nth_record("answers.json", 2).title == nth_record("one.json", 1).title == "Title 990000002"


def test_a_command_that_takes_records_says_what_to_do_with_answers():
    write("answers.jsonl", LINES)
    with pytest.raises(InputError, match="answers of Altmetric's API; `altdetails parse` it first"):
        list(read_records("answers.jsonl"))


PROGRAMS = {
    "a.py": '"""Count mentions."""\n\nID = "altmetric_id"\n',
    "a.js": '"use strict";\nconst id = "altmetric_id";\n',
    "a.R": '"a" -> x\nprint("altmetric_id")\n',
    "none": '\n  "altmetric_id" is the key of the number.\n',
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_that_begins_with_a_text_and_names_a_key_is_another_file(name):
    write(f"folder/{name}", PROGRAMS[name].encode())
    skipped = []
    assert [item for item in documents_in(["folder"], skipped=skipped.append) if isinstance(item, Document)] == []
    assert skipped == [f"folder/{name}"]
