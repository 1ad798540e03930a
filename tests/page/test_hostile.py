"""Content made to exhaust a parser: refused, or read in bounded time and memory, and never at the cost of other fields.

Each case of the first three tests runs in a process of its own.
"""

import json
import re
import sys

import pytest
from tests.page.material import differences, edit, everyday, everyday_text, facts_of, fields_of, insert_before
from tests.page.measured import outcome_of

CPU_SECONDS = 2
"""Four times what the slowest case takes. Work that grows with the square of the content takes longer."""

MEGABYTES = 200
MEGA = 1024 * 1024
QUARTER = MEGA // 4
SIXTEENTH = MEGA // 16
TITLE = facts_of()["title"]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="the memory of a process is read from /proc"),
]


def in_html(junk, mark='<div class="score-panel">'):
    return insert_before(everyday(), mark, junk).encode()


def in_panel(junk):
    return in_html(junk, '<div class="document-details-table">')


def in_group(junk):
    return in_html(junk, '<div class="table-wrapper geo">')


def in_bullets(junk):
    return in_html(junk, "<li>In the top")


def in_head(junk):
    return in_html(junk, "<meta charset")


def in_text(junk, mark="Mentioned by\n"):
    return insert_before(everyday_text(), mark, f"{junk}\n").encode()


def in_markdown(junk):
    return in_text(f"**1** {junk}")


def in_pipes(junk):
    return in_text(f"DOI | 10.5555/x |\n{junk}")


def in_context(junk):
    return in_text(junk, "All research outputs")


def in_readers(junk):
    return in_text(junk, "Geographical breakdown")


def not_utf_8(junk):
    return b"<html>\xff\x81" + junk.encode() + b"</html>"


def alone(junk):
    return f"<html>{junk}></html>".encode()


READ = {
    "5,000 nested elements": lambda: in_html("<div>" * 5000),
    "5,000 nested and closed elements": lambda: in_html("<div>" * 5000 + "x" + "</div>" * 5000),
    "a long text node": lambda: in_html("a" * 8 * QUARTER),
    "a long text node of words": lambda: in_html("a " * 4 * QUARTER),
    "entities without end": lambda: in_html("&amp;" * QUARTER),
    "unknown entities without end": lambda: in_html("&lol;" * QUARTER),
    "an entity of 250,000 digits": lambda: in_html("&#" + "9" * QUARTER + ";"),
    "openings of tags": lambda: in_html("<" * 4 * QUARTER),
    "openings of end tags": lambda: in_html("</" * 2 * QUARTER),
    "openings of tags with a name": lambda: in_html("<a" * 2 * QUARTER),
    "openings of tags and spaces": lambda: in_html("<a " * QUARTER),
    "openings of comments": lambda: in_html("<!--" * QUARTER + "-->"),
    "openings of instructions": lambda: in_html("<?" * 2 * QUARTER + ">"),
    "a long attribute": lambda: in_html('<a b="' + "x" * 4 * QUARTER + '">'),
    "a tag with 900 attributes 300 times": lambda: in_html(f"<a {' '.join(f'a{at}' for at in range(900))}>" * 300),
    "a class of 250,000 words": lambda: in_html(f'<i class="{"document-header " * QUARTER}"></i>'),
    "20,000 landmarks": lambda: in_html('<div class="summary">x</div>' * 20_000),
    "10,000 landmarks, 900 deep": lambda: in_html(
        "<div>" * 900 + "<div class=summary>x</div>" * 10_000 + "</div>" * 900
    ),
    "20,000 headings of the context": lambda: in_html("<h2>Attention Score in Context</h2>" * 20_000),
    "900 nested headings over a long text": lambda: in_html("<h2>" * 900 + "a" * 4 * QUARTER + "</h2>" * 900),
    "20,000 bullets": lambda: in_bullets(
        "".join(f"<li>In the top {at}% of all research outputs</li>" for at in range(20_000))
    ),
    "900 nested lists of 10,000 bullets": lambda: in_html(
        "<div class=summary>" * 900 + f"<ul>{'<li>a</li>' * 10_000}</ul>" + "</div>" * 900, "<ul>\n<li>"
    ),
    "450 nested bullets over a long text": lambda: in_bullets("<li><ul>" * 450 + "a" * QUARTER + "</ul></li>" * 450),
    "200 nested lists of 10,000 counts": lambda: in_html(
        "<dl class=mention-counts>" * 200 + "<dt>a</dt><dd>1 x</dd>" * 10_000 + "</dl>" * 200, "<dt>news"
    ),
    "450 nested counts over a long text": lambda: in_html(
        "<dd><dl>" * 450 + "a" * SIXTEENTH + "</dl></dd>" * 450, "<dt>news"
    ),
    "200 nested tables over a long text": lambda: in_group(
        "<table><tr><td>" * 200 + "a" * SIXTEENTH + "</td></tr></table>" * 200
    ),
    "10,000 notices": lambda: in_panel("".join(f"<div>Notice {at}</div>" for at in range(10_000))),
    "10,000 notices about demographics": lambda: in_group("".join(f"<p>Notice {at}</p>" for at in range(10_000))),
    "the word canonical without end": lambda: in_head("<x " + "canonical" * 500_000 + ">"),
    "a link with 50,000 relations": lambda: in_head(f"<link {'rel=canonical ' * 50_000}>"),
    "a text of one word": lambda: in_text("a" * QUARTER),
    "a text of spaces between two letters": lambda: in_text(f"a{' ' * QUARTER}b"),
    "a text of tabs between two letters": lambda: in_text("a" + "\t" * QUARTER + "b"),
    "a text of gaps": lambda: in_text(("a" + " " * 98) * (SIXTEENTH // 99)),
    "a text of no-break spaces between two letters": lambda: in_text("a" + "\xa0" * (QUARTER // 3) + "b"),
    "a text of em spaces between two letters": lambda: in_text("a" + "\u2003" * (QUARTER // 3) + "b"),
    "a text of no-break spaces before a letter, with pipes": lambda: in_pipes("\xa0" * (QUARTER // 3) + "b"),
    "a text of [a](b": lambda: in_text("[a](b" * (QUARTER // 5)),
    "a text of a 1": lambda: in_text("a 1 " * (QUARTER // 4)),
    "a text of a 1%": lambda: in_text("a 1 1% " * (QUARTER // 7)),
    "a text of digits": lambda: in_text("1" * QUARTER),
    "a text of digits and commas": lambda: in_text("1,111" * (QUARTER // 5)),
    "a text of empty lines": lambda: in_text("\n" * SIXTEENTH),
    "a text of short lines": lambda: in_text("a\n" * 10_000),
    "a text of keys and counts": lambda: in_text("a\n1 x\n" * 5_000, "twitter\n"),
    "a text of notices": lambda: in_text("\n".join(f"n{at}." for at in range(10_000)), "twitter\n"),
    "a text of labels": lambda: in_text("DOI\n" * 10_000),
    "a text of labels in columns": lambda: in_text(f"Title   {TITLE}\n" + "Authors   y\n" * 10_000),
    "a text of headings": lambda: in_text("Mendeley readers\n" * 10_000),
    "a text of heads of tables": lambda: in_readers("Country Count As %\n" * 10_000),
    "a text of notices about demographics": lambda: in_readers("\n".join(f"n{at}" for at in range(10_000))),
    "a text of table rows": lambda: in_readers("Country Count As %\n" + "a 1 <1%\n" * 10_000),
    "a text of boxes on one line": lambda: in_context("Outputs from " + "#1 " * (QUARTER // 3)),
    "a text of sentences about the score": lambda: in_context("Altmetric has tracked 1 research outputs.\n" * 10_000),
    "a text of links without end": lambda: in_markdown("[a](" * (QUARTER // 4)),
    "a text of escaped brackets": lambda: in_markdown("\\[" * (QUARTER // 2)),
    "a text of brackets in brackets": lambda: in_markdown("[[a]" * (QUARTER // 4)),
    "a text of stars": lambda: in_markdown("*a " * (QUARTER // 3)),
    "a text of underscores": lambda: in_markdown("_a" * (QUARTER // 2)),
    "a text of dashes and pipes": lambda: in_text("---|" * (QUARTER // 4) + "x"),
    "a text of dashes before a pipe": lambda: in_pipes("-" * QUARTER + "|x"),
    "a text of pipes": lambda: in_pipes("| " * (QUARTER // 2)),
    "a text of listed links": lambda: in_text("[1]" * (QUARTER // 3) + "\nReferences\n\n   1. http://a.example\n"),
}
OTHER = {
    "NULs alone": lambda: bytes(4 * QUARTER),
    "spaces before a page": lambda: b" " * 2 * QUARTER + b"<html></html>",
    "openings of inputs": lambda: alone("<input" * 100_000),
    "openings of headings": lambda: alone("<h1 what is " * 50_000),
    "openings of titles": lambda: alone("<title>x" * 50_000),
    "a long heading": lambda: alone(f"<h1>{'what is ' * 50_000}</h1"),
    "a word before white space": lambda: alone("Overview " * 50_000),
    "openings of declarations, not UTF-8": lambda: not_utf_8("<meta" * (QUARTER // 2)),
    "charsets, not UTF-8": lambda: not_utf_8("<meta charset=" * (4 * QUARTER // 14)),
    "an opening of XML, not UTF-8": lambda: not_utf_8("<?xml" + " " * 2 * QUARTER),
}
REFUSED = {
    "a text node of 50 MB": lambda: in_html("a" * 50 * MEGA),
    "a text of 5 MB": lambda: in_text("a" * 5 * MEGA),
    "openings of tags alone": lambda: b"<" * 5 * MEGA,
    "a million nested elements": lambda: in_html("<div>" * MEGA),
    "100,000 nested tables": lambda: in_html("<table><tr><td>" * 100_000),
    "a tag with 100,000 attributes": lambda: in_html(f"<a {' '.join(f'a{at}=1' for at in range(100_000))}>"),
    "a tag with 100,000 equal attributes": lambda: in_html(f"<a {'a=1 ' * 100_000}>"),
}


@pytest.mark.parametrize("content", READ.values(), ids=READ)
def test_hostile_content_in_a_page_is_read_in_bounded_time_and_memory(content):
    outcome = outcome_of(content(), CPU_SECONDS)
    assert outcome.get("title") == TITLE, outcome
    assert outcome["megabytes"] < MEGABYTES


@pytest.mark.parametrize("content", OTHER.values(), ids=OTHER)
def test_hostile_content_alone_is_another_page_in_bounded_time_and_memory(content):
    outcome = outcome_of(content(), CPU_SECONDS)
    assert outcome.get("kind") in {"other", "help", "undecodable"}, outcome
    assert outcome["megabytes"] < MEGABYTES


@pytest.mark.parametrize("content", REFUSED.values(), ids=REFUSED)
def test_what_would_exhaust_the_parser_is_refused_at_once(content):
    outcome = outcome_of(content(), 3)
    assert outcome.get("kind") == "undecodable", outcome
    assert outcome["megabytes"] < 2 * MEGABYTES


@pytest.mark.parametrize("step", [1, 2, 3], ids="{} NULs between all bytes".format)
def test_nuls_everywhere_cost_nothing(step):
    content = everyday(authors=("Ines Fernhill",), abstract=("Forty playgrounds.",)).encode("ascii", "ignore")
    assert fields_of((b"\x00" * step).join(bytes([byte]) for byte in content)) == fields_of(content)


@pytest.mark.parametrize("at", [0, 1, 5, 20, 100, 1000])
def test_nuls_somewhere_cost_nothing(at):
    content = everyday().encode()
    assert fields_of(content[:at] + bytes(50) + content[at:]) == fields_of(content)


def test_entities_of_a_document_type_are_not_expanded():
    bomb = '<!ENTITY a "lol"><!ENTITY b "' + "&a;" * 10_000 + '"><!ENTITY c "' + "&b;" * 10_000 + '">'
    content = edit(everyday(), ("<!DOCTYPE html>", f"<!DOCTYPE html [{bomb}]>"), ("playgrounds were", "&c; were"))
    assert "lol" not in fields_of(content)["abstract"]
    assert fields_of(content)["score"] == 18


def test_files_named_in_a_document_type_are_not_read(tmp_path):
    (tmp_path / "secret.txt").write_text("secret words")
    entity = f'<!ENTITY x SYSTEM "{(tmp_path / "secret.txt").as_uri()}">'
    content = edit(everyday(), ("<!DOCTYPE html>", f"<!DOCTYPE html [{entity}]>"), ("playgrounds were", "&x; were"))
    assert b"secret words" not in json.dumps(fields_of(content)).encode()


PLACES = {
    "score of the badge": ("score=18", {"unread"}),
    "score of the sentence": ("of <strong>18<", set()),
    "top percent": ("top 25% of all research outputs scored", {"highlights", "unread"}),
    "percentile of a bullet": ("(88th percentile", {"highlights", "unread"}),
    "count of mentions": ("<strong>14</strong> X users</a>", {"mentions", "unread"}),
    "count of citations": ("<strong>19</strong>", {"citations", "unread"}),
    "count of readers": ("<strong>73</strong> Mendeley</a>", {"readers", "unread"}),
    "total of X users": ("profiles of <strong>14</strong>", {"demographics", "unread"}),
    "total of readers": ("statistics for <strong>73</strong>", {"demographics", "unread"}),
    "count of a row": ('<td class="num">3</td>', {"demographics", "unread"}),
    "percent of a row": ('<td class="num">21%</td>', {"demographics", "unread"}),
    "rank": ("#2,899,204", {"rankings"}),
    "total of a box": ("of 22,010,655 outputs", set()),
    "total of a paragraph": ("tracked 22,010,655 research", {"rankings"}),
    "percentile of a paragraph": ("86th percentile", {"rankings", "unread"}),
    "percent of a paragraph": ("higher than 84%", {"rankings", "unread"}),
    "mean": ("Score of 8.4.", {"rankings", "unread"}),
    "day": ("16 May 2024", {"last_mentioned"}),
    "address": ('canonical" href="https://www.altmetric.com/details/990000100', set()),
    "PubMed id": ("gov/99000204", {"pmid", "identifiers"}),
    "DOI": (">10.5555/jhe.2019.204<", {"doi", "identifiers", "unread"}),
}


@pytest.mark.parametrize(("place", "fields"), PLACES.values(), ids=PLACES)
def test_a_megabyte_of_digits_in_place_of_a_number_costs_that_number_alone(place, fields):
    first = re.search(r"[\d,]+(?=[^\d,]*$)", place)
    long = place[: first.start()] + "7" * MEGA + place[first.end() :]
    record = fields_of(edit(everyday(), (place, long)))
    record["inconsistencies"] = [finding for finding in record["inconsistencies"] if finding["code"] != "shortened"]
    assert differences(record, fields_of(everyday())) <= fields


@pytest.mark.parametrize(
    "place", ["14 X users", "#2,899,204", "of 22,010,655 outputs", "Denmark 1 1%", "86th", "(88th", "19 Dim"]
)
def test_a_megabyte_of_digits_in_place_of_a_number_of_a_text_gives_no_number(place):
    long = re.sub(r"[\d,]+", "7" * QUARTER, place, count=1)
    record = fields_of(edit(everyday_text(), (place, long)))
    assert record["score"] == 18
    assert "7777777777" not in json.dumps({**record, "unread": [], "highlights": [], "rankings": [], "mentions": []})
