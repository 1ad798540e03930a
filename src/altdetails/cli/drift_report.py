"""The report of `altdetails doctor`: a summary, significant changes, fill rates and warnings."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
from rich import box
from rich.console import Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from altdetails.cli.ui import pluralize, skipped_lines, strip_controls
from altdetails.drift.survey import OTHERS, Fill

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import RenderableType

    from altdetails.drift.comparison import Diagnosis, Drift, Shift
    from altdetails.drift.survey import Finding, Stratum, Survey

__all__ = ["DriftReport"]

_WARNING = "bold yellow"
_GAP = 2
_PATH_CELLS = 43
_MIN_COLUMN_CELLS = 7 + _GAP
_MAX_TEXTS = 10
_MIN_SHOWN_P = 1e-12
_ROUNDED_DOWN, _ROUNDED_UP = 0.0005, 0.9995

_KINDS = {"unread": "Not understood (unread)", "inconsistency": "Contradictions (inconsistencies)"}


@dataclass(frozen=True)
class DriftReport:
    """A survey, and its differences from a baseline."""

    diagnosis: Diagnosis
    damaged: int
    """Number of lines that are not valid records."""
    saved_to: str | None
    """The file to which the survey was saved as a baseline."""

    @property
    def summary(self) -> str:
        """The first sentences."""
        sentences = [
            self._on_drift(self.diagnosis.drift, self.diagnosis.baseline)
            if self.diagnosis.drift and self.diagnosis.baseline
            else self._without_baseline()
        ]
        if self.damaged:
            sentences.append(f"{skipped_lines(self.damaged)}. Standard error lists them.")
        return strip_controls(" ".join(sentences))

    def as_data(self) -> dict[str, Any]:
        """Return the report for programs."""
        return {
            "summary": self.summary,
            "damaged": self.damaged,
            "drift": msgspec.to_builtins(self.diagnosis.drift),
            "survey": msgspec.to_builtins(self.diagnosis.survey),
        }

    def shown(self, width: int, *, show_all: bool) -> RenderableType:
        """Return the report for a terminal.

        Args:
            width: columns of the terminal.
            show_all: show every field, year and text.
        """
        return Group(*self._blocks(width, show_all=show_all))

    def _blocks(self, width: int, *, show_all: bool) -> Iterator[RenderableType]:
        yield Text(
            self.summary,
            _WARNING if self.damaged or (self.diagnosis.drift and self.diagnosis.drift.changes) else "bold",
        )
        if self.diagnosis.drift:
            yield from _drift(self.diagnosis.drift)
        yield from _fills(self.diagnosis.survey.strata, width, show_all=show_all)
        for kind, heading in _KINDS.items():
            yield from _findings(heading, kind, self.diagnosis.survey.strata, show_all=show_all)
        if self.diagnosis.survey.has_other_findings:
            yield Text(f"\n{OTHERS}: further texts, counted together", "dim")

    def _without_baseline(self) -> str:
        records = pluralize(self.diagnosis.survey.records, "record")
        if self.saved_to:
            return f"{records}, saved as a baseline. To compare later records with it, give --baseline {self.saved_to}."
        return f"{records}, not compared with a baseline. To save these as one, give --save-baseline FILE."

    def _on_drift(self, drift: Drift, baseline: Survey) -> str:
        samples = (
            f"{pluralize(self.diagnosis.survey.records, 'record')} compared with {baseline.records:,} of the baseline"
        )
        if not drift.changes:
            return f"No statistically significant change in {samples}."
        changes = [
            *([f"{pluralize(len(drift.fell), 'field')} fell"] if drift.fell else []),
            *([f"{pluralize(len(drift.rose), 'warning')} rose"] if drift.rose else []),
        ]
        return (
            f"Statistically significant: {' and '.join(changes)}, in {samples}. Before you use these records, compare "
            "one with its page on the site. If the site has changed, update altdetails, or report the page. If your "
            "list has changed, save a new baseline."
        )


def _drift(drift: Drift) -> Iterator[RenderableType]:
    if drift.changes:
        yield _heading("Statistically significant changes", _WARNING)
    for change in drift.changes:
        verb = "fell" if change.kind == "field" else "rose"
        yield Text(f"{verb}  {change.layout}  {_name(change)}")
        yield _indented(f"{_share(change.before)} → {_share(change.now)}, p {_probability(change.p)}", 2)
        yield from (_indented(f"such as {example}", 2) for example in change.examples[:1])
    notes = [
        *([f"{pluralize(drift.tests, 'test')} with Holm's correction, p < 0.01"] if drift.tests else []),
        *(f"not compared: {layout}, a layout of only one of the two" for layout in drift.layouts_not_compared),
        *(f"not compared: {path}, a field of only one version" for path in drift.fields_not_compared),
    ]
    yield Text()
    yield from (Text(strip_controls(note), "dim") for note in notes)


def _name(change: Shift) -> str:
    return strip_controls(
        " ".join(filter(None, ("" if change.kind == "field" else change.kind, change.name, change.detail)))
    )


def _share(fill: Fill) -> str:
    return f"{_percent(fill)}% of {fill.of:,}"


def _probability(p: float) -> str:
    return f"= {p:.1g}" if p >= _MIN_SHOWN_P else f"< {_MIN_SHOWN_P:g}"


def _fills(strata: Sequence[Stratum], width: int, *, show_all: bool) -> Iterator[RenderableType]:
    cells = max(_MIN_COLUMN_CELLS, *(len(f"{stratum.records:,}") + _GAP for stratum in strata))
    room = max(1, (width - _PATH_CELLS) // cells)
    columns = sorted(strata, key=lambda stratum: (stratum.year or 0, stratum.layout))
    shown = columns if show_all else columns[-room:]
    paths = list(dict.fromkeys(path for stratum in strata for path in stratum.fills))
    rows = [path for path in paths if show_all or _varies(path, shown)]
    yield _heading("Filled, in percent")
    for first in range(0, len(shown), room):
        yield _table(shown[first : first + room], rows, path_cells=min(_PATH_CELLS, max(1, width - cells)))
    left_out = [
        *([f"{pluralize(len(paths) - len(rows), 'row')} of 0 or 100"] if len(rows) < len(paths) else []),
        *([f"{pluralize(len(strata) - len(shown), 'earlier column')}"] if len(shown) < len(strata) else []),
    ]
    if left_out:
        yield Text(f"Left out: {', '.join(left_out)}. --all shows them.", "dim")


def _table(strata: Sequence[Stratum], paths: Sequence[str], *, path_cells: int) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="dim")
    table.add_column("", overflow="fold", min_width=path_cells)
    for stratum in strata:
        table.add_column(f"{stratum.layout}\n{stratum.year or 'undated'}", justify="right")
    table.add_row("records", *(f"{stratum.records:,}" for stratum in strata), style="bold")
    for path in paths:
        table.add_row(strip_controls(path), *(_percent(_fill(path, stratum)) for stratum in strata))
    return table


def _varies(path: str, strata: Sequence[Stratum]) -> bool:
    fills = [fill for stratum in strata if (fill := _fill(path, stratum)).of]
    return bool(fills) and not (all(not fill.filled for fill in fills) or all(fill.filled == fill.of for fill in fills))


def _fill(path: str, stratum: Stratum) -> Fill:
    """Return the fill of a path. An entry of a list that is missing in the stratum is filled in 0 of the lists."""
    of_list, _, _ = path.partition(":")
    return stratum.fills.get(path) or Fill(0, stratum.fills[f"{of_list}[]"].of)


def _percent(fill: Fill) -> str:
    if not fill.of:
        return "–"
    share = fill.filled / fill.of
    if 0 < share < _ROUNDED_DOWN:
        return "<0.1"
    if _ROUNDED_UP <= share < 1:
        return ">99.9"
    return f"{100 * share:.3g}" if share in {0, 1} else f"{100 * share:.1f}"


def _findings(heading: str, kind: str, strata: Sequence[Stratum], *, show_all: bool) -> Iterator[RenderableType]:
    findings: defaultdict[tuple[str, str | None], list[tuple[Stratum, Finding]]] = defaultdict(list)
    for stratum in strata:
        for finding in stratum.findings:
            if finding.kind == kind:
                findings[finding.name, finding.detail].append((stratum, finding))
    yield _heading(heading)
    if not findings:
        yield Text("none")
        return
    count = {key: sum(finding.records for _, finding in pairs) for key, pairs in findings.items()}
    for name in sorted({name for name, _ in findings}, key=lambda name: (-count[name, None], name)):
        details = sorted(
            (key for key in findings if key[0] == name and key[1]), key=lambda key: (-count[key], key[1] or "")
        )
        yield Text(f"{strip_controls(name)}  {_shares(findings[name, None])}")
        for key in details if show_all else details[:_MAX_TEXTS]:
            yield _indented(f"{count[key]:,}  {key[1]}", 2)
            yield from _latest_example(findings[key])
        if not details:
            yield from _latest_example(findings[name, None])
        if len(details) > _MAX_TEXTS and not show_all:
            yield _indented(f"and {len(details) - _MAX_TEXTS:,} more texts; --all shows all", 2)


def _shares(pairs: Sequence[tuple[Stratum, Finding]]) -> str:
    return ", ".join(
        f"{stratum.layout} {stratum.year or 'undated'}: {_share(Fill(finding.records, stratum.records))}"
        for stratum, finding in pairs
    )


def _latest_example(pairs: Sequence[tuple[Stratum, Finding]]) -> Iterator[RenderableType]:
    """Yield an example of the latest year, which is closest to the current site."""
    _, latest = max(pairs, key=lambda pair: pair[0].year or 0)
    yield from (_indented(f"such as {example}", 6) for example in latest.examples[:1])


def _indented(words: str, cells: int) -> RenderableType:
    return Padding(Text(strip_controls(words), overflow="fold"), (0, 0, 0, cells))


def _heading(words: str, style: str = "bold underline") -> Group:
    return Group(Text(), Text(words, style))
