"""Files of mentions: what is read, what is damaged, and what another file is."""

import gzip
import json
from pathlib import Path

import pytest
from tests.support.mentions import LICENSED, POLICY, lines_of, mention, mentions_file, page
from tests.support.records import samples, written

from altdetails import InputError, export, read_mentions, read_records
from altdetails.exporting.row_files import write_lines
from altdetails.records.files import RecordSource
from altdetails.records.mention_files import MentionSource, mentions_of_runs

STORY = mention()
ALL = (STORY, LICENSED, POLICY, page(2), page(1, source="policy"))


def as_parquet(path):
    lines = (("x", line + b"\n") for line in lines_of(*ALL).splitlines())
    write_lines(lines, path, ".parquet", of="mentions", failed=pytest.fail)
    return path


def as_gzip(path):
    Path(path).write_bytes(gzip.compress(lines_of(*ALL)))
    return path


def in_a_run(path):
    mentions_file(f"{path}/mentions.jsonl", *ALL)
    return path


@pytest.mark.parametrize("make", [lambda path: mentions_file(path, *ALL), as_gzip, as_parquet, in_a_run])
def test_mentions_are_read_from_every_form_in_order(make):
    path = make("m")
    assert [*read_mentions(path)] == [STORY, LICENSED, POLICY]
    assert [*read_mentions(path, pages=True)] == [*ALL]


def test_a_damaged_line_is_reported_with_its_number_and_the_rest_is_read():
    wrong = lines_of(STORY).replace(b'"position":1', b'"position":"first"')
    Path("m.jsonl").write_bytes(lines_of(STORY) + wrong + b"{broken\n" + samples()[0] + b"\n" + lines_of(POLICY))
    damaged = []
    assert [*read_mentions("m.jsonl", damaged=damaged.append)] == [STORY, POLICY]
    assert [line.line for line in damaged] == [2, 3, 4]
    assert damaged[0].reason.startswith("this is not a mention: Expected `int`, got `str` - at `$.position`")
    assert damaged[2].reason == "this is a record, not a mention; give records as RECORDS, not with --mentions"


def test_a_line_of_a_newer_version_says_to_update():
    Path("m.jsonl").write_bytes(lines_of(STORY).replace(b'"schema_version":1', b'"schema_version":9'))
    with pytest.raises(InputError, match=r"^m\.jsonl:1: has schema_version 9, .* reads at most 1; update altdetails$"):
        [*read_mentions("m.jsonl")]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (
            b"".join(line + b"\n" for line in samples()[:2]),
            r"it has records of outputs, without single mentions; give the",
        ),
        (b"10.5555/a\n" * 20, "`altdetails scrape` it first if it is a list of DOIs"),
        (b'[{"kind": "mention"}]', r"is JSON, not JSONL; write each mention on one line"),
    ],
)
def test_another_file_is_refused_with_what_it_is(content, words):
    Path("m.jsonl").write_bytes(content)
    with pytest.raises(InputError, match=words):
        [*read_mentions("m.jsonl")]


def test_a_file_of_mentions_is_no_file_of_records_and_says_what_to_do():
    forms = [mentions_file("m.jsonl", *ALL), mentions_file("pages.jsonl", page()), as_parquet("m.parquet")]
    for path in forms:
        with pytest.raises(
            InputError, match=r"it has single mentions; `altdetails export --table mention_items` makes"
        ):
            [*read_records(path)]


def test_a_mention_among_records_is_named():
    written("records.jsonl", samples()[:1])
    with Path("records.jsonl").open("ab") as file:
        file.write(lines_of(STORY))
    with pytest.raises(InputError, match=r":2: this is a single mention, not a record; give mentions with --mentions$"):
        [*read_records("records.jsonl")]


@pytest.mark.parametrize("path", ["run", "missing.jsonl"])
def test_a_path_without_mentions_is_named(path):
    Path("run").mkdir()
    with pytest.raises(
        InputError, match=rf"^{path}(/mentions|\.jsonl)?.*(has no mentions\.jsonl: scrape it|no such file)"
    ):
        MentionSource(path)


def test_a_table_of_mentions_is_not_read_as_mentions():
    export([STORY], "table.parquet", table="mention_items")
    with pytest.raises(InputError, match="it is a table that `altdetails export --table` wrote; give the mentions"):
        [*read_mentions("table.parquet")]


def test_no_path_and_an_item_of_another_type_are_refused():
    with pytest.raises(InputError, match="give files of mentions or run folders"):
        read_mentions([])
    with pytest.raises(TypeError, match="a Mention as item 2, got int"):
        MentionSource([STORY, 5])


def test_the_mentions_of_a_run_are_found_in_its_folder():
    in_a_run("run")
    assert mentions_of_runs(["run", "other"]) == [str(Path("run", "mentions.jsonl"))]
    written("run/records.jsonl", samples()[:1])
    assert RecordSource(["run", "run/records.jsonl"]).folders == ("run",)


def test_unknown_keys_are_ignored():
    line = json.loads(lines_of(STORY)) | {"mood": 1}
    Path("m.jsonl").write_text(json.dumps(line), "utf-8")
    assert [*read_mentions("m.jsonl")] == [STORY]
