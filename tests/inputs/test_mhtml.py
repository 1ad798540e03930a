"""MHTML → the page in it."""

import base64
import gzip
import quopri

import pytest
from tests.inputs.material import HTML, make_zip, only, write

from altdetails.inputs import Document, documents


def mhtml(body=HTML, *, encoding="quoted-printable", headers="", charset="; charset=utf-8", parts=b""):
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
    @pytest.mark.parametrize("encoding", ["quoted-printable", "base64", "8bit", "binary"])
    @pytest.mark.parametrize("name", ["a.mhtml", "a.mht", "a.html"])
    def test_the_page_is_taken_out_with_its_charset_and_address(self, name, encoding):
        write(name, mhtml("<title>ä = é</title>".encode(), encoding=encoding))
        page = only(name)
        assert page.content.rstrip() == "<title>ä = é</title>".encode()
        assert page.content_type == "text/html; charset=utf-8"
        assert page.url == "https://www.altmetric.com/details/2"

    def test_it_may_be_gzipped_and_in_an_archive(self):
        write("a.mhtml.gz", gzip.compress(mhtml()))
        make_zip("x.zip", {"a.mhtml.gz": gzip.compress(mhtml())})
        assert [item.content.strip() for item in documents(["a.mhtml.gz", "x.zip"])] == [HTML, HTML]

    def test_lines_may_end_as_unix_ends_them(self):
        write("a.mhtml", mhtml().replace(b"\r\n", b"\n"))
        assert only("a.mhtml").content.strip() == HTML

    def test_the_first_page_is_the_page(self):
        write("a.mhtml", mhtml(parts=FRAME))
        assert only("a.mhtml").content.strip() == HTML

    def test_the_part_that_start_names_is_the_page(self):
        write("a.mhtml", mhtml(parts=FRAME, headers='; start="<frame>"'))
        assert only("a.mhtml").content.strip() == b"<p>frame"

    def test_a_start_that_is_not_there_leaves_the_first_page(self):
        write("a.mhtml", mhtml(parts=FRAME, headers='; start="<gone>"'))
        assert only("a.mhtml").content.strip() == HTML

    def test_a_page_in_an_inner_multipart_is_found(self):
        inner = (
            b'MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="o"\r\n\r\n--o\r\n'
            b'Content-Type: multipart/alternative; boundary="i"\r\n\r\n--i\r\nContent-Type: text/plain\r\n\r\nno\r\n'
            b"--i\r\nContent-Type: text/html\r\n\r\n" + HTML + b"\r\n--i--\r\n--o--\r\n"
        )
        write("a.mhtml", inner)
        assert only("a.mhtml").content.strip() == HTML

    def test_without_a_charset_or_address_of_its_own_the_files_address_stands(self):
        plain = mhtml(charset="").replace(b"Content-Location: https://www.altmetric.com/details/2", b"X: y")
        write("a.mhtml", plain)
        assert (only("a.mhtml").content_type, only("a.mhtml").url) == (
            "text/html",
            "https://www.altmetric.com/details/1",
        )

    def test_an_address_that_is_not_of_the_web_is_none(self):
        content = mhtml().replace(b"https://www.altmetric.com/details/2", b"cid:x").replace(b"https:", b"file:")
        write("a.mhtml", content)
        assert only("a.mhtml").url is None

    @pytest.mark.parametrize(
        "content",
        {
            "cut in the page": mhtml()[:-30],
            "no page": mhtml().replace(b"text/html", b"text/plain"),
            "damaged base64": mhtml(encoding="base64").replace(b"==", b""),
            "no boundary": mhtml().replace(b"boundary=", b"border="),
        }.values(),
    )
    def test_damage_is_named(self, content):
        write("a.mhtml", content)
        assert (only("a.mhtml").name, only("a.mhtml").kind) == ("a.mhtml", "unreadable")

    def test_parts_without_number_or_depth_are_bounded(self):
        write("wide.mhtml", mhtml(b"", parts=b"----=_b\r\n" * 300_000).replace(b"text/html", b"text/plain"))
        nested = b"".join(
            b'Content-Type: multipart/related; boundary="b%d"\r\n\r\n--b%d\r\n' % (depth, depth)
            for depth in range(3000)
        )
        write("deep.mhtml", nested)
        assert [item.kind for item in documents(["wide.mhtml", "deep.mhtml"])] == ["unreadable"] * 2

    @pytest.mark.parametrize(
        "content", [b"", b"From: nobody\n\nhello", b"Title\nDOI 10.5555/x\n", b"<html>multipart/related"]
    )
    def test_other_content_stays_as_it_is(self, content):
        write("a.mhtml", content)
        assert only("a.mhtml") == Document("a.mhtml", content)
