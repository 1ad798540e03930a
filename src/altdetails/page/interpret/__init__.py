"""Interpret the strings of a Sheet as a Record. The same rules apply to HTML and to text."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

from altdetails import identifiers
from altdetails.identifiers import Address, Identifier
from altdetails.page import words
from altdetails.page.interpret import attention, consistency
from altdetails.page.interpret.bibliography import bibliography_of
from altdetails.page.interpret.counts import Counts, counts_of, demographics_of
from altdetails.page.interpret.rankings import rankings_of
from altdetails.page.sheet import Sheet
from altdetails.page.source import address_of
from altdetails.record import SCHEMA_VERSION, Inconsistency, Provenance, Ranking, Record, Unread

__all__ = ["record_of"]

_MAX_UNREAD_LENGTH = 500
_SITE = "https://www.altmetric.com"


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
    site = f"https://{address.host}" if address else _SITE
    context = " ".join(sheet.context or ())
    badge_score = words.parse_number(sheet.badge_scores[0]) if sheet.badge_scores else None
    if badge_score is None:
        unread.extend(Unread("attention", f"score={score}") for score in sheet.badge_scores[:1])
    sentence_score = attention.score_of_sentence(context)
    highlights = attention.highlights_of(sheet.bullets, unread)
    counts = counts_of(sheet, lambda href: _absolute(site, href), unread)
    bibliography = bibliography_of(sheet, unread)
    demographics = demographics_of(sheet, unread)
    rankings, contradictions = rankings_of(sheet.context, bibliography.source, unread)

    inconsistencies = [
        *_mismatches(requested, address, bibliography.doi),
        *consistency.of_counts(counts, address.altmetric_id if address else None),
        *consistency.of_rankings(highlights, rankings),
        *consistency.of_demographics(demographics, counts["mentions"], counts["readers"]),
    ]
    if badge_score is not None and sentence_score is not None and badge_score != sentence_score:
        inconsistencies.append(
            Inconsistency("score_of_badge_and_sentence", None, [str(badge_score), str(sentence_score)])
        )
    inconsistencies += [
        Inconsistency("total_of_box_and_paragraph", total.scope, [str(total.of_box), str(total.of_paragraph)])
        for total in contradictions
    ]
    if sheet.cut_short:
        inconsistencies.append(Inconsistency("cut_short", None, []))
    book = [Identifier("altmetric_book", str(address.book_id))] if address and address.book_id else []

    return Record(
        schema_version=SCHEMA_VERSION,
        altmetric_id=address.altmetric_id if address else None,
        url=address.url if address else None,
        output_type=bibliography.output_type,
        title=bibliography.title,
        publisher_url=identifiers.unarchived(sheet.publisher_url) if sheet.publisher_url else None,
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
        unread=[Unread(item.part, item.text[:_MAX_UNREAD_LENGTH]) for item in unread],
        provenance=provenance,
    )


def _own_address(sheet: Sheet, requested: Address | None) -> Address | None:
    """Return the page's own address, else the address of the request, else the address that its counts link to."""
    own = [address for text in sheet.addresses if (address := address_of(text)) and address.altmetric_id]
    if own:
        return own[0]
    if requested and requested.altmetric_id:
        return requested
    links = [entry.href for entries in (sheet.mentions, sheet.citations, sheet.readers) for entry in entries or ()]
    linked = [address for link in links if link and (address := address_of(link)) and address.altmetric_id]
    return linked[0] if linked and len({address.altmetric_id for address in linked}) == 1 else None


def _absolute(site: str, href: str) -> str | None:
    if "/web/" in href:
        href = identifiers.unarchived(href)
    if href.startswith("/") and not href.startswith("//"):
        return site + href
    try:
        url = urljoin(site, href)
        return url if urlsplit(url).scheme in {"http", "https"} else None
    except ValueError:
        return None


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
    shown = (sheet.mentions, sheet.citations, sheet.readers, sheet.details)
    return None if all(section is None for section in shown) else False


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
