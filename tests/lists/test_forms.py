"""Exports of reference managers and databases, whole and damaged → exactly their identifiers.

`tests/data/lists/` has one file for each product, made after the shapes that they write, with invented content.
`expected.json` has the identifier of each row; null is a row without one.
"""

import json
import tracemalloc
from pathlib import Path

import pytest
from tests.sources.material import write
from tests.support.cases import for_each

from altdetails.errors import InputError
from altdetails.lists.entries import entries
from altdetails.lists.entry import identify_entry
from altdetails.lists.tabular import open_table

DATA = Path(__file__).parents[1] / "data" / "lists"
EXPECTED = json.loads((DATA / "expected.json").read_text("utf-8"))
TABLES = [name for name in EXPECTED if name.endswith((".csv", ".xlsx")) or name.startswith("wos-tab")]


@for_each("name", EXPECTED)
def test_an_export_gives_exactly_its_identifiers(name):
    readings = []
    identifiers = [identify_entry(entry)[0] for entry in entries([str(DATA / name)], readings=readings)]
    assert identifiers == [identifier for identifier in EXPECTED[name] if identifier is not None]
    (reading,) = readings
    assert (reading.rows, reading.counts["missing"]) == (len(EXPECTED[name]), EXPECTED[name].count(None))


@pytest.mark.parametrize("name", [name for name in EXPECTED if not name.startswith("papers.")])
def test_the_form_is_found_by_content_and_not_by_the_name_of_the_file(folder, name):
    path = write(folder / "list", (DATA / name).read_bytes())
    identifiers = [identify_entry(entry)[0] for entry in entries([str(path)])]
    assert identifiers == [identifier for identifier in EXPECTED[name] if identifier is not None]


@for_each("name", TABLES)
def test_a_table_has_a_row_for_each_of_its_rows(name):
    with open_table(str(DATA / name)) as table:
        rows = [row.entry and identify_entry(row.entry)[0] for row in table.rows]
    assert rows == EXPECTED[name]


def test_the_cells_of_a_workbook_keep_their_types():
    with open_table(str(DATA / "papers.xlsx")) as table:
        assert (table.form, table.header) == ("Excel (.xlsx), sheet Papers", ["Title", "DOI", "PMID"])
        first, second, _ = table.rows
    assert first.cells == ["Lamps", "10.5555/lhs.2023.0417", 99000417]
    assert (second.number, second.cells) == (4, ["Keepers", None, 99000030])
    assert first.entry.pmid == "99000417"


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("papers.csv", "id,title\n990000030,x\n", "papers.csv: column id holds bare numbers: say --ids altmetric or"),
        ("ids.txt", "990000030\n", "ids.txt: line 1 holds bare numbers: say --ids altmetric or --ids pmid"),
        ("x.jsonl", '{"id":990000030}\n{"id":990000001}\n', "key id holds bare numbers"),
        ("x.json", '["990000030"]', "holds bare numbers"),
        ("x.csv", "DOI,Preprint DOI\n10.5555/a,10.5555/b\n", "DOI and Preprint DOI hold different DOIs: .* --column"),
        ("page.html", "<!DOCTYPE html><p>10.5555/a", "is a page or XML; `altdetails parse` reads saved pages"),
        ("page.xhtml", '<?xml version="1.0"?>\n<!DOCTYPE html>\n<html><p>10.5555/a', "is a page or XML"),
        ("x.bib", "<records/>", "is a page or XML"),
        (
            "pubmed.xml",
            '<?xml version="1.0" ?>\n<PubmedArticleSet>\n<PMID>1</PMID>',
            "is XML; export the references as",
        ),
        (
            "endnote.xml",
            "<xml><records><record><accession-num>1",
            "is XML; export the references as RIS, BibTeX or CSV",
        ),
    ],
)
def test_a_list_that_could_mean_something_else_is_refused(folder, name, content, words):
    write(folder / name, content.encode())
    with pytest.raises(InputError, match=words):
        list(entries([name]))


def test_an_argument_that_is_a_bare_number_is_refused_with_the_way_out():
    with pytest.raises(InputError, match="990000030: a bare number: say --ids altmetric or --ids pmid"):
        list(entries(["990000030"]))
    (entry,) = entries(["990000030"], ids="pmid")
    assert identify_entry(entry)[0] == "pmid:990000030"


def test_ids_say_what_bare_numbers_are(folder):
    write(folder / "x.csv", b"id,title\n990000030,x\n")
    for ids, expected in (("altmetric", "990000030"), ("pmid", "pmid:990000030")):
        (entry,) = entries(["x.csv"], ids=ids)
        assert identify_entry(entry)[0] == expected


def test_columns_with_the_same_dois_are_both_named(folder):
    write(folder / "x.csv", b"DOI,DOI in the repository\n10.5555/a,https://doi.org/10.5555/A\n,\n")
    readings = []
    assert len(list(entries(["x.csv"], readings=readings))) == 1
    assert (dict(readings[0].fields), readings[0].compared) == ({"DOI": 1}, ("DOI in the repository",))


def test_corrections_are_reported():
    readings = []
    list(entries([str(DATA / "preprints.txt")], readings=readings))
    corrected = {noted.row: noted.reason for noted in readings[0].examples["corrected"]}
    assert corrected[1] == "10.1101/2020.01.02.123456 (without the version of the preprint)"
    assert corrected[4] == "10.5555/a.1 (without '/abstract', the ending of a publisher's address)"
    invalid = [noted.reason for noted in readings[0].examples["invalid"]]
    assert "https://doi.org/10/gfz5mn" in invalid[0]
    assert "two DOIs in one, 10.5555/a.3 and 10.5555/b.3" in invalid[1]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "record"),
    [
        ("x.ris", "TY  - JOUR\nDO  - 10.5555/{}\nER  - \n"),
        ("x.bib", "@article{{a, doi = {{10.5555/{}}}}}\n"),
        ("x.enw", "%0 Book\n%R 10.5555/{}\n\n"),
    ],
)
def test_memory_does_not_grow_with_the_length_of_an_export(folder, name, record):
    (folder / name).write_text("".join(record.format(number) for number in range(3_000)))
    tracemalloc.start()
    assert sum(1 for _ in entries([name])) == 3_000
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 2**18  # its entries would take twice as much


@pytest.mark.usefixtures("folder")
def test_a_workbook_with_a_cell_at_the_end_of_its_sheet_is_refused():
    openpyxl = pytest.importorskip("openpyxl")
    workbook = openpyxl.Workbook()
    workbook.active["A1"], workbook.active["XFD1048576"] = "DOI", 1
    workbook.save("x.xlsx")
    with pytest.raises(InputError, match=r"x\.xlsx: a workbook that is too large, or damaged"):
        list(entries(["x.xlsx"]))
