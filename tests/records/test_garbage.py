"""Lines that are not records are skipped anywhere in a file. A file without records is refused."""

from pathlib import Path

import pytest
from tests.support.records import samples

from altdetails.errors import InputError
from altdetails.records import typed_lines
from altdetails.records.files import records

LINE = samples()[0] + b"\n"


def read(content):
    Path("x.jsonl").write_bytes(content)
    damaged = []
    numbers = [line.number for line in records("x.jsonl", damaged=damaged.append)]
    return numbers, [line.line for line in damaged]


@pytest.mark.parametrize(
    "garbage", [b"Downloading...\n", b'"text"\n', b"[1]\n", b"\xff\xfe\n", b"{broken\n", b"x" * 3 * 2**20 + b"\n"]
)
@pytest.mark.parametrize("count", [1, 10])
def test_lines_before_and_after_the_first_record_are_reported(monkeypatch, garbage, count):
    monkeypatch.setattr(typed_lines, "MAX_LINE_BYTES", 2**21)
    numbers = [*range(1, count + 1)]
    assert read(garbage * count + LINE) == ([count + 1], numbers)
    assert read(LINE + garbage * count) == ([1], [number + 1 for number in numbers])


@pytest.mark.parametrize("content", [b"10.5555/1\n", b"10.5555/1\n" * 11 + LINE, b"<html>\n<body>\n"])
def test_another_file_is_refused_with_the_number_of_its_first_line(content):
    with pytest.raises(
        InputError,
        match=r"^x\.jsonl is not a records file: `altdetails scrape` .*\(line 1: this is not a record: [^;]+\)$",
    ):
        read(content)


def test_an_empty_file_has_no_records():
    assert read(b"\n\n") == ([], [])
