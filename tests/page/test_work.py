"""A page costs little more than its size: at most 0.5 s and 5 s a megabyte of CPU time, and 500 MB of memory.

The limits of a test are twice as wide, because machines differ. Each page is parsed in a process of its own.
"""

import sys
from math import ceil

import pytest
from tests.page.kinds import kinds
from tests.page.material import everyday, insert_before
from tests.page.measured import outcome_of

KINDS = dict(kinds())
HEADS = "text of a head of a table in three lines, before 'Geographical breakdown'"
MEMBERS = {name: KINDS[name] for name in [*sorted(KINDS)[::121], HEADS]}
FEW = dict([*MEMBERS.items()][::4])
MEGABYTES = 500

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the memory of a process is read from /proc")


def is_within_the_bar(content):
    cpu_seconds = ceil(2 * (0.5 + 5 * len(content) / 1e6))
    return outcome_of(content, cpu_seconds)["megabytes"] < MEGABYTES


@pytest.mark.parametrize("make", MEMBERS.values(), ids=MEMBERS)
def test_a_page_of_100_kilobytes_is_within_the_bar(make):
    assert is_within_the_bar(make(100_000))


@pytest.mark.slow
@pytest.mark.parametrize("make", FEW.values(), ids=FEW)
def test_a_page_of_half_a_megabyte_is_within_the_bar(make):
    assert is_within_the_bar(make(500_000))


def above_the_panel(junk):
    return insert_before(everyday(), '<div class="score-panel">', junk)


NAMED = {
    "8 KB of nested tables": lambda: "<html>" + "<table><tr><td>a</td></tr><tr><td>" * 240,
    "6 KB of nested tables without end tags": lambda: "<html>" + "<table><tr><td>" * 240 + "a" * 2000,
    "headings of the context in each other below its content": lambda: (
        "<html>Altmetric has tracked 5 " + "<div><h2>Attention Score in Context</h2>" * 240 + "<i>a</i>" * 2000
    ),
    "45,000 different counts in 500 lists": lambda: above_the_panel(
        "<div class=score-panel>"
        + "".join(
            f"<div class=mention-counts>{''.join(f'<dt>{at}<dd>{at} {number}' for at in range(90))}</div>"
            for number in range(500)
        )
    ),
    "demographics without a source in each other": lambda: above_the_panel(
        "<div class=demographics-group>" * 240 + "<i>a</i> " * 40_000
    ),
    "cells of demographics in each other": lambda: above_the_panel(
        '<div class="demographics-group twitter">' + "<table><tr><td>" * 80 + "<i>a</i><p>" * 11_000
    ),
    "a page too deep for lxml, with a comment behind each element": lambda: "<b>" * 2100 + "<i></i><!---->" * 8000,
    "a page too deep for lxml, with instructions": lambda: "<b>" * 2100 + "<?a?>" * 20_000,
    "headings of a panel without bullets in each other": lambda: (
        "<html>" + "<div class=score-panel><h2><div>" * 80 + "<tr><td>a" * 50_000
    ),
    "rows of one table of details in each other": lambda: (
        "<html><div class=document-details-table><table>" + "<tr><td>a<td><div>" * 120 + "<i>a</i>" * 60_000
    ),
    "100,000 ISBNs": lambda: "<html><div class=document-details-table><table><tr><td>ISBNs<td>" + "1, " * 100_000,
    "parts of MHTML in parts": lambda: (
        "Content-Type: multipart/related; boundary=b\n\n"
        + ("--b\nContent-Type: multipart/mixed; boundary=c\n\n" + "--c\n" * 200) * 1000
    ),
    "empty taglines in each other": lambda: insert_before(
        everyday(), "<h1", "<div class=tagline>" * 200 + "<i> </i>" * 125_000 + "</div>" * 200
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("make", NAMED.values(), ids=NAMED)
def test_a_page_named_after_its_defect_is_within_the_bar(make):
    assert is_within_the_bar(make().encode())


def test_a_text_of_lost_tables_is_within_the_bar():
    assert is_within_the_bar(b"[TABLE]\na\n" * 50_000)
