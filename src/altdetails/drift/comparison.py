"""Two surveys → what fell or rose beyond chance."""

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
"""A comparison of samples that do not differ alarms at most this often."""

_NOT_OF_THE_PAGE = "provenance."
_OFTEN = 1_000


class Shift(msgspec.Struct, frozen=True, kw_only=True):
    """A share of both surveys, and how likely chance makes the difference."""

    layout: Layout
    kind: Literal["field"] | FindingKind
    """What fell is a field; what rose is what nobody understood, or what pages contradict."""
    name: str
    """The path, the part of the page, or the code."""
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
    """What fell, then what rose beyond chance, the least likely first."""
    layouts_not_compared: list[Layout]
    """Layouts that only one of the two has."""
    fields_not_compared: list[str]
    """Fields that only one of the two knows, since other versions of altdetails counted."""

    @property
    def fell(self) -> list[Shift]:
        """The fields that fell."""
        return [change for change in self.changes if change.kind == "field"]

    @property
    def rose(self) -> list[Shift]:
        """What rose of what nobody understood, and of what pages contradict."""
        return [change for change in self.changes if change.kind != "field"]


class _Sample:
    """All records of a layout, whatever their year."""

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
                for found in stratum.findings:
                    self._add(found)

    def _add(self, found: Finding) -> None:
        key = found.kind, found.name, found.detail
        known = self.findings.get(key)
        self.findings[key] = Finding(
            *key,
            found.records + (known.records if known else 0),
            known.examples if known else found.examples,  # those of the latest year
        )


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What records hold, and how that differs from a baseline."""

    survey: Survey
    """What was counted; `survey.to_json()` is what a baseline file holds."""
    baseline: Survey | None
    drift: Drift | None
    """How the survey differs from the baseline; None without one."""


def doctor(
    records_or_paths: RecordsOrPaths,
    *,
    baseline: str | os.PathLike[str] | Survey | None = None,
    damaged: Callable[[DamagedLine], object] = refuse_damaged,
    progress: Callable[[int], object] = lambda _: None,
) -> Diagnosis:
    """Count what records hold, and test what fell or rose since a baseline.

        >>> diagnosis = doctor("run", baseline="baseline.json")
        >>> diagnosis.survey.records, diagnosis.baseline.records
        (2, 2)
        >>> for shift in diagnosis.drift.changes:
        ...     print(shift.kind, shift.name, shift.before, shift.now, shift.p)

    Args:
        records_or_paths: a path or several, or Records.
        baseline: the file that `altdetails doctor --save-baseline` wrote, or the survey of an earlier diagnosis.
        damaged: called for every line that is not a valid record; without it such a line raises.
        progress: called for every thousand records with the number of those read so far.

    Raises:
        TypeError: if what is given is neither paths nor Records, or another argument is of another type.
        InputError: if there is no record, a path does not lead to a file of records, a line is not a valid record, or
            the baseline cannot be compared with.
    """
    source = RecordSource(records_or_paths)
    check(baseline, (str, os.PathLike, Survey, type(None)), "a path (str or os.PathLike) or a Survey as baseline")
    check_functions(damaged=damaged, progress=progress)
    known = read_baseline(baseline) if isinstance(baseline, str | os.PathLike) else baseline
    surveyor = Surveyor()
    for number, line in enumerate(source.lines(damaged=damaged), 1):
        surveyor.add(line.record, f"{line.file}:{line.number}")
        if number % _OFTEN == 0:
            progress(number)
    survey = surveyor.survey()
    if not survey.records:
        place = ", ".join(source.files) or "what was given"
        raise InputError(f"{place}: there is no record in it; `altdetails parse` and `altdetails scrape` write some")
    return Diagnosis(survey, known, compare(known, survey) if known else None)


def compare(baseline: Survey, survey: Survey) -> Drift:
    """What fell or rose in a survey against a baseline, layout by layout, beyond chance.

    Each test is Fisher's exact test, one-sided; Holm's correction keeps the chance of any false alarm below `ALPHA`.

    Raises:
        InputError: where the two have no layout in common.
    """
    before, now = _layouts(baseline), _layouts(survey)
    if not before & now:
        raise InputError(
            f"the baseline counts {' and '.join(before) or 'no'} records, these are {' and '.join(now)};"
            " compare with a baseline of the same layout"
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
        changes=sorted(_without_totals(changes), key=lambda change: (change.kind != "field", change.p, change.name)),
        layouts_not_compared=sorted(before ^ now),
        fields_not_compared=sorted(_paths(baseline) ^ set(open_paths())),
    )


def _without_totals(changes: list[Shift]) -> Iterator[Shift]:
    """The changes, without those of a whole part that one text makes alone."""
    told = {(change.layout, change.kind, change.name, change.now.filled) for change in changes if change.detail}
    for change in changes:
        if change.detail or (change.layout, change.kind, change.name, change.now.filled) not in told:
            yield change


def _layouts(survey: Survey) -> set[Layout]:
    return {stratum.layout for stratum in survey.strata}


def _paths(survey: Survey) -> set[str]:
    return {path for stratum in survey.strata for path in stratum.fills if ":" not in path}


def _tests(layout: Layout, before: _Sample, now: _Sample) -> Iterator[Shift]:
    for path, fill in before.fills.items():
        if path.startswith(_NOT_OF_THE_PAGE):
            continue
        later = now.fills.get(path) or _of_no_list(path, now)
        if later and fill.of and later.of and 0 < fill.filled + later.filled < fill.of + later.of:
            yield _field(layout, path, fill, later)
    for key, found in now.findings.items():
        known = before.findings.get(key)
        if known is None and key[2] and before.has_other_findings:
            continue  # it may be among the others
        earlier = Fill(known.records if known else 0, before.records)
        later = Fill(found.records, now.records)
        yield Shift(
            layout=layout,
            kind=key[0],
            name=key[1],
            detail=key[2],
            before=earlier,
            now=later,
            p=rise(earlier, later),
            examples=found.examples,
        )


def _of_no_list(path: str, now: _Sample) -> Fill | None:
    """How often an entry that no list has any more is there."""
    of_list, colon, _ = path.partition(":")
    shown = now.fills.get(f"{of_list}[]")
    return Fill(0, shown.of) if colon and shown and not now.has_other_entries else None


def _field(layout: Layout, path: str, before: Fill, now: Fill) -> Shift:
    effect = design_effect(before, now)
    p = fall(_effective(before, effect), _effective(now, effect))
    return Shift(layout=layout, kind="field", name=path, before=_share(before), now=_share(now), p=p)


def _effective(fill: Fill, effect: float) -> Fill:
    return Fill(round(fill.filled / effect), round(fill.of / effect))


def _share(fill: Fill) -> Fill:
    return Fill(fill.filled, fill.of)
