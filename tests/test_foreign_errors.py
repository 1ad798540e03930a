"""Whatever the arguments and the files, only errors of this package and TypeError leave the public functions."""

import json
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet
from tests.fuzz import foreign_errors, ignore, leaks, ledger_leaks, readers, text_readers, write_seeds
from tests.support.cases import for_each
from tests.support.fixtures import empty_folder
from tests.support.records import samples, written

from altdetails import (
    InputError,
    changes_by_period,
    details_url,
    export,
    identify,
    parse,
    parse_file,
    parse_files,
    read_records,
    scrape,
)
from altdetails.lists.entries import entries

folder = pytest.fixture(autouse=True)(empty_folder)

TOO_LONG = 10**5000
"""A whole number that Python refuses to write."""


@for_each("function", [parse, parse_file, parse_files, read_records, identify, details_url])
def test_a_number_that_python_cannot_write_is_of_the_wrong_type(function):
    with pytest.raises(TypeError, match=r"got int$"):
        function(TOO_LONG)


NUMBERS = {
    "more than 4,300 digits": TOO_LONG,
    "a fraction above all floats": Fraction(10**400),
    "a decimal above all floats": Decimal("1e999"),
    "an exponent of seven digits": Decimal("1e9999999"),
    "a signaling NaN": Decimal("sNaN"),
    "infinite": float("inf"),
}


@pytest.mark.parametrize("number", NUMBERS.values(), ids=NUMBERS)
def test_a_number_that_no_identifier_has_is_an_invalid_identifier(number, replica):
    (outcome,) = scrape([number], "run", base_url=replica.base_url, interval=0)
    assert outcome.status == "invalid"


@pytest.mark.parametrize("column", ["9" * 5000, "²", "٣" * 5000])
def test_a_column_that_is_a_number_of_many_digits_is_a_missing_column(column):
    Path("x.csv").write_text("a,b\n1,2\n", "utf-8")
    with pytest.raises(InputError, match="has no column"):
        [*entries(["x.csv"], column=column)]


def test_a_file_whose_name_is_a_loop_of_links_is_replaced():
    Path("x.csv").symlink_to("x.csv")
    assert export(written("x.jsonl", samples()), "x.csv").records == len(samples())
    assert Path("x.csv").is_file()


COLUMNS = {
    "a day after the year 9999": pa.array([2**31 - 1], pa.int32()).view(pa.date32()),
    "a time after the year 9999": pa.array([2**60], pa.timestamp("us")),
    "an unknown time zone": pa.array([0], pa.timestamp("s", tz="Nowhere/Else")),
    "text that is not UTF-8": pa.Array.from_buffers(pa.string(), 1, pa.array([b"\xff\xfe"]).buffers()),
    "a map with numbers as keys": pa.array([[(1.5, 2)]], pa.map_(pa.float64(), pa.int64())),
    "a duration": pa.array([2**62], pa.duration("us")),
    "a decimal": pa.array([Decimal("1.5")]),
    "bytes": pa.array([b"\xff"]),
}


@for_each("column", COLUMNS.values(), ids=COLUMNS)
def test_parquet_with_values_that_records_do_not_have_is_refused(column):
    parquet.write_table(pa.table({"schema_version": [1], "title": column}), "x.parquet")
    with pytest.raises(InputError, match=r"^x\.parquet"):
        [*read_records("x.parquet")]


@pytest.mark.parametrize("time", ["9999-12-31T23:59:59-23:59", "0000-01-01T00:00:00Z", "0001-01-01T00:00:00+23:59"])
def test_times_beyond_the_calendar_raise_only_errors_of_this_package(time):
    record = json.loads(samples()[0])
    record["provenance"]["fetched_at"] = time
    path = written("x.jsonl", [json.dumps(record).encode()])
    [*changes_by_period(path, by="month", damaged=ignore)]
    export(path, "x.parquet")
    with pytest.raises(InputError, match=r"^x\.parquet: cannot be read as Parquet"):
        [*read_records("x.parquet")]


TEXTS = st.one_of(
    st.text(),
    st.text(alphabet="0123456789./:-[]%@#?;&ax\u202e\ud800\0²"),
    st.sampled_from(["http://", "https://www.altmetric.com/details/", "doi:10.", "urn:isbn:", "arXiv:"]).flatmap(
        lambda start: st.text().map(lambda text: start + text)
    ),
)


@given(TEXTS)
def test_any_text_raises_only_errors_of_this_package(text):
    assert [*foreign_errors(text_readers(text))] == []


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.sampled_from(["9999-12-31T23:59:59-23:59", "0000-00-00", "²", "=1+1", "10.5555/\0", "<details>"]),
    lambda values: st.lists(values, max_size=3) | st.dictionaries(st.text(max_size=5), values, max_size=3),
    max_leaves=5,
)


@st.composite
def odd_records(draw):
    """A line of a record in which some values, at any depth, are replaced by others."""
    record = json.loads(draw(st.sampled_from(samples())))
    for _ in range(draw(st.integers(1, 3))):
        place = record
        while True:
            keys = [*place] if isinstance(place, dict) else [*range(len(place))]
            key = draw(st.sampled_from([*keys, "new"] if isinstance(place, dict) else keys))
            below = place.get(key) if isinstance(place, dict) else place[key]
            if not isinstance(below, dict | list) or not below or draw(st.booleans()):
                place[key] = draw(VALUES)
                break
            place = below
    return json.dumps(record, ensure_ascii=True).encode("utf-8")


@pytest.mark.slow
@settings(max_examples=4)
@given(st.lists(odd_records(), min_size=1, max_size=3))
def test_odd_records_raise_only_errors_of_this_package(lines):
    path, good = Path(written("odd.jsonl", lines)), Path(written("good.jsonl", samples()))
    Path("out").mkdir(exist_ok=True)
    assert [*foreign_errors(readers(path, good, Path("out")))] == []


@pytest.fixture(scope="module")
def seeds(tmp_path_factory):
    """A valid file of each format, and a run folder."""
    folder = tmp_path_factory.mktemp("seeds")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ALTDETAILS_STATE", str(tmp_path_factory.mktemp("state")))
        return write_seeds(folder)


@pytest.mark.slow
def test_damaged_files_raise_only_errors_of_this_package(seeds, tmp_path):
    assert [*leaks(8, 0, seeds, tmp_path)] == []


@pytest.mark.slow
def test_ledgers_with_odd_values_raise_only_errors_of_this_package(seeds, tmp_path):
    assert [*ledger_leaks(seeds[0].parent, tmp_path, 1)] == []
