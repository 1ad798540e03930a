"""Two scrapes, or a history of snapshots → the change of each output."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from altdetails._arguments import check, check_functions, is_several, wrong_type
from altdetails.diffing.change import Change, differences, known
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

    Notice = Callable[["SetAside | PassedOver | SeenOnce"], object]

__all__ = [
    "NEW",
    "OLD",
    "By",
    "PassedOver",
    "SeenOnce",
    "SetAside",
    "changes",
    "days_between",
    "diff",
    "history",
    "moment",
    "period",
]

OLD, NEW = "1", "2"
"""The two sides, as periods: their names sort."""


@dataclass(frozen=True, slots=True)
class SetAside:
    """A record that cannot be compared; told as soon as it is read."""

    record: Record
    reason: Literal["no_identifier", "no_time"]
    """It has neither DOI nor Altmetric id; or a history cannot place it, for it does not say when it was fetched."""


@dataclass(frozen=True, slots=True)
class PassedOver:
    """Snapshots that do not count, since a later one of the same output is there; told when all are read."""

    period: str
    """`OLD` or `NEW`; of a history, the period's name."""
    count: int


@dataclass(frozen=True, slots=True)
class SeenOnce:
    """Outputs that a history has in one period only, so that nothing can be compared; told at the end."""

    count: int


def changes(
    old: Iterable[Record],
    new: Iterable[Record],
    *,
    failures: Iterable[Outcome] = (),
    notice: Notice = lambda _: None,
) -> Iterator[Change]:
    """What became of each output between two scrapes: those of `old` in their order, then those that are new.

    Outputs are matched by DOI, else by Altmetric id. Of several snapshots of one on a side, the latest counts.

    Args:
        old: the records of the earlier scrape.
        new: the records of the later one.
        failures: what the later one has of identifiers without a record: the `outcome` of what is gone.
        notice: told of records that do not count.

    Raises:
        AltdetailsError: where the temporary file takes no more.
    """
    with Snapshots() as snapshots:
        for side, records in ((OLD, old), (NEW, new)):
            for record in _identified(records, notice):
                snapshots.add(record, period=side, at=moment(record.provenance.fetched_at))
        snapshots.add_failures(failures)
        _identify(snapshots, notice)
        for output in snapshots.outputs():
            by_side = {snapshot.period: snapshot for snapshot in output}
            old_one, new_one = by_side.get(OLD), by_side.get(NEW)
            yield _change(old_one, new_one, outcome=None if new_one or not old_one else snapshots.outcome(old_one))


def diff(
    old: RecordsOrPaths,
    new: RecordsOrPaths,
    *,
    failures: Iterable[Outcome] | None = None,
    damaged: Callable[[DamagedLine], object] = refuse_damaged,
    notice: Notice = lambda _: None,
) -> Iterator[Change]:
    """What changed between two scrapes of the same outputs: those of `old` in their order, then those that are new.

        >>> for change in diff("run-january", "run-july"):
        ...     for measure in change.measures:
        ...         print(change.change, change.doi, measure.field, measure.old, measure.new)
        changed 10.5555/lhs.2023.0417 score 641 645

    Outputs are matched by DOI, else by Altmetric id. Of several snapshots of one on a side, the latest counts. What a
    page does not show is unknown, and never counts as zero.

    Args:
        old: the records of the earlier scrape: a path or several, or Records; an empty iterable has none.
        new: the records of the later one.
        failures: what the later one has of identifiers without a record: the `outcome` of what is gone. By default
            those of the run folder that `new` is.
        damaged: called for every line that is not a valid record; without it such a line raises.
        notice: called for records that do not count.

    Raises:
        TypeError: if what is given is neither paths nor Records, or another argument is of another type.
        InputError: if a path does not lead to a file of records, or a line is not a valid record.
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


def history(
    records_or_paths: RecordsOrPaths,
    *,
    by: By,
    damaged: Callable[[DamagedLine], object] = refuse_damaged,
    notice: Notice = lambda _: None,
) -> Iterator[Change]:
    """What became of each output from one period to the next in which it was seen, output by output.

        >>> for change in history(["run-january", "run-july"], by="month"):
        ...     print(change.old_period, change.new_period, change.doi, change.change)
        2026-01 2026-07 10.5555/lhs.2023.0417 changed
        2026-01 2026-07 10.5555/jhe.2012.118 same

    Of several snapshots in a period, the latest counts. Nothing is `new` or `gone`: an output can be missing from a
    period because nobody asked for it.

    Args:
        records_or_paths: snapshots in any order: a path or several, or Records.
        by: how long a period is.
        damaged: called for every line that is not a valid record; without it such a line raises.
        notice: called for records that do not count.

    Raises:
        TypeError: if what is given is neither paths nor Records, or another argument is of another type.
        InputError: if a path does not lead to a file of records, or a line is not a valid record.
        SettingsError: if the temporary folder is full, or there is no such period.
    """
    check(by, str, "the name of a period as by")
    check_functions(damaged=damaged, notice=notice)
    if by not in _NAMES:
        raise SettingsError(f"{by!r}: there is no such period; give one of {', '.join(_NAMES)}")
    source = RecordSource(records_or_paths)
    return _steps((line.record for line in source.lines(damaged=damaged)), by, notice)


def _steps(records: Iterable[Record], by: By, notice: Notice) -> Iterator[Change]:
    with Snapshots() as snapshots:
        for record in _identified(records, notice):
            if at := moment(record.provenance.fetched_at):
                snapshots.add(record, period=period(at, by), at=at)
            else:
                notice(SetAside(record, "no_time"))
        _identify(snapshots, notice)
        once = 0
        for output in snapshots.outputs():
            pairs = 0
            for pairs, (old, new) in enumerate(pairwise(output), 1):  # noqa: B007
                yield _change(old, new, old_period=old.period, new_period=new.period)
            once += not pairs
        if once:
            notice(SeenOnce(once))


def _identified(records: Iterable[Record], notice: Notice) -> Iterator[Record]:
    for record in records:
        if record.doi is None and record.altmetric_id is None:
            notice(SetAside(record, "no_identifier"))
        else:
            yield record


def _identify(snapshots: Snapshots, notice: Notice) -> None:
    for name, count in snapshots.identify().items():
        notice(PassedOver(name, count))


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
        measures = [] if old.json == new.json else differences(old.measured, new.measured)
        kind = "changed" if measures else "same"
    else:
        measures = known(old and old.measured, new and new.measured)
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

_NAMES: dict[By, Callable[[str], str]] = {
    "day": lambda at: at[:10],
    "week": lambda at: "{:04}-W{:02}".format(*datetime.fromisoformat(at).isocalendar()),
    "month": lambda at: at[:7],
    "quarter": lambda at: f"{at[:4]}-Q{(int(at[5:7]) + 2) // 3}",
    "year": lambda at: at[:4],
}
"""They sort as time goes."""


def moment(text: str | None) -> str | None:
    """A time in UTC, to the second; None where it is none. Without a zone it is taken for UTC."""
    try:
        at = datetime.fromisoformat(text or "")
        in_utc = at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return in_utc.isoformat(timespec="seconds").replace("+00:00", "Z")


def period(at: str, by: By) -> str:
    """The day, week (ISO 8601), month, quarter or year of a moment: `2026-03-02`, `2026-W10`, `2026-03`, `2026-Q1`."""
    return _NAMES[by](at)


def days_between(old: str | None, new: str | None) -> float | None:
    """Days from one moment to the other; None where one of them is not known."""
    if old is None or new is None:
        return None
    return round((datetime.fromisoformat(new) - datetime.fromisoformat(old)).total_seconds() / _DAY_SECONDS, 3)
