"""Parsing of files and documents."""

from pathlib import Path

import pytest
from tests.sources.material import HTML, make_zip, write
from tests.warc import warcs

from altdetails.documents import Document, Unreadable
from altdetails.errors import InputError
from altdetails.parsing.engine import batches, parse_document, parse_file, results_of
from altdetails.results import Failure

SAMPLE = Path(__file__).parents[2] / "samples" / "article-2023.html"


class TestParseFile:
    def test_a_record_has_the_path_of_its_file(self):
        record = parse_file(SAMPLE)
        assert record.title.startswith("Street lamps")
        assert record.provenance.input == str(SAMPLE)

    def test_the_address_in_mhtml_reaches_the_record(self):
        headers = (
            "MIME-Version: 1.0\nContent-Type: text/html\nContent-Location: https://www.altmetric.com/details/2\n\n"
        )
        write("a.mhtml", headers.encode() + SAMPLE.read_bytes())
        assert parse_file("a.mhtml").provenance.final_url == "https://www.altmetric.com/details/2"

    @pytest.mark.parametrize("path", ["nope.html", "two", "two/x.zip"])
    def test_a_missing_file_or_several_pages_are_an_error_with_the_path(self, path):
        write("two/a.html")
        make_zip("two/x.zip", {"a.html": HTML, "b.html": HTML})
        with pytest.raises(InputError, match=path):
            parse_file(path)

    @pytest.mark.parametrize("name", ["x.warc.gz", "folder/x.warc.gz"])
    def test_an_archive_without_a_page_is_an_error_that_mentions_the_filter(self, name):
        mirror = "https://mirror.example.org/details/990000001"
        path = warcs.write(name, warcs.record(1, url=mirror)).partition("/")[0]
        with pytest.raises(
            InputError, match=f"{path}: contains no page with the address of a details page.*url_filter"
        ):
            parse_file(path)
        assert parse_file(path, url_filter=r"/details/\d").provenance.final_url == mirror

    def test_an_invalid_filter_is_shown(self):
        path = warcs.write("x.warc.gz", warcs.record(1))
        with pytest.raises(InputError, match=r"'\(' is not a regular expression"):
            parse_file(path, url_filter="(")


def results(items):
    return [result for batch in results_of(items) for _, result in batch]


class TestResultsOf:
    def test_each_document_has_a_record_or_a_failure_in_order(self):
        page = Document("a.html", SAMPLE.read_bytes())
        items = [
            Document("login.html", b"<html><title>Log in</title><input type=password>"),
            page,
            Unreadable("gone", "missing", "is not there"),
            Document("a.png", b"\x89PNG\r\n"),
            Document("b.html", SAMPLE.read_bytes()),
        ]
        login, first, gone, binary, second = results(items)
        assert (login.file, login.kind) == ("login.html", "login")
        assert first == parse_document(page)
        assert gone == Failure("gone", "missing", "is not there")
        assert (binary.file, binary.kind) == ("a.png", "undecodable")
        assert second.provenance.input == "b.html"

    def test_a_bug_of_altdetails_fails_only_its_page(self):
        not_bytes = Document("odd", ["not bytes"])
        odd, page = results([not_bytes, Document("a.html", SAMPLE.read_bytes())])
        assert (odd.file, odd.kind) == ("odd", "error")
        assert "please report it" in odd.reason
        assert page.provenance.input == "a.html"

    def test_no_documents_give_no_results(self):
        assert results([]) == []


class TestBatches:
    def test_a_batch_ends_at_its_size_or_at_four_mebibytes(self):
        small, large = Document("small", b"x"), Document("large", b"x" * 4 * 2**20)
        assert [*map(len, batches([small] * 5, size=2))] == [2, 2, 1]
        assert [*map(len, batches([small, large, small, small], size=3))] == [2, 2]

    def test_a_full_batch_is_yielded_before_the_next_item_is_taken(self):
        def items():
            yield Document("a", b"")
            raise AssertionError("taken too early")

        assert len(next(batches(items(), size=1))) == 1
