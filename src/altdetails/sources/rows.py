"""The pages in the rows of other tools: JSON Lines, JSON and CSV, as crawlers, pandas and warehouses write them."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from altdetails._magic import without_mark
from altdetails.answers.decoding import shape_of
from altdetails.answers.explorer import is_table, rows_in
from altdetails.documents import MAX_DOCUMENT_BYTES, Document, OverBudgetError, Unreadable, UnreadableError
from altdetails.page.boundaries import format_around_page, has_html
from altdetails.sources.answer_rows import answers_in_json
from altdetails.sources.values import capture_of, joined_json, load_json, page_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from altdetails.documents import Budget

__all__ = ["csv_documents", "json_documents"]

_MAX_DEPTH = 12
_MAX_HEAD = 4096
_COST_OF_CELL = 32
_SEPARATORS = "\t,;|"
_QUOTES: tuple[dict[str, Any], ...] = ({"doublequote": True}, {"doublequote": False, "escapechar": "\\"})
"""Quotes in a value are doubled, or behind a backslash."""
_DOUBLED_QUOTES = '=""'
_CUT = "unexpected end of data"
_PAGE_COLUMN = re.compile(
    r"(?:.*[_ -])?(?:html|body|content|source|text|response|page|markup|payload|data|json|answer|result)(?:[_ -].*)?",
    re.IGNORECASE,
)


_MIN_LINES = 3
_BEGIN = re.compile(r"<html\b", re.IGNORECASE)
_END = re.compile(r"</html\b", re.IGNORECASE)


class _Found(NamedTuple):
    place: str
    """Where in the file the page is."""
    page: bytes | UnreadableError
    around: list[dict[str, Any]]
    """The objects around it, from the inside."""


def json_documents(
    name: str, content: bytes, skipped: Callable[[str], object], budget: Budget
) -> list[Document | Unreadable]:
    """Return the pages and answers of the API in JSON or JSON Lines; the content itself if it holds none.

    Args:
        name: the name of the file.
        content: its bytes.
        skipped: called with the name of every row without a page, if others have one.
        budget: the budget of the file.

    Raises:
        OverBudgetError: if the budget is spent.
    """
    if (answers := answers_in_json(name, content, skipped, budget)) is not None:
        return answers
    damaged: list[Document | Unreadable] = []
    try:
        value = load_json(content, budget)
    except ValueError as error:
        value = []
        lines = content.split(b"\n")
        for number, line in enumerate(lines, 1):
            try:
                value.append(load_json(line, budget) if line.strip() else None)
            except ValueError:
                damaged.append(_damaged_line(name, number))
                value.append(None)
        if len(damaged) * 2 > len(lines):
            if not has_html(content):
                return [Document(name, content)]
            value, damaged = joined_json(content, budget), []
            if value is None:
                return [Unreadable(name, "unreadable", f"is damaged JSON ({error}); copy or write it again")]
    documents = _documents(name, _rows_of(value) if isinstance(value, dict) else value, skipped, budget)
    return [*documents, *damaged] if documents else [Document(name, content)]


def _damaged_line(name: str, number: int) -> Unreadable:
    return Unreadable(f"{name}!row {number}", "unreadable", "is not JSON; copy or write the file again")


def csv_documents(
    name: str, content: bytes, skipped: Callable[[str], object], budget: Budget
) -> list[Document | Unreadable] | None:
    """Return the pages, answers of the API or outputs of Altmetric Explorer in CSV or TSV; None for other content.

    Args:
        name: the name of the file.
        content: its bytes.
        skipped: called with the name of every row without a page, if others have one.
        budget: the budget of the file.

    Raises:
        OverBudgetError: if the budget is spent.
    """
    if is_table(content):
        budget.spend_lines(content)
        return [Document(f"{name}!row {number}", row) for number, row in enumerate(rows_in(content), 1)] or [
            Document(name, content)
        ]
    bare, encoding = without_mark(content)
    head = (bare[:_MAX_HEAD] if encoding is None else bare[:_MAX_HEAD].decode(encoding, "ignore").encode()).lstrip()
    first = head.partition(b"\n")[0].decode("utf-8", "replace").strip()
    separator = max(_SEPARATORS, key=first.count)
    columns = [column.strip().strip('"').lower() for column in first.split(separator)]
    if first.startswith("<") or not (format_around_page(content) == "CSV" or any(map(_PAGE_COLUMN.fullmatch, columns))):
        return None
    text = bare.decode(encoding or "utf-8", "replace")
    budget.spend_lines(bare)
    budget.spend(_COST_OF_CELL * text.count(separator))
    csv.field_size_limit(max(csv.field_size_limit(), MAX_DOCUMENT_BYTES))
    for options in _QUOTES if _DOUBLED_QUOTES not in text else _QUOTES[:1]:
        rows: list[list[str]] = []
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True, **options)
        try:
            rows.extend(row for row in reader if row)
        except csv.Error as error:
            if _CUT not in str(error):
                continue
            documents = _documents_in_table(name, rows, skipped, budget)
            if documents:
                reason = "is cut: its quotes do not end; copy or write the file again"
                return [*documents, Unreadable(f"{name}!row {len(rows)}", "unreadable", reason)]
        else:
            return _documents_in_table(name, rows, skipped, budget)
    if has_html(content[:_MAX_HEAD]) or format_around_page(content) == "CSV":
        reason = "is CSV with damaged quotes; write it again, with each quote in a page doubled"
        return [Unreadable(name, "unreadable", reason)]
    return None


def _documents_in_table(
    name: str, rows: list[list[str]], skipped: Callable[[str], object], budget: Budget
) -> list[Document | Unreadable] | None:
    columns = rows[0] if rows else []
    if any(page_in(value, budget) for value in columns):
        columns = [str(number) for number in range(len(columns))]
    else:
        rows = rows[1:]
    values = [dict(zip(columns, map(_unescape, row), strict=False)) for row in rows]
    return _documents(name, values, skipped, budget) or None


def _unescape(value: str) -> str:
    r"""Replace `\n` and `\t` in a page on one line, as databases write it without quotes."""
    if "\n" in value or ">\\n" not in value or value.startswith(("b'", 'b"')):
        return value
    return re.sub(r"\\([nrt\\])", lambda match: {"n": "\n", "r": "\r", "t": "\t", "\\": "\\"}[match[1]], value)


def _rows_of(value: dict[str, Any]) -> Any:  # noqa: ANN401 -- any JSON
    """Return the rows of a table that pandas wrote by columns or as a split table; any other value unchanged."""
    columns, data = value.get("columns"), value.get("data")
    if isinstance(columns, list) and isinstance(data, list):
        return [dict(zip(map(str, columns), row, strict=False)) if isinstance(row, list) else row for row in data]
    if len(value) > 1 and all(isinstance(column, dict) for column in value.values()):
        keys = next(iter(value.values())).keys()
        if all(column.keys() == keys for column in value.values()) and any(map(_PAGE_COLUMN.fullmatch, value)):
            return [{name: column[key] for name, column in value.items()} for key in keys]
    if len(value) > 1 and all(isinstance(column, list) for column in value.values()):
        return [dict(zip(value, row, strict=False)) for row in zip(*value.values(), strict=False)]
    return value


def _documents(
    name: str,
    value: Any,  # noqa: ANN401 -- any JSON
    skipped: Callable[[str], object],
    budget: Budget,
) -> list[Document | Unreadable]:
    """Return the pages in the rows of a value; nothing if there is none. Only then, no row is skipped."""
    rows = value if isinstance(value, list) else [value]
    documents: list[Document | Unreadable] = []
    without: list[str] = []
    for number, row in enumerate(rows, 1):
        place = f"{name}!row {number}" if isinstance(value, list) else name
        matches = [*_pages(row, place, [], budget, _MAX_DEPTH)]
        if not matches and row is not None:
            without.append(place)
        documents += map(_document, matches)
    if any(isinstance(document, Document) for document in documents):
        for place in without:
            skipped(place)
        return documents
    return []


def _document(item: _Found) -> Document | Unreadable:
    if isinstance(item.page, UnreadableError):
        return item.page.at(item.place)
    return Document(item.place, item.page, capture_of(item.place, item.page, item.around))


def _pages(value: Any, place: str, around: list[dict[str, Any]], budget: Budget, depth: int) -> Iterator[_Found]:  # noqa: ANN401 -- any JSON
    """Find the pages in a value. An object whose values are a page as HTML and as text is one page."""
    page = _page(_joined(value) if isinstance(value, list) else value, budget)
    if page is not None:
        yield _Found(place, page, around)
    elif depth and isinstance(value, dict):
        boxes = [value, *around]
        direct = [
            match
            for key, item in value.items()
            if isinstance(item, str)
            for match in _pages(item, place, boxes, budget, depth - 1)
        ]
        yield from _chosen(direct)
        for key, item in value.items():
            if isinstance(item, dict | list):
                yield from _pages(item, f"{place}.{key}" if direct else place, boxes, budget, depth - 1)
    elif depth and isinstance(value, list):
        for number, item in enumerate(value, 1):
            mark = ", " if "!" in place else "!"
            yield from _pages(item, f"{place}{mark}item {number}", around, budget, depth - 1)


def _joined(lines: list[Any]) -> str | None:
    """Return the page whose lines are the items of a list, as notebooks write it; None for any other list."""
    if len(lines) < _MIN_LINES or not all(isinstance(line, str) for line in lines):
        return None
    begins = [number for number, line in enumerate(lines) if _BEGIN.search(line)]
    is_page = len(begins) == 1 and not _END.search(lines[begins[0]]) and any(map(_END.search, lines))
    return ("" if lines[0].endswith("\n") else "\n").join(lines) if is_page else None


def _page(value: Any, budget: Budget) -> bytes | UnreadableError | None:  # noqa: ANN401 -- any JSON
    """Return the page or answer that a value is, or why it cannot be read; None for other values."""
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace") if shape_of(value) else None
    try:
        return page_in(value, budget)
    except OverBudgetError:
        raise
    except UnreadableError as error:
        return error


def _chosen(matches: list[_Found]) -> list[_Found]:
    """Return the pages of one object: each HTML page once, or else its text."""
    html = [item for item in matches if isinstance(item.page, bytes) and b"</" in item.page]
    pages: Iterable[_Found] = html or matches
    return [*{item.page: item for item in pages}.values()]
