"""Demographics tables whose columns a tool wrote one below the other: rows only if names, counts and percents agree."""

import pytest

from altdetails.page.panels import read_panel
from altdetails.page.sheet import Sheet

HEAD = "The data shown below were compiled from readership statistics for 20 Mendeley readers of this research output."
ROWS = [("Spain", "9", "45%"), ("Chile", "6", "30%"), ("Unknown", "5", "25%")]
FORMS = {
    "rows": ["Spain 9 45%", "Chile 6", "30%", "Unknown", "5 25%"],
    "columns": ["Spain", "Chile", "Unknown", "9", "6", "5", "45%", "30%", "25%"],
    "names above rows": ["Spain", "Chile", "Unknown", "9", "45%", "6", "30%", "5", "25%"],
    "percents below rows": ["Spain", "9", "Chile 6", "Unknown", "5", "45%", "30%", "25%"],
    "a row, then columns": ["Spain 9 45%", "Chile", "Unknown", "6", "5", "30%", "25%"],
    "a heading inside": ["Spain", "Chile", "Unknown", "Mendeley readers", "9", "6", "5", "45%", "30%", "25%"],
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("head", [["Country Count As %"], ["Country", "Count", "As %"], ["CountryCountAs %"]])
def test_a_table_is_read_in_each_form(form, head):
    panel = read_panel(Sheet(), [HEAD, *head, *FORMS[form]], frozenset())
    assert [(table.head, table.rows) for table in panel.tables] == [("Country", ROWS)]


@pytest.mark.parametrize(
    "lines",
    [
        ["Spain", "Chile", "Unknown", "6", "9", "5", "45%", "30%", "25%"],
        ["Spain", "Chile", "Unknown", "9", "6", "5", "30%", "45%", "25%"],
        ["Spain", "Chile", "9", "6", "5", "45%", "30%", "25%"],
        ["Korea,", "Republic of", "Unknown", "9", "11", "45%", "55%"],
    ],
)
def test_columns_that_do_not_agree_are_no_rows_and_named(lines):
    sheet = Sheet()
    panel = read_panel(sheet, [HEAD, "Country Count As %", *lines], frozenset())
    assert [row for table in panel.tables for row in table.rows] == []
    assert sheet.leftovers


def test_a_sentence_without_its_number_is_named():
    sheet = Sheet()
    read_panel(sheet, [HEAD.partition(" 20 ")[0]], frozenset())
    assert sheet.leftovers == [("demographics", HEAD.partition(" 20 ")[0])]


@pytest.mark.parametrize("name", ["45% Spain", "9 45% Spain"])
def test_a_name_with_the_numbers_of_another_row_is_no_name_and_named(name):
    sheet = Sheet()
    panel = read_panel(sheet, [HEAD, "Country Count As %", f"{name} 9 45%", "Unknown 5 25%"], frozenset())
    assert all(not row[0].endswith(" Spain") for table in panel.tables for row in table.rows)
    assert sheet.leftovers


def test_names_without_numbers_are_no_notices():
    sheet = Sheet()
    names = ["Scientists", "Korea, Republic of 24", "Germany | 80 | 26% | Spain |"]
    read_panel(sheet, [HEAD, *names], frozenset())
    assert sheet.notices == []
    assert [text for _, text in sheet.leftovers] == names
