"""Sheet to Record: what the strings of a page mean. Pure, and the same for both readers."""

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

_LONGEST_UNREAD = 500
_SITE = "https://www.altmetric.com"


def record_of(sheet: Sheet, url: str | None, provenance: Provenance) -> Record:
    """The record of a page.

    Args:
        sheet: what a reader found on the page.
        url: the address that the page came from, where it is known.
        provenance: goes into the record as it is.
    """
    unread = [Unread(part, text) for part, text in sheet.leftovers]
    asked = address_of(url) if url else None
    address = _own_address(sheet, asked)
    site = f"https://{address.host}" if address else _SITE
    context = " ".join(sheet.context or ())
    of_badge = words.number(sheet.badge_scores[0]) if sheet.badge_scores else None
    if of_badge is None:
        unread.extend(Unread("attention", f"score={score}") for score in sheet.badge_scores[:1])
    of_sentence = attention.score_of_sentence(context)
    highlights = attention.highlights_of(sheet.bullets, unread)
    counted = counts_of(sheet, lambda href: _absolute(site, href), unread)
    about = bibliography_of(sheet, unread)
    groups = demographics_of(sheet, unread)
    ranked, contradictions = rankings_of(sheet.context, about.source, unread)

    found = [
        *_mismatches(asked, address, about.doi),
        *consistency.of_counts(counted, address.altmetric_id if address else None),
        *consistency.of_rankings(highlights, ranked),
        *consistency.of_demographics(groups, counted["mentions"], counted["readers"]),
    ]
    if of_badge is not None and of_sentence is not None and of_badge != of_sentence:
        found.append(Inconsistency("score_of_badge_and_sentence", None, [str(of_badge), str(of_sentence)]))
    found += [
        Inconsistency("total_of_box_and_paragraph", each.scope, [str(each.of_box), str(each.of_paragraph)])
        for each in contradictions
    ]
    if sheet.cut_short:
        found.append(Inconsistency("cut_short", None, []))
    book = [Identifier("altmetric_book", str(address.book_id))] if address and address.book_id else []

    return Record(
        schema_version=SCHEMA_VERSION,
        altmetric_id=address.altmetric_id if address else None,
        url=address.url if address else None,
        output_type=about.output_type,
        title=about.title,
        publisher_url=identifiers.unarchived(sheet.publisher_url) if sheet.publisher_url else None,
        source=about.source or _source_of_ranking(ranked),
        published=about.published,
        doi=about.doi,
        pmid=about.pmid,
        identifiers=[*about.identifiers, *book],
        authors=about.authors,
        authors_text=about.authors_text,
        editors=about.editors,
        abstract=about.abstract,
        score=of_badge if of_badge is not None else of_sentence,
        highlights=highlights,
        mentions=counted["mentions"],
        citations=counted["citations"],
        readers=counted["readers"],
        demographics=groups,
        last_mentioned=attention.last_mentioned(context, unread),
        rankings=ranked,
        limited_access=_limited_access(sheet),
        notices=sheet.notices,
        sections=_sections(sheet, counted),
        inconsistencies=found,
        unread=[Unread(each.part, each.text[:_LONGEST_UNREAD]) for each in unread],
        provenance=provenance,
    )


def _own_address(sheet: Sheet, asked: Address | None) -> Address | None:
    """The page's address: what the page says of itself, else where it came from, else where its counts link to."""
    own = [address for text in sheet.addresses if (address := address_of(text)) and address.altmetric_id]
    if own:
        return own[0]
    if asked and asked.altmetric_id:
        return asked
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


def _mismatches(asked: Address | None, own: Address | None, doi: str | None) -> list[Inconsistency]:
    """A page that is not the one asked for."""
    if asked is None:
        return []
    if asked.doi and doi and asked.doi != doi:
        return [Inconsistency("doi_mismatch", None, [asked.doi, doi])]
    if asked.altmetric_id and own and own.altmetric_id != asked.altmetric_id:
        return [Inconsistency("altmetric_id_mismatch", None, [str(asked.altmetric_id), str(own.altmetric_id)])]
    return []


def _source_of_ranking(rankings: list[Ranking] | None) -> str | None:
    return next((ranking.source for ranking in rankings or () if ranking.source), None)


def _limited_access(sheet: Sheet) -> bool | None:
    if sheet.limited_access:
        return True
    shown = (sheet.mentions, sheet.citations, sheet.readers, sheet.details)
    return None if all(section is None for section in shown) else False


def _sections(sheet: Sheet, counted: Counts) -> list[str]:
    found: dict[str, bool] = {
        "header": sheet.heading is not None or sheet.tagline is not None,
        "attention": sheet.bullets is not None,
        **{str(section): counts is not None for section, counts in counted.items()},
        "details": sheet.details is not None,
        "twitter_demographics": sheet.twitter is not None,
        "mendeley_demographics": sheet.mendeley is not None,
        "context": sheet.context is not None,
    }
    return [name for name, is_shown in found.items() if is_shown]
