"""Read and normalise identifiers of research outputs, and build details addresses from them.

Every reader takes one text and returns one normalised value, or raises `IdentifierError`. Reading a normalised
value returns it unchanged. This module uses no network: it checks the form of a value, not whether it is registered.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from altdetails import links
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
    "tidy",
]

_SITE = "www.altmetric.com"
_ALTMETRIC = ("altmetric.com",)
_MAX_NUMBER = 2**63 - 1
_MAX_DOI = 2048
_MAX_TEXT = 16 * _MAX_DOI  # one character can take 12 when percent-encoded
_MAX_QUOTED = 80
_MAX_LAYERS = 8  # of labels, addresses, entities and percent-encoding around one DOI

# Copying adds capitals, characters without width and typographic hyphens. DOIs ignore the case of ASCII letters only.
_COPIED = (
    {ord(letter): letter.lower() for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
    | dict.fromkeys((0x00AD, 0x061C, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF))
    | dict.fromkeys((0x2010, 0x2011), "-")
)
_ENTITY = re.compile(r"&(?:lt|gt|amp|quot|apos|nbsp|#[0-9]{1,7}|#x[0-9a-f]{1,6});")
_OPENING = re.compile(r"\A[\s<(\[{\"'`\u2018\u201c\u00ab]++")
_ENDING = frozenset(".,;:!?'\"`/\u2019\u201d\u00bb\u2026")
_OPENER_OF = {")": "(", "]": "[", "}": "{", ">": "<"}

# In a web address `#` starts a fragment, but at the end of a SICI (…3.0.CO;2-#) it is the check character.
_SICI_END = r"(?:(?<=;[0-9]-)\#(?![\w/]))?"

_PLAIN_DOI = re.compile(r"(?:https://doi\.org/|doi:)?(10\.[0-9]{4,9}/[A-Za-z0-9]++(?:[._/-][A-Za-z0-9]++)*+)")
_DOI_LABEL = re.compile(r"\A(?:info:|urn:)?doi(?!\.org)[\s:=/]*+")
_DOI_URL = re.compile(rf"\A(?:(?:https?:)?//)?(?:(?:dx|www)\.)?doi\.org(?::[0-9]+)?/([^?#]*+{_SICI_END}).*", re.DOTALL)
_DOI_RULES = (
    (re.compile(r"\A(?!10\.[0-9]{4,9}(?:\.[0-9]+)*(?:/|\Z))"), "does not start with a DOI prefix such as 10.1186"),
    (re.compile(r"\A[^/]*+\Z"), "nothing after the DOI prefix"),
    (re.compile(r"\s"), "white space inside"),
    (re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffd-\uffff]"), "a control or damaged character inside"),
    (re.compile(r"://|[,;|](?:doi:)?10\.[0-9]{4,9}/"), "a second identifier inside"),
    (re.compile(r"/\.\.?/"), "a path step . or .. inside, which an address cannot contain"),
    (re.compile(rf"(?s)\A.{{{_MAX_DOI + 1}}}"), f"more than {_MAX_DOI} characters"),
)

_PLAIN_PMID = re.compile(
    r"(?:(?:https?:)?//(?:www\.ncbi\.nlm\.nih\.gov/pubmed|pubmed\.ncbi\.nlm\.nih\.gov)/)?([1-9][0-9]{0,8})/?"
)
_PMID = re.compile(
    r"(?:(?:info:)?(?:(?:pubmed\s+)?pmid|pubmed)(?:[\s-]?id)?[\s:=#/]*+"
    r"|(?:(?:https?:)?//)?(?:(?:www\.|m\.)?ncbi\.nlm\.nih\.gov/(?:m/)?pubmed/|pubmed\.ncbi\.nlm\.nih\.gov/))?"
    r"0*+([1-9][0-9]{0,8})(?:/?[?#].*)?"
)
# The archives that used this form of ids, until March 2007.
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
_HOSTS_WITHOUT_RECORDS = frozenset(f"{name}.altmetric.com" for name in ("api", "badges", "docs", "help"))

# How each kind of identifier starts, in the order in which they are tried; `//` may still be percent-encoded.
_AT = r"(?:(?:https?(?::|%3a))?(?:/|%2f)*)?"
_KIND = re.compile(
    rf"(?P<doi>10(?:\.|%2e)[0-9.]++(?:/|%|\Z)|(?:info:|urn:)?doi(?![a-z])|{_AT}(?:dx\.|www\.)?doi\.org)"
    rf"|(?P<pmid>(?:info:)?(?:pmid|pubmed)(?![a-z.])|pmc[0-9]|{_AT}(?:www\.|m\.|pubmed\.)?ncbi\.nlm\.nih\.gov)"
    rf"|(?P<arxiv>arxiv(?!\.)|{_AT}(?:www\.|export\.)?arxiv\.org|[0-9]{{4}}\.[0-9]|{_OLD_ARXIV})"
    r"|(?P<isbn>(?:urn:)?isbn|97[89][0-9]{10}(?![0-9])|[0-9]{9}x|[0-9]+[\s\u2012-\u2015\u2212-]+[0-9x])"
    r"|(?P<altmetric_id>altmetric(?![a-z.-])|altmetric-id|[0-9]+\W*\Z)"
    r"|(?P<address>[^/\s]*+/)"
)

_A_DOI = "a DOI: 10.5555/lhs.2023.0417, doi:10.1186/… or https://doi.org/10.1186/…"
_A_PMID = "a PubMed id (not a PMC id): 26064188, PMID: 26064188 or https://pubmed.ncbi.nlm.nih.gov/26064188/"
_AN_ARXIV_ID = "an arXiv id: 2101.01234, arXiv:hep-th/9901001 or https://arxiv.org/abs/2101.01234"
_AN_ISBN = "an ISBN of 10 or 13 digits: 978-0-306-40615-7"
_AN_ALTMETRIC_ID = "an Altmetric id, such as 1234567, or its details address"
_AN_ADDRESS = "a details address, such as https://www.altmetric.com/details/1234567, or the DOI itself"
_ANYTHING = "one DOI, details address, Altmetric id, PMID: <number>, arXiv:<id> or ISBN"


@dataclass(frozen=True, slots=True)
class Address:
    """The parts of a details address. Either `altmetric_id` or `doi` is set: it identifies the record."""

    host: str
    altmetric_id: int | None
    doi: str | None = None
    book_id: int | None = None
    """The book, if `altmetric_id` is one of its chapters."""
    tab: str | None = None
    """The list of mentions, as in the address: `news`, `policy-documents`, …; None for the record itself."""
    page: int | None = None
    fragment: bool = False
    """True for `_pjax` addresses. Their response is a part of a page, never a record."""

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
    """An identifier: a normalised `value` of a `scheme`.

    The schemes are `doi`, `pmid`, `arxiv`, `isbn`, `altmetric_id` and, for chapters, which need two numbers, `address`.
    """

    scheme: str
    value: str


def doi(text: str) -> str:
    """Return the DOI in a text, without wrapping and in lower case.

    Labels, doi.org addresses, percent-encoding, HTML entities and wrapping punctuation are removed. A closing
    bracket at the end is kept if the DOI has its opening bracket. In a doi.org address, `?…` and `#…` are query and
    fragment, except the `#` at the end of a SICI. In a bare DOI, both are part of it. Format: DOI Handbook, chapter 2.

    Raises:
        IdentifierError: if the text is not a DOI, or contains more than a DOI.
    """
    if len(text) <= _MAX_DOI and (plain := _PLAIN_DOI.fullmatch(text)):
        return plain[1].lower()
    bare = _trim(_unwrap(text))
    for pattern, reason in _DOI_RULES:
        if pattern.search(bare):
            raise _error(text, reason, _A_DOI)
    return bare


def pmid(text: str) -> str:
    """Return the PubMed id in a text, as digits without leading zeros.

    The text can be the id, the id with a label, or a PubMed address. Ids have up to nine digits, one more than are
    in use so far. Format: NLM, MEDLINE/PubMed data elements, PMID.

    Raises:
        IdentifierError: if the text is not a PubMed id. A PMC id (`PMC123`) is not a PubMed id.
    """
    if match := _PLAIN_PMID.fullmatch(text) or _PMID.fullmatch(_trim(tidy(text))):
        return match[1]
    raise _error(text, "not a PubMed id of 1 to 9 digits", _A_PMID)


def arxiv(text: str) -> str:
    """Return the arXiv id in a text, without version and subject class.

    The text can be the id, the id with a label, or an arxiv.org address. Version and subject class are removed
    because they do not distinguish outputs: `2101.01234v2` becomes `2101.01234`, and `math.GT/0309136` becomes
    `math/0309136`. Format: arXiv, Understanding the arXiv identifier.

    Raises:
        IdentifierError: if the text is not an arXiv id.
    """
    if match := _ARXIV.fullmatch(_trim(tidy(text))):
        return f"{match['archive']}/{match['number']}" if match["archive"] else match["id"]
    raise _error(text, "not an arXiv id", _AN_ARXIV_ID)


def isbn(text: str) -> str:
    """Return the ISBN in a text, as 13 digits.

    The text has 10 or 13 digits, with or without hyphens and spaces.
    Format: International ISBN Agency, ISBN Users' Manual.

    Raises:
        IdentifierError: if the text is not an ISBN, or its check digit is wrong.
    """
    digits = _ISBN_GAP.sub("", _ISBN_LABEL.sub("", _trim(tidy(text))))
    match = _ISBN.fullmatch(digits)
    if not match:
        raise _error(text, "not an ISBN of 10 digits, or of 13 that start with 978 or 979", _AN_ISBN)
    check = _isbn10_check(match["ten"]) if match["ten"] else _isbn13_check(match["thirteen"])
    if digits[-1] != check:
        raise _error(text, f"the check digit {digits[-1].upper()} should be {check.upper()}", _AN_ISBN)
    body = match["thirteen"] or f"978{match['ten']}"
    return body + _isbn13_check(body)


def altmetric_id(text: str) -> int:
    """Return the Altmetric id in a text. For a chapter, it is the id of the chapter, not of the book.

    The text can be the id, the id with a label, or a details address.

    Raises:
        IdentifierError: if the text has no number from 1 to 2**63 - 1, or is an address with a DOI.
    """
    if match := _ALTMETRIC_ID.fullmatch(_trim(tidy(text))):
        return _number(match[1], text)
    number = address(text).altmetric_id
    if number is None:
        raise _error(text, "the address contains a DOI, not the Altmetric id", _AN_ALTMETRIC_ID)
    return number


def address(text: str, *, hosts: Collection[str] = _ALTMETRIC) -> Address:
    """Return the parts of a details address.

    All forms that the site has used are accepted: `/details/<id>`, with a tab and `page:<n>`,
    `/details/<book>/chapter/<id>`, `/details/doi/<DOI>`, `details.php?citation_id=<id>` and `details.php?doi=<DOI>`,
    and the addresses that tools make of them (`altdetails.links`). Scheme, port, query and fragment are optional. If
    the host is missing, it is `www.altmetric.com`. Format: links to the site's pages and on them, 2012 to 2026.

    Args:
        text: the address.
        hosts: the accepted hosts. Their subdomains are accepted too. Can be the name or IPv4 address of a replica.

    Raises:
        IdentifierError: if the text is not an address, has another host, or is not the address of a record.
    """
    if hosts == _ALTMETRIC and (plain := _PLAIN_ADDRESS.fullmatch(text)) and plain[1] not in _HOSTS_WITHOUT_RECORDS:
        return Address(plain[1] or _SITE, int(plain[2]), None, None, plain[3])
    trimmed = _trim(tidy(text))
    match = _URL.fullmatch(links.unwrap(trimmed) or trimmed)
    if not match:
        raise _error(text, "not a web address with a path", _AN_ADDRESS)
    host = _host(match["host"], hosts, text) if match["host"] else _SITE
    query = dict(pair.partition("=")[::2] for pair in (match["query"] or "").split("&"))
    path = _current_path(query) if match["path"] == "/details.php" else match["path"]
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
    raise _error(text, f"the path {_quoted(path)} does not lead to a record", _AN_ADDRESS)


def linked_id(href: str) -> int | None:
    """Return the Altmetric id in a link to a details page on any host, or None for any other link.

    For a chapter, it is the id of the chapter. Use this for links on pages, and `address` for addresses from users.
    """
    match = _LINKED_ID.search(unquote(href) if "%" in href else href)
    return int(match[1]) if match else None


def identify(text: str) -> Identifier:
    """Return the identifier in a text, normalised.

    Examples:
        >>> identify("https://doi.org/10.5555/LHS.2023.0417")
        Identifier(scheme='doi', value='10.5555/lhs.2023.0417')

    Digits alone are an Altmetric id, or an ISBN if they are 13 and start with 978 or 979. So a PubMed id needs its
    label or its address. A details address becomes its id or its DOI, that of a chapter its canonical address.

    Raises:
        TypeError: if the argument is not text.
        IdentifierError: if the text is not an identifier, or starts like one but is invalid.
    """
    check(text, str, "text")
    if "." in text and not text.startswith("10."):
        text = links.unwrap(text.strip()) or text
    beginning = _KIND.match(tidy(text))
    if not beginning:
        raise _error(text, "not an identifier", _ANYTHING)
    scheme = str(beginning.lastgroup)
    if scheme != "address":
        return Identifier(scheme, str(_READERS[scheme](text)))
    parts = address(text)
    if parts.doi is not None:
        return Identifier("doi", parts.doi)
    if parts.book_id is not None:
        return Identifier("address", details_url(parts))
    return Identifier("altmetric_id", str(parts.altmetric_id))


def details_url(identifier: Identifier | Address | str, *, base_url: str = f"https://{_SITE}") -> str:
    """Return the address of a record's page below `base_url`.

    Examples:
        >>> details_url("doi:10.5555/lhs.2023.0417")
        'https://www.altmetric.com/details/doi/10.5555/lhs.2023.0417'

    The host of a given address is replaced by `base_url`. Slashes of a DOI are kept; other characters with a meaning
    in addresses are percent-encoded. `address()` reads the result back to the same id, book or DOI.

    Raises:
        TypeError: if an argument has the wrong type.
        IdentifierError: if the text is not an identifier, or the site has no addresses by its scheme.
    """
    check(identifier, (str, Identifier, Address), "text, an Identifier or an Address")
    check(base_url, str, "text as base_url")
    if isinstance(identifier, str):
        identifier = identify(identifier)
    if isinstance(identifier, Identifier):
        identifier = _address_of(identifier)
    return base_url.rstrip("/") + identifier.path


def _address_of(identifier: Identifier) -> Address:
    match identifier.scheme:
        case "altmetric_id":
            return Address(_SITE, altmetric_id(identifier.value))
        case "doi":
            return Address(_SITE, None, doi=doi(identifier.value))
        case "address":
            return address(identifier.value)
    reason = f"the site has no known address by {identifier.scheme}"
    raise _error(identifier.value, reason, "the DOI of the same output: look it up first")


def _current_path(query: dict[str, str]) -> str:
    """Return the current path for the query of a `details.php` address."""
    if "citation_id" in query:
        return f"/details/{query['citation_id']}/{query.get('tab', '')}"
    return f"/details/doi/{query.get('doi', '')}"


def _host(authority: str, hosts: Collection[str], text: str) -> str:
    """Return the host without port and final dot, if it is one of `hosts` or a subdomain of one."""
    match = _HOST.fullmatch(authority)
    if not match or not any(f".{match[1]}".endswith(f".{host}") for host in hosts):
        reason = f"the host {_quoted(authority)} is not {' or '.join(hosts)} or a subdomain of it"
        raise _error(text, reason, _AN_ADDRESS)
    if match[1] in _HOSTS_WITHOUT_RECORDS:
        raise _error(text, f"{match[1]} serves no details pages", _AN_ADDRESS)
    return match[1]


def _number(digits: str, text: str) -> int:
    number = int(digits.lstrip("0")[:20] or "0")  # 20 digits already exceed the largest number
    if not 0 < number <= _MAX_NUMBER:
        raise _error(text, f"the number {_quoted(digits)} is not between 1 and {_MAX_NUMBER}", _AN_ALTMETRIC_ID)
    return number


def _isbn13_check(digits: str) -> str:
    return str(-sum(int(digit) * (3 if index % 2 else 1) for index, digit in enumerate(digits)) % 10)


def _isbn10_check(digits: str) -> str:
    return "0123456789x"[-sum(int(digit) * (10 - index) for index, digit in enumerate(digits)) % 11]


def tidy(text: str) -> str:
    """Return a text in lower case, without characters that copying adds before and inside it."""
    if len(text) > _MAX_TEXT:
        raise _error(text, f"more than {_MAX_TEXT} characters", _ANYTHING)
    return _OPENING.sub("", _ENTITY.sub(lambda entity: html.unescape(entity[0]), text.translate(_COPIED)))


def _trim(text: str) -> str:
    """Remove white space, punctuation and unopened closing brackets from the end of a text."""
    unopened = {closer: text.count(closer) - text.count(opener) for closer, opener in _OPENER_OF.items()}
    end = len(text)
    while end and (text[end - 1] in _ENDING or text[end - 1].isspace() or unopened.get(text[end - 1], 0) > 0):
        end -= 1
        if text[end] in unopened:
            unopened[text[end]] -= 1
    return text[:end]


def _unwrap(text: str) -> str:
    """Remove labels, doi.org addresses, entities and percent-encoding, nested in any order."""
    layer = text
    for _ in range(_MAX_LAYERS):
        inner = _DOI_URL.sub(r"\1", _DOI_LABEL.sub("", tidy(layer)))
        try:
            inner = unquote(inner, errors="strict").replace("\\_", "_")  # LaTeX escapes underscores
        except UnicodeDecodeError:
            raise _error(text, "percent-encoding that is not UTF-8", _A_DOI) from None
        if inner == layer:
            return layer
        layer = inner
    raise _error(text, "too many layers of encoding", _A_DOI)


def _quoted(text: str) -> str:
    """Return the beginning of a text in quotes, with control characters escaped."""
    return repr(text if len(text) <= _MAX_QUOTED else f"{text[: _MAX_QUOTED - 1]}…")


def _error(text: str, reason: str, accepted: str) -> IdentifierError:
    return IdentifierError(f"{_quoted(text)}: {reason}. Give {accepted}.")


_READERS = {"doi": doi, "pmid": pmid, "arxiv": arxiv, "isbn": isbn, "altmetric_id": altmetric_id}
