"""Interpret the strings of a Sheet as a Record. The same rules apply to HTML and to text."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any
from urllib.parse import urljoin, urlsplit

import msgspec

from altdetails import links
from altdetails.identifiers import Address, Identifier
from altdetails.page import words
from altdetails.page.interpret import attention, consistency
from altdetails.page.interpret.bibliography import bibliography_of
from altdetails.page.interpret.counts import Counts, counts_of, demographics_of
from altdetails.page.interpret.rankings import rankings_of
from altdetails.page.sheet import Sheet
from altdetails.page.source import address_of
from altdetails.record import CUT, SCHEMA_VERSION, Inconsistency, PartOfPage, Provenance, Ranking, Record, Unread

__all__ = ["MAX_RECORD_BYTES", "MAX_TEXT", "limit", "record_of", "tidied"]

MAX_RECORD_BYTES = 8 * 2**20
"""The longest record as a line of JSON. Real records have some 6 KB."""
MAX_TEXT = 500_000
"""The most characters of a text and items of a list. The longest real list of authors has 15,000 names."""

_MAX_UNREAD_LENGTH = 500
_MAX_LINK_LENGTH = 4096


def record_of(sheet: Sheet, url: str | None, provenance: Provenance) -> Record:
    """Make the record of a page.

    Args:
        sheet: the page, as read from HTML or text.
        url: the address of the page, if known.
        provenance: copied to the record.
    """
    unread = [Unread(part, text) for part, text in sheet.leftovers]
    requested = address_of(url) if url else None
    address = _own_address(sheet, requested)
    page = address or requested
    context = " ".join(sheet.context or ())
    badge_score = words.parse_number(sheet.badge_scores[0]) if sheet.badge_scores else None
    if badge_score is None:
        unread.extend(Unread("attention", f"score={score}") for score in sheet.badge_scores[:1])
    sentence_score = attention.score_of_sentence(context)
    highlights = attention.highlights_of(sheet.bullets, unread)
    counts = counts_of(sheet, lambda href, part: _link(page, href, part, unread), unread)
    bibliography = bibliography_of(sheet, unread)
    demographics = demographics_of(sheet, unread)
    rankings, contradictions = rankings_of(sheet.context, bibliography.source, unread)

    inconsistencies = [
        *_mismatches(requested, address, bibliography.doi),
        *consistency.of_counts(counts, address.altmetric_id if address else None),
        *consistency.of_rankings(highlights, rankings),
        *consistency.of_demographics(demographics, counts["mentions"], counts["readers"]),
        *consistency.of_letters(
            {
                "title": bibliography.title,
                "source": bibliography.source,
                "authors_text": bibliography.authors_text,
                "abstract": bibliography.abstract,
            }
        ),
    ]
    if badge_score is not None and sentence_score is not None and badge_score != sentence_score:
        inconsistencies.append(
            Inconsistency("score_of_badge_and_sentence", None, [str(badge_score), str(sentence_score)])
        )
    inconsistencies += [
        Inconsistency("total_of_box_and_paragraph", total.scope, [str(total.of_box), str(total.of_paragraph)])
        for total in contradictions
    ]
    if sheet.badge_without_score and sentence_score is None:
        inconsistencies.append(Inconsistency("score_not_shown", None, []))
    if sheet.translated:
        inconsistencies.append(Inconsistency("translated", None, []))
    if sheet.cut_short:
        inconsistencies.append(Inconsistency("cut_short", None, []))
    book = [Identifier("altmetric_book", str(address.book_id))] if address and address.book_id else []

    return Record(
        schema_version=SCHEMA_VERSION,
        altmetric_id=address.altmetric_id if address else None,
        url=address.url if address else None,
        output_type=bibliography.output_type,
        title=bibliography.title,
        publisher_url=_link(page, sheet.publisher_url, "header", unread) if sheet.publisher_url else None,
        source=bibliography.source or _source_of_ranking(rankings),
        published=bibliography.published,
        doi=bibliography.doi,
        pmid=bibliography.pmid,
        identifiers=[*bibliography.identifiers, *book],
        authors=bibliography.authors,
        authors_text=bibliography.authors_text,
        editors=bibliography.editors,
        abstract=bibliography.abstract,
        score=badge_score if badge_score is not None else sentence_score,
        score_exact=None,
        highlights=highlights,
        mentions=counts["mentions"],
        citations=counts["citations"],
        readers=counts["readers"],
        demographics=demographics,
        last_mentioned=attention.last_mentioned(context, unread),
        rankings=rankings,
        limited_access=_limited_access(sheet),
        notices=sheet.notices,
        sections=_sections(sheet, counts),
        inconsistencies=inconsistencies,
        unread=[Unread(item.part, _cut(item.text, _MAX_UNREAD_LENGTH)) for item in unread],
        provenance=provenance,
    )


def _own_address(sheet: Sheet, requested: Address | None) -> Address | None:
    """Return the page's own address, else the address of the request, else the address that its counts link to."""
    own = [address for text in sheet.addresses if (address := address_of(text)) and address.altmetric_id]
    if own:
        return own[0]
    if requested and requested.altmetric_id:
        return requested
    hrefs = [entry.href for entries in (sheet.mentions, sheet.citations, sheet.readers) for entry in entries or ()]
    linked = [address for link in hrefs if link and (address := address_of(link)) and address.altmetric_id]
    return linked[0] if linked and len({address.altmetric_id for address in linked}) == 1 else None


def _link(page: Address | None, href: str, part: PartOfPage, unread: list[Unread]) -> str | None:
    """Return the address of a link on the page, without what tools added to it.

    None, and an item of `unread`, if it is not an address of the web, or if the address is not certain.
    """
    if page and _PLAIN.fullmatch(href):
        return f"https://{page.host}{href}"
    plain = href if href.isprintable() else _BREAKS.sub("", _INVISIBLE.sub("", href))
    address = links.unwrap(plain.strip())
    with suppress(ValueError):
        url = _absolute(page, address) if address else None
        if url and len(url) <= _MAX_LINK_LENGTH and (_OF_THE_WEB.match(url) or _is_of_the_web(url)):
            return url
    unread.append(Unread(part, f"link {href}"))
    return None


def _is_of_the_web(url: str) -> bool:
    """Whether an address is one of the web.

    Raises:
        ValueError: if it is not an address.
    """
    parts = urlsplit(url)
    return parts.scheme in {"http", "https"} and bool(parts.netloc)


def _absolute(page: Address | None, address: str) -> str | None:
    """Resolve a link against the address of its page. None if this is unknown, or if a saved copy changed the link.

    Tools that mirror a site make links to files: `990000001/news.html`. Only such links to the page's own record are
    certain.
    """
    if _WITH_HOST.match(address):
        return f"https:{address}" if address[0] == "/" else address
    if page is None:
        return None
    if address[0] == "/":
        return f"https://{page.host}{address}"
    record = page.url
    url = record + address if address[0] == "#" else _ENDING_OF_FILE.sub("", urljoin(record, address))
    linked = address_of(url) if url.startswith(record) and ".." not in address else None
    return url if linked and linked.altmetric_id == page.altmetric_id is not None else None


_PLAIN = re.compile(r"/details/[0-9]{1,19}(?:/[a-z-]{1,40})?(?:#[a-z-]{1,40})?")
_OF_THE_WEB = re.compile(r"https?://[a-z0-9.-]+(?:/|\Z)")
"""What most addresses are. To match this is faster than to split them."""
_WITH_HOST = re.compile(r"(?:https?:)?//", re.IGNORECASE)
_ENDING_OF_FILE = re.compile(r"(?:/index)?\.html?(?=[?#]|\Z)")


def _mismatches(requested: Address | None, own: Address | None, doi: str | None) -> list[Inconsistency]:
    """Check that the page is the requested page."""
    if requested is None:
        return []
    if requested.doi and doi and requested.doi != doi:
        return [Inconsistency("doi_mismatch", None, [requested.doi, doi])]
    if requested.altmetric_id and own and own.altmetric_id != requested.altmetric_id:
        return [Inconsistency("altmetric_id_mismatch", None, [str(requested.altmetric_id), str(own.altmetric_id)])]
    return []


def _source_of_ranking(rankings: list[Ranking] | None) -> str | None:
    return next((ranking.source for ranking in rankings or () if ranking.source), None)


def _limited_access(sheet: Sheet) -> bool | None:
    if sheet.limited_access:
        return True
    is_unread = any(words.LIMITED_ACCESS in text for _, text in sheet.leftovers)
    has_its_place = sheet.tagline is not None and sheet.details is not None  # the notice is between the two
    return False if has_its_place and not is_unread else None


def _sections(sheet: Sheet, counts_by_section: Counts) -> list[str]:
    shown: dict[str, bool] = {
        "header": sheet.heading is not None or sheet.tagline is not None,
        "attention": sheet.bullets is not None,
        **{str(section): counts is not None for section, counts in counts_by_section.items()},
        "details": sheet.details is not None,
        "twitter_demographics": sheet.twitter is not None,
        "mendeley_demographics": sheet.mendeley is not None,
        "context": sheet.context is not None,
    }
    return [name for name, is_shown in shown.items() if is_shown]


_BREAKS = re.compile(r"[\t-\r\x1c-\x1e\x85\u2028\u2029]+")
_BREAKS_OF_LINES = re.compile(r"[\t\v-\r\x1c-\x1e\x85\u2028\u2029]+")
_INVISIBLE = re.compile(
    r"[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff]+"
)
"""Control characters, spaces without width, characters that change the direction of text, halves of characters.

`decode.clean` removes most of them from a page, also as references (`&#8203;`). Answers of the API can have all.
"""
_ESCAPES_IN_JSON = re.compile(rb"\\(.)")
_IN_JSON = (
    (b"\x7f", re.compile(rb"\x7f")),
    (b"\xc2", re.compile(rb"\xc2[\x80-\x9f]")),
    (b"\xd8", re.compile(rb"\xd8\x9c")),
    (b"\xe2", re.compile(rb"\xe2(?:\x80[\x8b\x8e\x8f\xa8-\xae]|\x81[\xa6-\xa9])")),
    (b"\xef", re.compile(rb"\xef\xbb\xbf")),
)
"""The same characters in a line of JSON, each with its first byte, because most lines do not have that."""
_RESERVED_BYTES = 2**18
"""What may be added to a record after its length is limited: the origin of the page, and what was shortened."""


def limit(record: Record) -> Record:
    """Return the record without control characters, with each text, list and the whole record of limited length.

    White space becomes a space; only an abstract keeps its line breaks. Each field that is shortened is added to
    `inconsistencies`. If the record is longer than `MAX_RECORD_BYTES`, items of `unread` are left out first.
    """
    try:
        line = record.to_json()
    except UnicodeEncodeError:
        line = None
    if line is not None and len(line) <= MAX_TEXT and _is_clean(line, record.abstract):
        return record
    shortened: dict[str, tuple[int, int]] = {}
    values = _limited(record.to_dict(), "", MAX_TEXT, shortened)
    values["unread"] = _fitting(values, shortened)
    longest = MAX_TEXT
    while len(msgspec.json.encode(values)) > MAX_RECORD_BYTES - _RESERVED_BYTES:
        longest //= 2
        values = _limited(values, "", longest, shortened)
    limited = msgspec.convert(values, Record)
    findings = [Inconsistency("shortened", path, [*map(str, lengths)]) for path, lengths in shortened.items()]
    return msgspec.structs.replace(limited, inconsistencies=[*limited.inconsistencies, *findings])


def _is_clean(line: bytes, abstract: str | None) -> bool:
    if b"\\" in line:
        escapes = _ESCAPES_IN_JSON.findall(line)
        breaks = abstract.count("\n") if abstract else 0
        quotes_and_backslashes = escapes.count(b'"') + escapes.count(b"\\")
        if not escapes.count(b"n") == len(escapes) - quotes_and_backslashes == breaks:
            return False
    if line.isascii():
        return b"\x7f" not in line
    return not any(line.rfind(first) >= 0 and pattern.search(line) for first, pattern in _IN_JSON)


def _limited(value: Any, path: str, longest: int, shortened: dict[str, tuple[int, int]]) -> Any:  # noqa: ANN401 -- JSON
    """Clean and cut the texts and lists in a value. Add their paths, with the lengths before and after, to a dict."""
    if isinstance(value, dict):
        return {
            name: _limited(item, f"{path}.{name}" if path else name, longest, shortened) for name, item in value.items()
        }
    if isinstance(value, str):
        value = tidied(value, keeps_lines=path == "abstract")
    elif not isinstance(value, list):
        return value
    if len(value) > longest:
        shortened[path] = (max(len(value), shortened.get(path, (0, 0))[0]), longest)
    if isinstance(value, str):
        return _cut(value, longest)
    return [_limited(item, path, longest, shortened) for item in value[:longest]]


def tidied(text: str, *, keeps_lines: bool = False) -> str:
    """Return a text without control and invisible characters, on one line unless it keeps its lines."""
    if text.isprintable():
        return text
    cleaned = _INVISIBLE.sub("", (_BREAKS_OF_LINES if keeps_lines else _BREAKS).sub(" ", text))
    return text if cleaned == text else cleaned.strip()


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - len(CUT)] + CUT


def _fitting(values: dict[str, Any], shortened: dict[str, tuple[int, int]]) -> list[Any]:
    """Return the items of `unread` that fit into a line of the record, from the first."""
    unread: list[Any] = values["unread"]
    size = len(msgspec.json.encode(values))
    if size <= MAX_RECORD_BYTES - _RESERVED_BYTES:
        return unread
    room = MAX_RECORD_BYTES - _RESERVED_BYTES - size + len(msgspec.json.encode(unread))
    kept = 0
    for item in unread:
        room -= len(msgspec.json.encode(item)) + 1
        if room < 0:
            break
        kept += 1
    if unread:
        shortened["unread"] = (len(unread), kept)
    return unread[:kept]
