"""A row of the outputs that Altmetric Explorer exports as CSV → its Record."""

from __future__ import annotations

import csv
import io
import re
from typing import NamedTuple

from altdetails import identifiers
from altdetails._magic import without_mark
from altdetails.answers.decoding import NO_RECORD
from altdetails.answers.taking import LARGEST, Taker
from altdetails.errors import IdentifierError, NotADetailsPage
from altdetails.identifiers import Address
from altdetails.record import SCHEMA_VERSION, Count, Date, Provenance, Record

__all__ = ["OutputRow", "is_mention_table", "is_table", "mentions_in", "read_row", "record_of_row", "rows_in"]

_MAX_HEAD = 2**16
_SCORE, _DETAILS, _JOURNAL = "altmetric attention score", "details page url", "journal/collection title"
_MENTION = frozenset({"mention type", "mention date"})
_NAMES = (b"Altmetric Attention Score", b"Mention Type")
"""Columns of the two tables, as they are written."""
_COUNT_COLUMN = re.compile(r"(.{1,60}) mentions")
_WHOLE = re.compile(r"([0-9]{1,15}|[0-9]{1,3}(?:,[0-9]{3}){1,4})(?:\.0{1,3})?")
_DATE = re.compile(
    r"(?P<year>1[5-9][0-9]{2}|2[01][0-9]{2})(?:-(?P<month>0[1-9]|1[0-2])(?:-(?P<day>[0-2][0-9]|3[01]))?)?"
)
_GAP = re.compile("[;|,]")

_SOURCES = {
    "news": "news",
    "blog": "blogs",
    "policy": "policy",
    "patent": "patent",
    "twitter": "twitter",
    "x": "twitter",
    "peer review": "peer_reviews",
    "weibo": "weibo",
    "facebook": "facebook",
    "wikipedia": "wikipedia",
    "google+": "googleplus",
    "linkedin": "linkedin",
    "reddit": "reddit",
    "pinterest": "pinterest",
    "f1000": "f1000",
    "q&a": "q&a",
    "video": "video",
    "syllabi": "syllabi",
    "bluesky": "bluesky",
    "podcast": "podcast",
    "guideline": "guideline",
    "clinical guideline": "guideline",
}
_IDENTIFIERS = (
    *(("doi", "doi"), ("pmid", "pubmed id"), ("arxiv", "arxiv id"), ("isbn", "isbn"), ("handle", "handle.net ids")),
    ("clinical_trial", "national clinical trial id"),
)
_SEVERAL = {"isbn", "handle"}
_READERS, _CITATIONS = "number of mendeley readers", "number of dimensions citations"
_KNOWN = frozenset(
    {
        *(_SCORE, _DETAILS, _JOURNAL, _READERS, _CITATIONS, *(column for _, column in _IDENTIFIERS)),
        *("title", "journal issns", "authors at my institution", "departments", "output type", "oa status"),
        *(
            "open access",
            "subjects (for)",
            "sustainable development goals",
            "affiliations (grid)",
            "affiliations (ror)",
        ),
        *("funder", "funders", "publisher names", "publication date", "pubmedcentral id", "ads bibcode", "uri"),
        *("repec id", "ssrn", "urn", "badge url"),
    }
)
"""The columns with a place in the record, and those without: a record is not about an institution."""

_MENTIONS = (
    "this is a table of mentions that Altmetric Explorer exported, not of outputs: `altdetails parse --mentions FILE` "
    "reads them; for records, export the research outputs"
)
_MANY = "this is a table of {:,} outputs that Altmetric Explorer exported: give its file to `altdetails parse`"
_NONE = "this is a table of outputs that Altmetric Explorer exported, without a row: export outputs"


class OutputRow(NamedTuple):
    """A row of an export, by the names of its columns in lower case."""

    values: dict[str, str]
    names: dict[str, str]
    """The names as written."""
    rest: list[str]
    """Cells without a column."""


def is_table(start: bytes) -> bool:
    """Whether content begins with the columns of outputs or of mentions that Altmetric Explorer exports."""
    head = start[:_MAX_HEAD]
    if _TAG.match(head) or (not any(name in head for name in _NAMES) and b"\0" not in start[:4]):
        return False
    columns = {*map(_key, _head(_text(head)))}
    return _is_mentions(columns) or (_SCORE in columns and _is_outputs(columns))


_TAG = re.compile(rb"\s*<")


def _is_mentions(columns: set[str]) -> bool:
    return columns >= _MENTION


def _is_outputs(columns: set[str]) -> bool:
    return _DETAILS in columns or _JOURNAL in columns or any(map(_COUNT_COLUMN.fullmatch, columns))


def rows_in(content: bytes) -> list[bytes]:
    """Return each row of a table as a table of its own, in UTF-8; nothing for a table of mentions, or of one row."""
    head, rows = _table(content)
    if _is_mentions({*map(_key, head)}) or len(rows) <= 1:
        return []
    return [_csv(head, row) for row in rows]


def read_row(content: bytes) -> OutputRow:
    """Return the row of a table with one row.

    Raises:
        NotADetailsPage: if the table has mentions, no row or several.
    """
    head, rows = _table(content)
    if _is_mentions({*map(_key, head)}):
        raise NotADetailsPage(NO_RECORD, _MENTIONS)
    if len(rows) != 1:
        raise NotADetailsPage(NO_RECORD, _MANY.format(len(rows)) if rows else _NONE)
    values: dict[str, str] = {}
    rest = rows[0][len(head) :]
    for name, cell in zip(head, rows[0], strict=False):
        if values.setdefault(_key(name), cell) != cell:
            rest.append(f"{name}: {cell}")
    return OutputRow(values, {_key(name): name for name in head}, [cell for cell in rest if cell.strip()])


def is_mention_table(content: bytes) -> bool:
    """Whether content is a table of mentions."""
    return is_table(content) and _is_mentions({*map(_key, _head(_text(content[:_MAX_HEAD])))})


def mentions_in(content: bytes) -> list[dict[str, str]]:
    """Return the rows of a table of mentions, by the names of its columns in lower case."""
    head, rows = _table(content)
    columns = [*map(_key, head)]
    return [dict(zip(columns, row, strict=False)) for row in rows]


def _table(content: bytes) -> tuple[list[str], list[list[str]]]:
    text = _text(content)
    separator = _separator(text)
    csv.field_size_limit(max(csv.field_size_limit(), len(text)))
    rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator) if any(map(str.strip, row))]
    return rows[0], rows[1:]


def _head(text: str) -> list[str]:
    return next(csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text)), [])


def _separator(text: str) -> str:
    first = text.lstrip().partition("\n")[0]
    return max(",;\t", key=first.count)


def _text(content: bytes) -> str:
    bare, encoding = without_mark(content)
    if encoding:
        return bare.decode(encoding, "replace").lstrip()
    try:
        return bare.decode().lstrip()
    except UnicodeDecodeError:  # Excel writes the encoding of its machine
        return bare.decode("cp1252", "replace").lstrip()


def _csv(*rows: list[str]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode("utf-8", "replace")


def _key(name: str) -> str:
    return " ".join(name.split()).lower()


def record_of_row(row: OutputRow, provenance: Provenance) -> Record:
    """Make the record of an output.

    Its `mentions` count mentions, not the accounts that a page counts: each has the name of its column as `unit`.
    """
    take = Taker()
    values = row.values

    def text(column: str) -> str | None:
        return take.text(values.get(column), "details", column)

    for cell in row.rest:
        take.note("answer", cell)
    for column, value in values.items():
        if column not in _KNOWN and not _COUNT_COLUMN.fullmatch(column) and value.strip():
            take.note("answer", f"{row.names[column]}: {value}")
    address = _address(values.get(_DETAILS) or "", take)
    output_ids = [
        output_id
        for scheme, column in _IDENTIFIERS
        for output_id in take.identifiers(scheme, _cells(scheme, values.get(column)), column)
    ]
    mentions = _mentions(row, take)
    readers, citations = (
        _counts(values, column, source, take) for column, source in ((_READERS, "mendeley"), (_CITATIONS, "dimensions"))
    )
    score = _whole(values, _SCORE, "attention", take)
    title, output_type = text("title"), text("output type")
    shown = {
        "header": title or output_type,
        "mentions": mentions is not None,
        "citations": citations is not None,
        "readers": readers is not None,
        "details": True,
    }
    return Record(
        schema_version=SCHEMA_VERSION,
        altmetric_id=address.altmetric_id if address else None,
        url=address.url if address else None,
        output_type=output_type,
        title=title,
        publisher_url=None,
        source=text(_JOURNAL) or text("publisher names"),
        published=_published(values.get("publication date") or "", take),
        doi=next((item.value for item in output_ids if item.scheme == "doi"), None),
        pmid=next((item.value for item in output_ids if item.scheme == "pmid"), None),
        identifiers=output_ids,
        authors=None,
        authors_text=None,
        editors=None,
        abstract=None,
        score=score,
        score_exact=None,
        highlights=None,
        mentions=mentions,
        citations=citations,
        readers=readers,
        demographics=None,
        last_mentioned=None,
        rankings=None,
        limited_access=None,
        notices=[],
        sections=[name for name, is_shown in shown.items() if is_shown],
        inconsistencies=[],
        unread=take.unread,
        provenance=provenance,
    )


def _cells(scheme: str, cell: str | None) -> list[str]:
    return [part.strip() for part in _GAP.split(cell or "")] if scheme in _SEVERAL else [cell or ""]


def _address(text: str, take: Taker) -> Address | None:
    if not text.strip():
        return None
    try:
        return identifiers.address(text.strip())
    except IdentifierError:
        take.note("header", f"{_DETAILS}: {text}")
        return None


def _whole(values: dict[str, str], column: str, part: str, take: Taker) -> int | None:
    cell = (values.get(column) or "").strip()
    match = _WHOLE.fullmatch(cell)
    number = int(match[1].replace(",", "")) if match else None
    if cell and (number is None or number > LARGEST):
        take.note(part, f"{column}: {cell}")
        return None
    return number


def _mentions(row: OutputRow, take: Taker) -> list[Count] | None:
    counts = []
    has_columns = False
    for column in row.values:
        if (match := _COUNT_COLUMN.fullmatch(column)) is None:
            continue
        has_columns = True
        number = _whole(row.values, column, "mentions", take)
        if number is not None:
            source = _SOURCES.get(match[1])
            if source is None:
                take.note("mentions", match[1])
            counts.append(Count(source or match[1].replace(" ", "_"), number, row.names[column].strip(), None))
    return counts if counts and has_columns else None


def _counts(values: dict[str, str], column: str, source: str, take: Taker) -> list[Count] | None:
    number = _whole(values, column, "readers" if source == "mendeley" else "citations", take)
    return None if number is None else [Count(source, number, None, None)]


def _published(cell: str, take: Taker) -> Date | None:
    cell = cell.strip()
    match = _DATE.fullmatch(cell)
    if match:
        month, day = (int(match[name]) if match[name] else None for name in ("month", "day"))
        if day != 0:
            return Date(cell, int(match["year"]), month, day)
    if cell:
        take.note("details", f"publication date: {cell}")
    return None
