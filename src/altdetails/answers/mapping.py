"""The values of an answer → its Record, as docs/record.md says in the column *from the API*."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from altdetails.answers.context import OF_COUNTS, OF_FETCH, Rankings, findings_of, rankings_of
from altdetails.answers.decoding import Answer
from altdetails.answers.taking import Taker, plain_text
from altdetails.identifiers import Identifier
from altdetails.record import (
    SCHEMA_VERSION,
    SOURCES,
    Count,
    Date,
    Demographics,
    Group,
    Inconsistency,
    MendeleyReaders,
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
_OF_SOURCE = frozenset({"unique_users_count", "posts_count", "unique_users"})
_OF_DEMOGRAPHICS = frozenset({"users", "geo", "poster_types"})
_OF_USERS = frozenset({"twitter", "mendeley", "bluesky"})
_OF_GEO = frozenset({"twitter", "mendeley"})
_OF_TWITTER = frozenset({"cohorts"})
_OF_MENDELEY = frozenset({"by_status", "by_discipline"})
_OF_TOTAL = frozenset({"posts_count"})

_SOURCES = {
    **{name: name for name in SOURCES["mentions"] if name not in {"forum", "book_reviews", "misc"}},
    "msm": "news",
    "feeds": "blogs",
    "policies": "policy",
    "tweeters": "twitter",
    "patents": "patent",
    "peer_review_sites": "peer_reviews",
    "fbwalls": "facebook",
    "gplus": "googleplus",
    "rdts": "reddit",
    "rh": "f1000",
    "videos": "video",
    "qna": "q&a",
    "qs": "q&a",
    "podcasts": "podcast",
    "guidelines": "guideline",
    "pinners": "pinterest",
    "q_and_a": "q&a",
}
"""The source of each name in `cited_by_<name>_count` and in `counts`."""
_POSITIONS = {name: at for at, name in enumerate((*SOURCES["mentions"], *SOURCES["readers"]))}
_COUNT_KEYS = {f"cited_by_{name}_count": name for name in _SOURCES}
_COUNT_KEY = re.compile(r"cited_by_(?!posts_count|accounts_count)(.{1,100})_count", re.DOTALL)
_DATES = ("published_on", "epubdate", "pubdate")
_MAX_DIGITS = 15
_NOT_READERS = frozenset({"downloads"})

_COHORTS = {
    "pub": "Members of the public",
    "sci": "Scientists",
    "com": "Science communicators (journalists, bloggers, editors)",
    "doc": "Practitioners (doctors, other healthcare professionals)",
}
_BADGE_SCORE = re.compile(r"[?&]score=([0-9]{1,15}|%3F|\?)(?=&|\Z)", re.IGNORECASE)
_SIZES = ("small", "medium", "large")
_NOISE_DIGITS = 6
"""The digits after the point that a score has: the weights of mentions have at most three. The rest is binary noise."""


class _Parts(NamedTuple):
    """What the two shapes have in different places."""

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
    rankings: Rankings
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
    parts = _of_counts(answer.values, take) if answer.shape == "counts" else _of_fetch(answer.values, take)
    about = parts.about
    altmetric_id = take.altmetric_id(answer.values.get("altmetric_id"))
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
    score, score_exact, score_findings = _score(parts.score, answer.values.get("images"), take)
    rankings = rankings_of(parts.rankings, journal, take)
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
            *findings_of(rankings, parts.rankings),
        ],
        unread=take.unread,
        provenance=provenance,
    )


def _of_counts(values: dict[str, Any], take: Taker) -> _Parts:
    cited = _cited_by(values, take)
    accounts = take.whole(values.get("cited_by_accounts_count"), "mentions", "", "cited_by_accounts_count")
    posts = take.whole(values.get("cited_by_posts_count"), "mentions", "", "cited_by_posts_count")
    findings = [] if cited is None else _sum_finding("accounts", cited, accounts)
    if cited == [] and posts and not accounts:
        findings = _sum_finding("posts", cited, posts)
    readers, of_readers = _readers(values, values.get("readers_count"), take)
    day = next(
        (day for name in _DATES if (day := take.unix_day(values.get(name), "details", name, is_padded=True))), None
    )
    return _Parts(
        about=values,
        book={},
        publisher_url=take.link(values.get("url"), "header", "url"),
        other_source=None,
        published=_date(day),
        score=values["score"],
        mentions=cited or (None if cited is None or accounts or posts else []),
        readers=readers,
        demographics=_cohorts(values.get("cohorts"), take),
        last_mentioned=None,
        rankings=Rankings(take.mapping(values.get("context"), "context", "context"), "context.", OF_COUNTS),
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
    mentions, findings = (None, []) if counts is None else _users(counts, take)
    readers, of_readers = (None, []) if counts is None else _readers(counts, None, take)
    day = next((day for name in _DATES if (day := take.iso_day(about.get(name), "details", name))), None)
    last = take.unix_day(about.get("last_mentioned_on"), "context", "last_mentioned_on", is_padded=False)
    return _Parts(
        about=about,
        book=book,
        publisher_url=None,
        other_source=take.text(book.get("title"), "details", "citation.book.title")
        or take.text(about.get("publisher"), "details", "publisher"),
        published=_date(day),
        score=values.get("score") if scored.get("score") is None else scored["score"],
        mentions=mentions,
        readers=readers,
        demographics=_demographics(values.get("demographics"), take),
        last_mentioned=last.strftime("%Y-%m-%d") if last else None,
        rankings=Rankings(
            take.mapping(scored.get("context_for_score"), "context", "context_for_score"),
            "context_for_score.",
            OF_FETCH,
        ),
        findings=findings + of_readers,
    )


def _date(day: datetime | None) -> Date | None:
    return None if day is None else Date(day.strftime("%Y-%m-%d"), day.year, day.month, day.day)


def _score(
    value: Any,  # noqa: ANN401 -- any JSON
    images: Any,  # noqa: ANN401 -- any JSON
    take: Taker,
) -> tuple[int | None, float | None, list[Inconsistency]]:
    """Return the score as the badge shows it, the exact score, and whether the badge of the answer has another one.

    The badge rounds up. The score of an answer has binary noise, which must not be rounded up: unless the badge of the
    answer itself did so, 114.0000000001 is 114.
    """
    exact = take.number(value, "attention", "", "score")
    if exact is None:
        return None, None, []
    score = math.ceil(round(exact, _NOISE_DIGITS))
    badge = _badge_score(images)
    if badge is None or badge == score:
        return score, exact, []
    if badge == math.ceil(exact):
        return badge, exact, []
    return score, exact, [Inconsistency("score_of_answer_and_badge", None, [str(score), str(badge)])]


def _badge_score(images: Any) -> int | None:  # noqa: ANN401 -- any JSON
    """Return the score in the addresses of the badge; a score of 0 is `?` there. None if there is none."""
    if type(images) is dict:
        for size in _SIZES:
            url = images.get(size)
            if type(url) is str and (match := _BADGE_SCORE.search(url)):
                return int(match[1]) if match[1].isdigit() else 0
    return None


def _cited_by(values: dict[str, Any], take: Taker) -> list[Count] | None:
    """Return the counts of the keys `cited_by_…_count`; None if none of them is a number. Report unknown keys."""
    counts = []
    has_any = False
    for key in [key for key in values if key not in _OF_COUNTS]:
        name = _COUNT_KEYS.get(key)
        if name is None and (match := _COUNT_KEY.fullmatch(key)):
            name = match[1]
        if name is None:
            take.leave("answer", key, values[key])
        elif values[key] is not None:
            has_any = True
            count = take.whole(values[key], "mentions", "", key)
            if count is not None:
                counts.append(_count(name, count, take))
    return _in_order(counts) if counts or not has_any else None


def _count(name: str, count: int, take: Taker) -> Count:
    source = _SOURCES.get(name)
    if source is None:
        take.note("mentions", name)
    return Count(source or name.lower(), count, None, None)


def _in_order(counts: list[Count]) -> list[Count]:
    """Return counts in the page's order, with unknown sources in the order of their names at the end."""
    return sorted(counts, key=_position)


def _position(count: Count) -> tuple[int, str]:
    return _POSITIONS.get(count.source, len(_POSITIONS)), count.source


def _sum_finding(what: str, counts: Iterable[Count], total: int | None) -> list[Inconsistency]:
    if total is None or (sum_of_counts := sum(count.count for count in counts)) == total:
        return []
    return [Inconsistency("sum_of_sources_and_total", what, [str(sum_of_counts), str(total)])]


def _users(values: dict[str, Any], take: Taker) -> tuple[list[Count] | None, list[Inconsistency]]:
    """Return the users of each source, and whether the sources have other posts than all of them."""
    total_values = take.mapping(values.get("total"), "mentions", "counts.total") or {}
    take.leave_unknown("mentions", "counts.total.", total_values, _OF_TOTAL)
    total = take.whole(total_values.get("posts_count"), "mentions", "counts.total.", "posts_count")
    counts, posts = [], 0
    is_complete = True
    for name, value in values.items():
        if name in {"total", "readers"}:
            continue
        prefix = f"counts.{name}."
        source = take.mapping(value, "mentions", prefix[:-1]) or {}
        take.leave_unknown("mentions", prefix, source, _OF_SOURCE)
        users = take.whole(source.get("unique_users_count"), "mentions", prefix, "unique_users_count")
        of_source = take.whole(source.get("posts_count"), "mentions", prefix, "posts_count")
        if users is not None:
            counts.append(_count(name, users, take))
        elif value:
            is_complete = False
            if type(value) is dict and source.get("unique_users_count") is None:
                take.leave("mentions", prefix[:-1], value)
        if of_source is None:
            is_complete = is_complete and users is None and not value
        posts += of_source or 0
    findings = []
    if total is not None and is_complete and total != posts:
        findings.append(Inconsistency("sum_of_sources_and_total", "posts", [str(posts), str(total)]))
    return (_in_order(counts) if counts or (is_complete and not total) else None), findings


def _readers(
    values: dict[str, Any],
    total_value: Any,  # noqa: ANN401 -- any JSON
    take: Taker,
) -> tuple[list[Count] | None, list[Inconsistency]]:
    readers = take.mapping(values.get("readers"), "readers", "readers")
    total = take.whole(total_value, "readers", "", "readers_count")
    if readers is None:
        return None, []
    counts = []
    for name, value in readers.items():
        is_text = type(value) is str and value.isascii() and value.isdigit() and len(value) <= _MAX_DIGITS
        if name in _NOT_READERS:
            take.leave("readers", f"readers.{name}", value)
        elif (count := take.whole(int(value) if is_text else value, "readers", "readers.", name)) is not None:
            if name not in _POSITIONS:
                take.note("readers", name)
            counts.append(Count(name.lower(), count, None, None))
    is_complete = len(counts) == len(readers)
    findings = _sum_finding("readers", counts, total) if is_complete else []
    return (_in_order(counts) if counts or not readers else None), findings


def _cohorts(value: Any, take: Taker) -> Demographics | None:  # noqa: ANN401 -- any JSON
    cohorts = take.mapping(value, "demographics", "cohorts")
    if cohorts is None:
        return None
    for name in cohorts:
        if name not in _COHORTS:
            take.note("demographics", f"cohorts.{name}")
    groups = _groups({_COHORTS.get(name, name): count for name, count in cohorts.items()}, "cohorts", take)
    return Demographics(TwitterUsers(None, None, groups), None)


def _demographics(value: Any, take: Taker) -> Demographics | None:  # noqa: ANN401 -- any JSON
    """Return the demographics of X users and Mendeley readers. Totals are not known: the sums are mostly lower."""
    values = take.mapping(value, "demographics", "demographics")
    if not values:
        return None
    take.leave_unknown("demographics", "demographics.", values, _OF_DEMOGRAPHICS)
    users = take.mapping(values.get("users"), "demographics", "users") or {}
    take.leave_unknown("demographics", "users.", users, _OF_USERS)
    geo = take.mapping(values.get("geo"), "demographics", "geo") or {}
    take.leave_unknown("demographics", "geo.", geo, _OF_GEO)
    of_twitter = take.mapping(users.get("twitter"), "demographics", "users.twitter") or {}
    take.leave_unknown("demographics", "users.twitter.", of_twitter, _OF_TWITTER)
    of_mendeley = take.mapping(users.get("mendeley"), "demographics", "users.mendeley") or {}
    take.leave_unknown("demographics", "users.mendeley.", of_mendeley, _OF_MENDELEY)

    def table(box: dict[str, Any], prefix: str, name: str) -> list[Group] | None:
        return _groups(take.mapping(box.get(name), "demographics", prefix + name), prefix + name, take)

    types, by_country = table(of_twitter, "users.twitter.", "cohorts"), table(geo, "geo.", "twitter")
    statuses = table(of_mendeley, "users.mendeley.", "by_status")
    disciplines = table(of_mendeley, "users.mendeley.", "by_discipline")
    reader_countries = table(geo, "geo.", "mendeley")
    is_twitter = types is not None or by_country is not None
    is_mendeley = statuses is not None or disciplines is not None or reader_countries is not None
    if not (is_twitter or is_mendeley):
        return None
    return Demographics(
        TwitterUsers(None, by_country, types) if is_twitter else None,
        MendeleyReaders(None, reader_countries, statuses, disciplines) if is_mendeley else None,
    )


def _groups(table: dict[str, Any] | None, path: str, take: Taker) -> list[Group] | None:
    """Return the groups of a table, in the answer's order; None if there is none that is a number."""
    if table is None:
        return None
    groups = []
    for name, value in table.items():
        plain = plain_text(name)
        count = take.whole(value, "demographics", f"{path}.", name)
        if count is not None and plain is not None:
            groups.append(Group(plain, count, None))
        elif count is not None:
            take.leave("demographics", path, {name: value})
    return groups if groups or not table else None


def _identifiers(about: dict[str, Any], book: dict[str, Any], take: Taker) -> list[Identifier]:
    """Return the identifiers, in the order of the page."""
    found = []
    for scheme, name in (("doi", "doi"), ("pmid", "pmid"), ("arxiv", "arxiv_id")):
        if (value := about.get(name)) is not None:
            found += take.identifiers(scheme, (value,), name)
    if about.get("isbns") or book.get("isbns"):
        isbns = [*_items(about.get("isbns"), "isbns", take), *_items(book.get("isbns"), "citation.book.isbns", take)]
        found += take.identifiers("isbn", isbns, "isbns")
    if about.get("handles") or about.get("handle"):
        handles = [*_items(about.get("handles"), "handles", take), about.get("handle")]
        found += take.identifiers("handle", handles, "handles")
    if (value := about.get("nct_id")) is not None:
        found += take.identifiers("clinical_trial", (value,), "nct_id")
    if books := about.get("aggregated_in"):
        ids = (take.altmetric_id(number, "aggregated_in") for number in _items(books, "aggregated_in", take))
        found += dict.fromkeys(Identifier("altmetric_book", str(number)) for number in ids if number is not None)
    return found


def _items(value: Any, name: str, take: Taker) -> list[Any]:  # noqa: ANN401 -- any JSON
    if type(value) is list:
        return value
    if value is not None:
        take.leave("details", name, value)
    return []


def _first(output_ids: list[Identifier], scheme: str) -> str | None:
    return next((item.value for item in output_ids if item.scheme == scheme), None)


def mismatches(requested: Identifier, number: int | None, output_ids: list[Identifier]) -> list[Inconsistency]:
    """Check that a record is about the requested output, if it has an identifier of the same scheme."""
    if requested.scheme == "altmetric_id":
        found = [] if number is None else [str(number)]
    else:
        found = [item.value for item in output_ids if item.scheme == requested.scheme]
    if not found or requested.value in found:
        return []
    return [Inconsistency(f"{requested.scheme}_mismatch", None, [requested.value, found[0]])]
