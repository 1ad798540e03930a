"""Count how often each field is filled, and count unread texts, by year and layout. Read and write baselines."""

from __future__ import annotations

import os
import re
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple, TypeAlias, cast, get_args

import msgspec
from msgspec import Meta

from altdetails import __version__
from altdetails._arguments import path_text
from altdetails.errors import InputError
from altdetails.record import PartOfPage
from altdetails.remote import copied_here
from altdetails.schemas.fields import open_fields, open_paths

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from altdetails.record import Record
    from altdetails.schemas.fields import OpenField

__all__ = [
    "BASELINE_VERSION",
    "OTHERS",
    "Fill",
    "Finding",
    "FindingKind",
    "Layout",
    "Stratum",
    "Survey",
    "Surveyor",
    "read_baseline",
]

BASELINE_VERSION = 1
"""The version of the file format of baselines."""

OTHERS = "(others)"
"""The name under which findings beyond the first thousand, and layouts beyond the first ten, are counted."""

_MAX_DISTINCT = 1000
_MAX_LAYOUTS = 10
_MAX_TEXT_LENGTH = 100
_MAX_EXAMPLES = 3
_MAX_EXAMPLE_LENGTH = 300
_YEAR = re.compile(r"(20\d\d)-\d\d-\d\d")

Layout: TypeAlias = str
"""The form of the content, as in `provenance.format`: `html`, `text`, `json` or `csv`."""
FindingKind = Literal["unread", "inconsistency"]
Number = Annotated[int, Meta(ge=0, le=10**10)]
Sum = Annotated[int, Meta(ge=0, le=10**15)]


class Fill(msgspec.Struct, omit_defaults=True):
    """How often a field is filled, and how often it could be."""

    filled: Number
    of: Number
    filled_squared: Sum = 0
    """For a field of list entries, sums over pages. They measure how similar the entries of one page are."""
    filled_times_of: Sum = 0
    of_squared: Sum = 0

    def __post_init__(self) -> None:
        if self.filled > self.of:
            raise ValueError("`filled` is greater than `of`")

    def add(self, filled: int, of: int) -> None:
        """Add the entries of one page's list."""
        self.filled += filled
        self.of += of
        self.filled_squared += filled * filled
        self.filled_times_of += filled * of
        self.of_squared += of * of

    def __add__(self, other: Fill) -> Fill:
        return Fill(*(own + others for own, others in zip(_numbers(self), _numbers(other), strict=True)))


class Finding(msgspec.Struct, omit_defaults=True):
    """An unread text or an inconsistency, and the number of records with it."""

    kind: FindingKind
    name: str
    """The part of the page, or the code of the inconsistency."""
    detail: str | None
    """The text with `#` for numbers, or the place of the inconsistency; None counts all records with this name."""
    records: Number
    examples: list[str] = []
    """The places of some records with the finding."""


class Stratum(msgspec.Struct):
    """The counts of the records of one layout whose pages were captured in one year."""

    layout: Layout
    year: int | None
    records: Number
    fills: dict[str, Fill]
    """Maps a path to its fill; `mentions:news` counts the lists with an entry `news`."""
    findings: list[Finding]

    def __post_init__(self) -> None:
        if any(finding.records > self.records for finding in self.findings):
            raise ValueError("a finding has more records than there are")


class Survey(msgspec.Struct):
    """The counts of records, by layout and year."""

    baseline_version: int
    altdetails: str
    """The version of altdetails that made the survey."""
    records: Number
    has_other_findings: bool
    """Whether some findings were counted together, because there were too many."""
    has_other_entries: bool
    """Whether some entries of lists were not counted, because there were too many."""
    strata: list[Stratum]

    def to_json(self) -> bytes:
        """Return the content of a baseline file, without file names. The same records give the same bytes."""
        strata = [
            msgspec.structs.replace(
                stratum, findings=[msgspec.structs.replace(finding, examples=[]) for finding in stratum.findings]
            )
            for stratum in self.strata
        ]
        content = msgspec.json.encode(msgspec.structs.replace(self, strata=strata))
        return msgspec.json.format(content, indent=1) + b"\n"


class _Key(NamedTuple):
    kind: FindingKind
    name: str
    detail: str | None


class _Tally:
    """The counters of one stratum."""

    def __init__(self) -> None:
        self.records = 0
        self.fills = {path: Fill(0, 0) for path in open_paths()}
        self.entries: Counter[str] = Counter()
        self.findings: Counter[_Key] = Counter()
        self.examples: dict[_Key, list[str]] = {}


class Surveyor:
    """Counts records. Memory use does not depend on their number or content."""

    def __init__(self) -> None:
        self._tallies: defaultdict[tuple[Layout, int | None], _Tally] = defaultdict(_Tally)
        self._findings = {_Key("unread", part, None) for part in get_args(PartOfPage)}
        self._layouts: set[Layout] = set()
        self._entries: set[str] = set()
        self._has_other_findings = False
        self._has_other_entries = False

    def add(self, record: Record, place: str) -> None:
        """Count a record.

        Args:
            record: a record.
            place: the file and line of the record, for examples.
        """
        provenance = record.provenance
        year = _YEAR.match(provenance.at or "")
        tally = self._tallies[self._layout(provenance.format), int(year[1]) if year else None]
        tally.records += 1
        self._count(tally, open_fields(), record)
        for key in dict.fromkeys(map(self._limited, _finding_keys(record))):  # removes duplicates, keeps the order
            tally.findings[key] += 1
            examples = tally.examples.setdefault(key, [])
            if len(examples) < _MAX_EXAMPLES:
                page = f" ({provenance.input})" if provenance.input else ""
                examples.append(f"{place}{page}"[:_MAX_EXAMPLE_LENGTH])

    def _layout(self, form: str) -> Layout:
        """Return the form of a content, or the layout of the others if there are too many."""
        layout = form[:_MAX_TEXT_LENGTH]
        if layout not in self._layouts and len(self._layouts) >= _MAX_LAYOUTS:
            return OTHERS
        self._layouts.add(layout)
        return layout

    def survey(self) -> Survey:
        """Return the counts."""
        order = sorted(self._tallies, key=lambda stratum: (stratum[0], stratum[1] or 0))
        return Survey(
            baseline_version=BASELINE_VERSION,
            altdetails=__version__,
            records=sum(tally.records for tally in self._tallies.values()),
            has_other_findings=self._has_other_findings,
            has_other_entries=self._has_other_entries,
            strata=[_stratum(*stratum, self._tallies[stratum]) for stratum in order],
        )

    def _count(self, tally: _Tally, fields: tuple[OpenField, ...], part: object) -> None:
        for field in fields:
            value = getattr(part, field.name)
            if field.is_nullable:
                fill = tally.fills[field.path]
                fill.of += 1
                if value is None:
                    continue
                fill.filled += 1
            if field.is_list:
                self._count_entries(tally, field, value)
            elif field.below:
                self._count(tally, field.below, value)

    def _count_entries(self, tally: _Tally, field: OpenField, entries: list[object]) -> None:
        fill = tally.fills[f"{field.path}[]"]
        fill.of += 1
        if not entries:
            return
        fill.filled += 1
        for below in field.below:
            filled = sum([getattr(entry, below.name) is not None for entry in entries])
            tally.fills[below.path].add(filled, len(entries))
        for name in dict.fromkeys(_entry_names(field, entries)):
            entry = f"{field.path}:{name[:_MAX_TEXT_LENGTH]}"
            if entry in self._entries or len(self._entries) < _MAX_DISTINCT:
                self._entries.add(entry)
                tally.entries[entry] += 1
            else:
                self._has_other_entries = True

    def _limited(self, key: _Key) -> _Key:
        """Return the key, or the key of the others if there are too many findings."""
        if key in self._findings or len(self._findings) < _MAX_DISTINCT:
            self._findings.add(key)
            return key
        self._has_other_findings = True
        total = key._replace(detail=None)
        return _Key(key.kind, key.name if total in self._findings else OTHERS, key.detail and OTHERS)


def _stratum(layout: Layout, year: int | None, tally: _Tally) -> Stratum:
    entries = {
        entry: Fill(count, tally.fills[f"{entry.partition(':')[0]}[]"].of)
        for entry, count in sorted(tally.entries.items())
    }
    findings = [Finding(*key, count, tally.examples[key]) for key, count in tally.findings.items()]
    findings.sort(key=lambda finding: (finding.kind, finding.name, finding.detail or ""))
    return Stratum(layout, year, tally.records, tally.fills | entries, findings)


def _entry_names(field: OpenField, entries: Iterable[object]) -> Iterator[str]:
    if field.key:
        return (getattr(entry, field.key) for entry in entries)
    return cast("Iterator[str]", iter(entries if field.path == "sections" else ()))


def _finding_keys(record: Record) -> Iterator[_Key]:
    for unread in record.unread:
        part = unread.part[:_MAX_TEXT_LENGTH]
        yield _Key("unread", part, None)
        yield _Key("unread", part, _shape(part, unread.text))
    for inconsistency in record.inconsistencies:
        code = inconsistency.code[:_MAX_TEXT_LENGTH]
        yield _Key("inconsistency", code, None)
        if inconsistency.where:
            yield _Key("inconsistency", code, inconsistency.where[:_MAX_TEXT_LENGTH])


def _shape(part: str, text: str) -> str:
    """Return the common part of similar texts: the label of a row, or the text with `#` for numbers."""
    label, colon, _ = text.partition(": ")
    shape = f"{label}: …" if part == "details" and colon else text
    return re.sub(r"\d(?:[\d.,]*\d)?", "#", shape[:_MAX_TEXT_LENGTH])


def _numbers(fill: Fill) -> tuple[int, ...]:
    return msgspec.structs.astuple(fill)


_MAX_FILE_BYTES = 64 * 2**20
_MAX_REASON_LENGTH = 200
_HINT = "create one with `altdetails doctor --save-baseline FILE`"


class _BaselineVersion(msgspec.Struct):
    baseline_version: int


def read_baseline(path: str | os.PathLike[str]) -> Survey:
    """Read a baseline file.

    Raises:
        InputError: if the file cannot be read, is not a baseline, or was written by a newer altdetails.
    """
    path = path_text(path, "a path (str or os.PathLike)")
    try:
        with copied_here(path) as here, Path(here).open("rb") as file:
            content = file.read(_MAX_FILE_BYTES + 1)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}; check the path, or {_HINT}") from error
    if len(content) > _MAX_FILE_BYTES:
        raise InputError(f"{path}: is not a baseline: it is larger than {_MAX_FILE_BYTES >> 20} MiB; {_HINT}")
    try:
        version = msgspec.json.decode(content, type=_BaselineVersion).baseline_version
        if version > BASELINE_VERSION:
            raise InputError(
                f"{path}: is a baseline of version {version}, but this altdetails reads version {BASELINE_VERSION};"
                " update altdetails, or save a new baseline"
            )
        return msgspec.json.decode(content, type=Survey)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"{path}: is not a baseline: {str(error)[:_MAX_REASON_LENGTH]}; {_HINT}") from error
