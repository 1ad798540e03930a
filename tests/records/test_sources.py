"""Records to read: those of files, or Records themselves, checked as early as they can be."""

from pathlib import Path

import pandas as pd
import pytest
from tests.support.records import samples, written

from altdetails import InputError, read_records
from altdetails.records.files import RecordSource


@pytest.fixture(autouse=True)
def lines(folder):  # noqa: ARG001 -- files are written there
    """Some lines, which records.jsonl has too."""
    some = samples()[:5]
    written("records.jsonl", some)
    return some


@pytest.fixture
def records(lines):
    """Their Records."""
    assert lines
    return list(read_records("records.jsonl"))


def read(source):
    return [(line.file, line.number, line.record) for line in source.lines(damaged=pytest.fail)]


def test_a_source_of_paths_names_its_files(records):
    source = RecordSource(["records.jsonl", Path("records.jsonl")])
    assert source.files == ["records.jsonl", "records.jsonl"]
    expected = [("records.jsonl", number, record) for number, record in enumerate(records, 1)]
    assert read(source) == expected * 2


def test_a_source_of_records_has_no_files_and_counts_them(records):
    source = RecordSource(records)
    assert source.files == []
    assert read(source) == [("<records>", number, record) for number, record in enumerate(records, 1)]


@pytest.mark.parametrize("form", [list, tuple, pd.Series])
def test_records_that_are_there_can_be_read_twice(records, form):
    source = RecordSource(form(records))
    assert read(source) == read(source)
    assert len(read(source)) == 5


def test_an_iterator_is_asked_when_it_is_needed(records):
    asked = []
    source = RecordSource(asked.append(number) or record for number, record in enumerate(records))
    assert asked == []
    lines = source.lines(damaged=pytest.fail)
    next(lines)
    assert asked == [0]
    next(lines)
    assert asked == [0, 1]


def test_an_iterator_of_paths_is_read_whole_before_the_first_record():
    source = RecordSource(iter(["records.jsonl", "missing.jsonl"]))
    with pytest.raises(InputError, match=r"^missing\.jsonl: no such file"):
        next(source.lines(damaged=pytest.fail))


@pytest.mark.parametrize("given", [[], (), iter([]), (record for record in [])])
def test_an_empty_one_has_neither_files_nor_records(given):
    source = RecordSource(given)
    assert source.files == []
    assert read(source) == []


@pytest.mark.parametrize("wrong", [None, 5, "records.jsonl"])
def test_what_is_not_a_record_among_those_that_are_there_is_named_at_once(records, wrong):
    with pytest.raises(TypeError, match=rf"^expected a Record as item 6, got {type(wrong).__name__} '{wrong}'$"):
        RecordSource([*records, wrong])


@pytest.mark.parametrize("wrong", [None, 5, b"records.jsonl"])
def test_what_is_not_a_path_among_them_is_named_at_once(wrong):
    with pytest.raises(TypeError, match=r"^expected a path \(str or os.PathLike\), an iterable of paths, or "):
        RecordSource(["records.jsonl", wrong])


def test_records_of_files_make_a_table(records):
    table = pd.DataFrame(record.to_dict() for record in read_records("records.jsonl"))
    assert list(table["doi"]) == [record.doi for record in records]
    assert list(table["score"]) == [record.score for record in records]
    assert table.columns[0] == "schema_version"


def test_a_damaged_line_raises_unless_somebody_is_called_for_it(lines):
    written("records.jsonl", [*lines[:2], b"{", *lines[2:]])
    with pytest.raises(InputError, match=r"^records\.jsonl:3: "):
        list(read_records("records.jsonl"))
    damaged = []
    assert len(list(read_records("records.jsonl", damaged=damaged.append))) == 5
    assert [(line.file, line.line) for line in damaged] == [("records.jsonl", 3)]
