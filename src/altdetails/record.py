"""The Record: what one details page says, as one JSON object.

Every key is always present, in the order below. `null` means that the page does not show the thing; an empty list
means that it shows an empty block; zero means that it shows a zero. No key is ever made from page text, so every
record of every page has the same columns. `json_schema()` and `docs/record.md` are about
these classes.
"""

from __future__ import annotations

import html
from inspect import cleandoc
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from altdetails._arguments import check
from altdetails.errors import InputError
from altdetails.identifiers import Identifier

__all__ = [
    "SCHEMA_VERSION",
    "SOURCES",
    "Count",
    "Date",
    "Demographics",
    "Group",
    "Highlight",
    "Inconsistency",
    "Level",
    "MendeleyReaders",
    "Provenance",
    "Ranking",
    "Record",
    "Scope",
    "TwitterUsers",
    "Unread",
    "json_schema",
]

SCHEMA_VERSION = 1

Scope = Literal["all", "source", "similar_age", "similar_age_and_source"]
Level = Literal["high", "good", "above_average", "average"]
PartOfPage = Literal["header", "attention", "mentions", "citations", "readers", "details", "demographics", "context"]
Percent = Annotated[int, Meta(ge=0, le=100)]
Natural = Annotated[int, Meta(ge=0)]
Positive = Annotated[int, Meta(ge=1)]

SOURCES: dict[Literal["mentions", "citations", "readers"], tuple[str, ...]] = {
    "mentions": (
        *("news", "blogs", "policy", "twitter", "patent", "peer_reviews", "weibo", "facebook", "wikipedia"),
        *("googleplus", "reddit", "f1000", "video", "q&a", "bluesky"),
        *("podcast", "podcasts", "guideline", "guidelines", "syllabi", "linkedin", "pinterest"),
    ),
    "citations": ("dimensions",),
    "readers": ("mendeley", "citeulike", "connotea"),
}
"""The sources of counts that are known, by the block that they stand in, in the page's order as far as it is known."""


class Part(msgspec.Struct, frozen=True, gc=False):
    """Base of every part of a record: immutable, compared by value."""


class Date(Part, frozen=True):
    """A date as far as the page gives it."""

    text: Annotated[str, Meta(description="The page's own words, for instance `March 2015`.")]
    year: int | None
    month: Annotated[int, Meta(ge=1, le=12)] | None
    day: Annotated[int, Meta(ge=1, le=31)] | None


class Highlight(Part, frozen=True):
    """One bullet of the section About this Attention Score."""

    scope: Annotated[Scope, Meta(description="The outputs compared with.")]
    kind: Annotated[
        Literal["top_percent", "rank", "level"], Meta(description="Which of the three forms the bullet has.")
    ]
    level: Annotated[Level | None, Meta(description="The Attention Score's level among outputs of the scope.")]
    top_percent: Annotated[Percent | None, Meta(description="In the top so many percent.")]
    rank: Annotated[Positive | None, Meta(description="Rank, 1 is highest.")]
    total: Annotated[Natural | None, Meta(description="Outputs ranked.")]
    percentile: Annotated[Percent | None, Meta(description="Percentile in brackets; an `average` level has none.")]
    text: Annotated[str, Meta(description="The bullet as it stands on the page.")]


class Count(Part, frozen=True):
    """How often one source mentions, cites or holds the output."""

    source: Annotated[
        str, Meta(description="Altmetric's key, the same in all years: `twitter` for tweeters and X users alike.")
    ]
    count: Natural
    unit: Annotated[str | None, Meta(description="The page's word for what is counted, for instance `X users`.")]
    url: Annotated[str | None, Meta(description="Address of the list of these mentions; text has none.")]


class Group(Part, frozen=True):
    """One row of a demographics table. A table can hold two rows of the same name: both are data."""

    name: str
    count: Natural
    percent: Annotated[
        Percent | None, Meta(description="The page's whole percent; 0 beside a count above 0 is its `<1%`.")
    ]


class TwitterUsers(Part, frozen=True):
    """Who shared the output on X, formerly Twitter."""

    total: Annotated[Natural | None, Meta(description="Users whose profiles the tables summarise.")]
    countries: list[Group] | None
    types: list[Group] | None


class MendeleyReaders(Part, frozen=True):
    """Who has the output in a Mendeley library."""

    total: Annotated[Natural | None, Meta(description="Readers that the tables summarise.")]
    countries: list[Group] | None
    statuses: Annotated[list[Group] | None, Meta(description="Readers by professional status.")]
    disciplines: Annotated[list[Group] | None, Meta(description="Readers by discipline.")]


class Demographics(Part, frozen=True):
    """The two demographics sections."""

    twitter: TwitterUsers | None
    mendeley: MendeleyReaders | None


class Ranking(Part, frozen=True):
    """How the Attention Score ranks among the outputs of one scope (section Attention Score in Context)."""

    scope: Scope
    source: Annotated[str | None, Meta(description="Journal or publisher of the scopes that compare within a source.")]
    rank: Annotated[Positive | None, Meta(description="Rank, 1 is highest. Ranks tie: no percentile follows from it.")]
    total: Annotated[Natural | None, Meta(description="Outputs ranked; from prose alone, the outputs compared with.")]
    mean_score: Annotated[float | None, Meta(description="Mean Attention Score of the source's outputs.")]
    percentile: Annotated[Percent | None, Meta(description="`is in the Pth percentile`.")]
    top_percent: Annotated[Percent | None, Meta(description="`in the top T%`.")]
    higher_than_percent: Annotated[Percent | None, Meta(description="`scoring higher than P%` of the others.")]
    higher_than_count: Annotated[
        Natural | None, Meta(description="`has scored higher than K of them`: outputs, not a percent.")
    ]
    text: Annotated[str | None, Meta(description="The page's own paragraph.")]


class Inconsistency(Part, frozen=True):
    """Two places of the page that contradict each other, or a page that is not the one asked for."""

    code: Annotated[str, Meta(description="Stable name of the check; docs/record.md lists them.")]
    where: Annotated[str | None, Meta(description="The scope, source or table concerned.")]
    values: Annotated[list[str], Meta(description="The two values, in the order that the code names them.")]


class Unread(Part, frozen=True):
    """Something on the page that no rule knew. A change of the site shows here first."""

    part: PartOfPage
    text: str


class Provenance(Part, frozen=True):
    """Where the record comes from and what made it."""

    input: Annotated[str | None, Meta(description="File or archive member, as given.")]
    requested: Annotated[str | None, Meta(description="The identifier or address that was asked for.")]
    final_url: Annotated[str | None, Meta(description="The address that the content came from.")]
    http_status: int | None
    fetched_at: Annotated[
        str | None, Meta(description="UTC, RFC 3339, whole seconds.", extra_json_schema={"format": "date-time"})
    ]
    format: Literal["html", "text"]
    sha256: Annotated[str, Meta(description="Of the content's bytes; of its UTF-8 where content was given as text.")]
    bytes: Annotated[Natural, Meta(description="Length of what `sha256` is about.")]
    altdetails: Annotated[str, Meta(description="Version of altdetails.")]
    lxml: Annotated[str, Meta(description="Version of lxml.")]
    libxml2: Annotated[str, Meta(description="Version of libxml2 that lxml runs on.")]
    attribution: str


class Record(Part, frozen=True):
    """Everything that one details page says about one research output."""

    schema_version: Annotated[int, Meta(description="Version of this layout.")]
    altmetric_id: Annotated[
        Positive | None, Meta(description="Altmetric's number of the output; keep the DOI beside it, it can change.")
    ]
    url: Annotated[str | None, Meta(description="Address of the details page, without query and tab.")]
    output_type: Annotated[str | None, Meta(description="`article`, `book`, `chapter`, `dataset`, …: the page's word.")]
    title: str | None
    publisher_url: Annotated[str | None, Meta(description="Where the title links to.")]
    source: Annotated[str | None, Meta(description="Journal, publisher or repository that the output appeared in.")]
    published: Date | None
    doi: Annotated[str | None, Meta(description="Lower case, without prefix.")]
    pmid: Annotated[str | None, Meta(description="PubMed id; text of a page has none.")]
    identifiers: Annotated[list[Identifier], Meta(description="Every identifier of the output on the page.")]
    authors: Annotated[list[str] | None, Meta(description="Null beside a text that could only be split by a guess.")]
    authors_text: Annotated[str | None, Meta(description="The authors as they stand on the page.")]
    editors: list[str] | None
    abstract: Annotated[str | None, Meta(description="Paragraphs are parted by an empty line.")]
    score: Annotated[Natural | None, Meta(description="Altmetric Attention Score.")]
    highlights: list[Highlight] | None
    mentions: list[Count] | None
    citations: list[Count] | None
    readers: list[Count] | None
    demographics: Demographics | None
    last_mentioned: Annotated[
        str | None,
        Meta(
            description="Day (YYYY-MM-DD) of the last mention, for which the score was calculated.",
            extra_json_schema={"format": "date"},
        ),
    ]
    rankings: list[Ranking] | None
    limited_access: Annotated[
        bool | None, Meta(description="Whether the page says that it shows a limited selection of the activity.")
    ]
    notices: Annotated[list[str], Meta(description="Other notices on the page, word for word.")]
    sections: Annotated[list[str], Meta(description="Sections found, in the page's order.")]
    inconsistencies: list[Inconsistency]
    unread: list[Unread]
    provenance: Provenance

    def to_dict(self) -> dict[str, Any]:
        """The record as plain dicts, lists, strings and numbers: what `json.loads(record.to_json())` gives."""
        return msgspec.to_builtins(self)  # type: ignore[no-any-return]

    def to_json(self) -> bytes:
        """The record as one line of JSON in UTF-8, without the line's end."""
        return _ENCODER.encode(self)

    def _repr_html_(self) -> str:
        """The record as a notebook shows it; what the page does not show reads "not shown"."""
        facts = {
            "Title": self.title,
            "DOI": self.doi,
            "Altmetric id": self.altmetric_id,
            "Type": self.output_type,
            "Source": self.source,
            "Published": self.published.text if self.published else None,
            "Attention Score": self.score,
            "Mentions": _in_words(self.mentions),
            "Citations": _in_words(self.citations),
            "Readers": _in_words(self.readers),
            "Warnings": len(self.inconsistencies) + len(self.unread),
        }
        rows = (
            f"<tr><th>{name}</th><td>{'not shown' if fact is None else html.escape(str(fact))}</td></tr>"
            for name, fact in facts.items()
        )
        return f"<table>{''.join(rows)}</table>"

    @classmethod
    def from_json(cls, line: bytes | str) -> Record:
        """The record in a line of JSON.

            >>> record = parse_file("saved-page.html")
            >>> Record.from_json(record.to_json()) == record
            True

        Raises:
            TypeError: if it is neither bytes nor text.
            InputError: if the line does not fit the schema.
        """
        check(line, (bytes, str), "a line as bytes or text")
        try:
            return _DECODER.decode(line)
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            raise InputError(f"this is not a record: {error}; make it again with `altdetails parse`") from error


def _in_words(counts: list[Count] | None) -> str | None:
    if counts is None:
        return None
    return ", ".join(f"{count.count:,} {count.unit or count.source}" for count in counts) or "none"


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Record)


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a record."""
    (reference,), components = msgspec.json.schema_components([Record], ref_template="#/$defs/{name}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"altdetails record, version {SCHEMA_VERSION}",
        **reference,
        "$defs": {name: of | {"description": cleandoc(of["description"])} for name, of in components.items()},
    }
