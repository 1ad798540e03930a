"""Records files are read line by line. Damaged lines are reported, and the rest is read."""

import codecs
import gzip
import json
from pathlib import Path

import pyarrow as pa
import pytest
from samples.records import lines as invented

from altdetails import InputError, Record, parse_file, read_records
from altdetails.records.files import MAX_LINE_BYTES, records, unknown_keys

SAMPLES = sorted((Path(__file__).parents[2] / "samples").glob("*.html"))[:5]


@pytest.fixture(scope="session")
def lines():
    """Return five records as lines."""
    return [parse_file(path).to_json() for path in SAMPLES]


@pytest.fixture
def written(folder):
    """Return a function that writes content to a file."""

    def write(content, name="records.jsonl"):
        (folder / name).write_bytes(content)
        return name

    return write


def read(*paths):
    """Return the records and the damaged lines of files."""
    damaged = []
    good = list(records(paths, damaged=damaged.append))
    return good, damaged


def joined(lines):
    return b"".join(line + b"\n" for line in lines)


def test_records_have_their_file_and_line(written, lines):
    good, damaged = read(written(joined(lines)))
    assert [(line.file, line.number, line.raw, line.record.to_json()) for line in good] == [
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
def test_the_format_is_detected_by_content(written, lines, name, pack):
    good, damaged = read(written(pack(joined(lines)), name))
    assert [line.raw for line in good] == lines
    assert damaged == []


def test_a_run_folder_gives_its_records(folder, lines):
    (folder / "run").mkdir()
    (folder / "run" / "records.jsonl").write_bytes(joined(lines))
    good, _ = read("run")
    assert [line.file for line in good] == ["run/records.jsonl"] * len(lines)


def test_files_keep_the_order_of_the_paths(written, lines):
    good, _ = read(written(joined(lines[3:]), "b"), written(joined(lines[:3]), "a"))
    assert [line.raw for line in good] == [*lines[3:], *lines[:3]]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{", "this is not a record: Input data was truncated"),
        (b"{}", "this is not a record: Object missing required field `schema_version`"),
        (b'"text"', "this is not a record: Expected `object`, got `str`"),
        (b"\xff\xfe", "this is not a record: "),
        (b'{"schema_version": 99}', "has schema_version 99, but this altdetails reads at most 2; update altdetails"),
        (b'{"a":' + b"[" * 200_000, "this is not a record: "),
        (b" " * (MAX_LINE_BYTES + 10) + b"{}", "is longer than 16 MiB, the limit for a record"),
    ],
)
def test_a_damaged_line_is_reported_and_the_others_are_read(written, lines, line, reason):
    good, damaged = read(written(joined([*lines[:2], line, *lines[2:]])))
    assert [line.raw for line in good] == lines
    assert [line.number for line in good] == [1, 2, 4, 5, 6]
    (line_damage,) = damaged
    assert (line_damage.file, line_damage.line) == ("records.jsonl", 3)
    assert line_damage.reason.startswith(reason)


def test_a_line_without_a_line_break_may_be_incomplete(written, lines):
    good, (damaged,) = read(written(joined(lines) + lines[0][:-20]))
    assert len(good) == 5
    assert damaged.line == 6
    assert "the file ends in this line, so it is truncated or still being written; make it again" in damaged.reason


def test_a_record_with_a_newer_schema_version_is_refused(written, lines):
    newer = lines[0].replace(b'"schema_version":2', b'"schema_version":3')
    good, (damaged,) = read(written(joined([newer, *lines])))
    assert len(good) == 5
    assert damaged.line == 1
    assert damaged.reason == "has schema_version 3, but this altdetails reads at most 2; update altdetails"


@pytest.mark.parametrize(
    ("name", "pack"),
    [
        ("cut.jsonl.gz", gzip.compress),
        ("cut.jsonl.zst", lambda content: pa.Codec("zstd").compress(content).to_pybytes()),
    ],
)
def test_truncated_compression_loses_the_last_records_and_is_reported(written, name, pack):
    lines = [line.rstrip() for line in invented(600)]
    packed = pack(joined(lines))
    good, (damaged,) = read(written(packed[: len(packed) // 2], name))
    assert [line.raw for line in good] == lines[: len(good)]
    assert len(good) > 200
    assert damaged.line == len(good) + 1
    assert damaged.reason.startswith("the rest cannot be read (")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (
            b"<!doctype html>",
            r"page.html is not a records file: `altdetails scrape` it .* page \(line 1: .*; the file ends in .*\)$",
        ),
        (b"[\n{}", "page.html is JSON, not JSONL; "),
    ],
)
def test_another_file_is_refused(written, content, words):
    with pytest.raises(InputError, match=words):
        read(written(content, "page.html"))


def test_a_missing_path_is_refused_before_reading(written, lines):
    with pytest.raises(InputError, match=r"missing.jsonl: no such file; give records"):
        next(records([written(joined(lines)), "missing.jsonl"]))


def test_a_folder_that_is_not_a_run_folder_is_refused(folder):
    (folder / "pages").mkdir()
    with pytest.raises(
        InputError, match=r"^pages is not a run folder: it has no records.jsonl; give the records files in it$"
    ):
        read("pages")


def test_an_empty_file_has_no_records(written):
    assert read(written(b"")) == ([], [])


def test_unknown_keys_are_returned_by_path(written, lines):
    changed = json.loads(lines[0])
    changed["mood"] = "calm"
    changed["provenance"]["robot"] = {"name": "R"}
    changed["mentions"][0]["sentiment"] = 0.5
    changed["mentions"][1]["sentiment"] = 0.7
    (line,), _ = read(written(json.dumps(changed).encode()))
    unknown = unknown_keys(line, line.record.to_json())
    assert {path: json.loads(bytes(value)) for path, value in unknown.items()} == {
        "mood": "calm",
        "provenance.robot": {"name": "R"},
        "mentions.sentiment": 0.5,
    }


def test_white_space_does_not_make_unknown_keys(written, lines):
    (line,), _ = read(written(json.dumps(json.loads(lines[0]), indent=None).encode()))
    assert line.raw != lines[0]
    assert unknown_keys(line, line.record.to_json()) == {}


class TestFilesOfOtherTools:
    """Records that went through pandas, PowerShell or jq."""

    def test_whole_numbers_with_a_decimal_point_are_whole_numbers(self, written, lines):
        fields = json.loads(lines[0])
        floats = fields | {"altmetric_id": float(fields["altmetric_id"]), "score": float(fields["score"])}
        path = written(json.dumps(floats).encode(), "pandas.jsonl")
        assert [*read_records(path)] == [Record.from_json(lines[0])]

    @pytest.mark.parametrize("number", [1.5, 1e300, -1.0])
    def test_other_numbers_in_place_of_whole_ones_are_damage(self, written, lines, number):
        path = written(json.dumps(json.loads(lines[0]) | {"score": number}).encode(), "odd.jsonl")
        with pytest.raises(InputError, match=r"odd\.jsonl:1: this is not a record"):
            [*read_records(path)]

    @pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be", "utf-32"])
    def test_a_byte_order_mark_says_the_encoding(self, tmp_path, lines, encoding):
        mark = codecs.BOM_UTF16_BE if encoding == "utf-16-be" else b""
        path = tmp_path / "records.jsonl"
        path.write_bytes(mark + b"\r\n".join(lines).decode().encode(encoding))
        assert [*read_records(path)] == [*map(Record.from_json, lines)]

    def test_damaged_utf_16_is_a_damaged_line(self, tmp_path, lines):
        path = tmp_path / "records.jsonl"
        path.write_bytes(codecs.BOM_UTF16_LE + lines[0].decode().encode("utf-16-le")[:-3] + b"\x00\xd8")
        with pytest.raises(InputError, match=r"records\.jsonl:1: this is not a record"):
            [*read_records(path)]

    @pytest.mark.parametrize(("indent", "as_list"), [(2, False), (2, True), (None, True)])
    def test_json_that_is_not_jsonl_is_an_error_with_advice(self, tmp_path, lines, indent, as_list):
        fields = json.loads(lines[0])
        (tmp_path / "x.json").write_text(json.dumps([fields] if as_list else fields, indent=indent))
        with pytest.raises(InputError, match=r"x\.json is JSON, not JSONL; write each record on one line with `jq -c "):
            [*read_records(tmp_path / "x.json")]
