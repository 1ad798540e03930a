"""Files of records are read line by line; what is damaged is named, and the rest is read."""

import gzip
import json
from pathlib import Path

import pyarrow as pa
import pytest
from samples.records import lines as invented

from altdetails import InputError, parse_file
from altdetails.records.files import MAX_LINE_BYTES, records, unknown_keys

SAMPLES = sorted((Path(__file__).parents[2] / "samples").glob("*.html"))[:5]


@pytest.fixture(scope="session")
def lines():
    """Five records, a line each."""
    return [parse_file(path).to_json() for path in SAMPLES]


@pytest.fixture
def written(folder):
    """Writes lines to a file of the name."""

    def write(content, name="records.jsonl"):
        (folder / name).write_bytes(content)
        return name

    return write


def read(*paths):
    """The records, and what was damaged: line and reason."""
    damaged = []
    found = list(records(paths, damaged=damaged.append))
    return found, damaged


def joined(lines):
    return b"".join(line + b"\n" for line in lines)


def test_lines_become_records_with_the_place_where_they_stand(written, lines):
    found, damaged = read(written(joined(lines)))
    assert [(line.file, line.number, line.raw, line.record.to_json()) for line in found] == [
        ("records.jsonl", number, line, line) for number, line in enumerate(lines, 1)
    ]
    assert damaged == []


@pytest.mark.parametrize(
    ("name", "pack"),
    [
        ("records.jsonl.gz", gzip.compress),
        ("records.jsonl.zst", lambda content: pa.Codec("zstd").compress(content).to_pybytes()),
        ("two-members.gz", lambda content: gzip.compress(content[:100]) + gzip.compress(content[100:])),
        ("marked.jsonl", lambda content: b"\xef\xbb\xbf" + content),
        ("windows.jsonl", lambda content: content.replace(b"\n", b"\r\n")),
        ("blank-lines.jsonl", lambda content: b"\n" + content.replace(b"\n", b"\n \n")),
        ("no-end.jsonl", lambda content: content.removesuffix(b"\n")),
    ],
)
def test_content_decides_how_a_file_is_read(written, lines, name, pack):
    found, damaged = read(written(pack(joined(lines)), name))
    assert [line.raw for line in found] == lines
    assert damaged == []


def test_a_run_folder_gives_its_records(folder, lines):
    (folder / "run").mkdir()
    (folder / "run" / "records.jsonl").write_bytes(joined(lines))
    found, _ = read("run")
    assert [line.file for line in found] == ["run/records.jsonl"] * len(lines)


def test_files_come_in_the_order_given(written, lines):
    found, _ = read(written(joined(lines[3:]), "b"), written(joined(lines[:3]), "a"))
    assert [line.raw for line in found] == [*lines[3:], *lines[:3]]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{", "this is not a record: Input data was truncated"),
        (b"{}", "this is not a record: Object missing required field `schema_version`"),
        (b'"text"', "this is not a record: Expected `object`, got `str`"),
        (b"\xff\xfe", "this is not a record: "),
        (b'{"schema_version": 99}', "has schema_version 99, and this altdetails knows 1; update altdetails"),
        (b'{"a":' + b"[" * 200_000, "this is not a record: "),
        (b" " * (MAX_LINE_BYTES + 10) + b"{}", "has more than 16 MiB, which no record has"),
    ],
)
def test_a_damaged_line_is_named_and_the_others_are_read(written, lines, line, reason):
    found, damaged = read(written(joined([*lines[:2], line, *lines[2:]])))
    assert [line.raw for line in found] == lines
    assert [line.number for line in found] == [1, 2, 4, 5, 6]
    (problem,) = damaged
    assert (problem.file, problem.line) == ("records.jsonl", 3)
    assert problem.reason.startswith(reason)


def test_a_line_without_its_end_may_still_be_being_written(written, lines):
    found, (damaged,) = read(written(joined(lines) + lines[0][:-20]))
    assert len(found) == 5
    assert damaged.line == 6
    assert "the file ends in it: it is cut short, or still being written; make it again" in damaged.reason


def test_a_record_of_a_newer_layout_is_refused_though_it_would_fit(written, lines):
    newer = lines[0].replace(b'"schema_version":1', b'"schema_version":2')
    found, (damaged,) = read(written(joined([newer, *lines])))
    assert len(found) == 5
    assert damaged.line == 1
    assert damaged.reason == "has schema_version 2, and this altdetails knows 1; update altdetails"


@pytest.mark.parametrize(
    ("name", "pack"),
    [
        ("cut.jsonl.gz", gzip.compress),
        ("cut.jsonl.zst", lambda content: pa.Codec("zstd").compress(content).to_pybytes()),
    ],
)
def test_compression_that_ends_early_costs_the_last_records_and_says_where_it_ends(written, name, pack):
    lines = [line.rstrip() for line in invented(600)]
    packed = pack(joined(lines))
    found, (damaged,) = read(written(packed[: len(packed) // 2], name))
    assert [line.raw for line in found] == lines[: len(found)]
    assert len(found) > 200
    assert damaged.line == len(found) + 1
    assert damaged.reason.startswith("cannot be read on")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<!doctype html>", r"page.html:1: this is not a file of records, one JSON object a line; `altdetails parse`"),
        (b"[\n{}", "page.html:1: this is not a file of records"),
    ],
)
def test_a_file_of_something_else_is_refused_by_name(written, content, words):
    with pytest.raises(InputError, match=words):
        read(written(content, "page.html"))


def test_a_path_that_leads_nowhere_is_refused_before_anything_is_read(written, lines):
    with pytest.raises(InputError, match=r"missing.jsonl: no such file; give records"):
        next(records([written(joined(lines)), "missing.jsonl"]))


def test_a_folder_that_is_no_run_is_refused(folder):
    (folder / "pages").mkdir()
    with pytest.raises(InputError, match=r"pages: is a folder without records.jsonl, so no run"):
        read("pages")


def test_an_empty_file_has_no_records(written):
    assert read(written(b"")) == ([], [])


def test_keys_that_this_version_does_not_know_are_told_by_their_path(written, lines):
    said = json.loads(lines[0])
    said["mood"] = "calm"
    said["provenance"]["robot"] = {"name": "R"}
    said["mentions"][0]["sentiment"] = 0.5
    said["mentions"][1]["sentiment"] = 0.7
    (line,), _ = read(written(json.dumps(said).encode()))
    assert unknown_keys(line, line.record.to_json()) == {
        "mood": "calm",
        "provenance.robot": {"name": "R"},
        "mentions.sentiment": 0.5,
    }


def test_a_line_of_today_has_no_unknown_keys_however_it_is_spaced(written, lines):
    (line,), _ = read(written(json.dumps(json.loads(lines[0]), indent=None).encode()))
    assert line.raw != lines[0]
    assert unknown_keys(line, line.record.to_json()) == {}
