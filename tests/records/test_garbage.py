"""Lines that are not records, wherever they are in a file: set aside; a file without any record is refused."""

from pathlib import Path

import pytest
from tests.support.records import samples

from altdetails.errors import InputError
from altdetails.records.files import records

LINE = samples()[0] + b"\n"


def read(content):
    Path("x.jsonl").write_bytes(content)
    damaged = []
    found = [line.number for line in records("x.jsonl", damaged=damaged.append)]
    return found, [line.line for line in damaged]


@pytest.mark.parametrize(
    "garbage", [b"Downloading...\n", b'"text"\n', b"[1]\n", b"\xff\xfe\n", b"{broken\n", b"x" * 17 * 2**20 + b"\n"]
)
@pytest.mark.parametrize("count", [1, 10])
def test_lines_before_the_first_record_are_set_aside_as_lines_behind_it_are(garbage, count):
    numbers = [*range(1, count + 1)]
    assert read(garbage * count + LINE) == ([count + 1], numbers)
    assert read(LINE + garbage * count) == ([1], [number + 1 for number in numbers])


@pytest.mark.parametrize("content", [b"10.5555/1\n", b"10.5555/1\n" * 11 + LINE, b"[\n{}\n", b"<html>\n<body>\n"])
def test_a_file_of_something_else_is_refused_with_its_first_line(content):
    with pytest.raises(InputError, match=r"x\.jsonl:1: this is not a file of records.*altdetails scrape"):
        read(content)


def test_an_empty_file_holds_no_records():
    assert read(b"\n\n") == ([], [])
