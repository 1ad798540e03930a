"""Compare two scrapes, or a history of snapshots: `diff()` and `changes_by_period()`."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from altdetails._arguments import check, check_functions, is_several, wrong_type
from altdetails.diffing.change import Change, all_measures, compare_numbers
from altdetails.diffing.snapshots import Snapshots
from altdetails.errors import SettingsError
from altdetails.record import Record
from altdetails.records.files import RecordSource, refuse_damaged
from altdetails.records.files import failures as failures_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from altdetails.diffing.change import ChangeKind
    from altdetails.diffing.snapshots import Snapshot
    from altdetails.records.files import DamagedLine, RecordsOrPaths
    from altdetails.results import Outcome, Status

    Notice = Callable[["SkippedRecord | SupersededSnapshots | SingleSnapshots"], object]

__all__ = [
    "NEW",
    "OLD",
    "By",
    "SingleSnapshots",
    "SkippedRecord",
    "SupersededSnapshots",
    "changes",
    "changes_by_period",
    "days_between",
    "diff",
    "moment",
    "pairs",
    "period",
]

OLD, NEW = "1", "2"
"""The two sides of a comparison, stored as periods. Their names sort."""


@dataclass(frozen=True, slots=True)
class SkippedRecord:
    """A record that cannot be compared and is skipped. It is reported when it is read."""

    record: Record
    reason: Literal["no_identifier", "no_time"]
    """The record has neither DOI nor Altmetric id, or a history cannot use it because it has no time."""


@dataclass(frozen=True, slots=True)
class SupersededSnapshots:
    """Snapshots that are ignored because a later snapshot of the same output exists. Reported when all are read."""

    period: str
    """`OLD` or `NEW`; in a history, the period's name."""
    count: int


@dataclass(frozen=True, slots=True)
class SingleSnapshots:
    """Outputs with snapshots in only one period of a history. They cannot be compared. Reported at the end."""

    count: int


def changes(
    old: Iterable[Record],
    new: Iterable[Record],
    *,
    failures: Iterable[Outcome] = (),
    notice: Notice = lambda _: None,
) -> Iterator[Change]:
    """Yield the change of each output between two scrapes: first the outputs of `old` in order, then the new ones.

    Outputs are matched by DOI, or by Altmetric id if there is no common DOI. If a side has several snapshots of an
    output, only the latest is compared.

    Args:
        old: the records of the earlier scrape.
        new: the records of the later scrape.
        failures: the failures of the later scrape. They give the `outcome` of `gone` outputs.
        notice: called for records that are skipped or ignored.

    Raises:
        AltdetailsError: if the temporary file cannot be written.
    """
    for before, after, outcome in pairs(old, new, failures=failures, notice=notice):
        yield _change(before, after, outcome=outcome)


def pairs(
    old: Iterable[Record],
    new: Iterable[Record],
    *,
    failures: Iterable[Outcome] = (),
    notice: Notice = lambda _: None,
    content: Callable[[Record], bytes | None] = lambda _: None,
) -> Iterator[tuple[Snapshot | None, Snapshot | None, Status | None]]:
    """Yield the latest snapshot of each output on either side, as `changes` compares them.

    Args:
        old: the records of the earlier scrape.
        new: the records of the later scrape.
        failures: the failures of the later scrape.
        notice: called for records that are skipped or ignored.
        content: returns the bytes to keep with a record of `new`.

    Yields:
        The old snapshot, the new one, and the outcome of an output without a new one. Either snapshot can be None.

    Raises:
        AltdetailsError: if the temporary file cannot be written.
    """
    with Snapshots() as snapshots:
        for record in _skip_unidentified(old, notice):
            snapshots.add(record, period=OLD, at=moment(record.provenance.at))
        for record in _skip_unidentified(new, notice):
            snapshots.add(record, period=NEW, at=moment(record.provenance.at), content=content(record))
        snapshots.add_failures(failures)
        _match_outputs(snapshots, notice)
        for output in snapshots.outputs():
            by_side = {snapshot.period: snapshot for snapshot in output}
            before, after = by_side.get(OLD), by_side.get(NEW)
            yield before, after, snapshots.outcome(before) if before and not after else None


def diff(
    old: RecordsOrPaths,
    new: RecordsOrPaths,
    *,
    failures: Iterable[Outcome] | None = None,
    damaged: Callable[[DamagedLine], object] = refuse_damaged,
    notice: Notice = lambda _: None,
) -> Iterator[Change]:
    """Yield the change of each output between two scrapes: first the outputs of `old` in order, then the new ones.

    Examples:
        >>> for change in diff("run-january", "run-july"):
        ...     for measure in change.measures:
        ...         print(change.change, change.doi, measure.field, measure.old, measure.new)
        changed 10.5555/lhs.2023.0417 score 641 645

    Outputs are matched by DOI, or by Altmetric id if there is no common DOI. If a side has several snapshots of an
    output, only the latest is compared. A number that a page does not show is unknown, and never treated as zero.

    Args:
        old: the records of the earlier scrape: a path, several paths, or Records. An empty iterable is allowed.
        new: the records of the later scrape.
        failures: the failures of the later scrape. They give the `outcome` of `gone` outputs. By default they are read
            from the run folder, if `new` is one.
        damaged: called for every line that is not a valid record. Without it, such a line raises an error.
        notice: called for records that are skipped or ignored.

    Raises:
        TypeError: if an argument has the wrong type.
        InputError: if a path is not a records file or run folder, or a line is not a valid record.
        SettingsError: if the temporary folder is full.
    """
    sides = [RecordSource(side) for side in (old, new)]
    check_functions(damaged=damaged, notice=notice)
    if failures is not None and not is_several(failures):
        raise wrong_type("an iterable of Outcomes as failures", failures)
    if failures is None:
        failures = failures_of(str(new), damaged=damaged) if isinstance(new, str | os.PathLike) else ()
    before, after = ((line.record for line in side.lines(damaged=damaged)) for side in sides)
    return changes(before, after, failures=failures, notice=notice)


def changes_by_period(
    records_or_paths: RecordsOrPaths,
    *,
    by: By,
    damaged: Callable[[DamagedLine], object] = refuse_damaged,
    notice: Notice = lambda _: None,
) -> Iterator[Change]:
    """Yield the changes of each output from one period to the next in which it occurs.

    Examples:
        >>> for change in changes_by_period(["run-january", "run-july"], by="month"):
        ...     print(change.old_period, change.new_period, change.doi, change.change)
        2026-01 2026-07 10.5555/lhs.2023.0417 changed
        2026-01 2026-07 10.5555/jhe.2012.118 same

    If a period has several snapshots of an output, only the latest is compared. No output is `new` or `gone`: it may be
    missing from a period because it was not on the list.

    Args:
        records_or_paths: snapshots in any order: a path, several paths, or Records.
        by: the length of a period: `day`, `week`, `month`, `quarter` or `year`.
        damaged: called for every line that is not a valid record. Without it, such a line raises an error.
        notice: called for records that are skipped or ignored.

    Raises:
        TypeError: if an argument has the wrong type.
        InputError: if a path is not a records file or run folder, or a line is not a valid record.
        SettingsError: if the temporary folder is full, or `by` is not a valid period.
    """
    check(by, str, "the name of a period as by")
    check_functions(damaged=damaged, notice=notice)
    if by not in _PERIOD_NAMES:
        raise SettingsError(f"{by!r} is not a valid period; use one of {', '.join(_PERIOD_NAMES)}")
    source = RecordSource(records_or_paths)
    return _compare_periods((line.record for line in source.lines(damaged=damaged)), by, notice)


def _compare_periods(records: Iterable[Record], by: By, notice: Notice) -> Iterator[Change]:
    with Snapshots() as snapshots:
        for record in _skip_unidentified(records, notice):
            if at := moment(record.provenance.at):
                snapshots.add(record, period=period(at, by), at=at)
            else:
                notice(SkippedRecord(record, "no_time"))
        _match_outputs(snapshots, notice)
        in_one_period = 0
        for output in snapshots.outputs():
            pair_count = 0
            for pair_count, (old, new) in enumerate(pairwise(output), 1):  # noqa: B007
                yield _change(old, new, old_period=old.period, new_period=new.period)
            in_one_period += not pair_count
        if in_one_period:
            notice(SingleSnapshots(in_one_period))


def _skip_unidentified(records: Iterable[Record], notice: Notice) -> Iterator[Record]:
    for record in records:
        if record.doi is None and record.altmetric_id is None:
            notice(SkippedRecord(record, "no_identifier"))
        else:
            yield record


def _match_outputs(snapshots: Snapshots, notice: Notice) -> None:
    for name, count in snapshots.identify().items():
        notice(SupersededSnapshots(name, count))


def _change(
    old: Snapshot | None,
    new: Snapshot | None,
    *,
    old_period: str | None = None,
    new_period: str | None = None,
    outcome: Status | None = None,
) -> Change:
    kind: ChangeKind
    if old and new:
        measures = [] if old.json == new.json else compare_numbers(old.numbers, new.numbers)
        kind = "changed" if measures else "same"
    else:
        measures = all_measures(old and old.numbers, new and new.numbers)
        kind = "gone" if old else "new"
    sides = [side for side in (new, old) if side]
    altmetric_id = next((side.altmetric_id for side in sides if side.altmetric_id), None)
    return Change(
        change=kind,
        doi=next((side.doi for side in sides if side.doi), None),
        altmetric_id=None if altmetric_id is None else int(altmetric_id),
        title=next((side.title for side in sides if side.title), None),
        old_period=old_period,
        new_period=new_period,
        old_at=old and old.at,
        new_at=new and new.at,
        days=days_between(old and old.at, new and new.at),
        outcome=outcome,
        measures=measures,
    )


By = Literal["day", "week", "month", "quarter", "year"]

_DAY_SECONDS = 86_400

_PERIOD_NAMES: dict[By, Callable[[str], str]] = {
    "day": lambda at: at[:10],
    "week": lambda at: "{:04}-W{:02}".format(*datetime.fromisoformat(at).isocalendar()),
    "month": lambda at: at[:7],
    "quarter": lambda at: f"{at[:4]}-Q{(int(at[5:7]) + 2) // 3}",
    "year": lambda at: at[:4],
}
"""Functions from a time to the name of its period. The names sort in the order of time."""


def moment(text: str | None) -> str | None:
    """Return a time in UTC, to the second; None if the text is not a time. A time without a zone is read as UTC."""
    try:
        at = datetime.fromisoformat(text or "")
        in_utc = at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return in_utc.isoformat(timespec="seconds").replace("+00:00", "Z")


def period(at: str, by: By) -> str:
    """Return the day, week (ISO 8601), month, quarter or year of a time: `2026-03-02`, `2026-W10`, `2026-03`, …."""
    return _PERIOD_NAMES[by](at)


def days_between(old: str | None, new: str | None) -> float | None:
    """Return the days from one time to the other; None if either is unknown."""
    if old is None or new is None:
        return None
    return round((datetime.fromisoformat(new) - datetime.fromisoformat(old)).total_seconds() / _DAY_SECONDS, 3)
