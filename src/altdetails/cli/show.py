"""`altdetails show`: show one record in the terminal. A value that the page does not show is "not shown", never 0."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource
from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

from altdetails.cli.find_record import DoiQuery, TitleQuery, find_record, nth_record
from altdetails.cli.job import JobCommand, current_job
from altdetails.cli.ui import has_blocks, print_report, strip_controls
from altdetails.palette import TERMINAL_SLATE, kind_of
from altdetails.record import SOURCES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import RenderableType

    from altdetails import record as parts
    from altdetails.cli.find_record import Query
    from altdetails.record import Record

__all__ = ["card", "show"]

_missing = ContextVar("_missing", default="not shown")
"""What is said of a value that the record does not have."""
_MAX_AUTHORS = 5
_BAR_CELLS = 30
_NAME_CELLS = 24
_MAX_ROWS = 12
_WARNING = "bold yellow"

_SCOPES = {
    "all": "all outputs",
    "source": "the same source",
    "similar_age": "similar age",
    "similar_age_and_source": "similar age and source",
}


@click.command(
    cls=JobCommand,
    epilog="""\b
Examples:
  altdetails show saved-page.html
  altdetails show run --doi 10.5555/lhs.2023.0417
  altdetails show records.jsonl --title "street lamps"
  altdetails show records.jsonl --number 3
  altdetails parse page.html | altdetails show -
  NO_COLOR=1 altdetails show page.mhtml > page.card.txt

\b
Exit code:
  0  success: a record, or a list to choose from
  1  the page has no record, or no record has the DOI or the words
  2  wrong usage, or a file that cannot be read or has fewer pages
""",
)
@click.argument("path", metavar="PATH")
@click.option("--doi", help="Show the newest record with this DOI, in any form.")
@click.option(
    "--title",
    metavar="WORDS",
    help="Show the record with these words in its title, in upper or lower case. If several outputs have them, list "
    "these with their numbers.",
)
@click.option(
    "-n",
    "--number",
    default=1,
    show_default=True,
    type=click.IntRange(min=1),
    help="Show the page or record with this number in PATH.",
)
def show(path: str, doi: str | None, title: str | None, number: int) -> None:
    """Show the record of one page in the terminal.

    PATH is a run folder, a file of records, any input of "altdetails parse", or - for standard input. Values that are
    missing on the page are "not shown"; on a translated page, they are "not read". Warnings at the end list
    contradictions on the page, and text that was not understood.
    """
    has_number = click.get_current_context().get_parameter_source("number") is not ParameterSource.DEFAULT
    if (doi is not None) + (title is not None) + has_number > 1:
        raise click.UsageError("several records are chosen; give one of --doi, --title and --number")
    query: Query | None = None if doi is None else DoiQuery(doi)
    if title is not None:
        query = TitleQuery(title)
    record = find_record(path, query) if query else nth_record(path, number)
    if record and not current_job().takes(lambda: {"record": record.to_dict()}):
        print_report(lambda console: card(record, width=console.width, blocks=has_blocks(console)))


def card(record: Record, *, width: int, blocks: bool) -> RenderableType:
    """Return a record for a terminal.

    Args:
        record: the record.
        width: columns of the terminal.
        blocks: whether the encoding of the terminal has block characters for bars; otherwise bars consist of `#`.
    """
    _missing.set("not read" if record.is_translated else "not shown")
    bars = _Bars(record, max(8, min(_BAR_CELLS, width - 40)), blocks=blocks)
    return Group(
        *_header(record),
        *_score(record),
        *_counts("Mentions", record.mentions, bars),
        *_counts("Citations", record.citations, bars),
        *_counts("Readers", record.readers, bars),
        *_demographics(record.demographics),
        *_rankings(record.rankings),
        *_warnings(record),
        Text(),
        Text(strip_controls(f"{record.provenance.input or 'page'} · {record.provenance.attribution}"), "dim"),
    )


def _header(record: Record) -> Iterator[RenderableType]:
    yield Text(strip_controls(record.title), "bold") if record.title else Text(f"Title {_missing.get()}", "dim")
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="dim", no_wrap=True)
    facts.add_column(overflow="fold")
    facts.add_row("Authors", _text(_authors(record)))
    facts.add_row("Type", _text(record.output_type))
    facts.add_row("Source", _text(record.source))
    facts.add_row("Published", _text(record.published.text if record.published else None))
    facts.add_row("DOI", _text(record.doi))
    facts.add_row("PubMed", _text(record.pmid))
    facts.add_row("Altmetric id", _text(None if record.altmetric_id is None else str(record.altmetric_id)))
    facts.add_row("Last mention", _text(record.last_mentioned))
    yield facts


def _authors(record: Record) -> str | None:
    if record.authors is None:
        return record.authors_text
    more = len(record.authors) - _MAX_AUTHORS
    names = ", ".join(record.authors[:_MAX_AUTHORS])
    return f"{names} and {more:,} more" if more > 0 else names


def _score(record: Record) -> Iterator[RenderableType]:
    yield _heading("Attention Score")
    yield _number(record.score, "bold")
    for highlight in record.highlights or ():
        yield Text.assemble("• ", _text(highlight.text))


class _Bars:
    """The bars of a card, all on one linear scale. A lone count has no bar."""

    def __init__(self, record: Record, cells: int, *, blocks: bool) -> None:
        counts = [count for block in SOURCES for count in getattr(record, block) or ()]
        self._most = max(count.count for count in counts) if len(counts) > 1 else 0
        self._name_width = max((_name(count).cell_len for count in counts), default=0)
        self._number_width = max((_number(count.count).cell_len for count in counts), default=0)
        self._cells = cells
        self._blocks = blocks

    def table(self, counts: Sequence[parts.Count]) -> Table:
        """Return a block of counts. The bars of all blocks begin in one column."""
        table = Table.grid(padding=(0, 2))
        table.add_column(overflow="fold", min_width=min(_NAME_CELLS, self._name_width), max_width=_NAME_CELLS)
        table.add_column(justify="right", no_wrap=True, min_width=self._number_width)
        table.add_column(no_wrap=True)
        for count in counts:
            table.add_row(_name(count), _number(count.count), self._bar(count))
        return table

    def _bar(self, count: parts.Count) -> Text:
        """Return the bar of a count. Every count above zero has at least the smallest bar."""
        if not count.count or not self._most:
            return Text()
        if not self._blocks:
            drawn = "#" * max(1, round(self._cells * count.count / self._most))
        else:
            eighths = max(1, round(8 * self._cells * count.count / self._most))
            drawn = "█" * (eighths // 8) + " ▏▎▍▌▋▊▉"[eighths % 8].strip()
        is_mention = count.source not in {*SOURCES["citations"], *SOURCES["readers"]}
        return Text(drawn, kind_of(count.source).terminal if is_mention else TERMINAL_SLATE)


def _counts(heading: str, counts: Sequence[parts.Count] | None, bars: _Bars) -> Iterator[RenderableType]:
    yield _heading(heading)
    if not counts:
        yield _text("none" if counts is not None else None, "dim")
    else:
        yield bars.table(counts)


def _name(count: parts.Count) -> Text:
    return _text(count.unit or count.source)


def _demographics(demographics: parts.Demographics | None) -> Iterator[RenderableType]:
    twitter = demographics.twitter if demographics else None
    mendeley = demographics.mendeley if demographics else None
    if not twitter and not mendeley:
        yield _heading("Demographics")
        yield _text(None)
    if twitter:
        yield _heading("X users")
        yield from _groups(("Country", twitter.countries), ("Type", twitter.types))
    if mendeley:
        yield _heading("Mendeley readers")
        yield from _groups(
            ("Country", mendeley.countries),
            ("Professional status", mendeley.statuses),
            ("Discipline", mendeley.disciplines),
        )


def _groups(*tables: tuple[str, Sequence[parts.Group] | None]) -> Iterator[RenderableType]:
    shown = [(heading, groups) for heading, groups in tables if groups]
    if not shown:
        yield _text(None)
    for number, (heading, groups) in enumerate(shown):
        if number:
            yield Text()
        table = _table(heading, "Count", "%")
        for group in groups[:_MAX_ROWS]:
            percent = Text("<1") if group.percent == 0 and group.count else _number(group.percent)
            table.add_row(_text(group.name), _number(group.count), percent)
        if len(groups) > _MAX_ROWS:
            table.add_row(Text(f"and {len(groups) - _MAX_ROWS:,} more", "dim"), "", "")
        yield table


def _rankings(rankings: Sequence[parts.Ranking] | None) -> Iterator[RenderableType]:
    yield _heading("Attention Score in context")
    if not rankings:
        yield _text("none" if rankings is not None else None, "dim")
        return
    table = _table("Compared with", "Rank", "of", "Position")
    for ranking in rankings:
        table.add_row(
            _text(_SCOPES.get(ranking.scope, ranking.scope)),
            _number(ranking.rank),
            _number(ranking.total),
            _position(ranking),
        )
    yield table


def _position(ranking: parts.Ranking) -> Text:
    words = [
        ("percentile {}", ranking.percentile),
        ("top {}%", ranking.top_percent),
        ("above {}%", ranking.higher_than_percent),
        ("above {} outputs", ranking.higher_than_count),
    ]
    return _text(", ".join(form.format(value) for form, value in words if value is not None) or None)


def _warnings(record: Record) -> Iterator[RenderableType]:
    lines = [
        *(["The page shows a limited selection of the activity."] if record.limited_access else []),
        *(["The page is translated: get it in English to read all of it."] if record.is_translated else []),
        *record.notices,
    ]
    if lines:
        yield _heading("Notices")
        yield from (_text(line) for line in lines)
    warnings = [
        *(
            f"inconsistent: {': '.join(filter(None, (conflict.code, conflict.where, ' / '.join(conflict.values))))}"
            for conflict in record.inconsistencies
        ),
        *(f"not understood, in {unread.part}: {unread.text}" for unread in record.unread),
    ]
    if warnings:
        yield _heading("Warnings", _WARNING)
        yield from (Text.assemble(("! ", _WARNING), _text(line)) for line in warnings)


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="dim")
    table.add_column(columns[0], overflow="fold")
    for column in columns[1:]:
        table.add_column(column, justify="left" if column == "Position" else "right")
    return table


def _heading(words: str, style: str = "bold underline") -> Group:
    return Group(Text(), Text(words, style))


def _text(words: str | None, style: str = "") -> Text:
    return Text(_missing.get(), "dim") if words is None else Text(strip_controls(words), style)


def _number(number: int | None, style: str = "") -> Text:
    return _text(None if number is None else f"{number:,}", style)
