"""`parse_files` from Python: the record of every page, or why there is none, in order, whatever the paths are."""

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
    """Files with three pages, one of them in a folder beside something that has no record."""
    (folder / "pages").mkdir()
    for name in NAMES:
        shutil.copy(ROOT / "samples" / f"{name}.html", f"{name}.html")
    shutil.copy("article-2017.html", "pages/a.html")
    Path("pages/b.html").write_bytes(other_page("help-about-the-score"))
    with zipfile.ZipFile("pages.zip", "w") as archive:
        for name in NAMES:
            archive.write(f"{name}.html")


def in_short(items):
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
def test_paths_come_in_their_order_in_any_form(paths):
    if not isinstance(paths, str | Path | list | tuple):
        paths = (path if str(path).endswith(".html") else f"{path}.html" for path in paths)
    assert in_short(parse_files(paths)) == [f"{name}.html" for name in NAMES]


def test_each_record_is_the_one_that_parse_file_gives():
    for name, record in zip(NAMES, parse_files(f"{name}.html" for name in NAMES), strict=True):
        assert record == parse_file(f"{name}.html")


@pytest.mark.parametrize("paths", ["pages", Path("pages"), ["pages"]])
def test_a_folder_gives_its_pages_and_why_one_has_no_record(paths):
    found = list(parse_files(paths))
    assert in_short(found) == ["pages/a.html", ("pages/b.html", "help")]
    assert isinstance(found[1], Failure)
    assert found[1].reason


def test_an_archive_gives_its_members():
    assert in_short(parse_files("pages.zip")) == [f"pages.zip!{name}.html" for name in NAMES]


def test_a_path_that_leads_nowhere_is_a_failure_and_the_others_are_read():
    assert in_short(parse_files(["missing.html", "pages/a.html"])) == [("missing.html", "missing"), "pages/a.html"]


def test_more_processes_give_the_same():
    paths = [*(f"{name}.html" for name in NAMES), "pages", "missing.html", "pages.zip"]
    assert list(parse_files(paths, jobs=2)) == list(parse_files(paths))


@pytest.mark.usefixtures("databases_closed")
@pytest.mark.parametrize("jobs", [1, 2])
def test_closing_early_leaves_nothing_open(jobs):
    items = parse_files(["pages.zip"] * 3, jobs=jobs)
    assert next(items).provenance.input == "pages.zip!article-2017.html"
    items.close()
    assert list(items) == []


@pytest.mark.parametrize("given", [[], (), iter([]), set()])
def test_no_path_at_all_is_an_error_at_the_call(given):
    with pytest.raises(InputError, match=r"^no path was given; give files, folders or archives of saved pages$"):
        parse_files(given)


@pytest.mark.parametrize("read", [parse_file, parse_files])
def test_a_wrong_regular_expression_is_an_error_at_the_call(read):
    with pytest.raises(InputError, match=re.escape("(")):
        read("article-2023.html", url_filter="(")


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("pages", "^pages: holds more than one page; altdetails.parse_files reads them all$"),
        ("pages.zip", r"^pages\.zip: holds more than one page; altdetails.parse_files reads them all$"),
        ("missing.html", r"^missing\.html: no such file"),
    ],
)
def test_parse_file_takes_one_page(path, words):
    with pytest.raises(InputError, match=words):
        parse_file(path)
