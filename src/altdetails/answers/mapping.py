"""The values of an answer → its Record, as docs/record.md says in the column *from the API*."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from altdetails.answers.context import NO_CONTEXT, OF_COUNTS, OF_FETCH, Context, context_of, findings_of, rankings_of
from altdetails.answers.decoding import Answer, Shape
from altdetails.answers.numbers import (
    COHORTS,
    accounts_of,
    cohorts_of,
    demographics_of,
    readers_of,
    score_of,
    sum_finding,
    typed_readers_of,
    users_of,
)
from altdetails.answers.taking import Taker, day_of
from altdetails.answers.typed import CITED, TEXTS_AND_IDS
from altdetails.identifiers import Identifier
from altdetails.record import (
    SCHEMA_VERSION,
    Count,
    Date,
    Demographics,
    Group,
    Inconsistency,
    Provenance,
    Record,
    TwitterUsers,
)

__all__ = ["mismatches", "record_of"]

_BIBLIOGRAPHY = (
    *("title", "doi", "pmid", "pmc", "arxiv_id", "ads_id", "nct_id", "uri", "dimensions_publication_id", "isbns"),
    *("issns", "handles", "handle", "authors", "subjects", "scopus_subjects", "authors_or_editors", "editors"),
    *("attribution", "ordinal_number", "journal", "altmetric_jid", "nlmid", "type", "published_on", "pubdate"),
    *("epubdate", "abstract", "abstract_source", "publisher_subjects", "downloads", "tq", "is_oa"),
)
_OF_COUNTS = frozenset(
    {
        *_BIBLIOGRAPHY,
        *("altmetric_id", "added_on", "last_updated", "cohorts", "context", "score", "history", "readers", "url"),
        *("readers_count", "details_url", "images", "schema", "cited_by_posts_count", "cited_by_accounts_count"),
    }
)
_OF_FETCH = frozenset(
    {
        *("altmetric_id", "counts", "citation", "altmetric_score", "demographics", "posts", "score", "images"),
        *("selected_quotes", "sentiments"),
    }
)
_OF_CITATION = frozenset(
    {
        *_BIBLIOGRAPHY,
        *("publisher", "volume", "issue", "startpage", "endpage", "links", "first_seen_on", "last_mentioned_on"),
        *("book", "aggregated_in", "aggregate_citation_ids", "chapters", "authors_details", "altmetric_id"),
    }
)
_OF_SCORE = frozenset({"score", "score_history", "context_for_score"})
_OF_BOOK = frozenset({"title", "isbns", "editors"})
_DATES = ("published_on", "epubdate", "pubdate")


class _Parts(NamedTuple):
    """What the two shapes have in different places."""

    altmetric_id: Any
    images: Any
    """Not checked, as the score."""
    about: dict[str, Any]
    """The bibliographic values."""
    book: dict[str, Any]
    publisher_url: str | None
    other_source: str | None
    """The source of an output without journal."""
    published: Date | None
    score: Any
    """The score, not checked."""
    mentions: list[Count] | None
    readers: list[Count] | None
    demographics: Demographics | None
    last_mentioned: str | None
    context: Context
    findings: list[Inconsistency]


def record_of(answer: Answer, provenance: Provenance, requested: Identifier | None) -> Record:
    """Make the record of an answer.

    Args:
        answer: the answer.
        provenance: copied to the record.
        requested: the identifier in the address of the answer, if known.
    """
    take = Taker()
    for key in answer.repeated:
        take.note("answer", f"{key}: twice, with different values")
    parts = _PARTS_OF[answer.shape](answer.values, take)
    about = parts.about
    altmetric_id = take.altmetric_id(parts.altmetric_id)
    output_type, title = (
        take.text(about.get("type"), "header", "type"),
        take.text(about.get("title"), "header", "title"),
    )
    journal = take.text(about.get("journal"), "details", "journal")
    output_ids = _identifiers(about, parts.book, take)
    authors, editors = (take.texts(about.get(name), "details", name) for name in ("authors", "editors"))
    people = (
        None if authors or editors else take.texts(about.get("authors_or_editors"), "details", "authors_or_editors")
    )
    abstract = take.text(about.get("abstract"), "details", "abstract")
    score, score_exact, score_findings = score_of(parts.score, parts.images, take)
    rankings = rankings_of(parts.context, journal)
    demographics = parts.demographics
    shown = {
        "header": title or output_type,
        "mentions": parts.mentions is not None,
        "readers": parts.readers is not None,
        "details": about,
        "twitter_demographics": demographics and demographics.twitter,
        "mendeley_demographics": demographics and demographics.mendeley,
        "context": rankings or parts.last_mentioned,
    }
    return Record(
        schema_version=SCHEMA_VERSION,
        altmetric_id=altmetric_id,
        url=None if altmetric_id is None else f"https://www.altmetric.com/details/{altmetric_id}",
        output_type=output_type,
        title=title,
        publisher_url=parts.publisher_url,
        source=journal or parts.other_source,
        published=parts.published,
        doi=_first(output_ids, "doi"),
        pmid=_first(output_ids, "pmid"),
        identifiers=output_ids,
        authors=authors,
        authors_text="; ".join(people) if people else None,
        editors=editors,
        abstract=abstract,
        score=score,
        score_exact=score_exact,
        highlights=None,
        mentions=parts.mentions,
        citations=None,
        readers=parts.readers,
        demographics=demographics,
        last_mentioned=parts.last_mentioned,
        rankings=rankings,
        limited_access=None,
        notices=[],
        sections=[name for name, is_shown in shown.items() if is_shown],
        inconsistencies=[
            *(mismatches(requested, altmetric_id, output_ids) if requested else ()),
            *score_findings,
            *parts.findings,
            *findings_of(parts.context),
        ],
        unread=take.unread,
        provenance=provenance,
    )


def _of_counts(values: dict[str, Any], take: Taker) -> _Parts:
    cited = accounts_of(values, _OF_COUNTS, take)
    accounts = take.whole(values.get("cited_by_accounts_count"), "mentions", "", "cited_by_accounts_count")
    posts = take.whole(values.get("cited_by_posts_count"), "mentions", "", "cited_by_posts_count")
    findings = [] if cited is None else sum_finding("accounts", cited, accounts)
    if cited == [] and posts and not accounts:
        findings = sum_finding("posts", cited, posts)
    readers, of_readers = readers_of(values, values.get("readers_count"), take)
    day = next(
        (day for name in _DATES if (day := take.unix_day(values.get(name), "details", name, is_padded=True))), None
    )
    return _Parts(
        altmetric_id=values.get("altmetric_id"),
        images=values.get("images"),
        about=values,
        book={},
        publisher_url=take.link(values.get("url"), "header", "url"),
        other_source=None,
        published=_date(day),
        score=values["score"],
        mentions=cited or (None if cited is None or accounts or posts else []),
        readers=readers,
        demographics=cohorts_of(values.get("cohorts"), take),
        last_mentioned=None,
        context=context_of(take.mapping(values.get("context"), "context", "context"), OF_COUNTS, "context.", take),
        findings=findings + of_readers,
    )


def _of_typed_counts(values: Any, take: Taker) -> _Parts:  # noqa: ANN401 -- typed.Counts
    """The same as `_of_counts`, without its checks."""
    cited = [Count(source, count, None, None) for name, source in CITED if (count := getattr(values, name)) is not None]
    accounts, posts = values.cited_by_accounts_count, values.cited_by_posts_count
    findings = sum_finding("accounts", cited, accounts) if cited or accounts else sum_finding("posts", cited, posts)
    readers, of_readers = typed_readers_of(values.readers, values.readers_count)
    seconds = next((at for at in (values.published_on, values.epubdate, values.pubdate) if at is not None), None)
    cohorts = values.cohorts
    types = None if cohorts is None else [Group(COHORTS[name], cohorts[name], None) for name in cohorts]
    return _Parts(
        altmetric_id=values.altmetric_id,
        images=values.images,
        about={name: getattr(values, name) for name in TEXTS_AND_IDS},
        book={},
        publisher_url=take.link(values.url, "header", "url"),
        other_source=None,
        published=None if seconds is None else _date(day_of(seconds, is_padded=True)),
        score=values.score,
        mentions=cited or (None if accounts or posts else []),
        readers=readers,
        demographics=None if types is None else Demographics(TwitterUsers(None, None, types), None),
        last_mentioned=None,
        context=values.context.context if values.context else NO_CONTEXT,
        findings=findings + of_readers,
    )


def _of_fetch(values: dict[str, Any], take: Taker) -> _Parts:
    take.leave_unknown("answer", "", values, _OF_FETCH)
    about = take.mapping(values.get("citation"), "details", "citation") or {}
    take.leave_unknown("details", "citation.", about, _OF_CITATION)
    book = take.mapping(about.get("book"), "details", "citation.book") or {}
    take.leave_unknown("details", "citation.book.", book, _OF_BOOK)
    scored = take.mapping(values.get("altmetric_score"), "attention", "altmetric_score") or {}
    take.leave_unknown("attention", "altmetric_score.", scored, _OF_SCORE)
    counts = take.mapping(values.get("counts"), "mentions", "counts")
    mentions, findings = (None, []) if counts is None else users_of(counts, take)
    readers, of_readers = (None, []) if counts is None else readers_of(counts, None, take)
    day = next((day for name in _DATES if (day := take.iso_day(about.get(name), "details", name))), None)
    last = take.unix_day(about.get("last_mentioned_on"), "context", "last_mentioned_on", is_padded=False)
    return _Parts(
        altmetric_id=values.get("altmetric_id"),
        images=values.get("images"),
        about=about,
        book=book,
        publisher_url=None,
        other_source=take.text(book.get("title"), "details", "citation.book.title")
        or take.text(about.get("publisher"), "details", "publisher"),
        published=_date(day),
        score=values.get("score") if scored.get("score") is None else scored["score"],
        mentions=mentions,
        readers=readers,
        demographics=demographics_of(values.get("demographics"), take),
        last_mentioned=last.date().isoformat() if last else None,
        context=context_of(
            take.mapping(scored.get("context_for_score"), "context", "context_for_score"),
            OF_FETCH,
            "context_for_score.",
            take,
        ),
        findings=findings + of_readers,
    )


_PARTS_OF: dict[Shape, Callable[[Any, Taker], _Parts]] = {
    "counts": _of_counts,
    "typed counts": _of_typed_counts,
    "fetch": _of_fetch,
}


def _date(day: datetime | None) -> Date | None:
    return None if day is None else Date(day.date().isoformat(), day.year, day.month, day.day)


def _identifiers(about: dict[str, Any], book: dict[str, Any], take: Taker) -> list[Identifier]:
    """Return the identifiers, in the order of the page."""
    output_ids: list[Identifier] = []
    for scheme, name in (("doi", "doi"), ("pmid", "pmid"), ("arxiv", "arxiv_id")):
        if (value := about.get(name)) is not None:
            output_ids += take.identifiers(scheme, (value,), name)
    if about.get("isbns") or book.get("isbns"):
        isbns = [*_items(about.get("isbns"), "isbns", take), *_items(book.get("isbns"), "citation.book.isbns", take)]
        output_ids += take.identifiers("isbn", isbns, "isbns")
    if about.get("handles") or about.get("handle"):
        handles = [*_items(about.get("handles"), "handles", take), about.get("handle")]
        output_ids += take.identifiers("handle", handles, "handles")
    if (value := about.get("nct_id")) is not None:
        output_ids += take.identifiers("clinical_trial", (value,), "nct_id")
    if books := about.get("aggregated_in"):
        ids = (take.altmetric_id(number, "aggregated_in") for number in _items(books, "aggregated_in", take))
        output_ids += dict.fromkeys(Identifier("altmetric_book", str(number)) for number in ids if number is not None)
    return output_ids


def _items(value: Any, name: str, take: Taker) -> list[Any]:  # noqa: ANN401 -- any JSON
    if type(value) is list:
        return value
    if value is not None:
        take.leave("details", name, value)
    return []


def _first(output_ids: list[Identifier], scheme: str) -> str | None:
    return next((item.value for item in output_ids if item.scheme == scheme), None)


def mismatches(requested: Identifier, altmetric_id: int | None, output_ids: list[Identifier]) -> list[Inconsistency]:
    """Check that a record is about the requested output, if it has an identifier of the same scheme."""
    if requested.scheme == "altmetric_id":
        own = [] if altmetric_id is None else [str(altmetric_id)]
    else:
        own = [item.value for item in output_ids if item.scheme == requested.scheme]
    if not own or requested.value in own:
        return []
    values = [requested.value, own[0]]
    if requested.scheme == "doi":
        return [Inconsistency("doi_mismatch", None, values)]
    if requested.scheme == "altmetric_id":
        return [Inconsistency("altmetric_id_mismatch", None, values)]
    return [Inconsistency("identifier_mismatch", requested.scheme, values)]
