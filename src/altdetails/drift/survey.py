"""Records → how often each field is filled, and what was not understood, by year and layout; kept as a baseline."""

from __future__ import annotations

import os
import re
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple, cast, get_args

import msgspec
from msgspec import Meta

from altdetails import __version__
from altdetails._arguments import path_text
from altdetails.errors import InputError
from altdetails.record import PartOfPage
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
"""Number of the layout below, as a baseline is kept in a file."""

OTHERS = "(others)"
"""What stands for the findings beyond the first thousand."""

_MOST_TOLD_APART = 1000
_LONGEST_TEXT = 100
_EXAMPLES = 3
_LONGEST_EXAMPLE = 300
_YEAR = re.compile(r"(20\d\d)-\d\d-\d\d")

Layout = Literal["html", "text"]
FindingKind = Literal["unread", "inconsistency"]
Number = Annotated[int, Meta(ge=0, le=10**10)]
Sum = Annotated[int, Meta(ge=0, le=10**15)]


class Fill(msgspec.Struct, omit_defaults=True):
    """How many of the places that a field has in pages hold something."""

    filled: Number
    of: Number
    filled_squared: Sum = 0
    """Of a field of list entries, sums over pages: they tell how much the entries of a page resemble one another."""
    filled_times_of: Sum = 0
    of_squared: Sum = 0

    def __post_init__(self) -> None:
        if self.filled > self.of:
            raise ValueError("more places are filled than there are")

    def add(self, filled: int, of: int) -> None:
        """Count the entries of one page's list."""
        self.filled += filled
        self.of += of
        self.filled_squared += filled * filled
        self.filled_times_of += filled * of
        self.of_squared += of * of

    def __add__(self, other: Fill) -> Fill:
        return Fill(*(mine + theirs for mine, theirs in zip(_numbers(self), _numbers(other), strict=True)))


class Finding(msgspec.Struct, omit_defaults=True):
    """What pages say that nobody understood, or that they contradict."""

    kind: FindingKind
    name: str
    """The part of the page, or the code of the inconsistency."""
    detail: str | None
    """The text with its numbers as `#`, or where the page contradicts itself; None counts records with any."""
    records: Number
    examples: list[str] = []
    """Places of records that have it."""


class Stratum(msgspec.Struct):
    """The records of one layout, captured in one year."""

    layout: Layout
    year: int | None
    records: Number
    fills: dict[str, Fill]
    """By path; `mentions:news` is the share of the lists that have an entry `news`."""
    findings: list[Finding]

    def __post_init__(self) -> None:
        if any(finding.records > self.records for finding in self.findings):
            raise ValueError("more records have a finding than there are")


class Survey(msgspec.Struct):
    """What records hold."""

    baseline_version: int
    altdetails: str
    """The version that counted."""
    records: Number
    has_other_findings: bool
    """Whether there were more findings than are told apart."""
    has_other_entries: bool
    """Whether lists had more different entries than are told apart."""
    strata: list[Stratum]

    def to_json(self) -> bytes:
        """The survey as a baseline file holds it, without names of files: the same records give the same bytes."""
        strata = [
            msgspec.structs.replace(
                stratum, findings=[msgspec.structs.replace(found, examples=[]) for found in stratum.findings]
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
    """Counts records. Memory does not grow with their number, nor with what pages say."""

    def __init__(self) -> None:
        self._tallies: defaultdict[tuple[Layout, int | None], _Tally] = defaultdict(_Tally)
        self._findings = {_Key("unread", part, None) for part in get_args(PartOfPage)}
        self._entries: set[str] = set()
        self._has_other_findings = False
        self._has_other_entries = False

    def add(self, record: Record, place: str) -> None:
        """Count a record.

        Args:
            record: what a page said.
            place: where the record stands, for examples.
        """
        made = record.provenance
        year = _YEAR.match(made.fetched_at or "")
        tally = self._tallies[made.format, int(year[1]) if year else None]
        tally.records += 1
        self._count(tally, open_fields(), record)
        for key in dict.fromkeys(map(self._known, _keys(record))):  # in their order: so are the others
            tally.findings[key] += 1
            examples = tally.examples.setdefault(key, [])
            if len(examples) < _EXAMPLES:
                page = f" ({made.input})" if made.input else ""
                examples.append(f"{place}{page}"[:_LONGEST_EXAMPLE])

    def survey(self) -> Survey:
        """What was counted."""
        order = sorted(self._tallies, key=lambda stratum: (stratum[0], stratum[1] or 0))
        return Survey(
            baseline_version=BASELINE_VERSION,
            altdetails=__version__,
            records=sum(tally.records for tally in self._tallies.values()),
            has_other_findings=self._has_other_findings,
            has_other_entries=self._has_other_entries,
            strata=[_stratum(*stratum, self._tallies[stratum]) for stratum in order],
        )

    def _count(self, tally: _Tally, among: tuple[OpenField, ...], part: object) -> None:
        for field in among:
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
        for word in dict.fromkeys(_words(field, entries)):
            entry = f"{field.path}:{word[:_LONGEST_TEXT]}"
            if entry in self._entries or len(self._entries) < _MOST_TOLD_APART:
                self._entries.add(entry)
                tally.entries[entry] += 1
            else:
                self._has_other_entries = True

    def _known(self, key: _Key) -> _Key:
        """The key, or that of the others where there are too many."""
        if key in self._findings or len(self._findings) < _MOST_TOLD_APART:
            self._findings.add(key)
            return key
        self._has_other_findings = True
        whole = key._replace(detail=None)
        return _Key(key.kind, key.name if whole in self._findings else OTHERS, key.detail and OTHERS)


def _stratum(layout: Layout, year: int | None, tally: _Tally) -> Stratum:
    entries = {
        entry: Fill(count, tally.fills[f"{entry.partition(':')[0]}[]"].of)
        for entry, count in sorted(tally.entries.items())
    }
    findings = [Finding(*key, count, tally.examples[key]) for key, count in tally.findings.items()]
    findings.sort(key=lambda found: (found.kind, found.name, found.detail or ""))
    return Stratum(layout, year, tally.records, tally.fills | entries, findings)


def _words(field: OpenField, entries: Iterable[object]) -> Iterator[str]:
    if field.key:
        return (getattr(entry, field.key) for entry in entries)
    return cast("Iterator[str]", iter(entries if field.path == "sections" else ()))


def _keys(record: Record) -> Iterator[_Key]:
    for unread in record.unread:
        yield _Key("unread", unread.part, None)
        yield _Key("unread", unread.part, _shape(unread.part, unread.text))
    for found in record.inconsistencies:
        yield _Key("inconsistency", found.code[:_LONGEST_TEXT], None)
        if found.where:
            yield _Key("inconsistency", found.code[:_LONGEST_TEXT], found.where[:_LONGEST_TEXT])


def _shape(part: PartOfPage, text: str) -> str:
    """What texts of many pages have in common: the label of a row, and no numbers."""
    label, colon, _ = text.partition(": ")
    shape = f"{label}: …" if part == "details" and colon else text
    return re.sub(r"\d(?:[\d.,]*\d)?", "#", shape[:_LONGEST_TEXT])


def _numbers(fill: Fill) -> tuple[int, ...]:
    return msgspec.structs.astuple(fill)


_MOST_BYTES = 64 * 2**20
_SHOWN = 200


class _BaselineVersion(msgspec.Struct):
    baseline_version: int


def read_baseline(path: str | os.PathLike[str]) -> Survey:
    """The survey that a file holds.

    Raises:
        InputError: where there is no such file, or it holds no survey, or one of a newer altdetails.
    """
    path = path_text(path, "a path (str or os.PathLike)")
    try:
        with Path(path).open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}; --save-baseline writes a baseline") from error
    if len(content) > _MOST_BYTES:
        raise InputError(f"{path}: has more than {_MOST_BYTES >> 20} MiB, which no baseline has")
    try:
        version = msgspec.json.decode(content, type=_BaselineVersion).baseline_version
        if version > BASELINE_VERSION:
            raise InputError(
                f"{path}: is a baseline of version {version}, and this altdetails knows {BASELINE_VERSION};"
                " update altdetails, or save a new baseline"
            )
        return msgspec.json.decode(content, type=Survey)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(
            f"{path}: is no baseline: {str(error)[:_SHOWN]}; `altdetails doctor --save-baseline FILE` writes one"
        ) from error
