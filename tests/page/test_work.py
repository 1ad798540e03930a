"""A page costs little more than its size: at most 0.5 s and 5 s a megabyte of CPU time, and 500 MB of memory.

The limits of a test are twice as wide, because machines differ. Each page is parsed in a process of its own.
"""

import sys
from math import ceil

import pytest
from tests.page.kinds import kinds
from tests.page.measured import outcome_of

KINDS = dict(kinds())
MEMBERS = {name: KINDS[name] for name in sorted(KINDS)[::29]}
MEGABYTES = 500

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the memory of a process is read from /proc")


def is_within_the_bar(content):
    cpu_seconds = ceil(2 * (0.5 + 5 * len(content) / 1e6))
    return outcome_of(content, cpu_seconds)["megabytes"] < MEGABYTES


@pytest.mark.parametrize("make", MEMBERS.values(), ids=MEMBERS)
def test_a_page_of_100_kilobytes_is_within_the_bar(make):
    assert is_within_the_bar(make(100_000))


@pytest.mark.slow
@pytest.mark.parametrize("make", MEMBERS.values(), ids=MEMBERS)
def test_a_page_of_a_megabyte_is_within_the_bar(make):
    assert is_within_the_bar(make(1_000_000))


def nested_tables(rows):
    return ("<table>" + "<tr><th>DOI</th><td>a</td></tr>" * 3 + "<tr><td>") * rows


def nested_headings_of_the_context(depth):
    return ("<div><h2>Attention Score in Context</h2>" * depth) + "Altmetric has tracked 5 " * depth


NAMED = {
    "8 KB of nested tables of labels": lambda: nested_tables(75),
    "28 KB of headings of the context in each other": lambda: nested_headings_of_the_context(440),
    "a megabyte of different counts": lambda: (
        "<dl class=mention-counts>"
        + "</dl><dl class=mention-counts>".join(f"<dt>a{at}<dd>{at} x" for at in range(20_000))
    ),
    "a row of 100,000 empty cells": lambda: (
        f"<p>Mendeley readers</p><table><tr><td>a{'<td></td>' * 100_000}<td>Count</table>compiled from "
        "readership statistics"
    ),
    "classes that differ": lambda: "".join(f'<div class="{at}{"x" * 400}"></div>' for at in range(2_000)),
}


@pytest.mark.parametrize("make", NAMED.values(), ids=NAMED)
def test_a_page_named_after_its_defect_is_within_the_bar(make):
    assert is_within_the_bar(f"<html><body>{make()}".encode())
