"""The expected record of a page, made from the facts alone. No page is read here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import wording

if TYPE_CHECKING:
    from .model import Facts, Published, Rank, Row, Tally

Json = dict[str, Any]

SECTIONS = (
    "header",
    "attention",
    "mentions",
    "citations",
    "readers",
    "details",
    "twitter_demographics",
    "mendeley_demographics",
    "context",
)


_KEYS = {"dimensions_citation": "dimensions", "podcasts": "podcast"}
"""The key of a source by its key on the page, if they differ."""


def record(facts: Facts) -> Json:
    """Return the record of the HTML page of these facts, without its provenance."""
    shows_authors = facts.shown_authors is not None
    return {
        "schema_version": 2,
        "altmetric_id": facts.id,
        "url": facts.url,
        "output_type": facts.type,
        "title": facts.title,
        "publisher_url": facts.publisher_url,
        "source": facts.book_title or facts.source,
        "published": _date(facts.published),
        "doi": facts.doi.lower() if facts.doi else None,
        "pmid": facts.pmid,
        "identifiers": _identifiers(facts),
        "authors": list(facts.authors) if facts.authors is not None else None,
        "authors_text": facts.shown_authors if shows_authors else None,
        "editors": list(facts.editors) if facts.editors is not None else None,
        "abstract": "\n\n".join(facts.abstract) if facts.abstract is not None else None,
        "score": facts.score,
        "score_exact": None,
        "highlights": _highlights(facts),
        "mentions": _counts(facts, facts.mentions),
        "citations": _counts(facts, facts.citations),
        "readers": _counts(facts, facts.readers),
        "demographics": _demographics(facts),
        "last_mentioned": _day(facts.last_mentioned),
        "rankings": None if facts.ranks is None else [_ranking(facts, rank) for rank in facts.ranks],
        "limited_access": facts.limited,
        "notices": _notices(facts),
        "sections": _sections(facts),
        "inconsistencies": [],
        "unread": _unread(facts),
    }


def _date(date: Published | None) -> Json | None:
    if date is None:
        return None
    return {"text": date.text, "year": date.year, "month": date.month, "day": date.day}


def _day(date: Published | None) -> str | None:
    return None if date is None else f"{date.year:04d}-{date.month:02d}-{date.day:02d}"


def _identifiers(facts: Facts) -> list[Json]:
    found = [("doi", facts.doi and facts.doi.lower()), ("pmid", facts.pmid)]
    found += [("isbn", isbn.replace("-", "")) for isbn in facts.isbns]
    found += [("altmetric_book", str(facts.book) if facts.book else None)]
    return [{"scheme": scheme, "value": value} for scheme, value in found if value]


def _highlights(facts: Facts) -> list[Json] | None:
    if facts.bullets is None:
        return None
    return [
        {
            "scope": fact.scope,
            "kind": "top_percent" if fact.top is not None else "rank" if fact.rank is not None else "level",
            "level": fact.level,
            "top_percent": fact.top,
            "rank": fact.rank,
            "total": fact.total,
            "percentile": fact.percentile,
            "text": wording.bullet(fact),
        }
        for fact in facts.bullets
    ]


def _counts(facts: Facts, tallies: tuple[Tally, ...] | None) -> list[Json] | None:
    if tallies is None:
        return None
    return [
        {
            "source": _KEYS.get(tally.key, tally.key),
            "count": tally.count,
            "unit": tally.unit,
            "url": None if (slug := wording.slug(tally.key)) is None else facts.url + slug,
        }
        for tally in tallies
    ]


def _rows(rows: tuple[Row, ...] | None) -> list[Json] | None:
    if rows is None:
        return None
    return [{"name": row.name, "count": row.count, "percent": row.percent} for row in rows]


def _demographics(facts: Facts) -> Json | None:
    twitter, mendeley = facts.twitter, facts.mendeley
    if twitter is None and mendeley is None:
        return None
    return {
        "twitter": twitter
        and {"total": twitter.total, "countries": _rows(twitter.countries), "types": _rows(twitter.types)},
        "mendeley": mendeley
        and {
            "total": mendeley.total,
            "countries": _rows(mendeley.countries),
            "statuses": _rows(mendeley.statuses),
            "disciplines": _rows(mendeley.disciplines),
        },
    }


def _ranking(facts: Facts, rank: Rank) -> Json:
    verdict = rank.verdict
    return {
        "scope": rank.scope,
        "source": facts.source if rank.scope in {"source", "similar_age_and_source"} else None,
        "rank": rank.rank,
        "total": rank.total,
        "mean_score": rank.mean,
        "percentile": verdict.value if verdict.form in {"top", "most", "lower"} else None,
        "top_percent": verdict.top,
        "higher_than_percent": verdict.value if verdict.form == "higher" else None,
        "higher_than_count": verdict.value if verdict.form == "count" else None,
        "text": wording.paragraph(rank),
    }


def _notices(facts: Facts) -> list[str]:
    return [*facts.notices, *([facts.twitter_notice] if facts.twitter_notice else [])]


def _sections(facts: Facts) -> list[str]:
    shown = {
        "header": True,
        "attention": facts.bullets is not None,
        "mentions": facts.mentions is not None,
        "citations": facts.citations is not None,
        "readers": facts.readers is not None,
        "details": True,
        "twitter_demographics": facts.twitter is not None,
        "mendeley_demographics": facts.mendeley is not None,
        "context": facts.ranks is not None,
    }
    return [name for name in SECTIONS if shown[name]]


def _unread(facts: Facts) -> list[Json]:
    keys = [
        {"part": part, "text": tally.key}
        for part, tallies in (("mentions", facts.mentions), ("citations", facts.citations), ("readers", facts.readers))
        for tally in tallies or ()
        if not tally.known
    ]
    return keys + [{"part": "details", "text": f"{label}: {value}"} for label, value in facts.unknown_rows]
