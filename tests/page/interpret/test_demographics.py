"""The demographics: rows, numbers and totals of X users and Mendeley readers."""

import re

import pytest
from samples.generator.edges import EVERYDAY
from samples.generator.model import Profiles, Row, Style
from tests.page.material import edit, everyday, everyday_text, facts_of, fields_of
from tests.support.cases import for_each

COUNTRY = '<tr>\n<td>Denmark</td>\n<td class="num">3</td>\n<td class="num">21%</td>\n</tr>'


def countries(*cells):
    """Return the X countries for other cells in the row of Denmark, and the field `unread`."""
    row = "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
    record = fields_of(edit(everyday(), (COUNTRY, row)))
    rows = record["demographics"]["twitter"]["countries"]
    assert rows[-2:] == facts_of()["demographics"]["twitter"]["countries"][-2:]
    return [(group["name"], group["count"], group["percent"]) for group in rows[:-2]], record["unread"]


@for_each(
    ("count", "percent", "expected"),
    [
        *(("3", "21%", (3, 21)), ("1,204", "100%", (1204, 100)), ("1", "&lt;1%", (1, 0)), ("1", "&lt; 1%", (1, 0))),
        *(("0", "0%", (0, 0)), ("5", "0%", (5, 0)), ("3", " 21% ", (3, 21))),
    ],
)
def test_a_row_has_a_name_a_count_and_a_whole_percent(count, percent, expected):
    assert countries("Denmark", count, percent) == ([("Denmark", *expected)], [])


@for_each(
    ("count", "percent"),
    [
        *(("1.5k", "21%"), ("1 204", "21%"), ("1.204", "21%"), ("12,34", "21%"), ("", "21%"), ("three", "21%")),
        *(
            ("3", "21"),
            ("3", "21.5%"),
            ("3", "101%"),
            ("3", "&lt;2%"),
            ("3", "-1%"),
            ("3", ""),
            ("3", "n/a"),
            ("-3", "21%"),
        ),
        *(("９", "21%"), ("3", "２１%"), ("3", "021%"), ("9" * 30, "21%")),
    ],
)
def test_a_row_with_an_invalid_number_is_unread(count, percent):
    rows, unread = countries("Denmark", count, percent)
    assert rows == []
    assert [item["part"] for item in unread] == ["demographics"]
    assert "Denmark" in unread[0]["text"]


def test_a_table_without_a_row_that_can_be_read_is_null_and_named():
    page = re.sub(r'<td class="num">(?=\d)', '<td class="num">~', everyday())
    record = fields_of(page)
    assert record["demographics"]["twitter"]["countries"] is None
    assert any("Denmark" in item["text"] for item in record["unread"])


@pytest.mark.parametrize("cells", [("Denmark",), ("Denmark", "3"), ("Denmark", "3", "21%", "x")])
def test_a_row_with_another_number_of_cells_is_unread(cells):
    rows, unread = countries(*cells)
    assert rows == []
    assert len(unread) == 1


@for_each(
    "name",
    [
        *("Iran, Islamic Republic of", "Student &gt; Ph. D. Student", "Virgin Islands, U.S.", "Korea, Republic of"),
        *(
            "Practitioners (doctors, other healthcare professionals)",
            "Côte d’Ivoire",
            "Unknown",
            "2 Islands",
            "5 &lt; 9",
        ),
    ],
)
def test_a_name_is_kept_unchanged(name):
    rows, unread = countries(name, "3", "21%")
    assert rows == [(name.replace("&gt;", ">").replace("&lt;", "<"), 3, 21)]
    assert unread == []
    text = edit(everyday_text(), ("Denmark 1 1%", f"{rows[0][0]} 1 1%"))
    assert fields_of(text)["demographics"]["mendeley"]["countries"][0]["name"] == rows[0][0]


def test_two_rows_of_one_name_are_both_kept_in_order():
    rows = (Row("Other", 12, 0), Row("Denmark", 3, 4), Row("Other", 25, 34))
    content = everyday(twitter=Profiles(14, rows, None))
    groups = fields_of(content)["demographics"]["twitter"]["countries"]
    assert [(group["name"], group["count"], group["percent"]) for group in groups] == [
        ("Other", 12, 0),
        ("Denmark", 3, 4),
        ("Other", 25, 34),
    ]


@pytest.mark.parametrize("group", ["twitter", "mendeley"])
def test_a_table_with_an_unknown_head_is_unread(group):
    head = {"twitter": "<th>Type</th>", "mendeley": "<th>Readers by discipline</th>"}[group]
    record = fields_of(edit(everyday(), (head, "<th>Readers by shoe size</th>")))
    key = {"twitter": "types", "mendeley": "disciplines"}[group]
    assert record["demographics"][group] == facts_of()["demographics"][group] | {key: None}
    assert "Readers by shoe size" in record["unread"][0]["text"]


@pytest.mark.parametrize("years", ["x", "twitter"])
def test_both_names_of_the_network_give_the_same_group(years):
    style = Style(years=years, doubled=years == "x")
    assert fields_of(everyday(style=style))["demographics"] == facts_of()["demographics"]
    assert fields_of(everyday_text(style=style))["demographics"]["twitter"]["total"] == 14


@for_each(("shown", "total"), [("14", 14), ("1,404", 1404), ("1.4k", None), ("1 404", None), ("many", None)])
def test_the_total_is_a_whole_number_or_null(shown, total):
    html = edit(everyday(), ("profiles of <strong>14</strong>", f"profiles of <strong>{shown}</strong>"))
    assert fields_of(html)["demographics"]["twitter"]["total"] == total
    text = edit(everyday_text(), ("statistics for 73 Mendeley", f"statistics for {shown} Mendeley"))
    assert fields_of(text)["demographics"]["mendeley"]["total"] == total


def test_a_group_can_have_a_sentence_without_tables():
    record = fields_of(everyday(twitter=Profiles(14, None, None)))
    assert record["demographics"]["twitter"] == {"total": 14, "countries": None, "types": None}


def test_the_tables_of_mendeley_are_not_read_as_tables_of_x():
    record = fields_of(everyday(twitter=None))
    assert record["demographics"] == facts_of()["demographics"] | {"twitter": None}


def test_a_single_user_and_a_single_reader_are_counted():
    assert EVERYDAY.mendeley is not None
    record = fields_of(everyday(twitter=Profiles(1, (Row("Norway", 1, 100),), None)))
    assert record["demographics"]["twitter"]["total"] == 1


def test_a_notice_in_the_section_is_kept_once():
    notice = (
        "As of 1 July 2024, you may notice a temporary increase in the numbers of X profiles with Unknown location."
    )
    record = fields_of(everyday(twitter_notice=notice))
    assert record["notices"] == [notice]
    assert record["demographics"] == facts_of()["demographics"]
