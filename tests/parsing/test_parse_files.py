"""`parse_files` from Python: a record or a failure for every page, in order, for any form of paths."""

import re
import shutil
import zipfile
from pathlib import Path

import pytest
from tests.support.pages import ROOT, other_page

from altdetails import Failure, InputError, Record, parse_file, parse_files

NAMES = ["article-2017", "article-2023", "dataset"]


@pytest.fixture(autouse=True)
def pages(folder):
    """Three pages as files and in an archive, and a folder with one of them and a page without a record."""
    (folder / "pages").mkdir()
    for name in NAMES:
        shutil.copy(ROOT / "samples" / f"{name}.html", f"{name}.html")
    shutil.copy("article-2017.html", "pages/a.html")
    Path("pages/b.html").write_bytes(other_page("help-about-the-score"))
    with zipfile.ZipFile("pages.zip", "w") as archive:
        for name in NAMES:
            archive.write(f"{name}.html")


def summary(items):
    return [item.provenance.input if isinstance(item, Record) else (item.file, item.kind) for item in items]


@pytest.mark.parametrize(
    "paths",
    [
        [f"{name}.html" for name in NAMES],
        tuple(Path(f"{name}.html") for name in NAMES),
        (Path(f"{name}.html") for name in NAMES),
        (path for path in sorted(NAMES)),
        "*.html",
        Path("*.html"),
    ],
    ids=["texts", "tuple of Paths", "generator of Paths", "iterator", "pattern", "pattern as a Path"],
)
def test_any_form_of_paths_keeps_its_order(paths):
    if not isinstance(paths, str | Path | list | tuple):
        paths = (path if str(path).endswith(".html") else f"{path}.html" for path in paths)
    assert summary(parse_files(paths)) == [f"{name}.html" for name in NAMES]


def test_each_record_equals_that_of_parse_file():
    for name, record in zip(NAMES, parse_files(f"{name}.html" for name in NAMES), strict=True):
        assert record == parse_file(f"{name}.html")


@pytest.mark.parametrize("paths", ["pages", Path("pages"), ["pages"]])
def test_a_folder_gives_records_and_failures(paths):
    results = list(parse_files(paths))
    assert summary(results) == ["pages/a.html", ("pages/b.html", "help")]
    assert isinstance(results[1], Failure)
    assert results[1].reason


def test_an_archive_gives_the_records_of_its_members():
    assert summary(parse_files("pages.zip")) == [f"pages.zip!{name}.html" for name in NAMES]


def test_a_missing_path_is_a_failure_and_the_others_are_read():
    assert summary(parse_files(["missing.html", "pages/a.html"])) == [("missing.html", "missing"), "pages/a.html"]


def test_several_processes_give_the_same_results():
    paths = [*(f"{name}.html" for name in NAMES), "pages", "missing.html", "pages.zip"]
    assert list(parse_files(paths, jobs=2)) == list(parse_files(paths))


@pytest.mark.usefixtures("databases_closed")
@pytest.mark.parametrize("jobs", [1, 2])
def test_closing_early_leaves_nothing_open(jobs):
    items = parse_files(["pages.zip"] * 3, jobs=jobs)
    assert next(items).provenance.input == "pages.zip!article-2017.html"
    items.close()
    assert list(items) == []


@pytest.mark.parametrize("paths", [[], (), iter([]), set()])
def test_no_paths_are_an_error_at_the_call(paths):
    with pytest.raises(InputError, match=r"^no path was given; give files, folders or archives of saved pages$"):
        parse_files(paths)


@pytest.mark.parametrize("read", [parse_file, parse_files])
def test_a_wrong_regular_expression_is_an_error_at_the_call(read):
    with pytest.raises(InputError, match=re.escape("(")):
        read("article-2023.html", url_filter="(")


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("pages", "^pages: contains more than one page; use altdetails.parse_files to read all of them$"),
        ("pages.zip", r"^pages\.zip: contains more than one page; use altdetails.parse_files to read all of them$"),
        ("missing.html", r"^missing\.html: no such file"),
    ],
)
def test_parse_file_accepts_a_single_page(path, words):
    with pytest.raises(InputError, match=words):
        parse_file(path)
