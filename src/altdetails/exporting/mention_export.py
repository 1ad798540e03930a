"""Mentions → a file of any format, or the sheets of a workbook."""

from __future__ import annotations

from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any

from altdetails.diffing.mention_store import MentionStore
from altdetails.errors import InputError
from altdetails.exporting.excel import Book, SheetColumn, moment_cell
from altdetails.exporting.mention_rows import day_of, decoded, mention_table, mention_table_columns, table_rows
from altdetails.exporting.row_files import arrow_module, compressed, duckdb_module, write_rows
from altdetails.palette import name_of
from altdetails.schemas.tables import MENTION_ITEMS, MENTION_PAGES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from altdetails.diffing.mention_store import StoredLine
    from altdetails.exporting.excel import SheetCell
    from altdetails.mention import Mention, MentionPage
    from altdetails.records.files import DamagedLine
    from altdetails.records.mention_files import MentionSource

__all__ = ["MENTION_FIELDS", "MentionTables", "add_mention_sheets", "stored_mentions"]

_DAY_LENGTH = len("2026-03-31")
_SHEET_OF_MENTIONS, _SHEET_OF_TABS = "Mentions", "Tabs"
_MENTION_COLUMNS = {
    "Published": (SheetColumn("Published", 20), "published_at"),
    "Source": (SheetColumn("Source", 16), "source"),
    "Outlet": (SheetColumn("Outlet", 30), "outlet"),
    "Title": (SheetColumn("Title", 60), "title"),
    "Text": (SheetColumn("Text", 60), "text"),
    "Address": (SheetColumn("Address", 45), "url"),
    "Author": (SheetColumn("Author", 20), "author"),
    "Handle": (SheetColumn("Handle", 16), "handle"),
    "Followers": (SheetColumn("Followers", 10, "count"), "followers"),
    "Limited": (SheetColumn("Limited", 9), "limited_access"),
    "DOI": (SheetColumn("DOI", 30), "doi"),
    "Altmetric id": (SheetColumn("Altmetric id", 14, "year"), "altmetric_id"),
}
"""The columns of the sheet of mentions by their heading, with the names in other formats."""
_TAB_COLUMNS = (
    *(SheetColumn("Source", 16), SheetColumn("Page", 6, "year"), SheetColumn("Rows", 8, "count")),
    *(SheetColumn("Total", 8, "count"), SheetColumn("Outlets or users", 15, "count"), SheetColumn("Last page", 10)),
    *(SheetColumn("Limited", 9), SheetColumn("Sentence", 60), SheetColumn("DOI", 30)),
    *(SheetColumn("Altmetric id", 14, "year"), SheetColumn("Captured", 20)),
)
_ABOUT = {column.name: column.description for column in mention_table(MENTION_ITEMS).columns}
MENTION_FIELDS = [
    (f"Mentions: {heading}", f"mention_items.{name}", _ABOUT[name]) for heading, (_, name) in _MENTION_COLUMNS.items()
]
"""What each column of the sheet of mentions means: its heading, its name in other formats, its meaning."""


@contextmanager
def stored_mentions(
    source: MentionSource,
    *,
    damaged: Callable[[DamagedLine], object],
    notice: Callable[[str], object],
    progress: Callable[[int], object] = lambda _: None,
) -> Iterator[MentionStore]:
    """Yield the mentions of a source, each once.

    Args:
        source: the mentions.
        damaged: called for every line that is not valid.
        notice: called with a message about mentions that have the same key as others.
        progress: called every thousand lines with the number of lines so far.

    Raises:
        InputError: if a file has damaged lines only.
    """
    first_damage: dict[str, DamagedLine] = {}
    valid: set[str] = set()

    def skip(line: DamagedLine) -> None:
        first_damage.setdefault(line.file, line)
        damaged(line)

    def lines() -> Iterator[Any]:
        for line in source.lines(damaged=skip):
            valid.add(line.file)
            yield line

    with MentionStore() as store:
        store.add_all(lines(), progress=progress)
        for file, line in first_damage.items():
            if file not in valid:
                raise InputError(f"{file}: no line of it is a valid mention (line {line.line}: {line.reason})")
        if repeated := store.mentions - store.count():
            unit = "mention" if repeated == 1 else "mentions"
            notice(f"{repeated:,} {unit} skipped: read more than once, or equal to another")
        yield store


class MentionTables:
    """The tables of mentions of an export."""

    def __init__(self, store: MentionStore, damaged: Callable[[DamagedLine], object]) -> None:
        """Take the mentions.

        Args:
            store: the mentions.
            damaged: called for every line with a value that does not fit its column.
        """
        self.left_out = 0
        """The number of mentions with a value that does not fit its column, so far."""
        self._store = store
        self._damaged = damaged

    def arrow(self, name: str, lines: Iterator[StoredLine] | None = None) -> Iterator[Any]:
        """Yield the rows of a table as Arrow tables.

        Args:
            name: the table.
            lines: its lines; by default all.
        """

        def skip(line: DamagedLine) -> None:
            self.left_out += name == MENTION_ITEMS
            self._damaged(line)

        lines = self.lines(name) if lines is None else lines
        return arrow_module().mention_batches(lines, mention_table(name), damaged=skip)  # type: ignore[no-any-return]

    def all_as_arrow(self) -> list[tuple[str, Iterator[Any]]]:
        """Return both tables by their names."""
        return [(name, self.arrow(name)) for name in (MENTION_ITEMS, MENTION_PAGES)]

    def write(self, name: str, target: Path, ending: str, *, notice: Callable[[str], object], for_excel: bool) -> None:
        """Write a table to a file. A workbook or a DuckDB file has both tables.

        Raises:
            ExportError: if the sheet needs more rows than Excel has.
        """
        table = mention_table(name)
        if ending == ".duckdb":
            duckdb_module().write_duckdb(None, target, self.all_as_arrow())
        elif ending == ".xlsx":
            with Book(target, notice) as book:
                add_mention_sheets(book, self._store)
        elif ending == ".parquet":
            arrow_module().write_tables(self.arrow(name), target)
        elif ending.startswith(".jsonl"):
            with compressed(target, ending) as file:
                file.writelines(line.json + b"\n" for line in self.lines(name))
        else:
            rows = table_rows(table, self.lines(name))
            write_rows(mention_table_columns(table), rows, target, ending, for_excel=for_excel)

    def lines(self, name: str) -> Iterator[StoredLine]:
        """Yield the lines of a table."""
        return self._store.items() if name == MENTION_ITEMS else self._store.pages()


def add_mention_sheets(
    book: Book, store: MentionStore, title_of: Callable[[Mention], str | None] | None = None, most: int | None = None
) -> int:
    """Add a sheet with the mentions, and one with the pages of tabs that list them.

    Args:
        book: the workbook.
        store: the mentions.
        title_of: returns the title of the output of a mention, for a column more.
        most: the most rows of a sheet; by default there is no bound but that of Excel.

    Returns:
        The number of rows that `most` leaves out.

    Raises:
        ExportError: if a sheet needs more rows than Excel has.
    """
    paper = [SheetColumn("Paper", 60)] if title_of else []
    mentions = book.sheet(_SHEET_OF_MENTIONS, [column for column, _ in _MENTION_COLUMNS.values()] + paper)
    table = mention_table(MENTION_ITEMS)
    for line in islice(store.items(), most):
        mention: Mention = decoded(table, line)
        mentions.add([*_mention_cells(mention), *([title_of(mention)] if title_of else [])])
    tabs = book.sheet(_SHEET_OF_TABS, _TAB_COLUMNS)
    pages = mention_table(MENTION_PAGES)
    for line in islice(store.pages(), most):
        tabs.add(_page_cells(decoded(pages, line)))
    return 0 if most is None else max(0, store.count() - most)


def _mention_cells(mention: Mention) -> list[SheetCell]:
    cells: dict[str, SheetCell] = {name: getattr(mention, name) for _, name in _MENTION_COLUMNS.values()}
    at = mention.published_at
    cells["published_at"] = (day_of(at) or at) if at and len(at) == _DAY_LENGTH else moment_cell(at)
    cells["source"] = mention.source and name_of(mention.source)
    return [*cells.values()]


def _page_cells(page: MentionPage) -> list[SheetCell]:
    return [
        *(page.source and name_of(page.source), page.page, page.rows, page.tab_total, page.tab_users, page.ended),
        *(
            page.limited_access,
            page.sentence,
            page.doi,
            page.altmetric_id,
            moment_cell(page.provenance.at),
        ),
    ]
