"""Documents of files, folders, patterns and standard input."""

import gzip
import io
import os
import sys
import threading
import zipfile
from pathlib import Path

import pytest
from tests.sources.material import HTML, names, only, write
from tests.support.cases import for_each

from altdetails import documents
from altdetails.documents import Document, Unreadable
from altdetails.errors import InputError
from altdetails.scraping.store.folder import RunFiles
from altdetails.sources import documents_in


class TestFiles:
    def test_documents_keep_the_order_of_the_paths(self):
        for name in ("b.html", "a.html"):
            write(name)
        assert names("b.html", "a.html", "b.html") == ["b.html", "a.html", "b.html"]

    @for_each("name", ["page", "page.dat", "page.HTML", "Seite ä.html", "a[1].html"])
    def test_a_file_given_by_its_path_is_read_with_any_ending(self, name):
        write(name)
        assert only(name) == Document(name, HTML)

    @pytest.mark.parametrize("name", ["page.html.gz", "page.GZ", "page.html"])
    def test_gzip_is_detected_by_its_content(self, name):
        write(name, gzip.compress(HTML))
        assert only(name) == Document(name, HTML)

    def test_gzip_in_several_parts_is_one_document(self):
        write("a.html.gz", gzip.compress(HTML[:10]) + gzip.compress(HTML[10:]))
        assert only("a.html.gz").content == HTML

    def test_a_path_object_is_accepted(self):
        write("a.html")
        assert only(Path("a.html")).content == HTML

    def test_a_pipe_is_read_once(self):
        os.mkfifo("pipe")
        writer = threading.Thread(target=Path("pipe").write_bytes, args=[HTML])
        writer.start()
        assert only("pipe") == Document("pipe", HTML)
        writer.join()

    def test_standard_input_is_bytes(self, monkeypatch):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(gzip.compress(b"\xff" + HTML))))
        assert only("-") == Document("<stdin>", b"\xff" + HTML)

    def test_a_name_that_is_not_utf8_stays_printable(self):
        Path(os.fsdecode(b"caf\xe9.html")).write_bytes(HTML)
        assert names(".") == ["./caf?.html"]


UNREADABLE = {
    "a missing file": ("nope.html", None, "missing", "no such file"),
    "a path below a file": ("plain.html/x.html", None, "missing", "no such file"),
    "no match": ("nope-*.html", None, "missing", "no file matches"),
    "a path with NUL": ("a\0b.html", None, "unreadable", "cannot be read"),
    "a long name": ("x" * 300, None, "unreadable", "cannot be read"),
    "truncated gzip": ("a.html.gz", gzip.compress(os.urandom(999))[:500], "unreadable", "truncated gzip"),
    "gzip with a wrong checksum": ("a.html.gz", gzip.compress(HTML)[:-8] + bytes(8), "unreadable", "damaged gzip"),
    "gzip with garbage inside": ("a.html.gz", gzip.compress(HTML)[:10] + b"\xff" * 20, "unreadable", "damaged gzip"),
    "not gzip": ("a.html.gz", HTML, "unreadable", "not gzip"),
}


@for_each(("path", "content", "kind", "words"), UNREADABLE.values(), ids=UNREADABLE)
def test_an_error_has_the_file_name_and_the_rest_is_read(path, content, kind, words):
    write("plain.html")
    if content is not None:
        write(path, content)
    unreadable, page = documents_in([path, "plain.html"])
    assert isinstance(page, Document)
    assert (unreadable.name, unreadable.kind) == (path, kind)
    assert words in unreadable.reason
    assert isinstance(unreadable.error, InputError)
    assert path in str(unreadable.error)


def test_a_link_to_itself_is_unreadable():
    Path("loop.html").symlink_to("loop.html")
    assert only("loop.html").kind == "unreadable"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_unreadable():
    write("secret.html").chmod(0)
    assert only("secret.html").kind == "unreadable"


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_document_above_the_limit_is_refused_before_it_fills_memory(monkeypatch, pack):
    monkeypatch.setattr(documents, "MAX_DOCUMENT_BYTES", 2**20)
    write("large.html", pack(bytes(2**20 + 1)))
    write("whole.html", pack(bytes(2**20)))
    large, whole = documents_in(["large.html", "whole.html"])
    assert (large.kind, len(whole.content)) == ("refused", 2**20)


def test_an_endless_device_is_refused(monkeypatch):
    monkeypatch.setattr(documents, "MAX_DOCUMENT_BYTES", 2**20)
    assert only("/dev/zero").kind == "refused"


class TestFolders:
    def test_folders_are_searched_in_the_order_of_names(self):
        for name in ("p/b.html", "p/a/z.html", "p/a/y.txt", "p/c.htm", "p/C.md", "p/d.xhtml.gz"):
            write(name, gzip.compress(HTML) if name.endswith("gz") else HTML)
        expected = ["p/C.md", "p/a/y.txt", "p/a/z.html", "p/b.html", "p/c.htm", "p/d.xhtml.gz"]
        assert names("p") == expected
        assert names("p") == names("p/")

    def test_other_files_are_counted_and_skipped(self):
        for name in ("p/a.html", "p/a.json", "p/style.css", "p/LICENSE"):
            write(name, HTML if name.endswith(("html", "css")) else b"{}")
        skipped = []
        assert names("p", skipped=skipped.append) == ["p/a.html"]
        assert sorted(skipped) == ["p/LICENSE", "p/a.json", "p/style.css"]

    def test_the_files_of_a_run_are_neither_pages_nor_skipped_files(self):
        run = RunFiles(Path("p/run"))
        own = [run.records, run.failures, run.ledger, run.lock, run.ledger.with_name(f"{run.ledger.name}-wal")]
        for path in (*map(Path.as_posix, own), "p/lock", "p/run/notes.pdf", "p/records.jsonl"):
            write(path, b"{}")
        write("p/run/pages.warc.gz")
        skipped = []
        assert names("p", skipped=skipped.append)[-1].startswith("p/run/pages.warc.gz")
        assert sorted(skipped) == ["p/lock", "p/records.jsonl", "p/run/notes.pdf"]

    @pytest.mark.parametrize("name", ["README.md", "Readme.txt", "deeper/README.html"])
    def test_a_readme_in_a_folder_of_pages_is_skipped(self, name):
        write("a/page.html")
        write(f"a/{name}")
        assert [item.name for item in documents_in(["a"])] == ["a/page.html"]

    def test_hidden_files_and_folders_are_ignored(self):
        for name in ("p/a.html", "p/.b.html", "p/.git/c.html"):
            write(name)
        assert names("p") == ["p/a.html"]

    def test_the_parts_of_a_saved_page_are_skipped(self):
        for name in ("p/Page.html", "p/Page_files/frame.html", "p/my_files/real.html"):
            write(name)
        assert names("p") == ["p/Page.html", "p/my_files/real.html"]

    def test_archives_in_folders_are_opened(self):
        write("p/a.html")
        with zipfile.ZipFile("p/b.zip", "w") as archive:
            archive.writestr("c.html", HTML)
        assert names("p") == ["p/a.html", "p/b.zip!c.html"]

    def test_links_to_files_are_read_and_links_to_folders_are_not_followed(self):
        write("p/real/a.html")
        Path("p/loop").symlink_to(".")
        Path("p/z.html").symlink_to("real/a.html")
        Path("p/gone.html").symlink_to("missing")
        assert [(item.name, type(item)) for item in documents_in(["p"])] == [
            ("p/gone.html", Unreadable),
            ("p/real/a.html", Document),
            ("p/z.html", Document),
        ]

    def test_a_link_to_a_folder_given_by_its_path_is_followed(self):
        write("p/a.html")
        Path("link").symlink_to("p")
        assert names("link") == ["link/a.html"]

    def test_a_pipe_in_a_folder_does_not_block(self):
        write("p/a.html")
        os.mkfifo("p/pipe.html")
        assert names("p") == ["p/a.html"]

    @pytest.mark.parametrize("content", [[], ["p/style.css"]])
    def test_a_folder_without_pages_is_an_error(self, content):
        Path("p").mkdir()
        for name in content:
            write(name)
        assert (only("p").name, only("p").kind) == ("p", "missing")

    def test_a_deep_folder_is_walked(self):
        write("/".join(["p", *"d" * 300, "a.html"]))
        assert len(names("p")) == 1


class TestPatterns:
    @pytest.fixture(autouse=True)
    def pages(self):
        for name in ("a.html", "b.html", "sub/c.html", "sub/deep/d.html", ".hidden/e.html", "f.css"):
            write(name)

    @for_each(
        ("pattern", "expected"),
        {
            "*.html": ["a.html", "b.html"],
            "[b-z].html": ["b.html"],
            "?.css": ["f.css"],
            "**/*.html": ["a.html", "b.html", "sub/c.html", "sub/deep/d.html"],
            "s*": ["sub/c.html", "sub/deep/d.html"],
            "sub/**": ["sub/c.html", "sub/deep/d.html"],
            ".hid*/*": [".hidden/e.html"],
        }.items(),
    )
    def test_patterns_are_expanded_in_order_and_without_duplicates(self, pattern, expected):
        assert names(pattern) == expected

    def test_an_absolute_pattern_is_expanded(self, folder):
        assert names(f"{folder}/[ab].html") == [f"{folder}/a.html", f"{folder}/b.html"]

    def test_a_loop_of_links_is_not_followed(self):
        Path("sub/loop").symlink_to("..")
        assert names("**/d.html") == ["sub/deep/d.html"]

    def test_an_existing_file_with_the_name_of_a_pattern_is_read(self):
        write("[ab].html", b"itself")
        assert only("[ab].html").content == b"itself"
