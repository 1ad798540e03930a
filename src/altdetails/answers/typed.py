"""The short way of most counts answers: values of the documented types, decoded and checked by msgspec at once.

It gives the same record as the long way, in half the time. An answer with a key that is not known, a value of another
type, a key twice or a null in a null takes the long way.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Raw

from altdetails.answers.context import NO_NUMBERS, OF_COUNTS, Context, Numbers
from altdetails.answers.numbers import PRIMARY_NAMES
from altdetails.answers.taking import FIRST_SECOND, LARGEST, LARGEST_ID, LARGEST_SCORE, LAST_SECOND

__all__ = ["CITED", "TEXTS_AND_IDS", "typed_counts"]

_Natural = Annotated[int, Meta(ge=0, le=LARGEST)]
_Score = Annotated[float, Meta(ge=0, le=LARGEST_SCORE)]
_Seconds = Annotated[int, Meta(ge=FIRST_SECOND, le=LAST_SECOND)]
_Digits = Annotated[str, Meta(pattern=r"\A[0-9]{1,15}\Z")]
_Empty = Annotated[list[int], Meta(max_length=0)]


class _Scope(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    count: _Natural | None = None
    mean: _Score | None = None
    rank: Annotated[int, Meta(ge=1, le=LARGEST)] | None = None
    pct: Annotated[int, Meta(ge=0, le=100)] | None = None
    higher_than: _Natural | None = None

    @property
    def numbers(self) -> Numbers:
        """As `context` gives them."""
        return self.rank, self.count, self.mean, self.pct, None, self.higher_than


class _Context(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    all: _Scope | None = None
    journal: _Scope | None = None
    similar_age_3m: _Scope | None = None
    similar_age_journal_3m: _Scope | None = None

    @property
    def context(self) -> Context:
        """As `context` gives it."""
        scopes = [(scope, getattr(self, name)) for name, scope in OF_COUNTS.scopes.items()]
        return Context(
            [(scope, box.numbers) for scope, box in scopes if box and box.numbers != NO_NUMBERS], frozenset()
        )


_READERS = Literal["mendeley", "citeulike", "connotea"]
_COHORTS = Literal["pub", "sci", "com", "doc"]
CITED = tuple((f"cited_by_{name}_count", source) for name, source in PRIMARY_NAMES.items())
TEXTS_AND_IDS = (
    *("title", "type", "journal", "doi", "pmid", "arxiv_id", "nct_id", "abstract", "handle"),
    *("isbns", "handles", "authors", "editors", "authors_or_editors"),
)
_TYPES: dict[str, Any] = {
    **dict.fromkeys(TEXTS_AND_IDS[:9], str | None),
    **dict.fromkeys(TEXTS_AND_IDS[9:], list[str] | None),
    **dict.fromkeys(("published_on", "epubdate", "pubdate"), _Seconds | None),
    **dict.fromkeys((name for name, _ in CITED), _Natural | None),
    **dict.fromkeys(("cited_by_posts_count", "cited_by_accounts_count", "readers_count"), _Natural | None),
    "altmetric_id": Annotated[int, Meta(ge=1, le=LARGEST_ID)] | None,
    "score": _Score | None,
    "url": str | None,
    "context": _Context | _Empty | None,
    "cohorts": dict[_COHORTS, _Natural] | _Empty | None,
    "readers": dict[_READERS, _Natural | _Digits] | _Empty | None,
    "images": dict[str, str] | _Empty | None,
}
_BEFORE_COUNTS = (
    *("title", "doi", "pmid", "pmc", "tq", "ads_id", "arxiv_id", "nct_id", "uri", "isbns", "altmetric_jid", "nlmid"),
    *("issns", "journal", "cohorts", "context", "authors", "authors_or_editors", "editors", "attribution"),
    *("ordinal_number", "type", "handles", "handle", "pubdate", "epubdate", "dimensions_publication_id"),
    *("altmetric_id", "schema", "is_oa", "publisher_subjects", "downloads"),
)
_AFTER_COUNTS = (
    *("last_updated", "score", "history", "url", "added_on", "published_on", "scopus_subjects", "subjects", "abstract"),
    *("abstract_source", "readers", "readers_count", "images", "details_url"),
)
_COUNT_NAMES = [*sorted([*(name for name, _ in CITED), "cited_by_posts_count"]), "cited_by_accounts_count"]
_FIELDS = [(name, _TYPES.get(name, Raw), None) for name in (*_BEFORE_COUNTS, *_COUNT_NAMES, *_AFTER_COUNTS)]
"""In the order of answers: the decoder compares a key first with the field after the last one."""
Counts: Any = msgspec.defstruct("Counts", _FIELDS, forbid_unknown_fields=True, omit_defaults=True)
_DECODER = msgspec.json.Decoder(Counts)
_ENCODER = msgspec.json.Encoder()
_ESCAPED_COLON = re.compile(rb"\\u003[aA]")


def typed_counts(content: bytes) -> Any | None:  # noqa: ANN401 -- a struct made above
    """Decode a counts answer in which everything is as documented, as `Counts`; None for any other content.

    The keys are counted to see that none is there twice: the decoder takes the last value without a word.
    """
    if _ESCAPED_COLON.search(content):
        return None
    try:
        answer = _DECODER.decode(content)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    if answer.altmetric_id is None or answer.score is None:
        return None
    return answer if _keys(_ENCODER.encode(answer)) == _keys(content) else None


def _keys(content: bytes) -> int:
    """Count the keys whose value is not null: a null is left out when an answer is encoded again.

    The colons of texts are counted too: they are the same when an answer is encoded again.
    """
    nulls = content.count(b":null") + content.count(b": null") if b"null" in content else 0
    return content.count(b":") - nulls
