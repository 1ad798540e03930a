"""Add records to the figures of a report, in one pass."""

from __future__ import annotations

from heapq import heappush, heappushpop
from typing import TYPE_CHECKING

import msgspec

from altdetails.diffing.change import compare_numbers, extract_numbers
from altdetails.diffing.compare import moment
from altdetails.palette import KINDS, kind_of
from altdetails.reporting.figures import (
    MAX_ROWS,
    PERCENTILE_COLUMNS,
    READER_TABLES,
    SCORE_COLUMNS,
    Figures,
    Item,
    Known,
    Output,
    Remark,
    Rise,
    SourceChange,
    cut,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from altdetails.diffing.change import Numbers
    from altdetails.diffing.snapshots import Snapshot
    from altdetails.record import Group, Record
    from altdetails.reporting.figures import Trend
    from altdetails.results import Status

__all__ = ["Tally", "stripped"]

_TOP_QUARTER = 75
_RISERS, _CHIPS = 10, 4
_KIND_NUMBERS = {kind.key: number for number, kind in enumerate(KINDS)}


def stripped(record: Record) -> Record:
    """Return a record without the long texts that no figure needs."""
    return msgspec.structs.replace(
        record, identifiers=[], authors=None, authors_text=None, editors=None, abstract=None, highlights=None
    )


class Tally:
    """Adds records to figures."""

    def __init__(self, *, rows: int = MAX_ROWS, compares: bool = False) -> None:
        """Begin with no record.

        Args:
            rows: the most outputs in the table.
            compares: whether there are older records to compare with.
        """
        self._figures = Figures()
        self._rows = rows
        self._compares = compares
        self._heap: list[tuple[tuple[int, int, int], Output]] = []
        self._rises: list[tuple[tuple[float, int, int], Rise]] = []

    def add(self, record: Record, before: Snapshot | None = None, superseded: Iterable[tuple[str, float]] = ()) -> None:
        """Add the newest record of an output.

        Args:
            record: the record.
            before: the older snapshot of the same output.
            superseded: time and score of older records of the same output.
        """
        figures, numbers = self._figures, extract_numbers(record)
        kinds = [0] * len(KINDS)
        for source, count in _mentions(numbers):
            kinds[_KIND_NUMBERS[kind_of(source).key]] += count
            known = figures.sources.setdefault(source, Known())
            known.add(count or None)
        output = self._output(record, numbers, kinds, before)
        output.points.extend(_points(record, before, superseded))
        figures.outputs += 1
        _add_day(figures.days, record.provenance.at)
        figures.undated_pages += moment(record.provenance.at) is None
        figures.versions.add(cut(record.provenance.altdetails))
        figures.mentions.add(output.mentions)
        figures.readers.add(output.readers)
        figures.citations.add(output.citations)
        figures.limited += record.limited_access is True
        figures.kinds = [sum(pair) for pair in zip(figures.kinds, kinds, strict=True)]
        self._add_scores(output)
        if output.year is not None:
            figures.years.setdefault(output.year, Item()).add(output)
        if record.source is not None:
            figures.journals.setdefault(cut(record.source), Item()).add(output)
        self._add_readers(record)
        self._add_findings(record, output)
        self._add_parts(record, output, numbers)
        if self._compares:
            figures.trends[output.trend or "unknown"] += 1
            if before:
                _add_day(figures.old_days, before.at)
                self._add_measures(output, before.numbers, numbers)
        item = (_rank(output, figures.outputs), output)
        if len(self._heap) < self._rows:
            heappush(self._heap, item)
        else:
            heappushpop(self._heap, item)

    def add_gone(self, before: Snapshot, outcome: Status | None) -> None:
        """Add an output of the older records that has no record now."""
        self._figures.gone[outcome] += 1
        _add_day(self._figures.old_days, before.at)

    def figures(self) -> Figures:
        """Return the figures of all records that were added."""
        self._figures.table = [output for _, output in sorted(self._heap, reverse=True, key=lambda item: item[0])]
        self._figures.rises = [rise for _, rise in sorted(self._rises, reverse=True, key=lambda item: item[0])]
        return self._figures

    def _output(self, record: Record, numbers: Numbers, kinds: list[int], before: Snapshot | None) -> Output:
        old = before.numbers.values.get("score") if before else None
        is_new = before is None and (record.doi is not None or record.altmetric_id is not None)
        percentile, is_higher_than = _percentile(record)
        return Output(
            title=record.title and cut(record.title),
            doi=record.doi,
            altmetric_id=record.altmetric_id,
            source=record.source and cut(record.source),
            year=record.published.year if record.published else None,
            score=record.score,
            change=None if old is None or record.score is None else record.score - old,
            trend=_trend(old, record.score, is_new=is_new) if self._compares else None,
            percentile=percentile,
            is_higher_than=is_higher_than,
            mentions=None if record.mentions is None else sum(kinds),
            kinds=kinds,
            readers=_whole(numbers, "readers.mendeley"),
            citations=_whole(numbers, "citations.dimensions"),
        )

    def _add_scores(self, output: Output) -> None:
        figures = self._figures
        if output.score is not None:
            figures.scores.values.append(output.score)
            figures.score_columns[sum(output.score >= lowest for lowest in SCORE_COLUMNS) - 1] += 1
        if output.percentile is not None:
            figures.similar_age += 1
            figures.top_quarter += output.percentile >= _TOP_QUARTER
            column = min(output.percentile * PERCENTILE_COLUMNS // 100, PERCENTILE_COLUMNS - 1)
            figures.percentile_columns[column][output.is_higher_than] += 1

    def _add_readers(self, record: Record) -> None:
        mendeley = record.demographics.mendeley if record.demographics else None
        if not mendeley:
            return
        self._figures.readers_in_tables.add(mendeley.total)
        for name in READER_TABLES:
            groups: list[Group] = getattr(mendeley, name) or []
            for group in groups:
                self._figures.reader_tables[name][cut(group.name)] += group.count

    def _add_findings(self, record: Record, output: Output) -> None:
        figures = self._figures
        for notice in record.notices:
            figures.notices.setdefault(cut(notice), Remark()).add("", output)
        for conflict in record.inconsistencies:
            text = " / ".join(conflict.values)
            figures.inconsistencies.setdefault(cut(conflict.code), Remark()).add(text, output)
        for unread in record.unread:
            figures.unread.setdefault(cut(unread.part), Remark()).add(unread.text, output)

    def _add_parts(self, record: Record, output: Output, numbers: Numbers) -> None:
        demographics = record.demographics
        contents: dict[str, int | None] = {
            "score": output.score,
            "mentions": output.mentions,
            "citations": _block_sum(numbers, "citations"),
            "readers": _block_sum(numbers, "readers"),
            "mendeley": _rows_in(demographics and demographics.mendeley, READER_TABLES),
            "twitter": _rows_in(demographics and demographics.twitter, ("countries",)),
            "rankings": None if record.rankings is None else len(record.rankings),
            "published": None if record.published is None else 1,
            "doi": None if record.doi is None else 1,
        }
        for name, content in contents.items():
            self._figures.parts[name][2 if content is None else 1 if not content else 0] += 1

    def _add_measures(self, output: Output, old: Numbers, new: Numbers) -> None:
        figures = self._figures
        totals = {"readers.mendeley": figures.readers, "citations.dimensions": figures.citations}
        chips: list[tuple[str, float, bool]] = []
        for measure in compare_numbers(old, new):
            block, _, source = measure.field.partition(".")
            if measure.field in totals:
                totals[measure.field].rise += measure.delta or 0
            if block != "mentions" or (measure.delta is None and measure.missing != "not_listed"):
                continue
            change = figures.source_changes.setdefault(source, SourceChange())
            if measure.delta is not None:
                figures.mentions.rise += measure.delta
                change.more += max(measure.delta, 0)
                change.fewer += min(measure.delta, 0)
                chips += [(source, measure.delta, False)] if measure.delta > 0 else []
            elif measure.new:
                change.first += measure.new
                chips.append((source, measure.new, True))
        if output.change and output.change > 0 and output.score is not None:
            rise = Rise(output, output.score - output.change, sorted(chips, key=lambda chip: -chip[1])[:_CHIPS])
            item = (output.change, output.score, -figures.outputs), rise
            if len(self._rises) < _RISERS:
                heappush(self._rises, item)
            else:
                heappushpop(self._rises, item)


def _points(
    record: Record, before: Snapshot | None, superseded: Iterable[tuple[str, float]]
) -> list[tuple[str, float]]:
    """Return time and score of all snapshots of an output, in the order of time; none if there is only one."""
    points = {*superseded}
    if (at := moment(record.provenance.at)) and record.score is not None:
        points.add((at, record.score))
    if before:
        points.update(before.superseded)
        score = before.numbers.values.get("score")
        points.update([(before.at, score)] if before.at and score is not None else [])
    return sorted(points) if len({at for at, _ in points}) > 1 else []


def _rank(output: Output, number: int) -> tuple[int, int, int]:
    score = -1 if output.score is None else output.score
    return score, -1 if output.mentions is None else output.mentions, -number


def _mentions(numbers: Numbers) -> Iterable[tuple[str, int]]:
    for name, value in numbers.values.items():
        block, _, source = name.partition(".")
        if block == "mentions":
            yield cut(source), int(value)


def _whole(numbers: Numbers, name: str) -> int | None:
    value = numbers.values.get(name)
    return None if value is None else int(value)


def _block_sum(numbers: Numbers, block: str) -> int | None:
    """The sum of a block; None if the page does not show it."""
    if block not in numbers.shown_blocks:
        return None
    return sum(int(value) for name, value in numbers.values.items() if name.startswith(f"{block}."))


def _rows_in(section: object | None, names: Iterable[str]) -> int | None:
    """The number of rows in tables; None if the page shows none of the tables."""
    tables = [table for name in names if section and (table := getattr(section, name)) is not None]
    return sum(map(len, tables)) if tables else None


def _percentile(record: Record) -> tuple[int | None, bool]:
    for ranking in record.rankings or ():
        if ranking.scope == "similar_age":
            if ranking.percentile is not None:
                return ranking.percentile, False
            return ranking.higher_than_percent, ranking.higher_than_percent is not None
    return None, False


def _trend(old: float | None, new: int | None, *, is_new: bool) -> Trend:
    if is_new:
        return "new"
    if old is None or new is None:
        return "unknown"
    return "rose" if new > old else "fell" if new < old else "same"


def _add_day(days: list[str], at: str | None) -> None:
    """Extend a range of days."""
    if known := moment(at):
        all_days = [*days, known[:10]]
        days[:] = [min(all_days), max(all_days)]
