"""Compare two surveys, and find the statistically significant changes: `doctor()`."""

from __future__ import annotations

import os
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import msgspec

from altdetails._arguments import check, check_functions
from altdetails.drift.chance import design_effect, fall, holm, rise
from altdetails.drift.survey import Fill, Finding, FindingKind, Layout, Survey, Surveyor, read_baseline
from altdetails.errors import InputError
from altdetails.records.files import RecordSource, refuse_damaged
from altdetails.schemas.fields import open_paths

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from altdetails.records.files import DamagedLine, RecordsOrPaths

__all__ = ["ALPHA", "Diagnosis", "Drift", "Shift", "compare", "doctor"]

ALPHA = 0.01
"""The significance level: the chance of any false alarm in one comparison is at most this."""

_NOT_FROM_PAGE = "provenance."
_PROGRESS_INTERVAL = 1_000


class Shift(msgspec.Struct, frozen=True, kw_only=True):
    """A change of a share between two surveys, and its probability if only chance were at work."""

    layout: Layout
    kind: Literal["field"] | FindingKind
    """A field that fell, or a warning that rose: unread text or an inconsistency."""
    name: str
    """The path of the field, the part of the page, or the code of the inconsistency."""
    detail: str | None = None
    before: Fill
    now: Fill
    p: float
    """Corrected for the number of tests."""
    examples: list[str] = []


class Drift(msgspec.Struct, frozen=True, kw_only=True):
    """How a survey differs from the baseline."""

    tests: int
    changes: list[Shift]
    """Significant falls, then significant rises, each sorted by probability."""
    layouts_not_compared: list[Layout]
    """Layouts that only one of the surveys has."""
    fields_not_compared: list[str]
    """Fields that only one of the surveys has, because they come from different versions of altdetails."""

    @property
    def fell(self) -> list[Shift]:
        """The fields that fell."""
        return [change for change in self.changes if change.kind == "field"]

    @property
    def rose(self) -> list[Shift]:
        """The unread texts and inconsistencies that rose."""
        return [change for change in self.changes if change.kind != "field"]


class _Sample:
    """All records of a layout, from all years."""

    def __init__(self, survey: Survey, layout: Layout) -> None:
        self.has_other_findings = survey.has_other_findings
        self.has_other_entries = survey.has_other_entries
        self.records = 0
        self.fills: defaultdict[str, Fill] = defaultdict(lambda: Fill(0, 0))
        self.findings: dict[tuple[FindingKind, str, str | None], Finding] = {}
        for stratum in reversed(survey.strata):
            if stratum.layout == layout:
                self.records += stratum.records
                for path, fill in stratum.fills.items():
                    self.fills[path] += fill
                for finding in stratum.findings:
                    self._add(finding)

    def _add(self, finding: Finding) -> None:
        key = finding.kind, finding.name, finding.detail
        later = self.findings.get(key)
        self.findings[key] = Finding(
            *key,
            finding.records + (later.records if later else 0),
            later.examples if later else finding.examples,  # keep the examples of the latest year
        )


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The survey of records, and its differences from a baseline."""

    survey: Survey
    """The counts. `survey.to_json()` is the content of a baseline file."""
    baseline: Survey | None
    drift: Drift | None
    """The differences from the baseline; None without a baseline."""


def doctor(
    records_or_paths: RecordsOrPaths,
    *,
    baseline: str | os.PathLike[str] | Survey | None = None,
    damaged: Callable[[DamagedLine], object] = refuse_damaged,
    progress: Callable[[int], object] = lambda _: None,
) -> Diagnosis:
    """Count how often the fields of records are filled, and test for significant changes since a baseline.

    Examples:
        >>> diagnosis = doctor("run", baseline="baseline.json")
        >>> diagnosis.survey.records, diagnosis.baseline.records
        (2, 2)
        >>> for shift in diagnosis.drift.changes:
        ...     print(shift.kind, shift.name, shift.before, shift.now, shift.p)

    Args:
        records_or_paths: a path, several paths, or Records.
        baseline: a file written by `altdetails doctor --save-baseline`, or the survey of an earlier diagnosis.
        damaged: called for every line that is not a valid record. Without it, such a line raises an error.
        progress: called after every thousand records with the number read so far.

    Raises:
        TypeError: if an argument has the wrong type.
        InputError: if there are no records, a path is not a records file or run folder, a line is not a valid record,
            or the baseline cannot be read or has no layout in common with the records.
    """
    source = RecordSource(records_or_paths)
    check(baseline, (str, os.PathLike, Survey, type(None)), "a path (str or os.PathLike) or a Survey as baseline")
    check_functions(damaged=damaged, progress=progress)
    baseline_survey = read_baseline(baseline) if isinstance(baseline, str | os.PathLike) else baseline
    surveyor = Surveyor()
    for number, line in enumerate(source.lines(damaged=damaged), 1):
        surveyor.add(line.record, f"{line.file}:{line.number}")
        if number % _PROGRESS_INTERVAL == 0:
            progress(number)
    survey = surveyor.survey()
    if not survey.records:
        name = ", ".join(source.files) or "<records>"
        raise InputError(f"{name}: contains no records; create some with `altdetails parse` or `altdetails scrape`")
    drift = compare(baseline_survey, survey) if baseline_survey else None
    return Diagnosis(survey, baseline_survey, drift)


def compare(baseline: Survey, survey: Survey) -> Drift:
    """Find the significant differences of a survey from a baseline, layout by layout.

    Each test is Fisher's one-sided exact test. Holm's correction keeps the chance of any false alarm below `ALPHA`.

    Raises:
        InputError: if the surveys have no layout in common.
    """
    before, now = _layouts(baseline), _layouts(survey)
    if not before & now:
        raise InputError(
            f"the baseline has {' and '.join(before) or 'no'} records, but these records are {' and '.join(now)};"
            " use a baseline of the same layout"
        )
    tests = [
        test
        for layout in sorted(before & now)
        for test in _tests(layout, _Sample(baseline, layout), _Sample(survey, layout))
    ]
    corrected = holm([test.p for test in tests])
    changes = [msgspec.structs.replace(test, p=p) for test, p in zip(tests, corrected, strict=True) if p < ALPHA]
    return Drift(
        tests=len(tests),
        changes=sorted(
            _drop_redundant_totals(changes), key=lambda change: (change.kind != "field", change.p, change.name)
        ),
        layouts_not_compared=sorted(before ^ now),
        fields_not_compared=sorted(_paths(baseline) ^ set(open_paths())),
    )


def _drop_redundant_totals(changes: list[Shift]) -> Iterator[Shift]:
    """Yield the changes, except the totals of a part that have the same count as one of its texts."""
    with_detail = {(change.layout, change.kind, change.name, change.now.filled) for change in changes if change.detail}
    for change in changes:
        if change.detail or (change.layout, change.kind, change.name, change.now.filled) not in with_detail:
            yield change


def _layouts(survey: Survey) -> set[Layout]:
    return {stratum.layout for stratum in survey.strata}


def _paths(survey: Survey) -> set[str]:
    return {path for stratum in survey.strata for path in stratum.fills if ":" not in path}


def _tests(layout: Layout, before: _Sample, now: _Sample) -> Iterator[Shift]:
    for path, fill in before.fills.items():
        if path.startswith(_NOT_FROM_PAGE):
            continue
        later = now.fills.get(path) or _vanished_entry(path, now)
        if later and fill.of and later.of and 0 < fill.filled + later.filled < fill.of + later.of:
            yield _field_test(layout, path, fill, later)
    for key, finding in now.findings.items():
        old_finding = before.findings.get(key)
        if old_finding is None and key[2] and before.has_other_findings:
            continue  # the baseline may have counted it among the others
        earlier = Fill(old_finding.records if old_finding else 0, before.records)
        later = Fill(finding.records, now.records)
        yield Shift(
            layout=layout,
            kind=key[0],
            name=key[1],
            detail=key[2],
            before=earlier,
            now=later,
            p=rise(earlier, later),
            examples=finding.examples,
        )


def _vanished_entry(path: str, now: _Sample) -> Fill | None:
    """Return a fill of 0 for an entry that is no longer in any list; None if the path is not that of an entry."""
    list_path, colon, _ = path.partition(":")
    lists = now.fills.get(f"{list_path}[]")
    return Fill(0, lists.of) if colon and lists and not now.has_other_entries else None


def _field_test(layout: Layout, path: str, before: Fill, now: Fill) -> Shift:
    effect = design_effect(before, now)
    p = fall(_effective(before, effect), _effective(now, effect))
    return Shift(layout=layout, kind="field", name=path, before=_share(before), now=_share(now), p=p)


def _effective(fill: Fill, effect: float) -> Fill:
    return Fill(round(fill.filled / effect), round(fill.of / effect))


def _share(fill: Fill) -> Fill:
    return Fill(fill.filled, fill.of)
