"""Records to read, from files or as Record objects. They are checked as early as possible."""

from pathlib import Path

import pandas as pd
import pytest
from tests.support.cases import for_each
from tests.support.records import samples, written
from tqdm.auto import tqdm

from altdetails import InputError, read_records
from altdetails.records.files import RecordSource


@pytest.fixture(autouse=True)
def lines(folder):  # noqa: ARG001 -- files are written there
    """Write five lines to records.jsonl, and return them."""
    sample_lines = samples()[:5]
    written("records.jsonl", sample_lines)
    return sample_lines


@pytest.fixture
def records(lines):
    """Return the Records of these lines."""
    assert lines
    return list(read_records("records.jsonl"))


def read(source):
    return [(line.file, line.number, line.record) for line in source.lines(damaged=pytest.fail)]


def test_a_source_of_paths_has_its_files(records):
    source = RecordSource(["records.jsonl", Path("records.jsonl")])
    assert source.files == ["records.jsonl", "records.jsonl"]
    expected = [("records.jsonl", number, record) for number, record in enumerate(records, 1)]
    assert read(source) == expected * 2


def test_a_source_of_records_has_no_files_but_numbers(records):
    source = RecordSource(records)
    assert source.files == []
    assert read(source) == [("<records>", number, record) for number, record in enumerate(records, 1)]


@pytest.mark.parametrize("form", [list, tuple, pd.Series])
def test_a_collection_of_records_can_be_read_twice(records, form):
    source = RecordSource(form(records))
    assert read(source) == read(source)
    assert len(read(source)) == 5


def test_no_record_is_lost_behind_a_progress_bar(records):
    bar = tqdm((record for record in records), total=len(records), disable=True)
    assert [line.record for line in RecordSource(bar).lines(damaged=pytest.fail)] == [*records]


def test_an_iterator_is_started_when_it_is_needed(records):
    taken = []
    source = RecordSource(taken.append(number) or record for number, record in enumerate(records))
    assert taken == []
    lines = source.lines(damaged=pytest.fail)
    next(lines)
    assert taken == [0]
    next(lines)
    assert taken == [0, 1]


def test_all_paths_of_an_iterator_are_checked_before_the_first_record():
    source = RecordSource(iter(["records.jsonl", "missing.jsonl"]))
    with pytest.raises(InputError, match=r"^missing\.jsonl: no such file"):
        next(source.lines(damaged=pytest.fail))


@for_each("empty", [[], (), iter([]), (record for record in [])])
def test_an_empty_source_has_neither_files_nor_records(empty):
    source = RecordSource(empty)
    assert source.files == []
    assert read(source) == []


@pytest.mark.parametrize("wrong", [None, 5, "records.jsonl"])
def test_an_item_that_is_not_a_record_is_reported_at_once(records, wrong):
    with pytest.raises(TypeError, match=rf"^expected a Record as item 6, got {type(wrong).__name__} '{wrong}'$"):
        RecordSource([*records, wrong])


@pytest.mark.parametrize("wrong", [None, 5, b"records.jsonl"])
def test_an_item_that_is_not_a_path_is_reported_at_once(wrong):
    with pytest.raises(TypeError, match=r"^expected a path \(str or os.PathLike\), an iterable of paths, or "):
        RecordSource(["records.jsonl", wrong])


def test_records_of_files_can_make_a_table(records):
    table = pd.DataFrame(record.to_dict() for record in read_records("records.jsonl"))
    assert list(table["doi"]) == [record.doi for record in records]
    assert list(table["score"]) == [record.score for record in records]
    assert table.columns[0] == "schema_version"


def test_a_damaged_line_raises_without_a_callback(lines):
    written("records.jsonl", [*lines[:2], b"{", *lines[2:]])
    with pytest.raises(InputError, match=r"^records\.jsonl:3: "):
        list(read_records("records.jsonl"))
    damaged = []
    assert len(list(read_records("records.jsonl", damaged=damaged.append))) == 5
    assert [(line.file, line.line) for line in damaged] == [("records.jsonl", 3)]
