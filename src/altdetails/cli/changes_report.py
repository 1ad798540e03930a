"""The report of `altdetails diff`: a summary, the largest changes, and the sum of each measure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

from altdetails.cli.ui import pluralize, strip_controls
from altdetails.palette import name_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from altdetails.diffing.change import Change, Measure, Summary, Total
    from altdetails.diffing.compare import By
    from altdetails.diffing.mention_changes import MentionSummary

__all__ = ["table"]

_ATTRIBUTION = "Data: Altmetric.com"
_COUNT_FIELDS = ("mentions", "citations", "readers")
_MAX_COUNTS = 3
_MAX_FIELDS = 60


def table(summary: Summary, *, by: By | None, arrows: bool) -> RenderableType:
    """Return the report for a terminal.

    Args:
        summary: the summary of the changes.
        by: the length of a period of a history; None to compare two scrapes.
        arrows: whether the encoding of the terminal has arrows; otherwise they are `->`.
    """
    arrow = "→" if arrows else "->"
    return Group(
        Text(summary.sentence(by), "bold"),
        *_unlisted(summary),
        *_largest(summary, arrow),
        *_totals(summary),
        Text(),
        Text(_ATTRIBUTION, "dim"),
    )


def mentions_table(summary: MentionSummary) -> RenderableType:
    """Return the report on single mentions for a terminal."""
    parts: list[RenderableType] = [Text(), Text(summary.sentence(), "bold")]
    if newest := summary.newest:
        rows = _table("Published", "Source", "Outlet and title", "Output")
        rows.columns[0].no_wrap = True
        rows.columns[2].ratio, rows.columns[3].ratio = 2, 1
        rows.expand = True
        for mention in newest:
            what = ": ".join(filter(None, (mention.outlet, mention.title))) or mention.url or "no headline, no link"
            output = mention.doi or f"Altmetric id {mention.altmetric_id}"
            day = (mention.published_at or "no date")[:10]
            rows.add_row(_text(day), _text(name_of(mention.source or "unknown")), _text(what), _text(output))
        parts += [_heading("Newest of the new mentions"), rows]
        if more := summary.kinds["new"] - len(newest):
            parts.append(Text(f"and {more:,} more: --mentions OLD NEW -o FILE lists all", "dim"))
    return Group(*parts, Text(), Text(_ATTRIBUTION, "dim"))


def _unlisted(summary: Summary) -> Iterator[RenderableType]:
    if summary.kinds["new"] or summary.kinds["gone"]:
        yield Text("-o FILE lists the new and gone outputs", "dim")


def _largest(summary: Summary, arrow: str) -> Iterator[RenderableType]:
    changes = summary.largest
    if not changes:
        return
    yield _heading("Largest changes")
    rows = _table("Output", "Score", "Counts")
    output, score, counts = rows.columns
    score.no_wrap, score.justify = True, "right"
    output.ratio = counts.ratio = 1
    rows.expand = True
    for change in changes:
        rows.add_row(_output(change, arrow), _score(change, arrow), _counts(change, arrow))
    yield rows
    if more := summary.kinds["changed"] - len(changes):
        yield Text(f"and {more:,} more: -o FILE lists all, --most {summary.kinds['changed']} shows all", "dim")


def _totals(summary: Summary) -> Iterator[RenderableType]:
    totals = summary.totals
    if not totals:
        return
    yield _heading("All changes")
    rows = _table("Measure", "Sum", "Up", "Down", "Only new", "Only old")
    for column in rows.columns[1:]:
        column.justify = "right"
    for field, total in list(totals.items())[:_MAX_FIELDS]:
        rows.add_row(_text(field), *_cells(field, total))
    yield rows
    if (more := len(totals) - _MAX_FIELDS) > 0:
        yield Text(f"and {more:,} more measures", "dim")


def _cells(field: str, total: Total) -> Iterator[Text]:
    """Yield the cells of a row. Ranks and percentiles have no sum, since it has no meaning."""
    yield Text() if field.startswith("rankings.") else Text(_signed(total.sum))
    for count in (total.up, total.down, total.only_new, total.only_old):
        yield Text(f"{count:,}", "" if count else "dim")


def _output(change: Change, arrow: str) -> Group:
    title = Text(strip_controls(change.title)) if change.title else Text("Title not shown", "dim")
    title.no_wrap, title.overflow = True, "ellipsis"
    name = change.doi or f"Altmetric id {change.altmetric_id}"
    periods = [f"{change.old_period} {arrow} {change.new_period}"] if change.new_period else []
    return Group(title, *(Text(strip_controls(line), "dim") for line in (name, *periods)))


def _score(change: Change, arrow: str) -> Text:
    score = next((measure for measure in change.measures if measure.field == "score"), None)
    return _step(score, arrow) if score else Text("no change", "dim")


def _counts(change: Change, arrow: str) -> Text:
    counts = [measure for measure in change.measures if measure.field.partition(".")[0] in _COUNT_FIELDS]
    counts.sort(key=lambda measure: -abs(measure.delta or 0))
    lines = [
        Text.assemble(_text(measure.field.partition(".")[2]), " ", _step(measure, arrow))
        for measure in counts[:_MAX_COUNTS]
    ]
    if rest := sum(measure.field != "score" for measure in change.measures) - len(lines):
        lines.append(Text(f"and {rest:,} more" if lines else f"none; {pluralize(rest, 'other number')}", "dim"))
    return Text("\n").join(lines)


def _step(measure: Measure, arrow: str) -> Text:
    """Format a change: `64 → 70 (+6)`, `not shown → 5`."""
    old, new = (_number(number, measure) for number in (measure.old, measure.new))
    if measure.delta is None:
        return Text.assemble(old, f" {arrow} ", new)
    return Text.assemble(
        old, f" {arrow} ", new, " ", (f"({_signed(measure.delta)})", "green" if measure.delta > 0 else "red")
    )


def _number(number: float | None, measure: Measure) -> str:
    return (measure.missing or "").replace("_", " ") if number is None else f"{number:,}"


def _signed(number: float) -> str:
    return f"{number:+,}" if number else "0"


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="dim")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _heading(words: str) -> Group:
    return Group(Text(), Text(words, "bold underline"))


def _text(words: str) -> Text:
    return Text(strip_controls(words))
