"""The Record: the data of one details page, as one JSON object.

Every key is always present, in the order below. `null` means that the page does not show the value. An empty list means
that the page shows an empty block. Zero means that the page shows a zero. Keys are never made from the text of a page,
so all records have the same columns. `json_schema()` and `docs/record.md` describe these classes.
"""

from __future__ import annotations

from collections.abc import Callable
from inspect import cleandoc
from typing import Annotated, Any, Literal
from urllib.parse import quote

import msgspec
from msgspec import Meta

from altdetails._arguments import check
from altdetails.errors import InputError, SettingsError
from altdetails.identifiers import Identifier
from altdetails.notebook import Bar, Fact, html_card
from altdetails.palette import kind_of

__all__ = [
    "CUT",
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
    "schema_of",
]

SCHEMA_VERSION = 2
CUT = " … [cut]"
"""The end of a text that is longer than its limit."""
_MAX_NAME = 100

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
        *("podcast", "guideline", "syllabi", "linkedin", "pinterest", "forum", "book_reviews", "misc"),
    ),
    "citations": ("dimensions",),
    "readers": ("mendeley", "citeulike", "connotea"),
}
"""The known sources of counts, by block. They are in the page's order if it is known."""


class Part(msgspec.Struct, frozen=True, gc=False):
    """Base class of the parts of a record: immutable, compared by value."""


class Date(Part, frozen=True):
    """A date, as exact as the page gives it."""

    text: Annotated[
        str | None, Meta(description="The date as written on the page, for instance `March 2015`; null without a page.")
    ]
    year: int | None
    month: Annotated[int, Meta(ge=1, le=12)] | None
    day: Annotated[int, Meta(ge=1, le=31)] | None


class Highlight(Part, frozen=True):
    """One bullet of the section *About this Attention Score*."""

    scope: Annotated[Scope, Meta(description="The outputs that the score is compared with.")]
    kind: Annotated[Literal["top_percent", "rank", "level"], Meta(description="The form of the bullet.")]
    level: Annotated[Level | None, Meta(description="Level of the Attention Score among the outputs of the scope.")]
    top_percent: Annotated[Percent | None, Meta(description="Percent: the output is in the top N percent.")]
    rank: Annotated[Positive | None, Meta(description="Rank; 1 is the highest.")]
    total: Annotated[Natural | None, Meta(description="Number of outputs ranked.")]
    percentile: Annotated[Percent | None, Meta(description="Percentile; null for the level `average`.")]
    text: Annotated[str, Meta(description="The text of the bullet.")]


class Count(Part, frozen=True):
    """The number of mentions, citations or readers in one source."""

    source: Annotated[
        str, Meta(description="Altmetric's key, the same in all years: `twitter` for both tweeters and X users.")
    ]
    count: Natural
    unit: Annotated[str | None, Meta(description="Unit of the count, as written on the page, for instance `X users`.")]
    url: Annotated[
        str | None, Meta(description="Address of the list of these mentions; null in records made from text.")
    ]


class Group(Part, frozen=True):
    """One row of a demographics table. A table can have two rows with the same name; both are data."""

    name: str
    count: Natural
    percent: Annotated[
        Percent | None, Meta(description="Whole percent, as shown on the page; 0 with a count above 0 means `<1%`.")
    ]


class TwitterUsers(Part, frozen=True):
    """The users who shared the output on X, formerly Twitter."""

    total: Annotated[Natural | None, Meta(description="Number of users that the tables are based on.")]
    countries: list[Group] | None
    types: list[Group] | None


class MendeleyReaders(Part, frozen=True):
    """The Mendeley users who have the output in their library."""

    total: Annotated[Natural | None, Meta(description="Number of readers that the tables are based on.")]
    countries: list[Group] | None
    statuses: Annotated[list[Group] | None, Meta(description="Readers by professional status.")]
    disciplines: Annotated[list[Group] | None, Meta(description="Readers by discipline.")]


class Demographics(Part, frozen=True):
    """The two demographics sections."""

    twitter: TwitterUsers | None
    mendeley: MendeleyReaders | None


class Ranking(Part, frozen=True):
    """The rank of the Attention Score among the outputs of one scope, from *Attention Score in Context*."""

    scope: Scope
    source: Annotated[str | None, Meta(description="Journal or publisher, for scopes within one source.")]
    rank: Annotated[
        Positive | None, Meta(description="Rank; 1 is the highest. Ranks can tie, so they give no percentile.")
    ]
    total: Annotated[
        Natural | None, Meta(description="Number of outputs ranked; without a box, number of outputs compared with.")
    ]
    mean_score: Annotated[float | None, Meta(description="Mean Attention Score of the source's outputs.")]
    percentile: Annotated[Percent | None, Meta(description="`is in the Pth percentile`.")]
    top_percent: Annotated[Percent | None, Meta(description="`in the top T%`.")]
    higher_than_percent: Annotated[Percent | None, Meta(description="`scoring higher than P%` of the other outputs.")]
    higher_than_count: Annotated[
        Natural | None, Meta(description="`has scored higher than K of them`: a number of outputs, not a percent.")
    ]
    text: Annotated[str | None, Meta(description="The text of the paragraph.")]


class Inconsistency(Part, frozen=True):
    """A contradiction: two values of the page differ, or the page is not the requested page."""

    code: Annotated[str, Meta(description="Name of the check, which stays the same; docs/record.md lists all checks.")]
    where: Annotated[str | None, Meta(description="The scope, source or table of the values.")]
    values: Annotated[list[str], Meta(description="The two values, in the order of the code.")]


class Unread(Part, frozen=True):
    """Text of the page that the parser does not recognise. Changes of the site appear here first."""

    part: Annotated[str, Meta(description="Part of the page; docs/record.md lists all parts.")]
    text: str


class Provenance(Part, frozen=True):
    """The origin of the record: its file or request, and the versions of the software."""

    input: Annotated[str | None, Meta(description="File or archive member, as given.")]
    requested: Annotated[str | None, Meta(description="The requested identifier or address.")]
    final_url: Annotated[str | None, Meta(description="The address that the content was fetched or saved from.")]
    http_status: int | None
    captured_at: Annotated[
        str | None,
        Meta(
            description="When the site gave the page: UTC, RFC 3339, whole seconds.",
            extra_json_schema={"format": "date-time"},
        ),
    ]
    fetched_at: Annotated[
        str | None,
        Meta(
            description="When the page was fetched, perhaps from a web archive: UTC, RFC 3339, whole seconds.",
            extra_json_schema={"format": "date-time"},
        ),
    ]
    format: Annotated[str, Meta(description="Form of the content: `html`, `text`, `json` or `csv`.")]
    sha256: Annotated[
        str, Meta(description="SHA-256 of the content; of its UTF-8 form if `parse` was called with a `str`.")
    ]
    bytes: Annotated[Natural, Meta(description="Number of bytes that `sha256` was computed from.")]
    altdetails: Annotated[str, Meta(description="Version of altdetails.")]
    lxml: Annotated[str | None, Meta(description="Version of lxml; null if the content is not a page.")]
    libxml2: Annotated[
        str | None, Meta(description="Version of libxml2, which lxml uses; null if the content is not a page.")
    ]
    attribution: str

    @property
    def at(self) -> str | None:
        """The moment to which the record belongs: `captured_at`, else `fetched_at`."""
        return self.captured_at or self.fetched_at


class Record(Part, frozen=True):
    """All data of one details page about one research output."""

    schema_version: Annotated[int, Meta(description="Version of this layout.")]
    altmetric_id: Annotated[
        Positive | None, Meta(description="Altmetric's number of the output. It can change: keep the DOI with it.")
    ]
    url: Annotated[str | None, Meta(description="Address of the details page, without query and tab.")]
    output_type: Annotated[
        str | None, Meta(description="Type as written on the page, for instance `article`, `book` or `chapter`.")
    ]
    title: str | None
    publisher_url: Annotated[str | None, Meta(description="Address that the title links to.")]
    source: Annotated[str | None, Meta(description="Journal, publisher or repository of the output.")]
    published: Date | None
    doi: Annotated[str | None, Meta(description="Lower case, without prefix.")]
    pmid: Annotated[str | None, Meta(description="PubMed id; usually null in records made from text.")]
    identifiers: Annotated[list[Identifier], Meta(description="All identifiers of the output on the page.")]
    authors: Annotated[
        list[str] | None,
        Meta(description="Names of the authors; also null if `authors_text` cannot be split with certainty."),
    ]
    authors_text: Annotated[str | None, Meta(description="The authors as written on the page.")]
    editors: list[str] | None
    abstract: Annotated[str | None, Meta(description="Paragraphs are separated by an empty line.")]
    score: Annotated[Natural | None, Meta(description="Altmetric Attention Score; the ceiling of `score_exact`.")]
    score_exact: Annotated[
        float | None, Meta(description="The score before rounding, from Altmetric's API; null in records of pages.")
    ]
    highlights: list[Highlight] | None
    mentions: list[Count] | None
    citations: list[Count] | None
    readers: list[Count] | None
    demographics: Demographics | None
    last_mentioned: Annotated[
        str | None,
        Meta(
            description="Day (YYYY-MM-DD) of the last mention. The score was calculated for this day.",
            extra_json_schema={"format": "date"},
        ),
    ]
    rankings: list[Ranking] | None
    limited_access: Annotated[
        bool | None,
        Meta(description="Whether the page has the notice that it shows a limited selection of the activity."),
    ]
    notices: Annotated[list[str], Meta(description="Text of other notices on the page.")]
    sections: Annotated[list[str], Meta(description="Sections that the page shows, in the page's order.")]
    inconsistencies: list[Inconsistency]
    unread: list[Unread]
    provenance: Provenance

    def to_dict(self) -> dict[str, Any]:
        """Return the record as plain dicts, lists, strings and numbers, like `json.loads(record.to_json())`."""
        return msgspec.to_builtins(self)  # type: ignore[no-any-return]

    def to_json(self) -> bytes:
        """Return the record as one line of JSON in UTF-8, without a line break."""
        return _ENCODER.encode(self)

    def count(self, source: str) -> int | None:
        """Return the number of mentions, citations or readers in one source, such as `news` or `mendeley`.

        None means that the page does not show the number, or shows two different numbers. 0 means that it shows a zero.

        Examples:
            >>> record.count("news"), record.count("policy")
            (64, None)

        Args:
            source: a key of `Count.source`.

        Raises:
            TypeError: if it is not text.
            SettingsError: if it is neither a known source nor a source of this record.
        """
        check(source, str, "the name of a source as text")
        counts = [count for block in SOURCES for count in getattr(self, block) or () if count.source == source]
        known = [name for names in SOURCES.values() for name in names]
        if not counts and source not in known:
            raise SettingsError(f"{source[:_MAX_NAME]!r}: unknown source; use one of {', '.join(known)}")
        values = {count.count for count in counts}
        return values.pop() if len(values) == 1 else None

    def __repr__(self) -> str:
        number = None if self.altmetric_id is None else f"altmetric:{self.altmetric_id}"
        name = repr((self.doi or number or self.title or "without identifier")[:_MAX_NAME])[1:-1]
        mentions = sum(count.count for count in self.mentions) if self.mentions else self.mentions
        return f"<Record {name} score={self.score} mentions={mentions}>"

    def _repr_html_(self) -> str:
        """Return the record as a card for notebooks. Values that the page does not show are "not shown"."""
        published = self.published.text if self.published else None
        details = self.altmetric_id and f"https://www.altmetric.com/details/{self.altmetric_id}"
        warnings = len(self.inconsistencies) + len(self.unread)
        notes = [
            "The page shows a limited selection of the activity." if self.limited_access else "",
            *self.notices,
            f"Warnings: {warnings:,}; see inconsistencies and unread." if warnings else "",
            self.provenance.attribution,
        ]
        return html_card(
            self.title,
            [
                Fact("Source", self.source),
                Fact("Type", self.output_type),
                Fact("Published", published),
                Fact("DOI", self.doi, self.doi and f"https://doi.org/{quote(self.doi, errors='replace')}"),
                Fact("Altmetric id", None if self.altmetric_id is None else str(self.altmetric_id), details or None),
                Fact("Attention Score", None if self.score is None else f"{self.score:,}"),
            ],
            {
                "Mentions": _bars(self.mentions, lambda source: kind_of(source).key),
                "Citations": _bars(self.citations),
                "Readers": _bars(self.readers),
            },
            filter(None, notes),
            missing="not read" if self.is_translated else "not shown",
        )

    @property
    def is_translated(self) -> bool:
        """Whether the page is translated. What is missing may then be on the page, but was not read."""
        return any(finding.code == "translated" for finding in self.inconsistencies)

    @classmethod
    def from_json(cls, line: bytes | str) -> Record:
        """Read a record from a line of JSON. A record of an older version becomes one of this version.

        Examples:
            >>> record = parse_file("saved-page.html")
            >>> Record.from_json(record.to_json()) == record
            True

        Raises:
            TypeError: if the line is neither bytes nor text.
            InputError: if the line is not a valid record.
        """
        check(line, (bytes, str), "a line as bytes or text")
        try:
            return _decode(line if isinstance(line, str) else line.decode())  # msgspec skips unknown keys
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            raise InputError(f"this is not a record: {error}; make it again with `altdetails parse`") from error


def _bars(counts: list[Count] | None, colour: Callable[[str], str] = lambda _: "mark") -> list[Bar] | None:
    if counts is None:
        return None
    return [Bar(count.unit or count.source, count.count, colour(count.source)) for count in counts]


class _Version(msgspec.Struct):
    schema_version: int


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Record)


def _decode(line: str) -> Record:
    try:
        record = _DECODER.decode(line)
    except msgspec.ValidationError:
        values = _with_whole_numbers(msgspec.json.decode(line))
        if (version := msgspec.convert(values, _Version).schema_version) > SCHEMA_VERSION:
            raise
        return msgspec.convert(_upgrade(values) if version < SCHEMA_VERSION else values, Record)
    if record.schema_version >= SCHEMA_VERSION:
        return record
    return msgspec.convert(_upgrade(msgspec.json.decode(line)), Record)


_INEXACT = 2**53
"""From here on, not every whole number is a float."""


def _with_whole_numbers(value: Any) -> Any:  # noqa: ANN401 -- any JSON
    """Return a value with `18` for `18.0`: a table with an empty cell turns the other whole numbers of a column so."""
    if isinstance(value, dict):
        return {name: _with_whole_numbers(item) for name, item in value.items()}
    if isinstance(value, list):
        return [*map(_with_whole_numbers, value)]
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < _INEXACT else value


_RENAMED = {"podcasts": "podcast", "guidelines": "guideline"}


def _upgrade(values: dict[str, Any]) -> dict[str, Any]:
    """Return the values of a record of version 1 as those of this version. A new key is null."""
    provenance = values.get("provenance")
    if isinstance(provenance, dict):
        values["provenance"] = {"captured_at": None} | provenance
    mentions = values.get("mentions")
    for count in mentions if isinstance(mentions, list) else ():
        if isinstance(count, dict) and isinstance(source := count.get("source"), str):
            count["source"] = _RENAMED.get(source, source)
    return {"score_exact": None} | values | {"schema_version": SCHEMA_VERSION}


def schema_of(kind: type[msgspec.Struct], title: str) -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a class."""
    (reference,), components = msgspec.json.schema_components([kind], ref_template="#/$defs/{name}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        **reference,
        "$defs": {
            name: schema | {"description": cleandoc(schema["description"])} for name, schema in components.items()
        },
    }


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a record."""
    return schema_of(Record, f"altdetails record, version {SCHEMA_VERSION}")
