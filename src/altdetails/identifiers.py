"""Identifiers of research outputs, as people paste them: read, normalised, turned into details addresses.

Every reader takes one text, gives the one normalised value, and raises `IdentifierError` for anything
else. Reading a value that a reader gave gives the same value again. Nothing here touches the network:
a value is well formed, whether or not anything is registered under it.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from altdetails._arguments import check
from altdetails.errors import IdentifierError

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = [
    "Address",
    "Identifier",
    "address",
    "altmetric_id",
    "arxiv",
    "details_url",
    "doi",
    "identify",
    "isbn",
    "linked_id",
    "pmid",
    "unarchived",
]

_SITE = "www.altmetric.com"
_ALTMETRIC = ("altmetric.com",)
_LARGEST_NUMBER = 2**63 - 1
_LONGEST_DOI = 2048
_LONGEST_TEXT = 16 * _LONGEST_DOI  # percent-encoding makes up to 12 characters of one
_LONGEST_SHOWN = 80
_MOST_LAYERS = 8  # of labels, addresses, entities and percent-encoding around one DOI

# Copying adds capitals (of ASCII alone a DOI does not mind them), characters without width, typographic hyphens.
_COPIED = (
    {ord(letter): letter.lower() for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
    | dict.fromkeys((0x00AD, 0x061C, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF))
    | dict.fromkeys((0x2010, 0x2011), "-")
)
_ENTITY = re.compile(r"&(?:lt|gt|amp|quot|apos|nbsp|#[0-9]{1,7}|#x[0-9a-f]{1,6});")
_OPENING = re.compile(r"\A[\s<(\[{\"'`\u2018\u201c\u00ab]++")
_ENDING = frozenset(".,;:!?'\"`/\u2019\u201d\u00bb\u2026")
_OPENER_OF = {")": "(", "]": "[", "}": "{", ">": "<"}

# In a web address `#` opens a fragment; at the end of a SICI (…3.0.CO;2-#) it is the check character.
_SICI_END = r"(?:(?<=;[0-9]-)\#(?![\w/]))?"

_PLAIN_DOI = re.compile(r"(?:https://doi\.org/|doi:)?(10\.[0-9]{4,9}/[A-Za-z0-9]++(?:[._/-][A-Za-z0-9]++)*+)")
_DOI_LABEL = re.compile(r"\A(?:info:|urn:)?doi(?!\.org)[\s:=/]*+")
_DOI_URL = re.compile(rf"\A(?:(?:https?:)?//)?(?:(?:dx|www)\.)?doi\.org(?::[0-9]+)?/([^?#]*+{_SICI_END}).*", re.DOTALL)
_DOI_FAULTS = (
    (re.compile(r"\A(?!10\.[0-9]{4,9}(?:\.[0-9]+)*(?:/|\Z))"), "no DOI prefix such as 10.1186 where a DOI begins"),
    (re.compile(r"\A[^/]*+\Z"), "nothing after the DOI prefix"),
    (re.compile(r"\s"), "white space inside"),
    (re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffd-\uffff]"), "a control or damaged character inside"),
    (re.compile(r"://|[,;|](?:doi:)?10\.[0-9]{4,9}/"), "a second identifier inside"),
    (re.compile(r"/\.\.?/"), "a path step . or .. inside, which no address can carry"),
    (re.compile(rf"(?s)\A.{{{_LONGEST_DOI + 1}}}"), f"more than {_LONGEST_DOI} characters"),
)

_PLAIN_PMID = re.compile(
    r"(?:(?:https?:)?//(?:www\.ncbi\.nlm\.nih\.gov/pubmed|pubmed\.ncbi\.nlm\.nih\.gov)/)?([1-9][0-9]{0,8})/?"
)
_PMID = re.compile(
    r"(?:(?:info:)?(?:(?:pubmed\s+)?pmid|pubmed)(?:[\s-]?id)?[\s:=#/]*+"
    r"|(?:(?:https?:)?//)?(?:(?:www\.|m\.)?ncbi\.nlm\.nih\.gov/(?:m/)?pubmed/|pubmed\.ncbi\.nlm\.nih\.gov/))?"
    r"0*+([1-9][0-9]{0,8})(?:/?[?#].*)?"
)
# The archives of the years before April 2007; no other will ever have ids of that form.
_OLD_ARCHIVES = (
    "acc-phys adap-org alg-geom ao-sci astro-ph atom-ph bayes-an chao-dyn chem-ph cmp-lg comp-gas cond-mat cs dg-ga "
    "funct-an gr-qc hep-ex hep-lat hep-ph hep-th math-ph math mtrl-th nlin nucl-ex nucl-th patt-sol physics plasm-ph "
    "q-alg q-bio quant-ph solv-int supr-con"
).replace(" ", "|")
_OLD_ARXIV = rf"(?P<archive>{_OLD_ARCHIVES})(?:\.[a-z]{{2}}[a-z-]{{0,6}})?/"
_ARXIV = re.compile(
    r"(?:arxiv[\s:]*+|(?:(?:https?:)?//)?(?:www\.|export\.)?arxiv\.org/(?:abs|pdf|html)/)?"
    r"(?P<id>(?:0[7-9]|1[0-4])(?:0[1-9]|1[0-2])\.[0-9]{4}|(?:1[5-9]|[2-8][0-9])(?:0[1-9]|1[0-2])\.[0-9]{5}"
    rf"|{_OLD_ARXIV}(?P<number>(?:9[1-9]|0[0-7])(?:0[1-9]|1[0-2])[0-9]{{3}}))"
    r"(?:v[1-9][0-9]{0,2})?(?:\.pdf)?(?:\s*\[[a-z.-]+\]|[?#].*)?"
)
_ISBN_LABEL = re.compile(r"\A(?:urn:)?isbn(?:[\s-]?1[03](?=[\s:]))?[\s:=]*+")
_ISBN_GAP = re.compile(r"[\s\u2012-\u2015\u2212-]+")
_ISBN = re.compile(r"(?P<ten>[0-9]{9})[0-9x]|(?P<thirteen>97[89][0-9]{9})[0-9]")
_ALTMETRIC_ID = re.compile(r"(?:altmetric(?:[\s_-]?id)?[\s:=#]*+)?([0-9]++)")

_PLAIN_ADDRESS = re.compile(
    r"(?:https?://((?:[a-z0-9-]+\.)?altmetric\.com))?/details/([1-9][0-9]{0,17})(?:/(?!chapter\b)([a-z][a-z-]*+))?"
)
_ARCHIVED = re.compile(r"\A(?:(?:https?:)?(?://)?web\.archive\.org(?::[0-9]+)?)?/web/[0-9]{1,14}(?:[a-z]{2}_)?/")
_URL = re.compile(
    rf"(?:(?:https?:)?//(?=[^/?#])|(?!https?:|//))(?P<host>[^/?#]*+)(?P<path>/[^?#]*+{_SICI_END})"
    rf"(?:\?(?P<query>[^#]*+{_SICI_END}))?(?:#.*)?",
    re.DOTALL,
)
_HOST = re.compile(r"([a-z0-9-]++(?:\.[a-z0-9-]++)*+)\.?(?::[0-9]{1,5})?")
_RECORD_PATH = re.compile(
    r"/details/(?:(?P<book>[0-9]++)/chapter/)?(?P<id>[0-9]++)"
    r"(?:/(?!chapter(?:/|\Z))(?P<tab>[a-z](?:[a-z0-9_&-]|%26)*))?(?:/page:(?P<page>[0-9]++))?/?"
)
_LINKED_ID = re.compile(r"/details/(?:[0-9]+/chapter/)?([0-9]{1,19})(?![0-9])")
_DOI_PATH = re.compile(r"/details/doi/(.+)", re.DOTALL)
_NO_RECORDS = frozenset(f"{name}.altmetric.com" for name in ("api", "badges", "docs", "help"))

# How each kind begins, in the order in which they are tried; `//` may still be percent-encoded.
_AT = r"(?:(?:https?(?::|%3a))?(?:/|%2f)*)?"
_KIND = re.compile(
    rf"(?P<doi>10(?:\.|%2e)[0-9.]++(?:/|%|\Z)|(?:info:|urn:)?doi(?![a-z])|{_AT}(?:dx\.|www\.)?doi\.org)"
    rf"|(?P<pmid>(?:info:)?(?:pmid|pubmed)(?![a-z.])|pmc[0-9]|{_AT}(?:www\.|m\.|pubmed\.)?ncbi\.nlm\.nih\.gov)"
    rf"|(?P<arxiv>arxiv(?!\.)|{_AT}(?:www\.|export\.)?arxiv\.org|[0-9]{{4}}\.[0-9]|{_OLD_ARXIV})"
    r"|(?P<isbn>(?:urn:)?isbn|97[89][0-9]{10}(?![0-9])|[0-9]{9}x|[0-9]+[\s\u2012-\u2015\u2212-]+[0-9x])"
    r"|(?P<altmetric_id>altmetric(?![a-z.-])|altmetric-id|[0-9]+\W*\Z)"
    r"|(?P<address>[^/\s]*+/)"
)

_A_DOI = "a DOI: 10.1186/s13033-015-0008-8, doi:10.1186/… or https://doi.org/10.1186/…"
_A_PMID = "a PubMed id (not a PMC id): 26064188, PMID: 26064188 or https://pubmed.ncbi.nlm.nih.gov/26064188/"
_AN_ARXIV_ID = "an arXiv id: 2101.01234, arXiv:hep-th/9901001 or https://arxiv.org/abs/2101.01234"
_AN_ISBN = "an ISBN of 10 or 13 digits: 978-0-306-40615-7"
_AN_ALTMETRIC_ID = "an Altmetric id, such as 1234567, or its details address"
_AN_ADDRESS = "a details address, such as https://www.altmetric.com/details/1234567, or the DOI itself"
_ANYTHING = "one DOI, details address, Altmetric id, PMID: <number>, arXiv:<id> or ISBN"


@dataclass(frozen=True, slots=True)
class Address:
    """A details address taken apart. Exactly one of `altmetric_id` and `doi` says which record it leads to."""

    host: str
    altmetric_id: int | None
    doi: str | None = None
    book_id: int | None = None
    """The book, when `altmetric_id` is one of its chapters."""
    tab: str | None = None
    """The list of mentions, as the address spells it: `news`, `policy-documents`, …; None for the record itself."""
    page: int | None = None
    fragment: bool = False
    """True for `_pjax` addresses, whose answer is a part of a page, never a record."""

    @property
    def path(self) -> str:
        """The record's canonical path: no tab, no page number, no query."""
        if self.doi is not None:
            return f"/details/doi/{quote(self.doi, safe='/:()')}"
        if self.book_id is not None:
            return f"/details/{self.book_id}/chapter/{self.altmetric_id}"
        return f"/details/{self.altmetric_id}"

    @property
    def url(self) -> str:
        """The record's canonical address on the same host."""
        return f"https://{self.host}{self.path}"


@dataclass(frozen=True, slots=True)
class Identifier:
    """What a text identifies: a normalised `value` of a `scheme`.

    `scheme` is `doi`, `pmid`, `arxiv`, `isbn`, `altmetric_id` or, for a chapter, whose place takes two
    numbers, `address`.
    """

    scheme: str
    value: str


def doi(text: str) -> str:
    """The DOI that a text holds, bare and in lower case.

    Labels, doi.org addresses, percent-encoding, HTML entities and wrapping punctuation come off; a closing
    bracket stays when its opening one is there. In a doi.org address `?…` and `#…` are query and fragment,
    save for the `#` that ends a SICI; in a bare DOI both belong to it. Format: DOI Handbook, chapter 2.

    Raises:
        IdentifierError: where the text is no DOI, or more than a DOI.
    """
    if len(text) <= _LONGEST_DOI and (plain := _PLAIN_DOI.fullmatch(text)):
        return plain[1].lower()
    bare = _trimmed(_peeled(text))
    for pattern, fault in _DOI_FAULTS:
        if pattern.search(bare):
            raise _refused(text, fault, _A_DOI)
    return bare


def pmid(text: str) -> str:
    """The PubMed id that a text holds, bare, labelled or in a PubMed address: digits without leading zeros.

    Nine digits are let in, one more than so far in use. Format: NLM, MEDLINE/PubMed data elements, PMID.

    Raises:
        IdentifierError: where the text is no PubMed id; a PMC id (`PMC123`) is another thing.
    """
    if found := _PLAIN_PMID.fullmatch(text) or _PMID.fullmatch(_trimmed(_tidied(text))):
        return found[1]
    raise _refused(text, "no PubMed id of 1 to 9 digits", _A_PMID)


def arxiv(text: str) -> str:
    """The arXiv id that a text holds, bare, labelled or in an arxiv.org address, without version and subject class.

    Both go because they do not tell outputs apart: `2101.01234v2` gives `2101.01234`, and `math.GT/0309136`
    gives `math/0309136`. Format: arXiv, Understanding the arXiv identifier.

    Raises:
        IdentifierError: where the text is no arXiv id.
    """
    if found := _ARXIV.fullmatch(_trimmed(_tidied(text))):
        return f"{found['archive']}/{found['number']}" if found["archive"] else found["id"]
    raise _refused(text, "no arXiv id", _AN_ARXIV_ID)


def isbn(text: str) -> str:
    """The 13 digits of the ISBN that a text holds, be it of 10 or 13 digits, with or without hyphens and spaces.

    Format: International ISBN Agency, ISBN Users' Manual.

    Raises:
        IdentifierError: where the text is no ISBN, or its check digit is wrong.
    """
    digits = _ISBN_GAP.sub("", _ISBN_LABEL.sub("", _trimmed(_tidied(text))))
    found = _ISBN.fullmatch(digits)
    if not found:
        raise _refused(text, "not the 10 digits of an ISBN, nor 13 that start with 978 or 979", _AN_ISBN)
    check = _isbn10_check(found["ten"]) if found["ten"] else _isbn13_check(found["thirteen"])
    if digits[-1] != check:
        raise _refused(text, f"the check digit {digits[-1].upper()} should be {check.upper()}", _AN_ISBN)
    body = found["thirteen"] or f"978{found['ten']}"
    return body + _isbn13_check(body)


def altmetric_id(text: str) -> int:
    """The Altmetric id that a text holds, bare, labelled or in a details address; of a chapter, the chapter's own.

    Raises:
        IdentifierError: where there is no number from 1 to 2**63 - 1, or the address holds a DOI instead.
    """
    if found := _ALTMETRIC_ID.fullmatch(_trimmed(_tidied(text))):
        return _number(found[1], text)
    number = address(text).altmetric_id
    if number is None:
        raise _refused(text, "the address holds a DOI, not the Altmetric id", _AN_ALTMETRIC_ID)
    return number


def address(text: str, *, hosts: Collection[str] = _ALTMETRIC) -> Address:
    """The parts of a details address, in any of the forms that the site has had.

    `/details/<id>`, its tabs and `page:<n>`, `/details/<book>/chapter/<id>`, `/details/doi/<DOI>` and
    `details.php?citation_id=<id>` or `?doi=<DOI>`; with or without scheme, port, query and fragment; also
    the Web Archive's address of one. An address without host is taken to be of `www.altmetric.com`.
    Format: links to the site's pages and on them, 2012 to 2026.

    Args:
        text: the address.
        hosts: the hosts to accept, each with its subdomains; a replica's name or IPv4 address can be one.

    Raises:
        IdentifierError: where the text is no address, of another host, or of a page that is no record.
    """
    if hosts == _ALTMETRIC and (plain := _PLAIN_ADDRESS.fullmatch(text)) and plain[1] not in _NO_RECORDS:
        return Address(plain[1] or _SITE, int(plain[2]), None, None, plain[3])
    found = _URL.fullmatch(unarchived(_trimmed(_tidied(text))))
    if not found:
        raise _refused(text, "no web address with a path", _AN_ADDRESS)
    host = _host(found["host"], hosts, text) if found["host"] else _SITE
    query = dict(pair.partition("=")[::2] for pair in (found["query"] or "").split("&"))
    path = _path_today(query) if found["path"] == "/details.php" else found["path"]
    if record := _RECORD_PATH.fullmatch(path):
        return Address(
            host,
            _number(record["id"], text),
            book_id=_number(record["book"], text) if record["book"] else None,
            tab=record["tab"].replace("%26", "&") if record["tab"] else None,
            page=_number(record["page"], text) if record["page"] else None,
            fragment="_pjax" in query,
        )
    if redirect := _DOI_PATH.fullmatch(path):
        return Address(host, None, doi=doi(redirect[1]), fragment="_pjax" in query)
    raise _refused(text, f"the path {_shown(path)} leads to no record", _AN_ADDRESS)


def linked_id(href: str) -> int | None:
    """The Altmetric id in a link to a details page, on whatever host; of a chapter, its own; None in any other link.

    For the links of a page, which are trusted less than an address that somebody gives: see `address`.
    """
    found = _LINKED_ID.search(href)
    return int(found[1]) if found else None


def unarchived(address: str) -> str:
    """The address inside an address of the Web Archive; any other address as it is."""
    return _ARCHIVED.sub("", address)


def identify(text: str) -> Identifier:
    """What a text identifies, normalised.

        >>> identify("https://doi.org/10.1186/S13033-015-0008-8")
        Identifier(scheme='doi', value='10.1186/s13033-015-0008-8')

    Digits alone are an Altmetric id, save 13 that start with 978 or 979, which are an ISBN: a PubMed id
    needs its label or its address. A details address gives the id or the DOI in it; a chapter's stays an
    address, its canonical one.

    Raises:
        TypeError: if it is not text.
        IdentifierError: where the text is none of them, or breaks the rules of the one that it begins like.
    """
    check(text, str, "text")
    beginning = _KIND.match(_tidied(text))
    if not beginning:
        raise _refused(text, "no identifier", _ANYTHING)
    scheme = str(beginning.lastgroup)
    if scheme != "address":
        return Identifier(scheme, str(_READERS[scheme](text)))
    place = address(text)
    if place.doi is not None:
        return Identifier("doi", place.doi)
    if place.book_id is not None:
        return Identifier("address", details_url(place))
    return Identifier("altmetric_id", str(place.altmetric_id))


def details_url(identifier: Identifier | Address | str, *, base_url: str = f"https://{_SITE}") -> str:
    """The address of a record's page, always below `base_url`, whatever host an address was of.

        >>> details_url("doi:10.1186/s13033-015-0008-8")
        'https://www.altmetric.com/details/doi/10.1186/s13033-015-0008-8'

    `address()` reads it back to the same id, book or DOI: the slashes of a DOI stay, and what means
    something in an address is percent-encoded.

    Raises:
        TypeError: if an argument is of another type.
        IdentifierError: where the text is no identifier, or of a scheme by which the site has no addresses.
    """
    check(identifier, (str, Identifier, Address), "text, an Identifier or an Address")
    check(base_url, str, "text as base_url")
    if isinstance(identifier, str):
        identifier = identify(identifier)
    if isinstance(identifier, Identifier):
        identifier = _place(identifier)
    return base_url.rstrip("/") + identifier.path


def _place(identifier: Identifier) -> Address:
    match identifier.scheme:
        case "altmetric_id":
            return Address(_SITE, altmetric_id(identifier.value))
        case "doi":
            return Address(_SITE, None, doi=doi(identifier.value))
        case "address":
            return address(identifier.value)
    why = f"the site has no known address by {identifier.scheme}"
    raise _refused(identifier.value, why, "the DOI of the same output: look it up first")


def _path_today(query: dict[str, str]) -> str:
    """The path that stands now for the query of a `details.php`."""
    if "citation_id" in query:
        return f"/details/{query['citation_id']}/{query.get('tab', '')}"
    return f"/details/doi/{query.get('doi', '')}"


def _host(authority: str, hosts: Collection[str], text: str) -> str:
    """The host without port and final dot, when it is one of `hosts` or below one, label by label."""
    found = _HOST.fullmatch(authority)
    if not found or not any(f".{found[1]}".endswith(f".{host}") for host in hosts):
        raise _refused(text, f"the host {_shown(authority)} is not {' or '.join(hosts)} or below it", _AN_ADDRESS)
    if found[1] in _NO_RECORDS:
        raise _refused(text, f"{found[1]} serves no details pages", _AN_ADDRESS)
    return found[1]


def _number(digits: str, text: str) -> int:
    number = int(digits.lstrip("0")[:20] or "0")  # 20 digits are above the largest number, however many follow
    if not 0 < number <= _LARGEST_NUMBER:
        raise _refused(text, f"the number {_shown(digits)} is not between 1 and {_LARGEST_NUMBER}", _AN_ALTMETRIC_ID)
    return number


def _isbn13_check(digits: str) -> str:
    return str(-sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits)) % 10)


def _isbn10_check(digits: str) -> str:
    return "0123456789x"[-sum(int(digit) * (10 - place) for place, digit in enumerate(digits)) % 11]


def _tidied(text: str) -> str:
    """The text in lower case, without what copying added before and inside it."""
    if len(text) > _LONGEST_TEXT:
        raise _refused(text, f"more than {_LONGEST_TEXT} characters", _ANYTHING)
    return _OPENING.sub("", _ENTITY.sub(lambda entity: html.unescape(entity[0]), text.translate(_COPIED)))


def _trimmed(text: str) -> str:
    """The text without white space, punctuation and unopened closing brackets at its end."""
    unopened = {closer: text.count(closer) - text.count(opener) for closer, opener in _OPENER_OF.items()}
    end = len(text)
    while end and (text[end - 1] in _ENDING or text[end - 1].isspace() or unopened.get(text[end - 1], 0) > 0):
        end -= 1
        if text[end] in unopened:
            unopened[text[end]] -= 1
    return text[:end]


def _peeled(text: str) -> str:
    """The text without labels, doi.org addresses, entities and percent-encoding, in whatever order they are nested."""
    layer = text
    for _ in range(_MOST_LAYERS):
        inner = _DOI_URL.sub(r"\1", _DOI_LABEL.sub("", _tidied(layer)))
        try:
            inner = unquote(inner, errors="strict").replace("\\_", "_")  # an underscore as LaTeX writes it
        except UnicodeDecodeError:
            raise _refused(text, "percent-encoding that is no UTF-8", _A_DOI) from None
        if inner == layer:
            return layer
        layer = inner
    raise _refused(text, "too many layers of encoding", _A_DOI)


def _shown(text: str) -> str:
    """The beginning of a text as a literal: control characters escaped."""
    return repr(text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 1]}…")


def _refused(text: str, why: str, accepted: str) -> IdentifierError:
    return IdentifierError(f"{_shown(text)}: {why}. Give {accepted}.")


_READERS = {"doi": doi, "pmid": pmid, "arxiv": arxiv, "isbn": isbn, "altmetric_id": altmetric_id}
