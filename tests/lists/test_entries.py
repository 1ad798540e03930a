"""Lists → identifiers: text, tables, JSON lines and identifiers themselves, in any encoding and of any length."""

import csv
import gzip
import io
import json
import os
import sys
import threading
import time
import tracemalloc
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from tests.sources.material import write
from tests.support.cases import for_each

from altdetails.errors import InputError
from altdetails.identifiers import identify
from altdetails.lists.entries import entries
from altdetails.lists.entry import MISSING, Entry, identify_entry, is_bare_number, read_entry

pytestmark = pytest.mark.slow

A, B, C = "10.5555/a.1", "10.5555/b.2", "10.5555/c.3"
PAGE, OTHER_PAGE = "https://www.altmetric.com/details/990000001", "https://www.altmetric.com/details/990000002"
SICI = "10.5555/(sici)1096-8644(199609)101:1<1::aid-ajpa1>3.0.co;2-#"
OTHER_SICI = "10.5555/(SICI)1097-0258(19980815)17:15<1661::AID-SIM968>3.0.CO;2-2"


def texts(*sources, ids="altmetric", **options):
    return [entry.text for entry in entries(sources, ids=ids, **options)]


def places(*sources, **options):
    return [(entry.text, entry.place) for entry in entries(sources, **options)]


def read(name, content, **options):
    """Write a file, and return the texts of its entries. Bare numbers in it are Altmetric ids."""
    write(name, content.encode() if isinstance(content, str) else content)
    return texts(name, **options)


TEXTS = {
    "one a line": (f"{A}\n{B}\n", [A, B]),
    "no line end at the end": (f"{A}\n{B}", [A, B]),
    "blank lines and white space": (f"\n  {A} \t\n\n \n{B}\n\n", [A, B]),
    "Windows line ends": (f"{A}\r\n\r\n{B}\r\n", [A, B]),
    "old Mac line ends": (f"{A}\r{B}\r", [A, B]),
    "a line of comment": (f"# all of 2024\n{A}\n  # more\n{B}\n", [A, B]),
    "a comment after an entry": (f"{A} # the first\n{B}\t# the second, with a tab\n", [A, B]),
    "a # in a DOI": (f"{SICI}\n10.5555/x#y # z\n", [SICI, "10.5555/x#y"]),
    "a heading": (f"DOI\n{A}\n", [A]),
    "a heading after a byte order mark": (f"\ufeffdoi\n{A}\n", [A]),
    "a heading after comments and blank lines": (f"# my list\n\nDOI\n{A}\n", [A]),
    "an array of numbers": ("[990000001, 990000002]", ["990000001", "990000002"]),
    "numbers of references in brackets": ("[1]\n[2]\n", ["[1]", "[2]"]),
    "mixed schemes": (
        "PMID: 99000001\n990000001\narXiv:2101.01234\n",
        ["PMID: 99000001", "990000001", "arXiv:2101.01234"],
    ),
    "commas in some lines": (f"10.5555/a,b\n{A}\n", ["10.5555/a,b", A]),
    "old DOIs with semicolons": (f"{SICI}\n{OTHER_SICI}\n", [SICI, OTHER_SICI]),
    "one line that could be two cells": ("10.5555/a;2024\n", ["10.5555/a;2024"]),
    "no content": ("", []),
    "only comments": ("# a\n#b\n\n", []),
}


@for_each("name", ["dois.txt", "dois.list", "dois", "dois.2024", "DOIS.TXT"])
@for_each(("content", "expected"), TEXTS.values(), ids=TEXTS)
def test_every_line_of_a_text_is_an_entry(name, content, expected):
    assert read(name, content) == expected


TABLES = {
    "by the name DOI": (f"Title,DOI,Year\nA title,{A},2020\nAnother,{B},2021\n", [A, B]),
    "quoted cells": (f'"Title","DOI"\n"A, ""quoted"" title","{A}"\n"Another",{B}\n', [A, B]),
    "a cell of several lines": (f'Abstract,DOI\n"line 1\nline 2, still\n\nline 3",{A}\nshort,{B}\n', [A, B]),
    "semicolons": (f"Titre;DOI;Année\nUn, deux;{A};2020\nTrois;{B};2021\n", [A, B]),
    "pipes": (f"title|doi\nx|{A}\ny|{B}\n", [A, B]),
    "a name in lower case with spaces": (f" doi ,title\n{A},x\n", [A]),
    "Altmetric Explorer": (
        f"Altmetric Attention Score,DOI,Details Page URL\n12,{A},{PAGE}\n0,,{OTHER_PAGE}\n",
        [A, OTHER_PAGE],
    ),
    "Scopus": (f'"Authors","Title","DOI","Link"\n"A, B.; C, D.","x","{A}","https://example.org/x"\n', [A]),
    "OpenAlex": (f"id,doi,title\nhttps://openalex.org/W1,https://doi.org/{A},x\n", [f"https://doi.org/{A}"]),
    "OpenAlex, flattened": (f"id,ids.doi\nhttps://openalex.org/W1,{A}\n", [A]),
    "Dimensions, with a line about itself": (
        f'"About the data: Exported on Jan 1, 2026. Criteria: x, y"\nRank,ID,DOI\n1,pub.1,{A}\n2,pub.2,{B}\n',
        [A, B],
    ),
    "Dimensions, with an unquoted line about itself": (
        f"About the data: Exported on Jan 1, 2026. Criteria: x, y and z\nRank,Publication ID,DOI\n1,pub.1,{A}\n",
        [A],
    ),
    "Excel's line about its separator": (f"sep=;\nTitle;DOI\nx, y;{A}\n", [A]),
    "a DOI before an address": (f"url,title,doi\nhttps://example.org/1,x,{A}\n", [A]),
    "by the content of the cells": (f"No.,Reference,Found\n1,{A},2020\n2,{B},2021\n", [A, B]),
    "by addresses in the cells": (
        "x,y\nb,https://www.altmetric.com/details/990000001\n",
        ["https://www.altmetric.com/details/990000001"],
    ),
    "by a vague name": ("title,id\nx,990000001\ny,990000002\n", ["990000001", "990000002"]),
    "without a header": (f"{A},A title,2020\n{B},Another,2021\n", [A, B]),
    "without a header, the DOI last": (f"1;A title;{A}\n2;Another;{B}\n", [A, B]),
    "one column with a header": (f"DOI\n{A}\n{B}\n", [A, B]),
    "one column with an unusual name": (f"my list\n{A}\n{B}\n", [A, B]),
    "one column without a header": (f"{A}\n{B}\n", [A, B]),
    "one column of old DOIs": (f"{SICI}\n{OTHER_SICI}\n", [SICI, OTHER_SICI]),
    "one quoted column of ids": ('"990000001"\n"990000002"\n', ["990000001", "990000002"]),
    "blank and empty rows": (f"DOI,Title\n\n{A},x\n,\n{B},y\n\n", [A, B]),
    "rows of fewer and more cells": (f"Title,DOI\nx,{A},more,yet more\ny,{B}\n", [A, B]),
    "Windows line ends ": (f"DOI,Title\r\n{A},x\r\n", [A]),
    "old Mac line ends ": (f"DOI,Title\r{A},x\r{B},y\r", [A, B]),
    "no content": ("", []),
    "a header alone": ("Title,DOI\n", []),
}


@for_each(("content", "expected"), TABLES.values(), ids=TABLES)
def test_the_cells_of_the_right_column_of_a_csv_file_are_read(content, expected):
    assert read("export.csv", content) == expected


WITH_TWO_COLUMNS = {name: case for name, case in TABLES.items() if "one " not in name and "no content" not in name}


@for_each(("content", "expected"), WITH_TWO_COLUMNS.values(), ids=WITH_TWO_COLUMNS)
def test_a_table_without_an_ending_is_detected_by_its_content(content, expected):
    if content.count("\n") + content.count("\r") > 1:
        assert read("export", content) == expected


TABBED = {
    "names": (f"Title\tDOI\nx, y\t{A}\nz\t{B}\n", [A, B]),
    "Web of Science, with a quote that opens a title": (
        f'PT\tTI\tDI\tD2\nJ\t"Quoted" titles\t{A}\t\nJ\t"Never closed\t{B}\t\nB\tx\t{C}\t\n',
        [A, B, C],
    ),
    "a cell in quotes of several lines": (f'DOI\tAbstract\n{A}\t"one"\n{B}\t"line 1\nline 2"\n{C}\tx\n', [A, B, C]),
    "no header": (f"x\t{A}\ny\t{B}\n", [A, B]),
    "commas and semicolons in most cells": (f"Authors\tDI\nA, B; C, D; E\t{A}\nF, G; H\t{B}\n", [A, B]),
}


@for_each("name", ["export.tsv", "export.tab", "savedrecs.txt", "export"])
@for_each(("content", "expected"), TABBED.values(), ids=TABBED)
def test_a_table_with_tabs_is_read_with_any_file_name(name, content, expected):
    assert read(name, content) == expected


JSON_LINES = {
    "objects": (f'{{"doi":"{A}","title":"x"}}\n{{"title":"y","doi":"{B}"}}\n', [A, B]),
    "strings and numbers": (f'"{A}"\n990000001\n', [A, "990000001"]),
    "records of altdetails": (
        f'{{"altmetric_id":990000001,"url":"x","doi":"{A}"}}\n{{"altmetric_id":990000002,"url":"x","doi":null}}\n',
        [A, "990000002"],
    ),
    "failures of a run": (f'{{"identifier":"{A}","outcome":"failed","reason":"x"}}\n', [A]),
    "Crossref": (f'{{"DOI":"{A}","URL":"https://example.org"}}\n', [A]),
    "OpenAlex": (f'{{"id":"https://openalex.org/W1","doi":"https://doi.org/{A}"}}\n', [f"https://doi.org/{A}"]),
    "addresses": (
        '{"url":"https://www.altmetric.com/details/990000001"}\n',
        ["https://www.altmetric.com/details/990000001"],
    ),
    "blank lines": (f'\n{{"doi":"{A}"}}\n\n', [A]),
}


@for_each("name", ["x.jsonl", "x.ndjson", "x.json", "x.JSONL"])
@for_each(("content", "expected"), JSON_LINES.values(), ids=JSON_LINES)
def test_the_values_of_the_right_key_of_json_lines_are_read(name, content, expected):
    assert read(name, content) == expected


def test_json_lines_without_an_ending_are_detected_by_their_content():
    assert read("x", f'{{"doi":"{A}"}}\n') == [A]


ENCODINGS = {
    "UTF-8 with a mark": "utf-8-sig",
    "UTF-16 with a mark": "utf-16",
    "UTF-16, little-endian, without a mark": "utf-16-le",
    "UTF-16, big-endian, without a mark": "utf-16-be",
    "UTF-32": "utf-32",
    "Windows-1252": "cp1252",
}


@for_each("encoding", ENCODINGS.values(), ids=ENCODINGS)
@for_each("pack", [bytes, gzip.compress])
def test_encodings_are_detected_and_gzip_is_decompressed(encoding, pack):
    content = f"Título;DOI\nEnergía – ‘x’;{A}\né;{B}\n"
    assert read("x.csv", pack(content.encode(encoding))) == [A, B]
    assert read("x.txt.gz", pack(f"{A}\n10.5555/é\n".encode(encoding))) == [A, "10.5555/é"]


@for_each("ending", ["csv", "tsv", "jsonl", "txt"])
def test_the_ending_before_gz_is_used(ending):
    content = {"csv": f"Title,DOI\nx,{A}\n", "tsv": f"T\tDOI\nx\t{A}\n", "jsonl": f'{{"doi":"{A}"}}', "txt": A}[ending]
    assert read(f"x.{ending}.gz", gzip.compress(content.encode())) == [A]


class TestSources:
    def test_files_and_identifiers_can_be_mixed_and_keep_their_order(self):
        write("a.txt", A.encode())
        write("b.csv", f"DOI,x\n{B},1\n".encode())
        assert texts("b.csv", C, "a.txt", "990000001") == [B, C, A, "990000001"]

    @for_each(
        "source_text",
        [A, "990000001", f"https://doi.org/{A}", "https://www.altmetric.com/details/990000001/news", "PMID: 99000001"],
    )
    def test_an_identifier_is_a_source(self, source_text):
        assert [(entry.text, entry.place) for entry in entries([A, f" {source_text} "], ids="altmetric")] == [
            (A, "argument 1"),
            (source_text, "argument 2"),
        ]

    def test_a_file_is_preferred_to_an_identifier_of_the_same_name(self):
        write("990000001", A.encode())
        write(B, C.encode())
        assert texts("990000001", B) == [A, C]

    def test_standard_input_is_read_as_a_file_without_an_ending(self, monkeypatch):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(gzip.compress(f"t,DOI\nx,{A}\n".encode()))))
        assert places("-") == [(A, "<stdin>:2")]
        assert not sys.stdin.buffer.closed

    def test_a_pipe_is_read(self):
        os.mkfifo("pipe")
        writer = threading.Thread(target=Path("pipe").write_bytes, args=[f"{A}\n{B}\n".encode()])
        writer.start()
        assert texts("pipe") == [A, B]
        writer.join()

    @for_each("source", ["nope.csv", "dois", "10.55/x", "a\0b", "x" * 5000, "\udcff.txt"])
    def test_a_source_that_is_neither_file_nor_identifier_is_refused_before_any_file_is_read(self, source):
        write("a.txt", A.encode())
        with pytest.raises(InputError, match="no such file, and not an identifier"):
            next(entries(["a.txt", source]))

    @pytest.mark.parametrize("source", ["", " "])
    def test_an_empty_argument_is_refused_with_its_number(self, source):
        with pytest.raises(InputError, match="argument 2 is empty"):
            next(entries([A, source]))

    def test_a_folder_is_refused(self):
        Path("lists").mkdir()
        with pytest.raises(InputError, match="lists: is a folder"):
            next(entries(["lists"]))

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
    def test_a_file_without_permission_is_refused(self):
        write("a.txt", A.encode()).chmod(0)
        with pytest.raises(InputError, match=r"a\.txt: cannot be read"):
            texts("a.txt")


class TestContentAgainstTheName:
    @for_each("name", ["export.tsv", "export.tab"])
    @for_each("mark", [",", ";"])
    def test_a_table_without_tabs_has_the_separator_that_it_uses(self, name, mark):
        assert read(name, f"DOI{mark}Title\n{A}{mark}x\n{B}{mark}y\n") == [A, B]

    def test_one_column_without_tabs_is_a_table(self):
        assert read("export.tsv", f"DOI\n{A}\n{SICI}\n") == [A, SICI]


class TestLongLines:
    def test_a_row_with_the_authors_of_a_large_collaboration_is_read(self):
        authors = "Doe, J.; " * 60_000
        assert read("scopus.csv", f'Authors,Title,Year,DOI\n"{authors}",x,2024,{A}\n"z",y,2024,{B}\n') == [A, B]

    def test_many_spaces_in_a_line_take_no_time(self):
        line = f"{A}{' ' * 60_000}x 10.5"
        started = time.process_time()
        assert read("x.txt", f"{line}\n{B}\n") == [line, B]
        assert time.process_time() - started < 5


class TestPlaces:
    def test_blank_lines_and_comments_count_as_lines(self):
        write("a.txt", f"# x\n\n{A}\r\n\r{B}\n".encode())
        assert places("a.txt") == [(A, "a.txt:3"), (B, "a.txt:5")]

    def test_the_place_of_a_row_is_its_first_line(self):
        write("a.csv", f'DOI,Abstract\n{A},"1\n2\n3"\n\n{B},x\n'.encode())
        assert places("a.csv") == [(A, "a.csv:2"), (B, "a.csv:6")]

    def test_the_place_of_an_object_is_its_line(self):
        write("a.jsonl", f'{{"doi":"{A}"}}\n\n{{"doi":"{B}"}}\n'.encode())
        assert places("a.jsonl") == [(A, "a.jsonl:1"), (B, "a.jsonl:3")]

    def test_places_after_the_first_lines_are_correct(self):
        write("a.txt", "".join(f"10.5555/{number}\n" for number in range(1, 201)).encode())
        assert places("a.txt")[-1] == ("10.5555/200", "a.txt:200")
        write("a.csv", ("DOI,x\n" + "".join(f"10.5555/{number},y\n" for number in range(2, 201))).encode())
        assert places("a.csv")[-1] == ("10.5555/200", "a.csv:200")


class TestColumns:
    TABLE = f"Title,DOI,Preprint DOI,Nº\nx,{A},{B},990000001\ny,{B},{C},990000002\n"

    @for_each(
        ("column", "expected"),
        {
            "Preprint DOI": [B, C],
            "preprint_doi": [B, C],
            " Preprint DOI ": [B, C],
            "Nº": ["990000001", "990000002"],
            "4": ["990000001", "990000002"],
            "DOI": [A, B],
        }.items(),
    )
    def test_a_column_is_chosen_by_its_name_or_number(self, column, expected):
        assert read("x.csv", self.TABLE, column=column) == expected

    def test_a_column_of_a_table_without_a_header_is_chosen_by_its_number(self):
        assert read("x.csv", f"x,990000001,{A}\ny,990000002,{B}\n", column="2") == ["990000001", "990000002"]

    @for_each("column", ["doi number", "5", "0", "", "-1"])
    def test_a_missing_column_is_refused_with_the_list_of_columns(self, column):
        with pytest.raises(InputError, match=r"x\.csv: has no column .*; its columns are Title, DOI, Preprint DOI, Nº"):
            read("x.csv", self.TABLE, column=column)

    def test_a_table_without_a_column_of_identifiers_is_refused_with_the_list_of_columns(self):
        with pytest.raises(InputError, match=r"name one with --column, and .*: its columns are Title, Year"):
            read("x.csv", "Title,Year\nx,2020\ny,2021\n")

    def test_a_column_of_digits_is_not_a_column_of_identifiers(self):
        with pytest.raises(InputError, match="--column"):
            read("x.csv", "Year,Citations\n2020,15\n2021,16\n")

    def test_a_key_of_json_lines_is_chosen_by_its_name(self):
        assert read("x.jsonl", f'{{"doi":"{A}","preprint":"{B}"}}\n', column="Preprint") == [B]

    @pytest.mark.parametrize("column", ["preprint", None])
    def test_a_missing_key_is_refused_with_the_list_of_keys(self, column):
        with pytest.raises(InputError, match=r"x\.jsonl:1: no key .*: its keys are title, year"):
            read("x.jsonl", '{"title":"x","year":2020}\n', column=column)

    def test_the_column_is_ignored_for_plain_text(self):
        assert read("x.txt", f"{A}\n", column="DI") == [A]


class TestEmptyCells:
    @for_each(
        ("name", "content", "rows"),
        {
            "a cell": ("x.csv", f"DOI,Title\n{A},x\n,y\n  ,z\n,\n\n{B}\n", [3, 4]),
            "a row that ends before the column": ("x.csv", f"Title,DOI\nx\ny,{B}\nz,{A}\n", [2]),
            "objects": (
                "x.jsonl",
                f'{{"doi":"{A}"}}\n{{"doi":null}}\n{{"doi":" "}}\n{{"title":"x"}}\nnull\n{{"doi":"{B}"}}\n',
                [2, 3, 4, 5],
            ),
            "missing values of other tools": (
                "x.csv",
                f"DOI,T\n{A},x\nNaN,y\nN/A,z\nnull,w\n-,v\nnone,u\nNA,t\n#N/A,s\n{B},r\n",
                [3, 4, 5, 6, 7],
            ),
            "a missing value in a text": ("x.txt", f"{A}\nN/A\n{B}\n", [2]),
        }.values(),
    )
    def test_rows_without_an_identifier_are_counted_and_the_first_five_are_named(self, name, content, rows):
        readings = []
        assert read(name, content, readings=readings) == [A, B] or read(name, content) == [B, A]
        (reading,) = readings
        assert [noted.row for noted in reading.examples["missing"]] == rows
        assert reading.counts["missing"] == reading.rows - 2


REFUSED = {
    "a workbook": ("x.xlsx", b"PK\x03\x04" + os.urandom(50), r"x\.xlsx: is a workbook.*save it as CSV"),
    "an old workbook": ("x.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(50), "save it as CSV"),
    "a PDF": ("x.pdf", b"%PDF-1.7\n%\xe2\xe3", "is a PDF"),
    "Parquet": ("x.parquet", b"PAR1\x15\x04", "Parquet"),
    "a database": ("ledger.sqlite", b"SQLite format 3\0" + bytes(50), "database"),
    "a workbook named csv": ("x.csv", b"PK\x03\x04" + bytes(50), r"x\.csv: is a workbook"),
    "a workbook in gzip": ("x.csv.gz", gzip.compress(b"PK\x03\x04" + bytes(50)), "is a workbook"),
    "binary data": (
        "x.txt",
        b"10.5555/x\n10.5555/y\n10.55\0" + b"x" * 90,
        r"x\.txt:3: not text, because it contains a NUL byte",
    ),
    "a page": ("x.html", b"<!DOCTYPE html><html>", "altdetails parse"),
    "an archive of pages": ("pages.warc", b"WARC/1.1\r\nWARC-Type: warcinfo\r\n", "altdetails parse"),
    "a long line": ("x.txt", b"10.5555/x\n10.5555/" + b"y" * 2**16, r"x\.txt:2: a line of more than 64 KiB"),
    "a long line after many": ("x.txt", b"10.5555/x\n" * 100 + b"y" * 2**17, r"x\.txt:101: a line of"),
    "quotes that are not closed": ("x.csv", f'DOI,T\n{A},x\n{B},"y\n{C},z\n'.encode(), r"x\.csv:3: broken quotes"),
    "quotes inside a cell": ("x.csv", f'DOI,T\n{A},"x"y\n'.encode(), r"x\.csv:2: broken quotes"),
    "a long row": (
        "x.csv",
        f'DOI,T\n{A},"'.encode() + b"abc\n" * 2**18,
        r"x\.csv:2: a row of more than 1,024 KiB",
    ),
    "truncated gzip": (
        "x.txt.gz",
        gzip.compress(os.urandom(999).hex().encode())[:500],
        r"x\.txt\.gz:1: cannot be read further",
    ),
    "damaged gzip": ("x.txt.gz", gzip.compress(A.encode())[:-8] + bytes(8), r"x\.txt\.gz:1: cannot be read further"),
}


@for_each(("name", "content", "words"), REFUSED.values(), ids=REFUSED)
def test_a_file_that_is_not_a_list_is_refused_with_its_name_and_what_to_do(name, content, words):
    with pytest.raises(InputError, match=words):
        read(name, content)


def test_a_cell_can_be_longer_than_pythons_default_limit():
    authors = "A, B.; \n" * 2**16
    assert read("x.csv", f'Authors,DOI\n"{authors}",{A}\n') == [A]


def test_entries_before_an_error_are_yielded_before_it():
    write("x.txt", f"{A}\n".encode() * 200 + b"y" * 2**17)
    read_entries = entries(["x.txt"])
    assert [next(read_entries).text for _ in range(200)] == [A] * 200
    with pytest.raises(InputError, match=r"x\.txt:201"):
        next(read_entries)


class TestIdentifyEntry:
    @for_each(
        ("source_text", "expected"),
        {
            "10.5555/ABC": "10.5555/abc",
            "https://doi.org/10.5555/ABC?x=y": "10.5555/abc",
            "doi:10.5555%2Fabc": "10.5555/abc",
            '"10.5555/x",': "10.5555/x",
            '="10.5555/x"': "10.5555/x",
            '=HYPERLINK("https://doi.org/10.5555/x";"a title")': "10.5555/x",
            '<a href="https://doi.org/10.5555/x">10.5555/x</a>': "10.5555/x",
            "- [a title](https://doi.org/10.5555/a(1)2)": "10.5555/a(1)2",
            "* 10.5555/x": "10.5555/x",
            "12. doi:10.5555/x": "10.5555/x",
            SICI: SICI,
            OTHER_SICI: OTHER_SICI.lower(),
            "990000001": "990000001",
            "Altmetric ID: 990000001": "990000001",
            "https://www.altmetric.com/details/990000001/twitter/page:2?src=x": "990000001",
            "https://bmc.altmetric.com/details/990000001#score": "990000001",
            "https://www.altmetric.com/details/doi/10.5555/x": "10.5555/x",
            "https://bmc.altmetric.com/details/990000001/chapter/990000002/news": (
                "https://www.altmetric.com/details/990000001/chapter/990000002"
            ),
        }.items(),
    )
    def test_the_identifier_of_an_entry_is_normalised(self, source_text, expected):
        assert identify_entry(Entry(source_text, "x:1")) == (expected, None)
        assert identify(expected).value == expected
        assert identify_entry(Entry(expected, "x:1")) == (expected, None)

    @for_each(
        ("source_text", "expected", "words"),
        [
            ("PMID: 99000001", "pmid:99000001", ["PubMed", "DOI"]),
            ("https://pubmed.ncbi.nlm.nih.gov/99000001/", "pmid:99000001", ["PubMed", "ID Converter"]),
            ("arXiv:2101.01234v2", "arxiv:2101.01234", ["arXiv", "10.48550/arXiv.2101.01234 "]),
            ("hep-th/9901001", "arxiv:hep-th/9901001", ["10.48550/arXiv.hep-th/9901001 "]),
            ("978-0-306-40615-7", "isbn:9780306406157", ["ISBN", "DOI"]),
            ("https://hdl.handle.net/2027/x.1", "handle:2027/x.1", ["handle", "DOI"]),
            ("10.5555", "10.5555", ["nothing after the DOI prefix"]),
            ("10.5555/a 10.5555/b", "10.5555/a 10.5555/b", ["two DOIs in one"]),
            ("9.9000001E+07", "9.9000001E+07", ["spreadsheet", "rounded"]),
            ("1,2E7", "1,2E7", ["spreadsheet", "rounded"]),
            ("10. 5555/x", "10. 5555/x", ["DOI prefix"]),
            ("10.5555/a\0b", "10.5555/a\0b", ["control"]),
            ("n/a", "n/a", []),
            ("https://example.org/details/1", "https://example.org/details/1", ["altmetric.com"]),
        ],
    )
    def test_an_entry_that_cannot_be_fetched_has_a_reason_and_its_scheme_if_it_has_one(
        self, source_text, expected, words
    ):
        identifier, reason = identify_entry(Entry(source_text, "x:1"))
        assert identifier == expected
        assert all(word in reason for word in words)
        assert repr(source_text)[:20] in reason

    @for_each(
        "line",
        [
            '{"doi": "10.5555/x"',
            '{"altmetric_id": 99',
            "10.5555/x",
            '"10.5555/x',
            '{"doi": ["10.5555/x"]}',
            "true",
            "1.5",
        ],
    )
    def test_an_invalid_line_of_json_is_an_invalid_entry_and_reading_continues(self, line):
        write("x.jsonl", f'{{"doi":"{A}"}}\n{line}\n{{"doi":"{B}"}}\n'.encode())
        good, bad, more = entries(["x.jsonl"])
        assert [identify_entry(good), identify_entry(more)] == [(A, None), (B, None)]
        assert (bad.text, bad.place) == (line, "x.jsonl:2")
        identifier, reason = identify_entry(bad)
        assert (identifier, bool(reason)) == (line, True)

    @pytest.mark.parametrize("text", ["\ud800", "10.5555/\udcff"])
    def test_a_text_with_lone_surrogates_becomes_valid_unicode(self, text):
        identifier, reason = identify_entry(Entry(text, "x:1"))
        assert identifier.encode() == text.encode(errors="replace")
        assert reason.encode()

    def test_deeply_nested_json_is_an_invalid_line(self):
        (bad,) = entries([str(write("x.jsonl", b'{"doi":' + b"[" * 30_000 + b"\n"))])
        assert identify_entry(bad)[1].startswith("not JSON")


SUFFIX = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Z"]), min_size=1, max_size=20)
ANY = st.one_of(st.text(max_size=60), SUFFIX.map("10.5555/{}".format), SUFFIX.map("https://doi.org/10.5555/{}".format))


@for_each("text", ["9900\u200b0001", "&nbsp;99000001", "&quot;99000001&quot;", "\ufeff99000001", "(99000001)"])
def test_a_number_with_copied_characters_is_a_bare_number(text):
    assert is_bare_number(text)
    assert read_entry(Entry(text, "x:1", scheme="pmid")).identifier == "pmid:99000001"


@for_each("text", [".5", "/1", ":1", "$5", "#5", "-5", "\u22125", "5 %5", "1,000", "1e5"])
def test_a_number_with_a_sign_or_a_fraction_is_no_identifier(text):
    assert not is_bare_number(text)
    assert read_entry(Entry(text, "x:1", scheme="altmetric_id")).outcome == "invalid"


@given(ANY)
def test_identify_entry_agrees_with_identify(text):
    assume(not is_bare_number(text))  # what it is depends on its column
    identifier, reason = identify_entry(Entry(text, "x:1"))
    if reason is None:
        assert identifier == identify(identifier).value
        if read_entry(Entry(text, "x:1")).correction is None:
            assert identify(text).value == identifier
    elif read_entry(Entry(text, "x:1")).outcome == "invalid":
        assert identifier == text
    else:
        assert identify_entry(Entry(identifier, "x:1"))[0] == identifier


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    dois=st.lists(st.from_regex(r"10\.5555/[a-z0-9(][a-z0-9()<>:;,.|_#/-]{0,20}[a-z0-9]", fullmatch=True), min_size=1),
    titles=st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30), min_size=1),
    dialect=st.sampled_from([csv.excel, csv.excel_tab, csv.unix_dialect]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_the_dois_of_a_table_are_read_with_any_titles(folder, dois, titles, dialect, encoding):
    written = io.StringIO()
    table = csv.writer(written, dialect, quoting=csv.QUOTE_ALL)
    table.writerow(["Title", "DOI", "Year"])
    table.writerows((titles[number % len(titles)], doi, 2020) for number, doi in enumerate(dois))
    assert read(str(folder / "x.csv"), written.getvalue().encode(encoding)) == dois


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.lists(st.text(st.characters(codec="utf-8"), min_size=1).filter(str.strip), min_size=1))
def test_written_json_lines_are_read_back(folder, values):
    content = "".join(json.dumps({"doi": value}) + "\n" for value in values)
    assert read(str(folder / "x.jsonl"), content) == [
        text for value in values if (text := value.strip()).casefold() not in MISSING
    ]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.one_of(
        st.binary(max_size=300),
        st.text("\"'\n\r\t,;|#\\{}[]:0123456789./doix \ufeffé", max_size=300).map(str.encode),
    ),
    ending=st.sampled_from(["", ".txt", ".csv", ".tsv", ".jsonl", ".json", ".csv.gz"]),
    column=st.sampled_from([None, "doi", "1"]),
)
def test_any_content_raises_only_input_errors(folder, content, ending, column):
    path = write(folder / f"x{ending}", content)
    with suppress(InputError):
        for entry in entries([str(path)], column=column):
            assert entry.text == entry.text.strip()
            assert entry.text
            identify_entry(entry)


def test_memory_does_not_grow_with_the_length_of_a_list(folder):
    def peak(count):
        path = folder / "x.csv.gz"
        with gzip.open(path, "wt", compresslevel=1) as file:
            file.write("Title,DOI\n")
            file.writelines(f'"A title, {number}",10.5555/{number}\n' for number in range(count))
        tracemalloc.start()
        assert sum(1 for _ in entries([str(path)])) == count
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    assert peak(5_000) < 750_000  # its entries would take 850 KB more; garbage is not collected at once
