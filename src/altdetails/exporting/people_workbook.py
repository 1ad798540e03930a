"""A workbook for people: a summary, the papers, what was not found, and what each column means."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from altdetails.exporting import excel
from altdetails.exporting.columns import is_number_column, meanings
from altdetails.exporting.excel import Book, SheetColumn, linked, moment_cell
from altdetails.exporting.mention_export import MENTION_FIELDS, add_mention_sheets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from altdetails.diffing.mention_store import MentionStore
    from altdetails.exporting.columns import Cell
    from altdetails.exporting.excel import ExcelSheet, SheetCell
    from altdetails.exporting.joining import Joined
    from altdetails.exporting.newest import Newest
    from altdetails.exporting.row_files import WideRows

__all__ = ["Asked", "PapersSummary", "write_joined", "write_papers"]

ATTRIBUTION = "Data: Altmetric.com"
UNKNOWN_NOTE = "An empty grey cell is unknown: the page does not show the value. It is not zero."
_PER_CENT = 100


class _PaperColumn(NamedTuple):
    column: SheetColumn
    name: str
    """The name of the column in other formats."""


_PAPERS = tuple(
    _PaperColumn(SheetColumn(heading, width, look, is_shaded=True), name)  # type: ignore[arg-type]
    for heading, name, width, look in (
        ("Title", "title", 60, "plain"),
        ("Journal", "source", 30, "plain"),
        ("Year", "published_year", 7, "year"),
        ("DOI", "doi", 30, "plain"),
        ("Score", "score", 8, "count"),
        ("News", "mentions_news", 8, "count"),
        ("Blogs", "mentions_blogs", 8, "count"),
        ("Policy", "mentions_policy", 8, "count"),
        ("X", "mentions_twitter", 8, "count"),
        ("Bluesky", "mentions_bluesky", 9, "count"),
        ("Facebook", "mentions_facebook", 10, "count"),
        ("Wikipedia", "mentions_wikipedia", 10, "count"),
        ("Patents", "mentions_patent", 9, "count"),
        ("Video", "mentions_video", 8, "count"),
        ("Reddit", "mentions_reddit", 8, "count"),
        ("Mendeley", "readers_mendeley", 10, "count"),
        ("Dimensions", "citations_dimensions", 11, "count"),
        ("Percentile", "percentile_all", 10, "count"),
        ("Details page", "details_url", 45, "plain"),
        ("Captured", "captured_at", 20, "plain"),
    )
)
_SCORE = next(position for position, paper in enumerate(_PAPERS) if paper.name == "score")
_ROWS_NOT_FOUND = (
    SheetColumn("Row", 8, "year"),
    SheetColumn("Identifier", 40),
    SheetColumn("Outcome", 16),
    SheetColumn("Reason", 60),
)
_NOT_FOUND = (
    SheetColumn("Identifier", 40),
    SheetColumn("Outcome", 16),
    SheetColumn("Reason", 60),
    SheetColumn("Attempts", 10, "count"),
    SheetColumn("At", 20),
    SheetColumn("In the list", 30),
)


@dataclass
class Asked:
    """What the records of a workbook are the answer to."""

    sources: list[str]
    """The names of the files and run folders."""
    unit: str
    """What was counted: `identifiers` of runs, or `rows` of a table."""
    outcomes: Counter[str] | None = None
    """The number with each outcome; None if only records are known."""

    def facts(self) -> Iterator[tuple[str, SheetCell]]:
        """Yield the lines of the summary about what was asked."""
        for source in self.sources:
            yield "Records of", source
        if self.outcomes is None:
            yield "Not found", "unknown: records do not say what was asked. Export the run folder instead."
            return
        yield f"Asked: {self.unit}", self.outcomes.total()
        for outcome, count in self.outcomes.most_common():
            yield f"    {outcome.replace('_', ' ')}", count
        if total := self.outcomes.total():
            yield "Coverage", f"{_PER_CENT * self.outcomes['ok'] / total:.1f} % have a record"


@dataclass
class PapersSummary:
    """Sums of the papers of a workbook. Each paper is added once."""

    papers: int = 0
    first_at: str | None = None
    last_at: str | None = None
    notes: list[tuple[str, SheetCell]] = field(default_factory=list)
    """Further lines about the content of the workbook."""
    _values: dict[str, Counter[float]] = field(default_factory=dict)

    def add(self, cells: dict[str, Cell]) -> None:
        """Add a paper."""
        self.papers += 1
        if at := cells.get("captured_at"):
            self.first_at = min(self.first_at or str(at), str(at))
            self.last_at = max(self.last_at or str(at), str(at))
        for name, value in cells.items():
            if is_number_column(name) and isinstance(value, int | float):
                self._values.setdefault(name, Counter())[value] += 1

    def write(self, sheet: ExcelSheet, asked: Asked) -> None:
        """Write the summary to a sheet."""
        sheet.set_widths(32, 24, 12, 12)
        sheet.add([ATTRIBUTION], ["bold"])
        sheet.add([])
        for name, fact in asked.facts():
            sheet.add([name, fact], ["plain", "count"])
        sheet.add(["Papers", self.papers], ["plain", "count"])
        sheet.add(["Captured from", moment_cell(self.first_at)], ["plain", "moment"])
        sheet.add(["Captured to", moment_cell(self.last_at)], ["plain", "moment"])
        for name, fact in self.notes:
            sheet.add([name, fact], ["plain", "count"])
        sheet.add([])
        sheet.add(["Number", "Papers that show it", "Sum", "Median"], ["bold"] * 4)
        for name, total, median_value, known in self.numbers():
            sheet.add([name, known, total, median_value], ["plain", "count", "count", "plain"])
        sheet.add([])
        sheet.add(["Sums and medians are of the papers that show the number. The others are unknown, not zero."])
        sheet.add([UNKNOWN_NOTE])
        sheet.add(["The sheet Fields says what each column means."])

    def numbers(self) -> Iterator[tuple[str, float | None, float, int]]:
        """Yield each number: its name, its sum (None for scores and percentiles), its median, and how many show it."""
        headings = {paper.name: paper.column.name for paper in _PAPERS}
        order = {name: place for place, name in enumerate(headings)}
        for name in sorted(self._values, key=lambda name: order.get(name, len(order))):
            values = self._values[name]
            has_sum = name != "score" and not name.startswith("percentile_")
            total = sum(value * count for value, count in values.items()) if has_sum else None
            yield headings.get(name, name), total, _median(values), values.total()


def write_papers(  # noqa: PLR0913 -- the content of the sheets
    newest: Newest,
    asked: Asked,
    target: Path,
    notice: Callable[[str], object],
    *,
    wide: WideRows | None = None,
    mentions: MentionStore | None = None,
) -> int:
    """Write the newest snapshot of each paper to a workbook.

    Args:
        newest: the snapshots and outcomes.
        asked: what they are the answer to. Its outcomes are counted here.
        target: the file.
        notice: called with every message for the user.
        wide: all records with all columns, for a further sheet.
        mentions: single mentions, for two further sheets.

    Returns:
        The number of papers.

    Raises:
        ExportError: if a sheet needs more rows than Excel has.
    """
    with Book(target, notice) as book:
        summary_sheet = book.sheet("Summary")
        papers = book.sheet("Papers", [paper.column for paper in _PAPERS], note=(_SCORE, UNKNOWN_NOTE))
        summary = PapersSummary()
        for paper in newest.papers():
            summary.add(paper.cells)
            papers.add(linked(paper.name, cells[paper.name]) for cells in [paper.cells] for paper in _PAPERS)
        if asked.outcomes is not None:
            missing = book.sheet("Not found", _NOT_FOUND)
            for row, places in newest.outcomes():
                asked.outcomes[row.outcome] += 1
                if row.outcome != "ok":
                    words = row.outcome.replace("_", " ")
                    missing.add([row.identifier, words, row.reason, row.attempts, moment_cell(row.at), places])
        if mentions:
            left_out = add_mention_sheets(book, mentions, newest.title_of, excel.MAX_ROWS)
            summary.notes = _notes_on_mentions(mentions, left_out)
            if left_out:
                notice(
                    f"mentions beyond Excel's limit of rows, which are not in the sheet Mentions: {left_out:,}; "
                    "--table mention_items -o FILE.csv writes all"
                )
        summary.write(summary_sheet, asked)
        fields = MENTION_FIELDS if mentions else ()
        _add_fields(book, [(paper.column.name, paper.name) for paper in _PAPERS], wide, fields)
    return summary.papers


def write_joined(
    joined: Joined, asked: Asked, target: Path, notice: Callable[[str], object], *, wide: WideRows | None = None
) -> None:
    """Write the rows of a user's table to a workbook.

    Args:
        joined: the rows.
        asked: what was asked, with the outcomes of the rows.
        target: the file.
        notice: called with every message for the user.
        wide: all records with all columns, for a further sheet.

    Raises:
        ExportError: if a sheet needs more rows or columns than Excel has.
    """
    columns = [SheetColumn(column.name, 18) for column in joined.columns[: joined.own]]
    columns += [_added_column(heading, name) for heading, name in joined.added()]
    names = [name for _, name in joined.added()]
    with Book(target, notice) as book:
        summary_sheet = book.sheet("Summary")
        papers = book.sheet("Papers", columns, note=(joined.own + names.index("score"), UNKNOWN_NOTE))
        missing = book.sheet("Not found", _ROWS_NOT_FOUND)
        summary = PapersSummary()
        counted: set[int] = set()
        for row in joined.rows():
            own, added = row.cells[: joined.own], row.cells[joined.own :]
            papers.add([*own, *(linked(name, cell) for name, cell in zip(names, added, strict=True))])
            if row.paper is None:
                missing.add([row.number, row.identifier, row.outcome, row.reason])
            elif row.paper.position not in counted:
                counted.add(row.paper.position)
                summary.add(row.paper.cells)
        summary.write(summary_sheet, asked)
        _add_fields(book, joined.added(), wide)


def _notes_on_mentions(mentions: MentionStore, left_out: int) -> list[tuple[str, SheetCell]]:
    """Return the lines of the summary about single mentions."""
    lists = mentions.lists()
    return [
        ("Single mentions", mentions.count() - left_out),
        *([("    without room in the sheet", left_out)] if left_out else []),
        ("Lists of mentions", sum(lists.values())),
        ("    complete", lists["complete"]),
        ("    limited by the site", lists["limited"]),
        ("    with pages that were not read", lists["incomplete"]),
    ]


def _added_column(heading: str, name: str) -> SheetColumn:
    widths = {"title": 60, "doi": 30, "details_url": 45, "captured_at": 20, "outcome": 14}
    return SheetColumn(heading, widths.get(name, 12), "count" if is_number_column(name) else "plain", is_shaded=True)


def _add_fields(
    book: Book, named: Iterable[tuple[str, str]], wide: WideRows | None, more: Iterable[tuple[str, str, str]] = ()
) -> None:
    """Add the sheet that says what each column means, and the sheet with all columns.

    Args:
        book: the workbook.
        named: the heading of each column of the papers, and its name in other formats.
        wide: the rows of all columns, or None for no such sheet.
        more: the heading, other name and meaning of columns of other sheets.
    """
    sheet = book.sheet(
        "Fields", [SheetColumn("Column", 30), SheetColumn("In other formats", 34), SheetColumn("Meaning", 90)]
    )
    meaning_of = meanings()
    for heading, name in [*named, *((name, name) for name in (wide.header if wide else ()))]:
        sheet.add([heading, name, meaning_of.get(name)])
    for row in more:
        sheet.add(row)
    if wide:
        everything = book.sheet("All columns", [SheetColumn(name) for name in wide.header])
        with closing(wide.rows()) as rows:
            for cells in rows:
                everything.add(cells)


def _median(values: Counter[float]) -> float:
    """Return the median of values with their counts."""
    total = values.total()
    middle = []
    before = 0
    for value in sorted(values):
        after = before + values[value]
        middle += [value for place in ((total - 1) // 2, total // 2) if before <= place < after]
        before = after
    return sum(middle) / len(middle)
