"""Extract the page from MHTML."""

import base64
import quopri
from pathlib import Path

import pytest
from tests.page.measured import outcome_of
from tests.support.cases import for_each

from altdetails.errors import UndecodablePage
from altdetails.page import mhtml, parse

HTML = b"<title>Page 12</title>"
SAMPLES = Path(__file__).parents[2] / "samples"


def message(body=HTML, *, encoding="quoted-printable", headers="", charset="; charset=utf-8", parts=b""):
    coded = {"quoted-printable": quopri.encodestring, "base64": base64.encodebytes}.get(encoding, bytes)(body)
    text = f"""From: <Saved by a browser>
Snapshot-Content-Location: https://www.altmetric.com/details/1
MIME-Version: 1.0
Content-Type: multipart/related; type="text/html"; boundary="--=_b"{headers}

----=_b
Content-Type: text/css

a {{ color: red }}
----=_b
Content-Type: text/html{charset}
Content-ID: <main>
Content-Transfer-Encoding: {encoding}
Content-Location: https://www.altmetric.com/details/2

"""
    return text.replace("\n", "\r\n").encode() + coded + b"\r\n" + parts + b"----=_b--\r\n"


FRAME = b"----=_b\r\nContent-Type: text/html\r\nContent-ID: <frame>\r\n\r\n<p>frame\r\n"


class TestMhtml:
    @for_each("encoding", ["quoted-printable", "base64", "8bit", "binary"])
    def test_the_page_is_extracted_with_its_charset_and_address(self, encoding):
        page = mhtml.unwrap(message("<title>ä = é</title>".encode(), encoding=encoding))
        assert page.content.rstrip() == "<title>ä = é</title>".encode()
        assert page.content_type == "text/html; charset=utf-8"
        assert page.url == "https://www.altmetric.com/details/2"

    def test_lines_can_have_unix_line_ends(self):
        assert mhtml.unwrap(message().replace(b"\r\n", b"\n")).content.strip() == HTML

    def test_the_first_html_part_is_the_page(self):
        assert mhtml.unwrap(message(parts=FRAME)).content.strip() == HTML

    def test_the_part_named_by_start_is_the_page(self):
        assert mhtml.unwrap(message(parts=FRAME, headers='; start="<frame>"')).content.strip() == b"<p>frame"

    def test_without_the_part_named_by_start_the_first_html_part_is_the_page(self):
        assert mhtml.unwrap(message(parts=FRAME, headers='; start="<gone>"')).content.strip() == HTML

    def test_a_page_in_an_inner_multipart_is_found(self):
        inner = (
            b'MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="o"\r\n\r\n--o\r\n'
            b'Content-Type: multipart/alternative; boundary="i"\r\n\r\n--i\r\nContent-Type: text/plain\r\n\r\nno\r\n'
            b"--i\r\nContent-Type: text/html\r\n\r\n" + HTML + b"\r\n--i--\r\n--o--\r\n"
        )
        assert mhtml.unwrap(inner).content.strip() == HTML

    def test_a_part_without_charset_and_address_gets_the_address_of_the_file(self):
        plain = message(charset="").replace(b"Content-Location: https://www.altmetric.com/details/2", b"X: y")
        page = mhtml.unwrap(plain)
        assert (page.content_type, page.url) == ("text/html", "https://www.altmetric.com/details/1")

    def test_an_address_that_is_not_http_is_ignored(self):
        content = message().replace(b"https://www.altmetric.com/details/2", b"cid:x").replace(b"https:", b"file:")
        assert mhtml.unwrap(content).url is None

    @pytest.mark.parametrize(
        "content",
        {
            "no page": message().replace(b"text/html", b"text/plain"),
            "damaged base64": message(encoding="base64").replace(b"==", b""),
            "no boundary": message().replace(b"boundary=", b"border="),
        }.values(),
    )
    def test_damaged_mhtml_is_refused(self, content):
        with pytest.raises(UndecodablePage, match="MHTML"):
            parse(content)

    def test_the_number_and_depth_of_parts_are_limited(self):
        wide = message(b"", parts=b"----=_b\r\n" * 300_000).replace(b"text/html", b"text/plain")
        nested = b"".join(
            b'Content-Type: multipart/related; boundary="b%d"\r\n\r\n--b%d\r\n' % (depth, depth)
            for depth in range(3000)
        )
        for content in (wide, nested):
            with pytest.raises(UndecodablePage):
                parse(content)

    @for_each("content", [b"", b"From: a reader\n\nhello", b"Title\nDOI 10.5555/x\n", b"<html>multipart/related"])
    def test_other_content_is_not_detected_as_mhtml(self, content):
        assert not mhtml.looks_like(content)

    def test_a_page_in_mhtml_gives_the_same_record_and_its_address(self):
        saved = parse((SAMPLES / "saved.mhtml").read_bytes())
        plain = parse((SAMPLES / "article-2023.html").read_bytes())
        assert saved.to_dict() | {"provenance": None} == plain.to_dict() | {"provenance": None}
        assert saved.provenance.final_url == plain.url

    def test_truncated_mhtml_gives_the_sections_before_the_cut(self):
        content = (SAMPLES / "saved.mhtml").read_bytes()
        record = parse(content[: len(content) * 3 // 4])
        assert record.title
        assert "cut_short" in {inconsistency.code for inconsistency in record.inconsistencies}


def test_headers_of_many_parameters_cost_little():
    many = ";" * 60_000
    part = f"--b\r\nContent-Type: text/css{many}\r\n\r\na\r\n"
    content = f"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=b\r\n\r\n{part * 17}"
    assert outcome_of(content.encode(), cpu_seconds=5)["kind"] == "undecodable"


def test_a_content_type_of_many_parameters_costs_little():
    content_type = "text/html" + ";" * 200_000
    assert parse(SAMPLES.joinpath("dataset.html").read_bytes() + b"\xe9", content_type=content_type).title
