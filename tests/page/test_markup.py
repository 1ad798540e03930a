"""Markup of converters: each form of the same page gives the same values."""

from pathlib import Path

import pytest
from tests.page.material import edit, everyday_text, facts_of, fields_of
from tests.support.cases import for_each

from altdetails import NotADetailsPage, parse
from altdetails.page.markup import other_language, without_markup

TEXTS = Path(__file__).parents[1] / "data" / "texts"

TITLE = "Hedges beside playgrounds: shade, birds and the sound of play"
SOURCE = "Journal of Hedgerow Ecology, August 2019"
NAMES = "Ines Fernhill, Søren Lindqvist, Wei Nakagawa-Lund"


def values():
    return {"Title": TITLE, "Published in": SOURCE, "DOI": "10.5555/jhe.2019.204", "Authors": NAMES}


def wrapped(text, width):
    lines = [""]
    for word in text.split():
        if len(lines[-1]) + len(word) > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def grid(rows, width=33, indent=""):
    border = f"{indent}+{'-' * (width + 2)}+{'-' * (width + 2)}+"
    lines = [border]
    for label, value in rows:
        cells = wrapped(value, width)
        for left, right in zip([label, *[""] * len(cells)], cells, strict=False):
            lines.append(f"{indent}| {left:{width}} | {right:{width}} |")
        lines.append(border)
    return "\n".join(lines)


def cells_of_html(rows):
    cells = (f"<tr>\n<th>{label}</th>\n<td><p>{value}</p>\n</td>\n</tr>" for label, value in rows)
    return "<table>\n<tbody>\n" + "\n".join(cells) + "\n</tbody>\n</table>"


def piped(rows):
    return "\n".join(["|  |  |", "| --- | --- |", *(f"| {label} | {value} |" for label, value in rows)])


def org(rows):
    return "\n".join(f"| {label} | {value} |" for label, value in rows)


def columns(rows):
    return "\n".join(f"{label.upper():15}{value}" for label, value in rows)


HEADS = {
    "Markdown with lines under headings": "{0}\n" + "-" * 12,
    "Markdown with marks": "## {0}",
    "Org": "** {0}\n   :PROPERTIES:\n   :CUSTOM_ID: a\n   :END:",
    "reStructuredText": ".. rubric:: {0}\n   :name: a",
    "capitals": "{0}",
}
COUNTS = {
    "a list of definitions": "news\n:   [**1** news outlet](/details/990000100/news)",
    "a list of definitions in Org": "- news :: [[/details/990000100/news][*1* news outlet]]",
    "a link in reStructuredText": "news\n   `1 news outlet </details/990000100/news>`__",
    "a list in HTML": "<dl>\n<dt>news</dt>\n<dd><strong>1</strong> news outlet</dd>\n</dl>",
    "a glued key and a link": "news1 news outlet [/details/990000100/news]",
}
TABLES = {
    "a grid": grid,
    "a grid in a block": lambda rows: grid(rows, indent="      "),
    "a table of HTML": cells_of_html,
    "pipes": piped,
    "pipes in Org": lambda rows: f":PROPERTIES:\n:END:\n{org(rows)}",
    "columns with labels in capitals": columns,
}


def page(heading="## {0}", counts=COUNTS["a list of definitions"], table=piped):
    abstract = facts_of()["abstract"]
    return "\n\n".join(
        [
            heading.format(TITLE),
            f"Overview of attention for article published in {SOURCE}",
            heading.format("Mentioned by"),
            counts,
            table([*values().items(), ("Abstract", abstract)]),
            heading.format("Attention Score in Context"),
            "This research output has an Altmetric Attention Score of 18. It was last mentioned on 16 May 2024.",
        ]
    )


def check(text):
    record = fields_of(text)
    assert {key: record[key] for key in ("title", "doi", "authors_text", "abstract", "score")} == {
        "title": TITLE,
        "doi": "10.5555/jhe.2019.204",
        "authors_text": NAMES,
        "abstract": facts_of()["abstract"],
        "score": 18,
    }
    assert [(count["source"], count["count"], count["unit"]) for count in record["mentions"]] == [
        ("news", 1, "news outlet")
    ]
    assert (record["source"], record["published"]["year"]) == ("Journal of Hedgerow Ecology", 2019)
    assert (record["unread"], record["notices"]) == ([], [])


@for_each("heading", HEADS.values(), ids=HEADS)
def test_headings_of_each_language_are_read(heading):
    check(page(heading=heading))


@for_each("counts", COUNTS.values(), ids=COUNTS)
def test_counts_of_each_language_are_read(counts):
    heading = HEADS["Org"] if " :: " in counts else HEADS["reStructuredText"] if "`" in counts else "## {0}"
    check(page(heading=heading, counts=counts))


@for_each("table", TABLES.values(), ids=TABLES)
def test_tables_of_each_language_are_read(table):
    check(page(table=table))


def test_markdown_with_tags_is_not_html():
    check('<div id="a">\n\n' + page().replace("\n\n", '\n\n</div>\n\n<div class="b">\n\n') + "\n\n</div>\n")


def test_a_table_that_the_tool_left_out_is_named():
    text = page(table=lambda _: "[TABLE]")
    assert {"part": "details", "text": "[TABLE]"} in fields_of(text)["unread"]


def test_a_row_of_demographics_over_lines_is_read():
    text = edit(everyday_text(), ("\nDenmark 1 1%\n", "\nDenmark\n1\n1%\n"))
    assert fields_of(text) == fields_of(everyday_text())


def test_all_rows_of_demographics_on_one_line_are_read():
    start = everyday_text().index("Readers by discipline Count As %")
    end = everyday_text().index("\nAttention Score in Context", start)
    text = everyday_text()[:start] + everyday_text()[start:end].replace("\n", " ") + everyday_text()[end:]
    assert fields_of(text) == fields_of(everyday_text())


def test_a_table_with_a_row_that_is_not_read_is_null_and_named():
    record = fields_of(edit(everyday_text(), ("\nDenmark 1 1%\n", "\nDenmark one 1%\n")))
    assert record["demographics"]["mendeley"]["countries"] is None
    assert any("Denmark" in item["text"] for item in record["unread"])


REFERENCES = {
    "numbers": ("[1 news outlet][37]", "\n\n   [37]: /details/990000100/news\n"),
    "the text itself": ("[1 news outlet][]", "\n\n  [1 news outlet]: /details/990000100/news\n"),
    "over two lines": ("[1 news\noutlet][37]", "\n\n   [37]: /details/990000100/news\n"),
}


@for_each("form", REFERENCES)
def test_links_with_their_addresses_at_the_end_are_read(form):
    link, address = REFERENCES[form]
    record = fields_of(page(counts=f"news\n:   {link}") + address)
    assert [(count["source"], count["count"]) for count in record["mentions"]] == [("news", 1)]


def test_the_doi_of_a_link_with_its_address_at_the_end_is_bare():
    text = edit(page(), ("10.5555/jhe.2019.204", "[10.5555/jhe.2019.204][4]"))
    assert fields_of(text)["doi"] == "10.5555/jhe.2019.204"


@for_each("heading", ["## {0} ##", "## {0} {{#a}}", "{0}\n------"])
def test_markdown_with_tags_has_any_kind_of_heading(heading):
    check('<div id="a">\n\n' + page(heading).replace("\n\n", '\n\n</div>\n\n<div class="b">\n\n') + "\n\n</div>\n")


LANGUAGES = {
    "AsciiDoc": "== {0}",
    "MediaWiki": "== {0} ==",
    "XWiki": '== {0} {{{{id name="a" /}}}}==',
    "Zim": "===== {0} =====",
    "Textile": "h2(#a). {0}",
    "Jira": "h2. {{anchor:a}}{0}",
    "LaTeX": "\\subsection{{{0}}}\\label{{a}}",
    "Texinfo": "@section {0}",
    "troff": ".SH 2\n{0}",
    "a page of man": ".SS {0}",
    "Markua": "{{id: a}}\n## {0}",
    "edbrowse": "h2 {0}",
}


@for_each("language", LANGUAGES)
def test_text_in_another_language_is_refused_with_the_way_out(language):
    with pytest.raises(NotADetailsPage, match=r"markup of .* plain text or Markdown"):
        parse(page(LANGUAGES[language]))
    assert other_language(f"<html><body>{page(LANGUAGES[language])}".encode()) is None


@for_each(
    "beginning",
    [
        '<doc sitename="a"><main>',
        '<?xml version="1.0"?>\n<!DOCTYPE TEI SYSTEM "a">\n<TEI xmlns="a"><text><body>',
        'null\tnull\t4788\t"- In',
    ],
)
def test_xml_and_quoted_tables_of_tools_are_refused_with_the_way_out(beginning):
    with pytest.raises(NotADetailsPage, match=r"markup of .* plain text or Markdown"):
        parse(beginning + everyday_text())


def test_a_table_of_html_on_one_line_keeps_the_tags_that_it_shows():
    table = (
        "<table><tr><th>Title</th><td><p>A &lt;em&gt; tag</p></td></tr><tr><th>DOI</th><td>10.5555/a</td></tr></table>"
    )
    assert without_markup(table).split("\n\n")[1:5] == ["Title", "A <em> tag", "DOI", "10.5555/a"]


@for_each(
    ("line", "plain"),
    [
        ("  64_news_outlets", "  64 news outlets"),
        ("*64* news outlets", "64 news outlets"),
        ("64_news_outlets\n***** Readers on *****", "64 news outlets\nReaders on"),
        ('news <a href="/details/1/news">64 news outlets</a>', "news 64 news outlets"),
        ("*64*", "*64*"),
    ],
)
def test_the_marks_of_counts_and_headings_are_removed(line, plain):
    assert without_markup(line) == plain


def test_a_word_that_is_broken_at_its_hyphen_in_a_cell_is_whole():
    row = "<tr><th>Authors</th><td>Wei Nakagawa-\nLund</td></tr>"
    assert "Wei Nakagawa-Lund" in without_markup(f"<table>\n{row}\n</table>")


def test_no_language_that_is_read_is_another_language():
    for path in TEXTS.rglob("*.txt"):
        assert other_language(path.read_bytes()) is None


def test_a_directive_over_two_lines_of_a_cell_is_no_text():
    cell = """
+-------+-------------------+
| Title | .. container::    |
|       | content-wrapper   |
|       |                   |
|       |    Hedges at noon |
+-------+-------------------+
"""
    assert without_markup(cell).split() == ["Title", "Hedges", "at", "noon"]


def test_an_address_that_is_too_long_for_its_cell_is_joined():
    cell = """
+----------+-------------------------------+
| Abstract | See                           |
|          | https://example               |
|          | .org/hedges/data-set/a/b.html |
+----------+-------------------------------+
"""
    assert "See https://example.org/hedges/data-set/a/b.html" in without_markup(cell)


def test_raised_text_of_restructured_text_is_plain():
    text = ".. container:: a\n\n   CO\\ :sub:`2` and *Primula veris* for A \\| B"
    assert "CO2 and Primula veris for A | B" in without_markup(text)


@for_each(
    ("text", "plain"),
    [
        ("-   a bullet of the same age\n    > and source\n", "-   a bullet of the same age\n    and source\n"),
        ("  a title (β\n    > 2, x < y)\n", "  a title (β\n    > 2, x < y)\n"),
    ],
)
def test_a_sign_at_the_beginning_of_a_line_is_a_quote_only_in_a_list(text, plain):
    assert without_markup(text) == plain
