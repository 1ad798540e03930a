"""Pages that are not details pages are refused with their kind."""

import pickle
import re

import pytest
from tests.page.material import (
    DATA,
    PAGES,
    everyday,
    everyday_text,
    facts_of,
    fields_of,
    insert_before,
    without_provenance,
)
from tests.support.cases import for_each

from altdetails import page
from altdetails.errors import AltdetailsError, NotADetailsPage, PageError, UndecodablePage
from altdetails.page import PageKind, parse

OTHER_PAGES = sorted((DATA / "other-pages").iterdir())
CLOUDFLARE = """<script>(function(){var a=document.createElement('script');a.innerHTML=
"window.__CF$cv$params={r:'8'};a.src='/cdn-cgi/challenge-platform/scripts/jsd/main.js';cf_chl_opt=1";
}())</script><noscript>Enable JavaScript and cookies to continue</noscript>"""
WORDS_OF_REASONS = {
    "challenge": "again later",
    "not_found": "no page for this output",
    "login": "log-in",
    "help": "help page",
    "tab": "address without",
    "fragment": "_pjax",
    "badge": "link of the badge",
    "api_error": "fetch the output again",
    "no_record": "",
    "other": "",
}


def kind_of(content, **options):
    with pytest.raises(NotADetailsPage) as caught:
        parse(content, **options)
    return caught.value.kind


@for_each("path", OTHER_PAGES, ids=lambda path: path.name)
def test_other_pages_are_refused_with_their_kind(path):
    assert kind_of(path.read_bytes()) == path.stem.partition("-")[0]


@for_each("path", OTHER_PAGES, ids=lambda path: path.name)
def test_the_reason_is_one_sentence(path):
    with pytest.raises(NotADetailsPage) as caught:
        parse(path.read_bytes())
    error = caught.value
    assert WORDS_OF_REASONS[error.kind] in error.reason
    assert "\n" not in error.reason
    assert str(error) == error.reason


def test_there_is_a_page_for_every_kind():
    assert {path.stem.partition("-")[0] for path in OTHER_PAGES} == {kind.value for kind in PageKind} - {"details"}


@for_each("content", [b"", "", b" \r\n\t", b"\xef\xbb\xbf", b"\x00" * 100, b"<html></html>", b"<", b"</"])
def test_a_page_without_content_is_another_page(content):
    assert kind_of(content) == "other"


@pytest.mark.parametrize("content_type", ["application/pdf", "image/png", "text/plain; charset=utf-8"])
def test_the_kind_depends_on_the_content_not_the_header(content_type):
    assert parse(everyday(), content_type=content_type).score == 18
    assert kind_of("Just a moment...", content_type="text/html") == "challenge"


@pytest.mark.parametrize(
    "address", ["https://www.altmetric.com/details/12/news", "https://www.altmetric.com/details/about"]
)
def test_the_kind_depends_on_the_content_not_the_address(address):
    assert parse(everyday(), url=address).score == 18


@pytest.mark.parametrize("mark", ["</head>", "</body>"])
def test_a_details_page_with_cloudflares_script_is_a_details_page(mark):
    assert fields_of(insert_before(everyday(), mark, CLOUDFLARE)) == fields_of(everyday())


@for_each(
    "boilerplate",
    [
        '<form class="login"><input type="password"></form>',
        "<h1>Sign in</h1>",
        "<h2>About this data</h2>",
        "<p>404 - page not found</p>",
        "<h2>What is the Altmetric score?</h2>",
    ],
)
def test_a_details_page_with_words_of_other_pages_in_its_header_is_a_details_page(boilerplate):
    content = insert_before(everyday(), '<div class="document-header">', f"<header>{boilerplate}</header>")
    assert fields_of(content) == fields_of(everyday())


@pytest.mark.parametrize(
    "title", ["404 days: pages not found in archives", "Just a moment: on waiting", "Log in, log out"]
)
def test_a_details_page_with_words_of_other_pages_in_its_title_is_a_details_page(title):
    assert parse(everyday(title=title)).title == title
    assert parse(everyday_text(title=title)).title == title


@for_each("path", PAGES, ids=lambda path: path.name)
def test_every_sample_is_a_details_page_also_with_a_list_of_mentions_below_it(path):
    content = path.read_bytes()
    if b"</body>" in content:
        content = insert_before(content, b"</body>", b'<div class="post-list"><article class="post">x</article></div>')
    parse(content)


@for_each("count", ["10 x", "10 news", "3 video", "12 msm"])
def test_text_with_a_key_instead_of_a_unit_is_no_details_page(count):
    with pytest.raises(NotADetailsPage) as caught:
        parse(f"Mentioned by\n\n{count}\n")
    assert caught.value.kind == "other"


def test_text_without_line_breaks_is_refused_with_this_reason():
    with pytest.raises(NotADetailsPage) as caught:
        parse(" ".join(everyday_text().split()))
    assert caught.value.kind == "other"
    assert "line breaks" in caught.value.reason


def test_the_reason_for_too_long_text_has_size_and_limit():
    limit = page.MAX_TEXT_BYTES
    with pytest.raises(UndecodablePage, match=f"{limit + 1:,} bytes .* limit of {limit:,}") as caught:
        parse(b"x" * (limit + 1))
    assert caught.value.kind == "undecodable"


def test_the_kind_of_an_error_is_a_member_of_the_enumeration():
    with pytest.raises(NotADetailsPage) as caught:
        parse("Sign in")
    assert caught.value.kind is PageKind.LOGIN
    assert f"{caught.value.kind}" == "login"


@pytest.mark.parametrize("error", [NotADetailsPage(PageKind.TAB, "a list"), UndecodablePage("undecodable", "no text")])
def test_errors_can_be_pickled(error):
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
    assert (type(copy), copy.kind, copy.reason, str(copy)) == (type(error), error.kind, error.reason, error.reason)
    assert type(copy.kind) is type(error.kind)


@pytest.mark.parametrize("error", [NotADetailsPage, UndecodablePage])
def test_errors_of_pages_have_one_base_class(error):
    assert issubclass(error, PageError)
    assert issubclass(error, AltdetailsError)


SENTENCE = "<div class='x1'>So far, Altmetric has seen <strong>64</strong> news stories from 61 outlets.</div>"
POST = '<article class="x2 post msm"><a href="https://news.example/1"><h3>Shade at last</h3></a></article>'
OTHER_POSTS = '<a href="/details/990000100/news/page:2">Next page</a>'
NO_SUMMARY = {"twitter": None, "mendeley": None, "ranks": None, "last_mentioned": None}


def without_details():
    return re.sub(
        '<div class="document-details-table">.*?</table></div>', "{}", everyday(**NO_SUMMARY), flags=re.DOTALL
    )


@pytest.mark.parametrize("sign", [SENTENCE, POST, OTHER_POSTS], ids=["sentence", "post", "link"])
def test_a_list_of_mentions_with_renamed_classes_is_a_tab(sign):
    page = without_details()
    assert kind_of(page.format(sign)) == "tab"
    assert kind_of(re.sub(r"(?<=class=\")(document-header|score-panel)", "renamed", page).format(sign)) == "tab"
    assert kind_of(f"<div data-pjax-container>{sign}</div>") == "tab"
    assert fields_of(page.format(""))["title"] == facts_of()["title"]


@pytest.mark.parametrize("sign", [SENTENCE, POST, OTHER_POSTS], ids=["sentence", "post", "link"])
def test_a_details_page_with_words_of_a_list_is_a_details_page(sign):
    assert fields_of(insert_before(everyday(), "</body>", sign)) == facts_of()


@for_each(
    "page",
    [
        "<html><body><h1>What is this page?</h1><p>This is an Altmetric details page.</p></body></html>",
        "<html><title>Help</title><body><p>This is an Altmetric details page. It shows</p></body></html>",
        "<html><body><h2>What does this page show?</h2><p>Attention.</p></body></html>",
        "What is this page?\n\nThis is an Altmetric details page\n",
        "Help\n\nThis is an Altmetric details page.\n",
    ],
)
def test_a_page_about_details_pages_is_a_help_page(page):
    assert kind_of(page) == "help"


def test_text_below_the_type_of_a_document_is_text():
    record = parse(f"<!DOCTYPE html>\n{everyday_text()}")
    assert record.provenance.format == "text"
    assert without_provenance(record) == fields_of(everyday_text())
