"""Records of version 1 are read as records of this version."""

import json

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.support.cases import for_each
from tests.support.records import VERSION_1, VERSION_2, written

from altdetails import InputError, Record, diff, doctor, export, read_records
from altdetails.exporting.arrow_tables import arrow_batches, contents, flatten
from altdetails.records.files import records, unknown_keys
from altdetails.schemas.tables import RECORDS

OLD = VERSION_1.read_bytes().splitlines()
NEW = VERSION_2.read_bytes().splitlines()
LINE = OLD[0]


def edited(line, **changes):
    """Return a line with other values of some fields. A function makes the new value from the old one."""
    record = json.loads(line)
    for name, change in changes.items():
        record[name] = change(record[name]) if callable(change) else change
    return json.dumps(record).encode()


def without(line, key):
    record = json.loads(line)
    del record[key]
    return json.dumps(record).encode()


@for_each(("old", "new"), [*zip(OLD, NEW, strict=True)])
def test_a_line_of_version_1_becomes_a_record_of_version_2_with_nulls(old, new):
    record = Record.from_json(old)
    assert (record.schema_version, record.score_exact, record.provenance.captured_at) == (2, None, None)
    assert record.to_json() == new
    assert Record.from_json(old.decode()) == record
    assert record.to_dict() == json.loads(old) | {
        "schema_version": 2,
        "score_exact": None,
        "provenance": json.loads(old)["provenance"] | {"captured_at": None},
    }


@pytest.mark.parametrize(("old", "new"), [("podcasts", "podcast"), ("guidelines", "guideline"), ("news", "news")])
def test_a_source_of_version_1_has_its_one_key(old, new):
    count = {"source": old, "count": 2, "unit": None, "url": None}
    (read,) = Record.from_json(edited(LINE, mentions=[count])).mentions
    assert read.source == new


def test_a_file_with_lines_of_both_versions_is_read():
    source = written("both.jsonl", [line for pair in zip(OLD, NEW, strict=True) for line in pair])
    both = [*read_records(source)]
    assert both[::2] == both[1::2]
    assert {record.schema_version for record in both} == {2}


@pytest.mark.parametrize("key", ["score_exact", "provenance.captured_at"])
def test_a_line_of_version_2_needs_the_new_keys(key):
    record = json.loads(NEW[0])
    *above, name = key.split(".")
    del (record[above[0]] if above else record)[name]
    with pytest.raises(InputError, match=f"Object missing required field `{name}`"):
        Record.from_json(json.dumps(record))


@for_each(
    ("line", "reason"),
    [
        (without(LINE, "title"), "Object missing required field `title`"),
        (without(LINE, "provenance"), "Object missing required field `provenance`"),
        (edited(LINE, provenance=None), r"Expected `object`, got `null` - at `\$.provenance`"),
        (edited(LINE, provenance=[]), r"Expected `object`, got `array` - at `\$.provenance`"),
        (edited(LINE, score="18"), r"Expected `int \| null`, got `str` - at `\$.score`"),
        (edited(LINE, schema_version=True), r"Expected `int`, got `bool` - at `\$.schema_version`"),
        (edited(LINE, schema_version="1"), r"Expected `int`, got `str` - at `\$.schema_version`"),
        (LINE[:-1], "Input data was truncated"),
    ],
)
def test_a_damaged_line_of_version_1_is_refused_for_the_same_reason_as_ever(line, reason):
    with pytest.raises(InputError, match=f"this is not a record: {reason}"):
        Record.from_json(line)


@pytest.mark.parametrize("line", [LINE, edited(LINE, score_exact=18.0)])
def test_unknown_keys_of_version_1_are_still_reported(line):
    line = edited(line, mood="calm", provenance=lambda provenance: provenance | {"robot": 1})
    (read,) = records([written("odd.jsonl", [line])])
    assert read.record.schema_version == 2
    values = {key: msgspec.json.decode(value) for key, value in unknown_keys(read, read.record.to_json()).items()}
    assert values == {"mood": "calm", "provenance.robot": 1}


def test_a_snapshot_has_the_same_keys_in_both_versions():
    keys = []
    for path in (VERSION_1, VERSION_2):
        (batch,) = arrow_batches(contents(records([path])), damaged=pytest.fail)
        rows = next(rows for table, rows in flatten(batch.table) if table.name == RECORDS)
        keys.append(rows.select(["record_key", "output_key"]).to_pylist())
    assert keys[0] == keys[1]


def test_both_versions_give_the_same_exports(folder):
    for ending in (".csv", ".parquet"):
        paths = [folder / f"{path.stem}{ending}" for path in (VERSION_1, VERSION_2)]
        for source, path in zip((VERSION_1, VERSION_2), paths, strict=True):
            export(source, path)
        assert paths[0].read_bytes() == paths[1].read_bytes()


def test_parquet_of_version_1_is_read():
    pq.write_table(pa.Table.from_pylist([json.loads(line) for line in OLD]), "old.parquet")
    assert [record.to_json() for record in read_records("old.parquet")] == NEW


def test_both_versions_are_equal_for_diff_and_doctor():
    assert {change.change for change in diff(VERSION_1, VERSION_2)} == {"same"}
    (old, new) = (doctor(path).survey for path in (VERSION_1, VERSION_2))
    assert old.to_json() == new.to_json()


def test_a_record_of_version_2_is_decoded_once(monkeypatch):
    """The step to this version costs nothing if there is nothing to do."""
    monkeypatch.setattr(msgspec, "convert", pytest.fail)
    assert Record.from_json(NEW[0]).to_json() == NEW[0]
