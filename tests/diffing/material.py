"""Snapshots of outputs, of which a test says what it is about."""

from functools import cache
from pathlib import Path

import msgspec

from altdetails import parse_file
from altdetails.record import Count, Demographics, MendeleyReaders, Ranking, TwitterUsers

WINTER, SUMMER = "2026-01-10T09:00:00Z", "2026-07-12T09:00:00Z"
_KEPT = {"schema_version", "identifiers", "notices", "sections", "inconsistencies", "unread", "provenance"}


@cache
def _bare():
    """A record of a page that shows nothing."""
    record = parse_file(Path(__file__).parents[2] / "samples" / "article-2023.html")
    empty = dict.fromkeys(set(record.__struct_fields__) - _KEPT)
    return msgspec.structs.replace(record, **empty, identifiers=[], sections=[])


def snapshot(doi="10.5555/a", altmetric_id=1, *, at=None, requested=None, **fields):
    """A record of an output; what is not given, its page does not show."""
    provenance = msgspec.structs.replace(_bare().provenance, fetched_at=at, requested=requested)
    return msgspec.structs.replace(_bare(), doi=doi, altmetric_id=altmetric_id, provenance=provenance, **fields)


def counts(**of_sources):
    """A block of counts, in the order given."""
    return [Count(source, count, None, None) for source, count in of_sources.items()]


def ranking(scope="all", **numbers):
    """A ranking with these numbers alone."""
    empty = dict.fromkeys(set(Ranking.__struct_fields__) - {"scope"})
    return Ranking(scope=scope, **empty | numbers)


def demographics(twitter=None, mendeley=None):
    """The two sections, by their totals."""
    return Demographics(TwitterUsers(twitter, None, None), MendeleyReaders(mendeley, None, None, None))
