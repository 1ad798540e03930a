"""What is cut of a page is reported in `unread`."""

from tests.page.material import edit, everyday, fields_of, insert_before
from tests.support.cases import for_each

CUT = {
    "counts": (
        '<dl class="mention',
        '<dl class="mention-counts">' + "<dt>a</dt><dd>1 x</dd>" * 200 + "</dl>",
        "200 dd",
    ),
    "bullets": ("<li>In the top", "<li>a</li>" * 201, "more than 200 li"),
    "landmarks": ('<div class="score-panel">', '<div class="summary"></div>' * 2001, "more than 2,000 landmarks"),
    "notices": (
        '<div class="document-details-table">',
        "".join(f"<div>Notice {at}</div>" for at in range(51)),
        "more than 50 notices",
    ),
    "attributes": (
        '<div class="score-panel">',
        f"<i {' '.join(f'a{at}' for at in range(101))}>{'a' * 70_000}</i>",
        "a tag with more than 100 attributes",
    ),
    "depth": ('<div class="score-panel">', "<div>" * 400 + "</div>" * 400, "elements nested more than 250 deep"),
}


@for_each(("mark", "junk", "note"), CUT.values(), ids=CUT)
def test_what_is_cut_is_reported(mark, junk, note):
    unread = [item["text"] for item in fields_of(insert_before(everyday(), mark, junk))["unread"]]
    assert any(text.endswith(note) for text in unread), unread


def test_more_than_200_isbns_are_one_item_of_unread():
    isbns = ", ".join(["978-0-306-40615-7"] * 250)
    content = edit(everyday(), ("<th>Authors</th>", f"<th>ISBNs</th><td>{isbns}</td></tr><tr><th>Authors</th>"))
    record = fields_of(content)
    assert sum(identifier["scheme"] == "isbn" for identifier in record["identifiers"]) == 200
    assert len(record["unread"]) == 1


def test_an_empty_tagline_before_the_tagline_is_skipped():
    content = insert_before(everyday(), "<h1", '<p class="tagline"></p>')
    assert fields_of(content) == fields_of(everyday())


def test_a_row_in_a_cell_does_not_change_its_value():
    content = edit(everyday(), ("10.5555/jhe.2019.204</a>", "10.5555/jhe.2019.204</a><div><tr><td>b<td>c</tr></div>"))
    record = fields_of(content)
    assert record["doi"] == "10.5555/jhe.2019.204"
    assert record["unread"] in ([], [{"part": "details", "text": "b: c"}])


@for_each("mark", ['<dl class="mention', "<h2>Attention Score in Context", "<tr>\n<th>Type"])
def test_a_comment_that_does_not_end_cuts_the_page(mark):
    record = fields_of(insert_before(everyday(), mark, "<!-- "))
    assert "cut_short" in {item["code"] for item in record["inconsistencies"]}
