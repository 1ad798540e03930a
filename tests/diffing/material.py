"""Make snapshots of outputs for tests."""

from functools import cache
from pathlib import Path

import msgspec

from altdetails import parse_file
from altdetails.record import Count, Demographics, MendeleyReaders, Ranking, TwitterUsers

WINTER, SUMMER = "2026-01-10T09:00:00Z", "2026-07-12T09:00:00Z"
_COPIED_FIELDS = {"schema_version", "identifiers", "notices", "sections", "inconsistencies", "unread", "provenance"}


@cache
def _bare():
    """Return the record of a page that shows no numbers."""
    record = parse_file(Path(__file__).parents[2] / "samples" / "article-2023.html")
    empty = dict.fromkeys(set(record.__struct_fields__) - _COPIED_FIELDS)
    return msgspec.structs.replace(record, **empty, identifiers=[], sections=[])


def snapshot(doi="10.5555/a", altmetric_id=1, *, at=None, requested=None, **fields):
    """Return a record with the given fields; all other fields are null."""
    provenance = msgspec.structs.replace(_bare().provenance, fetched_at=at, requested=requested)
    return msgspec.structs.replace(_bare(), doi=doi, altmetric_id=altmetric_id, provenance=provenance, **fields)


def counts(**count_by_source):
    """Return a block of counts, in the given order."""
    return [Count(source, count, None, None) for source, count in count_by_source.items()]


def ranking(scope="all", **numbers):
    """Return a ranking with only these numbers."""
    empty = dict.fromkeys(set(Ranking.__struct_fields__) - {"scope"})
    return Ranking(scope=scope, **empty | numbers)


def demographics(twitter=None, mendeley=None):
    """Return demographics with these totals."""
    return Demographics(TwitterUsers(twitter, None, None), MendeleyReaders(mendeley, None, None, None))
