"""Identifiers: the accepted spellings, the normalised values, and the reasons of errors."""

from __future__ import annotations

import contextlib
import dataclasses
import string
import time
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from hypothesis import example, given, reject
from hypothesis import strategies as st
from tests.support.cases import for_each

from altdetails import identifiers
from altdetails.errors import AltdetailsError, IdentifierError
from altdetails.identifiers import Address, Identifier

if TYPE_CHECKING:
    from collections.abc import Callable

PLAIN = "10.5555/s99033-015-0008-8"
SICI = "10.5555/(SICI)9990-0033(202001)101:1<1::AID-TEST1>3.0.CO;2-#"
SICI_LOWER = "10.5555/(sici)9990-0033(202001)101:1<1::aid-test1>3.0.co;2-#"
LARGEST = 2**63 - 1
WWW = "www.altmetric.com"

# Characters with a special meaning: brackets, escapes, separators, invisible and invalid characters.
AWKWARD = "%25<>&;#?/\\()[]{}.,:'\"`= \t\n\u00a0\u200b\u2010\u00e9\u00c9\u0130\ufffd\ud800\x00ltgampxdoi10"
TEXTS = st.text() | st.text(alphabet=AWKWARD, max_size=40)
LIKELY = st.builds(
    "".join,
    st.lists(
        st.sampled_from(
            [
                *("10.5555/", "10.5555", "doi:", "DOI ", "https://doi.org/", "%2F", "%252F", "%3C", "&lt;", "&amp;"),
                *("PMID: ", "arXiv:", "isbn ", "2101.01234", "hep-th/9901001", "123", "0", "978-0-306-40615-7", "v2"),
                *("https://", "//", "www.altmetric.com", "/details/", "details.php?", "doi/", "citation_id=", "&doi="),
                *(
                    "chapter/",
                    "news",
                    "page:2",
                    "?",
                    "#",
                    "/",
                    ".",
                    "(",
                    ")",
                    "<",
                    ">",
                    ";2-#",
                    " ",
                    "\u200b",
                    "x",
                    "%",
                ),
            ]
        )
        | TEXTS,
        max_size=8,
    ),
)
SUFFIXES = st.text(
    alphabet=string.ascii_lowercase + string.digits + "()<>[]{};:?#&=+%$!*'\"@^|~\\_./,-\u00e9\u4e2d", min_size=1
)
READERS = [
    identifiers.doi,
    identifiers.pmid,
    identifiers.arxiv,
    identifiers.isbn,
    identifiers.altmetric_id,
    identifiers.address,
    identifiers.identify,
    identifiers.details_url,
]


@st.composite
def dois(draw: st.DrawFn) -> str:
    """Normalised DOIs with awkward suffixes."""
    try:
        return identifiers.doi(f"10.{draw(st.integers(1000, 999_999_999))}/{draw(SUFFIXES)}")
    except IdentifierError:
        reject()


# --- DOIs


@for_each(
    "text",
    [
        PLAIN,
        "10.5555/S99033-015-0008-8",
        f"  {PLAIN}\n",
        f"doi:{PLAIN}",
        f"DOI: {PLAIN}",
        f"DOI {PLAIN}",
        f"doi = {{{PLAIN}}},",
        f"info:doi/{PLAIN}",
        f"urn:doi:{PLAIN}",
        f"https://doi.org/{PLAIN}",
        f"http://dx.doi.org/{PLAIN}",
        f"https://www.doi.org/{PLAIN}",
        f"HTTPS://DOI.ORG/{PLAIN}",
        f"//doi.org/{PLAIN}",
        f"doi.org/{PLAIN}",
        f"https://doi.org:443/{PLAIN}",
        f"https://doi.org/doi:{PLAIN}",
        f"doi: https://doi.org/{PLAIN}.",
        f"https://doi.org/ {PLAIN}",
        f"https://doi.org/{PLAIN}?utm_source=x&y=1",
        f"https://doi.org/{PLAIN}#section",
        f"https://doi.org/{PLAIN}/",
        "https://doi.org/10.5555%2Fs99033-015-0008-8",
        "https://doi.org/10.5555%252Fs99033-015-0008-8",
        "https%3A%2F%2Fdoi.org%2F10.5555%2Fs99033-015-0008-8%3Fx=1",
        "10%2E5555%2fs99033-015-0008-8",
        f"({PLAIN})",
        f"[{PLAIN}]",
        f"<{PLAIN}>",
        f"<https://doi.org/{PLAIN}>",
        f"(doi:{PLAIN}).",
        f"'{PLAIN}'",
        f'"{PLAIN}",',
        f"`{PLAIN}`",
        f"\u201c{PLAIN}\u201d",
        f"{PLAIN}.",
        f"{PLAIN},",
        f"{PLAIN};",
        f"{PLAIN}\u2026",
        f"\ufeff{PLAIN}",
        f"{PLAIN[:9]}\u200b{PLAIN[9:]}",
        f"{PLAIN[:9]}\u00ad{PLAIN[9:]}",
        f"\u00a0{PLAIN}\u00a0",
        f"&nbsp;{PLAIN}&nbsp;",
        "10.5555/s99033\u2010015\u20110008\u20108",
        "10.5555/s99033&#45;015&#x2D;0008-8",
    ],
)
def test_every_spelling_of_a_doi_gives_the_same_doi(text: str) -> None:
    assert identifiers.doi(text) == PLAIN


@for_each(
    ("text", "expected"),
    [
        ("10.5555/S9990-0033(96)", "10.5555/s9990-0033(96)"),
        ("(10.5555/S9990-0033(96)90074-3).", "10.5555/s9990-0033(96)90074-3"),
        ("(10.5555/s9990-0033(96))", "10.5555/s9990-0033(96)"),
        ("10.5555/9990-0034(2005)055[0123:A]2.0.CO;2", "10.5555/9990-0034(2005)055[0123:a]2.0.co;2"),
        ("10.5555/a[b]", "10.5555/a[b]"),
        ("10.5555/a<b>", "10.5555/a<b>"),
        ("10.5555/a)b)", "10.5555/a)b"),
        ("10.5555/a(b))]>", "10.5555/a(b)"),
        ("10.5555/a.b.", "10.5555/a.b"),
        ("10.5555/a-", "10.5555/a-"),
        ("10.5555/a_", "10.5555/a_"),
        ("10.5555.10.5/x", "10.5555.10.5/x"),
        ("10.123456789/x", "10.123456789/x"),
        ("10.5555/a/b/c", "10.5555/a/b/c"),
        ("10.5555//b", "10.5555//b"),
        ("10.5555/...a", "10.5555/...a"),
        ("10.5555/a%3Fb", "10.5555/a?b"),
        ("10.5555/100%", "10.5555/100%"),
        ("10.5555/a&amp;lt;b", "10.5555/a<b"),
        ("10.5555/a&b;c", "10.5555/a&b;c"),
        ("10.5555/978-3_5", "10.5555/978-3_5"),
        (r"10.5555/978-3\_5", "10.5555/978-3_5"),
        ("10.48550/arXiv.2101.01234", "10.48550/arxiv.2101.01234"),
    ],
)
def test_wrapping_is_removed_from_a_doi(text: str, expected: str) -> None:
    assert identifiers.doi(text) == expected


@for_each(
    "text",
    [
        SICI,
        f"doi:{SICI}",
        f"<{SICI}>",
        f"https://doi.org/{SICI}",
        f"<https://doi.org/{SICI}>",
        f"https://doi.org/{SICI}?x=1",
        f"https://doi.org/{quote(SICI, safe='')}",
        f"https://doi.org/{quote(SICI)}#abstract",
        SICI.replace("<", "&lt;").replace(">", "&gt;"),
        SICI.replace("<", "&#60;").replace(">", "&#x3E;"),
        quote(SICI),
    ],
)
def test_a_sici_keeps_its_brackets_and_its_check_character(text: str) -> None:
    assert identifiers.doi(text) == SICI_LOWER


@for_each(
    ("text", "expected"),
    [
        ("10.5555/abc#d", "10.5555/abc#d"),
        ("10.5555/abc?d=1", "10.5555/abc?d=1"),
        ("https://doi.org/10.5555/abc#d", "10.5555/abc"),
        ("https://doi.org/10.5555/abc?d=1", "10.5555/abc"),
        ("https://doi.org/10.5555/abc%23d", "10.5555/abc#d"),
        ("https://doi.org/10.5555/abc%3Fd=1", "10.5555/abc?d=1"),
        ("https://doi.org/10.5555/a;2-#part", "10.5555/a;2-"),
        ("https://doi.org/10.5555/a;2-#/part", "10.5555/a;2-"),
        ("https://doi.org/10.5555/abc#", "10.5555/abc"),
    ],
)
def test_query_and_fragment_are_cut_from_an_address_but_belong_to_a_bare_doi(text: str, expected: str) -> None:
    assert identifiers.doi(text) == expected


@for_each("character", "\u00ad\u061c\u200b\u200d\u200e\u200f\u202a\u202e\u2060\u2066\u2069\ufeff")
def test_characters_without_width_are_dropped(character: str) -> None:
    assert identifiers.doi(f"10.5555/{character}a{character}b") == "10.5555/ab"
    assert identifiers.doi(f"10.5555/{quote(character)}ab") == "10.5555/ab"


def test_only_ascii_letters_are_lower_cased() -> None:
    assert identifiers.doi("10.5555/\u00c9\u0130\u212aA") == "10.5555/\u00c9\u0130\u212aa"


@for_each(
    ("text", "reason"),
    [
        ("", "does not start with a DOI prefix"),
        ("abc", "does not start with a DOI prefix"),
        ("doi:", "does not start with a DOI prefix"),
        ("11.1000/x", "does not start with a DOI prefix"),
        ("10.100/x", "does not start with a DOI prefix"),
        ("10.1234567890/x", "does not start with a DOI prefix"),
        ("10.5555./x", "does not start with a DOI prefix"),
        ("10.\u0661\u0660\u0660\u0660/x", "does not start with a DOI prefix"),
        ("see 10.5555/x", "does not start with a DOI prefix"),
        ("https://example.org/10.5555/x", "does not start with a DOI prefix"),
        ("https://doi.org.example.org/10.5555/x", "does not start with a DOI prefix"),
        ("https://doi.org@example.org/10.5555/x", "does not start with a DOI prefix"),
        ("10.5555", "nothing after"),
        ("10.5555/", "nothing after"),
        ("10.5555/.", "nothing after"),
        ("https://doi.org/10.5555/?x", "nothing after"),
        ("10.5555/a b", "white space"),
        ("10.5555/a\u00a0b", "white space"),
        ("10.5555/a%20b", "white space"),
        ("10.5555/a\nb", "white space"),
        ("10.5555/x 10.5555/y", "white space"),
        ("10.5555/a\x00b", "control"),
        ("10.5555/a%07b", "control"),
        ("10.5555/a\x7fb", "control"),
        ("10.5555/a\ud800b", "control"),
        ("10.5555/\ufffd", "control"),
        ("10.5555/%E9", "not UTF-8"),
        ("10.5555/x,10.5555/y", "second identifier"),
        ("10.5555/x;doi:10.5555/y", "second identifier"),
        ("[10.5555/x](https://doi.org/10.5555/x)", "second identifier"),
        ("10.5555/../x", "path step"),
        ("10.5555/a/./x", "path step"),
        ("10.5555/%2E%2E/x", "path step"),
        ("10.5555/%" + "25" * 20 + "41", "layers"),
        ("10.5555/" + "a" * 2041, "more than 2048"),
        ("a" * 40_000, "more than 32768"),
    ],
)
def test_an_invalid_doi_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(IdentifierError, match=reason):
        identifiers.doi(text)


@pytest.mark.parametrize("suffix", ["a" * 2040, "\u4e2d" * 2040])
def test_a_doi_of_2048_characters_is_read_however_it_is_encoded(suffix: str) -> None:
    longest = f"10.5555/{suffix}"
    assert len(longest) == 2048
    assert identifiers.doi(longest) == longest
    assert identifiers.doi(f"https://doi.org/{quote(longest)}") == longest


@given(dois())
@example(SICI_LOWER)
@example("10.5555/a%")
def test_a_normalised_doi_is_read_unchanged(value: str) -> None:
    assert identifiers.doi(value) == value
    assert identifiers.doi(f"https://doi.org/{quote(value, safe='')}") == value
    assert identifiers.doi(f"`{value}`.") == value


@given(LIKELY)
def test_a_doi_from_any_text_is_bare_clean_and_stable(text: str) -> None:
    try:
        value = identifiers.doi(f"10.5555/{text}")
    except IdentifierError:
        return
    assert value.startswith("10.5555/")
    assert len(value) > len("10.5555/")
    assert not any(character.isspace() or character in string.ascii_uppercase for character in value)
    assert value[-1] not in ".,;:!?'\"`/"
    assert identifiers.doi(value) == value


# --- PubMed, arXiv, ISBN


@for_each(
    ("text", "expected"),
    [
        ("99000188", "99000188"),
        ("1", "1"),
        ("123456789", "123456789"),
        ("00099000188", "99000188"),
        (" 99000188.\n", "99000188"),
        ("PMID: 99000188", "99000188"),
        ("pmid:99000188;", "99000188"),
        ("PMID99000188", "99000188"),
        ("PubMed ID: 99000188", "99000188"),
        ("PubMed PMID: 99000188.", "99000188"),
        ("info:pmid/99000188", "99000188"),
        ("[PMID: 99000188]", "99000188"),
        ("http://www.ncbi.nlm.nih.gov/pubmed/99000188", "99000188"),
        ("//www.ncbi.nlm.nih.gov/pubmed/99000188", "99000188"),
        ("https://ncbi.nlm.nih.gov/pubmed/99000188/", "99000188"),
        ("https://www.ncbi.nlm.nih.gov/pubmed/99000188?dopt=Abstract", "99000188"),
        ("https://www.ncbi.nlm.nih.gov/m/pubmed/99000188/", "99000188"),
        ("https://pubmed.ncbi.nlm.nih.gov/99000188", "99000188"),
        ("https://pubmed.ncbi.nlm.nih.gov/99000188/", "99000188"),
        ("https://pubmed.ncbi.nlm.nih.gov/099000188/#affiliation", "99000188"),
        ("pubmed.ncbi.nlm.nih.gov/99000188", "99000188"),
    ],
)
def test_a_pubmed_id_is_its_digits(text: str, expected: str) -> None:
    assert identifiers.pmid(text) == expected


@for_each(
    "text",
    [
        *("", "0", "000", "1234567890", "12a", "-1", "1.5", "1 2", "1,234", "\u0661\u0662", "PMID:", "PMC99000188"),
        *("https://evil.org/pubmed/123", "https://pubmed.ncbi.nlm.nih.gov.evil.org/123", "9" * 1_000_000),
        *("https://www.ncbi.nlm.nih.gov/pmc/articles/PMC123/", "https://pubmed.ncbi.nlm.nih.gov/123/4"),
    ],
)
def test_an_invalid_pubmed_id_is_refused(text: str) -> None:
    with pytest.raises(IdentifierError, match=r"PubMed id|characters"):
        identifiers.pmid(text)


@for_each(
    ("text", "expected"),
    [
        ("2101.01234", "2101.01234"),
        ("2101.01234v2", "2101.01234"),
        ("arXiv:2101.01234v12", "2101.01234"),
        ("ARXIV: 2101.01234.", "2101.01234"),
        ("arXiv:2101.01234v2 [cs.LG]", "2101.01234"),
        ("0704.0001", "0704.0001"),
        ("1412.9999", "1412.9999"),
        ("1501.00001", "1501.00001"),
        ("https://arxiv.org/abs/2101.01234v2", "2101.01234"),
        ("http://www.arxiv.org/pdf/2101.01234", "2101.01234"),
        ("https://export.arxiv.org/abs/2101.01234", "2101.01234"),
        ("https://arxiv.org/pdf/2101.01234v2.pdf", "2101.01234"),
        ("arxiv.org/abs/2101.01234?context=cs#x", "2101.01234"),
        ("hep-th/9901001", "hep-th/9901001"),
        ("HEP-TH/9901001v3", "hep-th/9901001"),
        ("math-ph/0001001", "math-ph/0001001"),
        ("math.GT/0309136", "math/0309136"),
        ("cond-mat.str-el/0309136", "cond-mat/0309136"),
        ("arXiv:math.GT/0309136v1", "math/0309136"),
        ("https://arxiv.org/abs/math/0309136", "math/0309136"),
    ],
)
def test_an_arxiv_id_loses_version_and_subject_class(text: str, expected: str) -> None:
    assert identifiers.arxiv(text) == expected
    assert identifiers.arxiv(expected) == expected


@for_each(
    "text",
    [
        *("", "arXiv:", "2101.1234", "1412.12345", "1501.1234", "2113.01234", "2100.01234", "2101.012345"),
        *("2101.01234v0", "0601.0001", "hep-th/9913001", "hep-th/990100", "details/9912345", "hep-th/0801001"),
        *("https://evil.org/abs/2101.01234", "https://arxiv.org.evil.org/abs/2101.01234", "2101.01234x"),
    ],
)
def test_an_invalid_arxiv_id_is_refused(text: str) -> None:
    with pytest.raises(IdentifierError, match="not an arXiv id"):
        identifiers.arxiv(text)


@for_each(
    "text",
    [
        *(
            "9780306406157",
            "978-0-306-40615-7",
            "978 0 306 40615 7",
            "978\u20110\u2013306\u221240615-7",
            "0-306-40615-2",
        ),
        *(
            "0306406152",
            "ISBN 0306406152",
            "ISBN-10: 0-306-40615-2",
            "ISBN 10 0306406152",
            "ISBN-13: 978-0-306-40615-7",
        ),
        *("isbn:9780306406157", "urn:isbn:9780306406157", " (ISBN 978-0-306-40615-7). ", "ISBN13 9780306406157"),
    ],
)
def test_every_spelling_of_an_isbn_gives_its_13_digits(text: str) -> None:
    assert identifiers.isbn(text) == "9780306406157"


def test_a_leading_10_is_part_of_the_isbn_and_not_of_its_label() -> None:
    assert identifiers.isbn("ISBN 1034567896") == identifiers.isbn("ISBN-10: 1034567896") == "9781034567899"


@pytest.mark.parametrize("text", ["080442957X", "0-8044-2957-x", "9780804429573"])
def test_an_isbn_may_end_in_x(text: str) -> None:
    assert identifiers.isbn(text) == "9780804429573"


@for_each(
    ("text", "reason"),
    [
        ("9780306406158", "check digit 8 should be 7"),
        ("0-306-40615-3", "check digit 3 should be 2"),
        ("0804429579", "check digit 9 should be X"),
        ("030640615X", "check digit X should be 2"),
        ("", "not an ISBN of 10 digits"),
        ("978030640615", "not an ISBN of 10 digits"),
        ("9770306406157", "not an ISBN of 10 digits"),
        ("978030640615X", "not an ISBN of 10 digits"),
        ("X306406152", "not an ISBN of 10 digits"),
        ("\u0660306406152", "not an ISBN of 10 digits"),
    ],
)
def test_an_invalid_isbn_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(IdentifierError, match=reason):
        identifiers.isbn(text)


@given(st.integers(0, 10**9 - 1).map("{:09}".format))
def test_exactly_one_check_digit_is_valid(body: str) -> None:
    def accepted(start: str) -> list[str]:
        valid = []
        for last in "0123456789X":
            try:
                valid.append(identifiers.isbn(start + last))
            except IdentifierError:
                continue
        return valid

    assert accepted(body) == accepted(f"978{body}")
    assert len(accepted(body)) == 1


# --- Altmetric ids


@for_each(
    ("text", "expected"),
    [
        ("990000007", 990000007),
        ("1", 1),
        ("007", 7),
        (str(LARGEST), LARGEST),
        (" 990000007, ", 990000007),
        ("Altmetric ID: 990000007", 990000007),
        ("altmetric:990000007", 990000007),
        ("altmetric_id=990000007", 990000007),
        ("https://www.altmetric.com/details/990000007/news", 990000007),
        ("/details/990000007", 990000007),
        ("https://link.altmetric.com/details/11/chapter/22", 22),
    ],
)
def test_an_altmetric_id_is_read_from_a_number_or_an_address(text: str, expected: int) -> None:
    assert identifiers.altmetric_id(text) == expected


@for_each(
    ("text", "reason"),
    [
        ("0", "not between 1"),
        (str(LARGEST + 1), "not between 1"),
        (str(10**19), "not between 1"),
        ("9" * 30_000, "not between 1"),
        ("9" * 1_000_000, "more than 32768"),
        (f"/details/{LARGEST + 1}", "not between 1"),
        ("/details/0", "not between 1"),
        ("-1", "not a web address"),
        ("\u0661", "not a web address"),
        ("https://www.altmetric.com/details/doi/10.5555/x", "contains a DOI"),
        ("https://www.altmetric.com/details/about", "does not lead to a record"),
    ],
)
def test_an_invalid_altmetric_id_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(IdentifierError, match=reason):
        identifiers.altmetric_id(text)


# --- Addresses


@for_each(
    ("text", "expected"),
    [
        ("https://www.altmetric.com/details/123", Address(WWW, 123)),
        ("http://www.altmetric.com/details/123", Address(WWW, 123)),
        ("//www.altmetric.com/details/123", Address(WWW, 123)),
        ("www.altmetric.com/details/123", Address(WWW, 123)),
        ("altmetric.com/details/123", Address("altmetric.com", 123)),
        ("/details/123", Address(WWW, 123)),
        ("/details/123/", Address(WWW, 123)),
        ("/details/00123", Address(WWW, 123)),
        ("HTTPS://BMC.Altmetric.COM:443/details/123", Address("bmc.altmetric.com", 123)),
        ("https://www.altmetric.com./details/123", Address(WWW, 123)),
        ("https://a.b.altmetric.com/details/123", Address("a.b.altmetric.com", 123)),
        ("https://www.altmetric.com/details/123/?src=bookmarklet", Address(WWW, 123)),
        ("https://www.altmetric.com/details/123#mendeley-demographics", Address(WWW, 123)),
        ("<https://www.altmetric.com/details/123>.", Address(WWW, 123)),
        (" https://www.altmetric.com/details/\u200b123\n", Address(WWW, 123)),
        ("/details/123?_pjax=.content-panel", Address(WWW, 123, fragment=True)),
        ("/details/123/news?src=x&amp;_pjax=.content-panel", Address(WWW, 123, tab="news", fragment=True)),
        ("/details/123?src=_pjax", Address(WWW, 123)),
        ("/details/123/news", Address(WWW, 123, tab="news")),
        ("/details/123/policy-documents", Address(WWW, 123, tab="policy-documents")),
        ("/details/123/f1000", Address(WWW, 123, tab="f1000")),
        ("/details/123/q&amp;a", Address(WWW, 123, tab="q&a")),
        ("/details/123/q%26a/page:4", Address(WWW, 123, tab="q&a", page=4)),
        ("/details/123/chapters", Address(WWW, 123, tab="chapters")),
        ("https://www.altmetric.com/details/123/news/page:2", Address(WWW, 123, tab="news", page=2)),
        ("/details/123/news/page:2/?src=x#score", Address(WWW, 123, tab="news", page=2)),
        ("/details/123/page:3", Address(WWW, 123, page=3)),
        ("/details/11/chapter/22", Address(WWW, 22, book_id=11)),
        ("https://link.altmetric.com/details/11/chapter/22/", Address("link.altmetric.com", 22, book_id=11)),
        ("/details/11/chapter/22/twitter/page:2", Address(WWW, 22, book_id=11, tab="twitter", page=2)),
        ("/details/doi/10.5555/A/b", Address(WWW, None, doi="10.5555/a/b")),
        ("/details/doi/10.5555%2Fa?src=x", Address(WWW, None, doi="10.5555/a")),
        ("/details/doi/10.5555/a?_pjax=x", Address(WWW, None, doi="10.5555/a", fragment=True)),
        ("/details/doi/10.5555/a#score", Address(WWW, None, doi="10.5555/a")),
        ("/details/doi/10.5555/s9990-0033(96)", Address(WWW, None, doi="10.5555/s9990-0033(96)")),
        (f"https://www.altmetric.com/details/doi/{SICI}", Address(WWW, None, doi=SICI_LOWER)),
        (f"https://www.altmetric.com/details/doi/{quote(SICI, safe='')}", Address(WWW, None, doi=SICI_LOWER)),
        ("https://www.altmetric.com/details.php?citation_id=123", Address(WWW, 123)),
        ("/details.php?domain=research.si.edu&citation_id=123", Address(WWW, 123)),
        ("/details.php?citation_id=123&amp;src=x&amp;tab=news#a", Address(WWW, 123, tab="news")),
        ("/details.php?citation_id=123&doi=10.5555/a", Address(WWW, 123)),
        ("/details.php?doi=10.5555/a&domain=x", Address(WWW, None, doi="10.5555/a")),
        (f"/details.php?doi={SICI}", Address(WWW, None, doi=SICI_LOWER)),
        ("https://web.archive.org/web/20200101000000id_/https://www.altmetric.com/details/123", Address(WWW, 123)),
        ("web.archive.org/web/2020/bmc.altmetric.com/details/123", Address("bmc.altmetric.com", 123)),
        ("/web/20200101000000/http://www.altmetric.com/details/123/news", Address(WWW, 123, tab="news")),
    ],
)
def test_every_form_of_a_details_address_is_read(text: str, expected: Address) -> None:
    assert identifiers.address(text) == expected


@for_each(
    "text",
    [
        "https://altmetric.com.evil.org/details/1",
        "https://notaltmetric.com/details/1",
        "https://evil.org/altmetric.com/details/1",
        "https://evil.org/https://www.altmetric.com/details/1",
        "https://evil.org?https://www.altmetric.com/details/1",
        "https://evil.org#.altmetric.com/details/1",
        "https://www.altmetric.com@evil.org/details/1",
        "https://user:secret@www.altmetric.com/details/1",
        "https://www.altmetric.com\\@evil.org/details/1",
        "https://www.altmetric.com%2eevil.org/details/1",
        "https://evil.org%2f.altmetric.com/details/1",
        "https://.altmetric.com/details/1",
        "https://www..altmetric.com/details/1",
        "https://\uff41ltmetric.com/details/1",
        "https://altmetric.co\u200bm.evil.org/details/1",
        "https://www.altmetric.com:x/details/1",
        "https://www.altmetric.com:443@evil.org/details/1",
        "https://127.0.0.1/details/1",
        "https://[::1]/details/1",
        "https://altmetric/details/1",
        "https:///details/1",
        "https:/www.altmetric.com/details/1",
        "ftp://www.altmetric.com/details/1",
        "javascript:www.altmetric.com/details/1",
        "www.nature.com/details/1",
        "https://web.archive.org/web/2020/https://evil.org/details/1",
        "https://web.archive.org.evil.org/web/2020/https://www.altmetric.com/details/1",
    ],
)
def test_other_hosts_are_refused(text: str) -> None:
    with pytest.raises(IdentifierError, match=r"the host .* is not altmetric\.com|not a web address"):
        identifiers.address(text)


@for_each(
    ("text", "reason"),
    [
        ("https://api.altmetric.com/v1/doi/10.5555/x", "serves no details pages"),
        ("https://api.altmetric.com/details/1", "serves no details pages"),
        ("https://badges.altmetric.com/?size=64&score=10", "serves no details pages"),
        ("https://help.altmetric.com/details/1", "serves no details pages"),
        ("https://www.altmetric.com/details/about", "'/details/about' does not lead to a record"),
        ("https://www.altmetric.com/details/", "does not lead to a record"),
        ("https://www.altmetric.com/details/doi/", "does not lead to a record"),
        ("https://www.altmetric.com/details.php?domain=x", "does not lead to a record"),
        ("https://www.altmetric.com/details.php?citation_id=", "does not lead to a record"),
        ("https://www.altmetric.com/", "not a web address"),
        ("https://www.altmetric.com/details/1x", "does not lead to a record"),
        ("https://www.altmetric.com/details/1\nx", "does not lead to a record"),
        ("https://www.altmetric.com/x/details/1", "does not lead to a record"),
        ("https://www.altmetric.com//details/1", "does not lead to a record"),
        ("/details/1/chapter", "does not lead to a record"),
        ("/details/1/chapter/x", "does not lead to a record"),
        ("/details/1/news/page:x", "does not lead to a record"),
        ("/details/1/news/../2", "does not lead to a record"),
        ("/details/\u0661", "does not lead to a record"),
        ("/details/1/news/page:0", "not between 1"),
        ("/details/0/chapter/1", "not between 1"),
        ("/details/doi/10.5555", "nothing after the DOI prefix"),
        ("/details/doi/10.5555/a b", "white space"),
        ("123", "not a web address"),
        ("", "not a web address"),
        ("/" * 1_000_000, "more than 32768"),
    ],
)
def test_an_address_without_a_record_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(IdentifierError, match=reason):
        identifiers.address(text)


@pytest.mark.parametrize("text", ["http://127.0.0.1:8080/details/1", "https://replica.test/details/1"])
def test_another_host_can_be_allowed_by_name(text: str) -> None:
    assert identifiers.address(text, hosts=("127.0.0.1", "replica.test")).altmetric_id == 1
    with pytest.raises(IdentifierError, match=r"is not other\.test or a subdomain of it"):
        identifiers.address(text, hosts=("other.test",))


@for_each(
    ("parts", "url"),
    [
        (Address("bmc.altmetric.com", 123, tab="news", page=2), "https://bmc.altmetric.com/details/123"),
        (Address(WWW, 22, book_id=11, tab="news"), "https://www.altmetric.com/details/11/chapter/22"),
        (Address(WWW, None, doi="10.5555/a/b"), "https://www.altmetric.com/details/doi/10.5555/a/b"),
        (
            Address(WWW, None, doi=SICI_LOWER),
            "https://www.altmetric.com/details/doi/10.5555/(sici)9990-0033(202001)101:1%3C1::aid-test1%3E3.0.co%3B2-%23",
        ),
    ],
)
def test_an_address_has_a_canonical_form(parts: Address, url: str) -> None:
    assert parts.url == url


def test_addresses_and_identifiers_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Address(WWW, 1).host = "evil.org"  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError):
        Identifier("doi", PLAIN).value = "x"  # type: ignore[misc]


@given(
    st.builds(
        Address,
        host=st.sampled_from([WWW, "altmetric.com", "bmc.altmetric.com"]),
        altmetric_id=st.integers(1, LARGEST),
        book_id=st.none() | st.integers(1, LARGEST),
        tab=st.none() | st.from_regex(r"[a-z][a-z0-9-]{0,20}", fullmatch=True).filter(lambda tab: tab != "chapter"),
        page=st.none() | st.integers(1, LARGEST),
        fragment=st.booleans(),
    )
)
def test_an_address_built_from_parts_is_read_back_to_them(parts: Address) -> None:
    path = parts.path + (f"/{parts.tab}" if parts.tab else "") + (f"/page:{parts.page}" if parts.page else "")
    query = "?_pjax=.content-panel" if parts.fragment else ""
    assert identifiers.address(f"http://{parts.host}:80{path}{query}") == parts
    assert identifiers.address(path + query) == dataclasses.replace(parts, host=WWW)
    assert identifiers.address(parts.url) == Address(parts.host, parts.altmetric_id, book_id=parts.book_id)


@given(st.text(alphabet=string.ascii_letters + string.digits + ".-@:/\\#?%[]_ ", max_size=30))
@example("altmetric.com.")
@example("x.altmetric.com")
def test_an_accepted_host_belongs_to_the_site(authority: str) -> None:
    try:
        parts = identifiers.address(f"https://{authority}/details/1")
    except IdentifierError:
        return
    assert parts.host == "altmetric.com" or parts.host.endswith(".altmetric.com")
    assert all(parts.host.split("."))
    assert authority.lower().startswith(parts.host)


# --- Any identifier


@for_each(
    ("text", "scheme", "value"),
    [
        (PLAIN.upper(), "doi", PLAIN),
        (f"(doi:{PLAIN})", "doi", PLAIN),
        (f"https://doi.org/{PLAIN}", "doi", PLAIN),
        (f"dx.doi.org/{PLAIN}", "doi", PLAIN),
        ("https%3A%2F%2Fdoi.org%2F10.5555%2Fx", "doi", "10.5555/x"),
        ("10%2E5555%2Fx", "doi", "10.5555/x"),
        ("10.48550/arXiv.2101.01234", "doi", "10.48550/arxiv.2101.01234"),
        ("doi:10.5555/pmid-123", "doi", "10.5555/pmid-123"),
        ("10.5555/978-3-540-12345-6", "doi", "10.5555/978-3-540-12345-6"),
        ("99000188", "altmetric_id", "99000188"),
        ("0306406152", "altmetric_id", "306406152"),
        ("Altmetric ID: 123", "altmetric_id", "123"),
        ("PMID: 99000188", "pmid", "99000188"),
        ("pubmed:99000188", "pmid", "99000188"),
        ("https://pubmed.ncbi.nlm.nih.gov/99000188/", "pmid", "99000188"),
        ("www.ncbi.nlm.nih.gov/pubmed/99000188", "pmid", "99000188"),
        ("2101.01234v2", "arxiv", "2101.01234"),
        ("arXiv:hep-th/9901001", "arxiv", "hep-th/9901001"),
        ("math.GT/0309136", "arxiv", "math/0309136"),
        ("https://arxiv.org/abs/2101.01234", "arxiv", "2101.01234"),
        ("9780306406157", "isbn", "9780306406157"),
        ("0-306-40615-2", "isbn", "9780306406157"),
        ("080442957X", "isbn", "9780804429573"),
        ("ISBN 0306406152", "isbn", "9780306406157"),
        ("https://bmc.altmetric.com/details/123/news", "altmetric_id", "123"),
        ("/details/123", "altmetric_id", "123"),
        ("https://www.altmetric.com/details.php?citation_id=123", "altmetric_id", "123"),
        ("https://www.altmetric.com/details/doi/10.5555/X", "doi", "10.5555/x"),
        ("altmetric.com/details/doi/10.5555/X", "doi", "10.5555/x"),
        ("//link.altmetric.com/details/1/chapter/2/news", "address", "https://www.altmetric.com/details/1/chapter/2"),
    ],
)
def test_the_beginning_of_a_text_decides_its_scheme(text: str, scheme: str, value: str) -> None:
    assert identifiers.identify(text) == Identifier(scheme, value)


@for_each(
    ("text", "reason"),
    [
        ("", "not an identifier"),
        ("hello world", "not an identifier"),
        ("Smith 2020", "not an identifier"),
        ("123 apples", "not an identifier"),
        ("doing well", "not an identifier"),
        ("math/hello", "not an arXiv id"),
        ("see https://doi.org/10.5555/x", "not an identifier"),
        ("10.5555", "nothing after the DOI prefix"),
        ("10.100/x", "does not start with a DOI prefix"),
        ("PMID: 0", "not a PubMed id"),
        ("PMC123", "not a PubMed id"),
        ("arXiv:21", "not an arXiv id"),
        ("9780306406158", "check digit"),
        ("2020-01-02", "not an ISBN of 10 digits"),
        ("0", "not between 1"),
        ("https://www.nature.com/articles/x", "the host 'www.nature.com'"),
        ("https://www.altmetric.com/details/about", "does not lead to a record"),
        ("details/9912345", "the host 'details'"),
        ("x" * 1_000_000, "more than 32768"),
    ],
)
def test_a_text_without_an_identifier_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(IdentifierError, match=reason):
        identifiers.identify(text)


@given(st.integers(1, LARGEST).filter(lambda number: len(str(number)) != 13))
def test_digits_alone_are_an_altmetric_id(number: int) -> None:
    assert identifiers.identify(str(number)) == Identifier("altmetric_id", str(number))


@given(LIKELY)
@example("https://www.altmetric.com/details/1/chapter/2")
def test_an_identified_value_has_one_spelling(text: str) -> None:
    try:
        identifier = identifiers.identify(text)
    except IdentifierError:
        return
    label = {"pmid": "pmid:", "isbn": "isbn:"}.get(identifier.scheme, "")
    assert identifiers.identify(label + identifier.value) == identifier


# --- Building addresses


@for_each(
    ("identifier", "url"),
    [
        ("123", "https://www.altmetric.com/details/123"),
        (PLAIN, f"https://www.altmetric.com/details/doi/{PLAIN}"),
        ("https://bmc.altmetric.com/details/123/news/page:2", "https://www.altmetric.com/details/123"),
        ("/details/1/chapter/2/news", "https://www.altmetric.com/details/1/chapter/2"),
        (Identifier("altmetric_id", "123"), "https://www.altmetric.com/details/123"),
        (Identifier("doi", PLAIN), f"https://www.altmetric.com/details/doi/{PLAIN}"),
        (Address("bmc.altmetric.com", 123), "https://www.altmetric.com/details/123"),
        (
            Address(WWW, None, doi="10.5555/a?b c;%[]"),
            "https://www.altmetric.com/details/doi/10.5555/a%3Fb%20c%3B%25%5B%5D",
        ),
    ],
)
def test_the_details_address_is_built_from_any_identifier(identifier: Identifier | Address | str, url: str) -> None:
    assert identifiers.details_url(identifier) == url


@pytest.mark.parametrize("base_url", ["http://127.0.0.1:8080", "http://127.0.0.1:8080/"])
def test_the_details_address_can_be_below_another_base(base_url: str) -> None:
    parts = identifiers.address("https://bmc.altmetric.com/details/123")
    assert identifiers.details_url("123", base_url=base_url) == "http://127.0.0.1:8080/details/123"
    assert identifiers.details_url(parts, base_url=base_url) == "http://127.0.0.1:8080/details/123"


@pytest.mark.parametrize("text", ["PMID: 123", "arXiv:2101.01234", "9780306406157"])
def test_a_scheme_without_addresses_is_refused_with_what_to_do(text: str) -> None:
    with pytest.raises(
        IdentifierError, match=r"no known address by (pmid|arxiv|isbn).* the DOI of the same output: look it up"
    ):
        identifiers.details_url(text)


@pytest.mark.parametrize(
    "identifier",
    [
        Identifier("doi", "10.5555/../x"),
        Identifier("altmetric_id", "../1"),
        Identifier("address", "https://evil.org/details/1"),
    ],
)
def test_an_identifier_made_by_hand_is_checked(identifier: Identifier) -> None:
    with pytest.raises(IdentifierError):
        identifiers.details_url(identifier)


@given(dois())
@example(SICI_LOWER)
@example("10.5555/a%")
@example("10.5555//b")
def test_the_details_address_of_a_doi_is_read_back_to_the_doi(value: str) -> None:
    url = identifiers.details_url(Identifier("doi", value))
    assert identifiers.address(url) == Address(WWW, None, doi=value)
    assert identifiers.identify(url) == Identifier("doi", value)
    assert url.startswith("https://www.altmetric.com/details/doi/10.")
    assert url.count("/") == value.count("/") + 5
    assert not set(url) & set("<>#?;[]\\ \"'&+")


# --- Errors


def test_an_identifier_error_is_a_value_error_and_an_error_of_this_package() -> None:
    with pytest.raises(ValueError, match="does not start with a DOI prefix") as caught:
        identifiers.doi("x")
    assert isinstance(caught.value, AltdetailsError)


@for_each("read", READERS)
def test_an_error_contains_the_text_shortened_and_escaped(read: Callable[[str], object]) -> None:
    with pytest.raises(IdentifierError) as caught:
        read("bad\x1b[31m" + "y" * 500)
    message = str(caught.value)
    assert message.startswith(r"'bad\x1b[31myyy")
    assert "\x1b" not in message
    assert "y" * 72 not in message
    assert "y\u2026': " in message
    assert ". Give " in message


@pytest.mark.parametrize("read", READERS)
@given(text=TEXTS | LIKELY)
@example(text="\ud800")
@example(text="10.5555/\ud800")
@example(text="&#55296;10.5555/x")
@example(text="/details/doi/%ff")
def test_any_text_gives_a_value_or_an_identifier_error(read: Callable[[str], object], text: str) -> None:
    try:
        value = read(text)
    except IdentifierError as error:
        str(error).encode()
    else:
        assert value
        str(value).encode()


PIECES = (
    *("(", ")", "()", "0", "9", "10.5555/", "/", "a.", "a", " ", "%25"),
    *("%", "&amp;", "&#", "doi:", "-", "1-", "<", "#", "?", "="),
)


@for_each("read", READERS)
def test_long_texts_take_linear_time(read: Callable[[str], object]) -> None:
    starts = ("", "10.5555/", "/details/doi/10.5555/", "arxiv:", "https://", "isbn")
    seconds = {}
    for piece in PIECES:
        started = time.process_time()
        for start in starts:
            with contextlib.suppress(IdentifierError):
                read((start + piece * 8_192)[:8_192])
        with pytest.raises(IdentifierError, match="characters"):
            read(piece * 1_000_000)
        seconds[piece] = time.process_time() - started
    assert {piece: taken for piece, taken in seconds.items() if taken > 0.3} == {}


@for_each("name", identifiers.__all__)
def test_every_exported_name_is_documented(name: str) -> None:
    assert getattr(identifiers, name).__doc__
