"""Read and normalise identifiers of research outputs, and build details addresses from them.

Every reader takes one text and returns one normalised value, or raises `IdentifierError`. Reading a normalised
value returns it unchanged. This module uses no network: it checks the form of a value, not whether it is registered.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from altdetails import links
from altdetails._arguments import check
from altdetails.schemes import ANYTHING, OLD_ARXIV, arxiv, clinical_trial, error, handle, isbn, pmid, quoted, tidy, trim

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = [
    "Address",
    "Identifier",
    "address",
    "altmetric_id",
    "arxiv",
    "clinical_trial",
    "details_url",
    "doi",
    "handle",
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
_MAX_LAYERS = 8  # of labels, addresses, entities and percent-encoding around one DOI

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
    rf"|(?P<arxiv>arxiv(?!\.)|{_AT}(?:www\.|export\.)?arxiv\.org|[0-9]{{4}}\.[0-9]|{OLD_ARXIV})"
    r"|(?P<isbn>(?:urn:)?isbn|97[89][0-9]{10}(?![0-9])|[0-9]{9}x|[0-9]+[\s\u2012-\u2015\u2212-]+[0-9x])"
    rf"|(?P<handle>(?:info:)?(?:hdl|handle)(?![a-z.])|{_AT}hdl\.handle\.net/)"
    rf"|(?P<clinical_trial>nct[0-9]|clinical_trial|nct(?=[\s_-]?id|\s?number)|{_AT}(?:www\.|classic\.)?clinicaltrials\.gov)"
    r"|(?P<altmetric_id>altmetric(?![a-z.-])|altmetric-id|[0-9]+\W*\Z)"
    r"|(?P<address>[^/\s]*+/)"
)

_A_DOI = "a DOI: 10.5555/lhs.2023.0417, doi:10.1186/… or https://doi.org/10.1186/…"
_AN_ALTMETRIC_ID = "an Altmetric id, such as 1234567, or its details address"
_AN_ADDRESS = "a details address, such as https://www.altmetric.com/details/1234567, or the DOI itself"


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

    The schemes are `doi`, `pmid`, `arxiv`, `isbn`, `handle`, `clinical_trial`, `altmetric_id` and, for chapters, which
    need two numbers, `address`.
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
    bare = trim(_unwrap(text))
    for pattern, reason in _DOI_RULES:
        if pattern.search(bare):
            raise error(text, reason, _A_DOI)
    return bare


def altmetric_id(text: str) -> int:
    """Return the Altmetric id in a text. For a chapter, it is the id of the chapter, not of the book.

    The text can be the id, the id with a label, or a details address.

    Raises:
        IdentifierError: if the text has no number from 1 to 2**63 - 1, or is an address with a DOI.
    """
    if match := _ALTMETRIC_ID.fullmatch(trim(tidy(text))):
        return _number(match[1], text)
    number = address(text).altmetric_id
    if number is None:
        raise error(text, "the address contains a DOI, not the Altmetric id", _AN_ALTMETRIC_ID)
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
    trimmed = trim(tidy(text))
    match = _URL.fullmatch(links.unwrap(trimmed) or trimmed)
    if not match:
        raise error(text, "not a web address with a path", _AN_ADDRESS)
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
    raise error(text, f"the path {quoted(path)} does not lead to a record", _AN_ADDRESS)


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
    label or its address. A handle with the prefix of a DOI is a DOI. A details address becomes its id or its DOI, and
    that of a chapter its canonical address.

    Raises:
        TypeError: if the argument is not text.
        IdentifierError: if the text is not an identifier, or starts like one but is invalid.
    """
    check(text, str, "text")
    if "." in text and not text.startswith("10."):
        text = links.unwrap(text.strip()) or text
    beginning = _KIND.match(tidy(text))
    if not beginning:
        raise error(text, "not an identifier", ANYTHING)
    scheme = str(beginning.lastgroup)
    if scheme != "address":
        value = str(_READERS[scheme](text))
        if scheme == "handle" and value.startswith("10."):
            return Identifier("doi", doi(value))
        return Identifier(scheme, value)
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
    raise error(identifier.value, reason, "the DOI of the same output: look it up first")


def _current_path(query: dict[str, str]) -> str:
    """Return the current path for the query of a `details.php` address."""
    if "citation_id" in query:
        return f"/details/{query['citation_id']}/{query.get('tab', '')}"
    return f"/details/doi/{query.get('doi', '')}"


def _host(authority: str, hosts: Collection[str], text: str) -> str:
    """Return the host without port and final dot, if it is one of `hosts` or a subdomain of one."""
    match = _HOST.fullmatch(authority)
    if not match or not any(f".{match[1]}".endswith(f".{host}") for host in hosts):
        reason = f"the host {quoted(authority)} is not {' or '.join(hosts)} or a subdomain of it"
        raise error(text, reason, _AN_ADDRESS)
    if match[1] in _HOSTS_WITHOUT_RECORDS:
        raise error(text, f"{match[1]} serves no details pages", _AN_ADDRESS)
    return match[1]


def _number(digits: str, text: str) -> int:
    number = int(digits.lstrip("0")[:20] or "0")  # 20 digits already exceed the largest number
    if not 0 < number <= _MAX_NUMBER:
        raise error(text, f"the number {quoted(digits)} is not between 1 and {_MAX_NUMBER}", _AN_ALTMETRIC_ID)
    return number


def _unwrap(text: str) -> str:
    """Remove labels, doi.org addresses, entities and percent-encoding, nested in any order."""
    layer = text
    for _ in range(_MAX_LAYERS):
        inner = _DOI_URL.sub(r"\1", _DOI_LABEL.sub("", tidy(layer)))
        try:
            inner = unquote(inner, errors="strict").replace("\\_", "_")  # LaTeX escapes underscores
        except UnicodeDecodeError:
            raise error(text, "percent-encoding that is not UTF-8", _A_DOI) from None
        if inner == layer:
            return layer
        layer = inner
    raise error(text, "too many layers of encoding", _A_DOI)


_READERS = {
    "doi": doi,
    "pmid": pmid,
    "arxiv": arxiv,
    "isbn": isbn,
    "handle": handle,
    "clinical_trial": clinical_trial,
    "altmetric_id": altmetric_id,
}
