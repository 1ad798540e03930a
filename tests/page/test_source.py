"""Plain rows of the demographics become lines before a tree is built. This does not change a record."""

import re

import pytest
from lxml import etree
from tests.page.material import DATA, PAGES, everyday, fields_of
from tests.support.cases import for_each

from altdetails.page import parse
from altdetails.page.source import rows_as_lines, rows_of_lines

SPAIN = b'<tr>\n<td>Spain</td>\n<td class="num">1,025</td>\n<td class="num">37%</td>\n</tr>\n'
OTHER = b"<tr><td>Student &gt; Master</td><td>0</td><td>&lt;1%</td></tr>"
ROW = "<tr><td>Row</td><td>7</td><td>7%</td></tr>"


def without_plain_rows(content):
    return re.sub(rb"<tr>", b"<tr >", content)


def test_adjacent_plain_rows_become_one_row_without_cells():
    content, count = rows_as_lines(b"<table>" + SPAIN + OTHER + b"</table>")
    (tr,) = etree.fromstring(content).iter("tr")
    assert (count, len(tr)) == (2, 0)
    assert [*rows_of_lines(tr)] == [("Spain", "1,025", "37%"), ("Student > Master", "0", "<1%")]


def test_content_around_and_between_rows_is_unchanged():
    content, count = rows_as_lines(b"<p>a</p>" + SPAIN + b"<p>b</p>" + OTHER + b"<p>c</p>")
    assert count == 2
    assert re.sub(rb"<tr>[^<]*</tr>", b"", content).split() == [b"<p>a</p><p>b</p><p>c</p>"]


@for_each(
    "row",
    [
        b"<tr><td><a>Spain</a></td><td>25</td><td>37%</td></tr>",
        b"<tr><td>Spain\tNorth</td><td>25</td><td>37%</td></tr>",
        b"<tr><td>Spain&#9;</td><td>25</td><td>37%</td></tr>",
        b"<tr><td>Spain</td><td>25</td></tr>",
        b"<tr><td>Spain</td><td>25</td><td>37%</td><td>1</td></tr>",
        b"<tr><td>Spain</td><td>1.5k</td><td>37%</td></tr>",
        b"<tr><td>Spain</td><td>25</td><td>37</td></tr>",
        b"<tr><td colspan=2>Spain</td><td>25</td><td>37%</td></tr>",
        b"<tr><th>Title</th><td>A title</td><td>of a page</td></tr>",
    ],
)
def test_any_other_row_is_unchanged(row):
    assert rows_as_lines(row) == (row, 0)


@for_each("path", [*PAGES, *sorted(DATA.rglob("*.html"))], ids=lambda path: path.stem)
def test_a_page_gives_the_same_record_with_rows_that_are_not_plain(path):
    content = path.read_bytes()
    try:
        expected = fields_of(without_plain_rows(content))
    except Exception as error:  # noqa: BLE001 -- the page must raise the same error of any type
        with pytest.raises(type(error), match=re.escape(str(error))):
            parse(content)
    else:
        assert fields_of(content) == expected


DAMAGED = {
    "a row in the abstract": (r"(Abstract</th><td>)", rf"\1<table>{ROW}</table>"),
    "a row among the authors": (r"(Authors</th><td>)", rf"\1<table>{ROW}</table>"),
    "a row in a comment": (r"(<td>Denmark)", rf"<!-- {ROW} -->\1"),
    "a row in the side panel": (r"(<dd>)", rf"\1<table>{ROW}</table>"),
    "a row above the context": (r"(<h2>Attention Score in Context</h2>)", rf"<table>{ROW}</table>\1"),
    "rows after the context": (r"(<h2>Attention Score in Context</h2>)", rf"\1<table>{ROW}{ROW}</table>"),
    "rows in a table inside a cell": (r"<td>Denmark", rf"<td><table>{ROW}</table>Denmark"),
    "rows after a quote that is not closed": (r'<div class="table-wrapper geo">', '<div class="table-wrapper'),
    "the demographics inside the details table": (r"</table></div>\s*<div class=\"section-title\">X", "<div>X"),
    "the Mendeley panel without its class": (r"demographics-group mendeley", "people"),
    "both panels without their class": (r"demographics-group", "people"),
    "a table without head": (r"<tr>\s*<th>Country.*?</tr>", ""),
    "two groups with one name": (r"demographics-group twitter", "demographics-group mendeley"),
    "demographics in an aside": (r'(<div class="demographics-group mendeley)', r"<aside>\1"),
    "a page truncated in a row": (r"Denmark</td>.*", "Denmark</td>"),
}


@for_each("damage", DAMAGED)
def test_a_damaged_page_gives_the_same_record_with_rows_that_are_not_plain(damage):
    old, new = DAMAGED[damage]
    content = re.sub(old, new, everyday(), flags=re.DOTALL).encode()
    assert content != everyday().encode()
    assert fields_of(content) == fields_of(without_plain_rows(content))


def test_rows_after_a_table_that_ends_too_early_belong_to_its_head():
    whole = fields_of(everyday())["demographics"]
    early = everyday().replace("<tr>\n<td>Unknown", "</table>\n<tr>\n<td>Unknown")
    assert early != everyday()
    assert fields_of(early)["demographics"] == whole
