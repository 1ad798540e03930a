"""Two scrapes, or a history of snapshots → the change of each output."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from altdetails.changes.change import Change
from altdetails.changes.measures import differences, known
from altdetails.changes.periods import days_between, moment, period
from altdetails.changes.snapshots import Snapshots
from altdetails.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from altdetails.changes.change import Kind
    from altdetails.changes.periods import By
    from altdetails.changes.snapshots import Snapshot
    from altdetails.results import Outcome, Status

    Notice = Callable[["SetAside | PassedOver | SeenOnce"], object]

__all__ = ["NEW", "OLD", "PassedOver", "SeenOnce", "SetAside", "changes", "history"]

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


def history(records: Iterable[Record], *, by: By, notice: Notice = lambda _: None) -> Iterator[Change]:
    """What became of each output from one period to the next in which it was seen, output by output.

    Of several snapshots in a period, the latest counts. Nothing is `new` or `gone`: that an output is missing from a
    period can mean that nobody asked for it.

    Args:
        records: snapshots in any order.
        by: how long a period is.
        notice: told of records that do not count.

    Raises:
        AltdetailsError: where the temporary file takes no more.
    """
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
    kind: Kind
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
