"""Documents of archives, and the members that are refused."""

import bz2
import gzip
import lzma
import os
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.sources.material import HTML, make_tar, make_zip, names, only, write
from tests.support.cases import for_each

from altdetails import documents
from altdetails.documents import Document, Unreadable
from altdetails.sources import documents_in

pytestmark = pytest.mark.slow

ARCHIVES = {
    "zip": make_zip,
    "tar": make_tar,
    "tar.gz": lambda path, members: make_tar(path, members, gzip.open),
    "tgz": lambda path, members: make_tar(path, members, gzip.open),
    "tar.bz2": lambda path, members: make_tar(path, members, bz2.open),
    "tar.xz": lambda path, members: make_tar(path, members, lzma.open),
}


@pytest.mark.parametrize("ending", ARCHIVES)
class TestArchives:
    def test_pages_in_archives_are_read_in_order(self, ending):
        members = {
            "b.html": b"B",
            "./d/a.htm": b"A",
            "c.txt.gz": gzip.compress(b"C"),
            "style.css": b"",
            "d/.x.html": b"",
        }
        ARCHIVES[ending](f"x.{ending}", members)
        skipped = []
        items = list(documents_in([f"x.{ending}"], skipped=skipped.append))
        assert [item.content for item in items] == [b"B", b"A", b"C"]
        assert [item.name for item in items] == [f"x.{ending}!{name}" for name in ("b.html", "./d/a.htm", "c.txt.gz")]
        assert skipped == [f"x.{ending}!style.css", f"x.{ending}!d/.x.html"]

    def test_nothing_is_unpacked_to_disk(self, ending):
        ARCHIVES[ending](f"x.{ending}", {"a.html": HTML, "../up.html": HTML})
        list(documents_in([f"x.{ending}"]))
        assert os.listdir() == [f"x.{ending}"]  # noqa: PTH208

    @pytest.mark.parametrize("name", ["/etc/a.html", "../a.html", "d/../../a.html", "C:/a.html", "..\\a.html"])
    def test_absolute_and_parent_paths_are_refused(self, ending, name):
        ARCHIVES[ending](f"x.{ending}", {name: HTML, "good.html": HTML})
        bad, good = documents_in([f"x.{ending}"])
        assert (bad.name, bad.kind) == (f"x.{ending}!{name}", "refused")
        assert good.content == HTML

    def test_archives_in_archives_are_reported_and_not_opened(self, ending):
        ARCHIVES[ending](f"x.{ending}", {"inner.zip": b"PK", "good.html": HTML})
        inner, good = documents_in([f"x.{ending}"])
        assert (inner.name, inner.kind, good.content) == (f"x.{ending}!inner.zip", "refused", HTML)

    @pytest.mark.parametrize("order", [1, -1])
    def test_the_files_of_a_run_are_neither_pages_nor_skipped_files(self, ending, order):
        members = {
            "lock": b"",
            "run/ledger.sqlite": b"SQLite",
            "run/failures.jsonl": b"{}",
            "run/lock": b"",
            "a.html": HTML,
        }
        ARCHIVES[ending](f"x.{ending}", dict(list(members.items())[::order]))
        skipped = []
        assert [item.content for item in documents_in([f"x.{ending}"], skipped=skipped.append)] == [HTML]
        assert skipped == [f"x.{ending}!lock"]

    @pytest.mark.parametrize("order", [1, -1])
    def test_the_parts_of_a_saved_page_are_skipped(self, ending, order):
        members = {"d/Page.html": HTML, "d/Page_files/f.html": b"frame", "my_files/real.html": HTML}
        ARCHIVES[ending](f"x.{ending}", dict(list(members.items())[::order]))
        assert {item.content for item in documents_in([f"x.{ending}"])} == {HTML}

    def test_a_member_above_the_limit_is_refused(self, monkeypatch, ending):
        monkeypatch.setattr(documents, "MAX_DOCUMENT_BYTES", 2**20)
        ARCHIVES[ending](f"x.{ending}", {"large.html": bytes(2**20 + 1), "good.html": HTML})
        large, good = documents_in([f"x.{ending}"])
        assert (large.kind, good.content) == ("refused", HTML)

    def test_a_bomb_of_many_members_ends_the_archive(self, monkeypatch, ending):
        monkeypatch.setattr(documents, "MAX_RATIO", 0)
        monkeypatch.setattr(documents, "_FREE_BYTES", 2**18)
        ARCHIVES[ending](f"x.{ending}", {f"{number}.html": bytes(2**16) for number in range(99)})
        *pages, bomb = documents_in([f"x.{ending}"])
        assert (bomb.name, bomb.kind) == (f"x.{ending}", "refused")
        assert len(pages) <= 4

    def test_too_many_members_end_the_archive(self, monkeypatch, ending):
        monkeypatch.setattr(documents, "MAX_MEMBERS", 3)
        ARCHIVES[ending](f"x.{ending}", {f"{number}.html": HTML for number in range(4)})
        *_, last = documents_in([f"x.{ending}"])
        assert (last.name, last.kind) == (f"x.{ending}", "refused")
        assert "members" in last.reason

    def test_an_archive_without_pages_is_an_error(self, ending):
        ARCHIVES[ending](f"x.{ending}", {"style.css": b""})
        assert (only(f"x.{ending}").name, only(f"x.{ending}").kind) == (f"x.{ending}", "missing")

    @pytest.mark.parametrize("content", [b"", b"<html>", os.urandom(2000)], ids=["empty", "a page", "noise"])
    def test_a_file_that_is_not_an_archive_is_unreadable(self, ending, content):
        write(f"x.{ending}", content)
        assert only(f"x.{ending}").kind == "unreadable"

    @pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
    def test_a_truncated_archive_is_reported(self, ending, share):
        ARCHIVES[ending](f"x.{ending}", {f"{number}.html": os.urandom(5000) for number in range(20)})
        path = Path(f"x.{ending}")
        path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
        *pages, unreadable = documents_in([path])
        assert all(isinstance(page, Document) for page in pages)
        assert (unreadable.name, unreadable.kind) == (f"x.{ending}", "unreadable")


def test_a_tar_that_ends_between_two_members_is_reported():
    make_tar("x.tar", {"a.html": HTML, "b.html": HTML})
    Path("x.tar").write_bytes(Path("x.tar").read_bytes()[:1024])
    page, unreadable = documents_in(["x.tar"])
    assert (page.content, unreadable.kind) == (HTML, "unreadable")


def test_a_damaged_header_in_a_tar_is_reported():
    make_tar("x.tar", {"a.html": HTML, "b.html": HTML})
    content = bytearray(Path("x.tar").read_bytes())
    content[1024] ^= 255
    Path("x.tar").write_bytes(content)
    page, unreadable = documents_in(["x.tar"])
    assert (page.content, unreadable.kind) == (HTML, "unreadable")


@for_each("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_in_a_tar_are_refused(kind):
    with tarfile.open("x.tar", "w") as archive:
        info = tarfile.TarInfo("evil.html")
        info.type = kind
        info.linkname = "/etc/passwd"
        archive.addfile(info)
    assert (only("x.tar").name, only("x.tar").kind) == ("x.tar!evil.html", "refused")


def test_a_tar_header_above_the_limit_is_not_read_into_memory():
    with (
        gzip.open("x.tgz", "wb") as stream,
        tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        info = tarfile.TarInfo("a.html")
        info.pax_headers = {"comment": "x" * 2**21}
        archive.addfile(info)
    assert only("x.tgz").kind == "unreadable"


def test_long_and_foreign_names_in_a_tar_are_read():
    for form in (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT):
        with tarfile.open("x.tar", "w", format=form) as archive:
            archive.addfile(tarfile.TarInfo("d/" * 99 + "é.html"))
        assert names("x.tar") == ["x.tar!" + "d/" * 99 + "é.html"]


@pytest.mark.parametrize("mode", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFIFO])
def test_links_and_devices_in_a_zip_are_refused(mode):
    info = zipfile.ZipInfo("evil.html")
    info.external_attr = (mode | 0o777) << 16
    make_zip("x.zip", {info: b"/etc/passwd"})
    assert (only("x.zip").name, only("x.zip").kind) == ("x.zip!evil.html", "refused")


def test_an_encrypted_member_of_a_zip_is_refused():
    make_zip("x.zip", {"a.html": HTML, "b.html": HTML})
    content = bytearray(Path("x.zip").read_bytes())
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(signature) + flags] |= 1
    Path("x.zip").write_bytes(content)
    secret, page = documents_in(["x.zip"])
    assert (secret.name, secret.kind, page.content) == ("x.zip!a.html", "refused", HTML)
    assert "password" in secret.reason


def test_a_damaged_member_of_a_zip_loses_only_that_member():
    with zipfile.ZipFile("x.zip", "w") as archive:
        archive.writestr("a.html", b"A" * 99)
        archive.writestr("b.html", HTML)
    Path("x.zip").write_bytes(Path("x.zip").read_bytes().replace(b"A" * 99, b"A" * 98 + b"!"))
    damaged, page = documents_in(["x.zip"])
    assert (damaged.name, damaged.kind, page.content) == ("x.zip!a.html", "unreadable", HTML)


def test_a_gz_member_that_unpacks_above_the_limit_is_refused(monkeypatch):
    monkeypatch.setattr(documents, "MAX_DOCUMENT_BYTES", 2**20)
    make_zip("x.zip", {"a.html.gz": gzip.compress(bytes(2**20 + 1))})
    assert only("x.zip").kind == "refused"


@pytest.mark.parametrize("ending", ["zip", "tar", "tar.gz"])
@given(data=st.data())
def test_damage_to_an_archive_never_raises(tmp_path_factory, ending, data):
    path = tmp_path_factory.mktemp("damaged") / f"x.{ending}"
    ARCHIVES[ending](path, {"a.html": HTML, "d/b.txt": HTML * 9})
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    assert all(isinstance(item, Document | Unreadable) for item in documents_in([path]))
