"""One output → a picture for a slide or a web page: `card()`."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from altdetails._arguments import check_functions, check_optional_text, path_text, strip_controls
from altdetails._files import output_errors, refuse_overwriting, whole_file
from altdetails.diffing.compare import moment
from altdetails.errors import ExportError, InputError, SettingsError
from altdetails.identifiers import identify
from altdetails.palette import LIGHT, kind_of
from altdetails.record import Record
from altdetails.records.files import RecordSource
from altdetails.remote import stores_at
from altdetails.reporting.figures import most_frequent
from altdetails.reporting.page import environment, source_hash, theme
from altdetails.reporting.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Callable

    from altdetails.records.files import DamagedLine, RecordsOrPaths

__all__ = ["ENDINGS_OF_CARDS", "card"]

ENDINGS_OF_CARDS = (".svg", ".html", ".htm")
_TITLE_LINES, _MAX_SOURCES = 3, 6
_TITLE_WIDTH, _LINE_WIDTH, _NAME_WIDTH = 576 / 20, 576 / 13, 11
"""Widths in em: those in the drawing over the sizes of their letters. Names are of usual letters."""
_NARROW, _WIDE = frozenset(" fijlrtI.,:;'!|()[]-"), frozenset("mMW%@—…")
_LAST_LATIN = 0x24F
_STYLE = (
    "body{margin:0;background:var(--paper);color:var(--soft);font:13px/1.5 system-ui,sans-serif}"
    "main{max-width:640px;margin:0 auto}svg{display:block;width:100%;height:auto}p{padding:0 5%}a{color:var(--link)}"
    "h1{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}"
    ".rule{stroke:var(--line)}.outline{stroke:var(--mark-2)}"
)


@stores_at("out")
def card(
    records_or_paths: Record | RecordsOrPaths,
    out: str | os.PathLike[str],
    *,
    doi: str | None = None,
    damaged: Callable[[DamagedLine], object] = lambda _: None,
) -> Record:
    """Write a card of one output: title, score, mentions by source, date and attribution, as SVG or HTML.

    Examples:
        >>> card("run", "card.svg", doi="10.5555/lhs.2023.0417").score
        641

    Args:
        records_or_paths: one or more paths (JSONL, also compressed, Parquet, run folders, `-` for standard input), or
            a Record, or several.
        out: the file. Its name ends in `.svg` or `.html`. Writing is atomic.
        doi: the DOI of the output, in any form, or its Altmetric id. Without it, there must be one output only.
        damaged: called for every line that is not a valid record. The line is skipped.

    Returns:
        The record on the card: the newest of the output.

    Raises:
        TypeError: if an argument has the wrong type.
        IdentifierError: if `doi` is not an identifier.
        InputError: if a path is not a records file, no record has the DOI, or jinja2 is not installed.
        SettingsError: if there are several outputs, but no DOI.
        ExportError: if the file cannot be written.
    """
    target = Path(path_text(out, "a path (str or os.PathLike) as out"))
    check_optional_text(doi=doi)
    check_functions(damaged=damaged)
    if target.suffix.lower() not in ENDINGS_OF_CARDS:
        raise ExportError(f"{target}: a card is an SVG or HTML file; choose a name that ends in .svg or .html")
    source = RecordSource([records_or_paths] if isinstance(records_or_paths, Record) else records_or_paths)
    with output_errors(str(target)):
        refuse_overwriting(str(target), source.files)
    record = _find(source, doi, damaged)
    page = _render(record, "card.svg" if target.suffix.lower() == ".svg" else "card.html")
    with output_errors(str(target)), whole_file(target) as file:
        file.write(page.encode())
    return record


def _find(source: RecordSource, doi: str | None, damaged: Callable[[DamagedLine], object]) -> Record:
    """Return the newest record of an output."""
    wanted = None if doi is None else identify(doi).value
    newest: Record | None = None
    outputs: set[str | None] = set()
    for line in source.lines(damaged=damaged):
        record = line.record
        names = [str(name) for name in (record.doi, record.altmetric_id, record.provenance.sha256) if name is not None]
        if wanted is not None and wanted not in names:
            continue
        outputs.add(names[0])
        if wanted is None and len(outputs) > 1:
            raise SettingsError("the records are of several outputs; choose one with --doi, or doi= in Python")
        if newest is None or _at(record) >= _at(newest):
            newest = record
    if newest is None:
        if doi is None:
            raise InputError("no records found; give records that `altdetails parse` or `altdetails scrape` wrote")
        raise InputError(f"{doi}: no record has this DOI or Altmetric id; check it, or give other records")
    return newest


def _at(record: Record) -> str:
    return moment(record.provenance.at) or ""


def _render(record: Record, template: str) -> str:
    tally = Tally()
    tally.add(record)
    figures = tally.figures()
    (output,) = figures.table
    counts = Counter({source: known.sum for source, known in figures.sources.items() if known.sum})
    ranked = most_frequent(counts, len(counts))
    jinja = environment()
    jinja.filters["short"] = lambda name: _lines(name, _NAME_WIDTH, 1)[0]
    style = theme() + _STYLE
    page = jinja.get_template(template).render(
        output=output,
        day=(moment(record.provenance.at) or "")[:10],
        title_lines=_lines(record.title or record.doi or "Without a title"),
        source=_lines(record.source, _LINE_WIDTH - 3, 1)[0] if record.source else None,
        doi=_lines(record.doi, _LINE_WIDTH, 1)[0] if record.doi else None,
        sources=[(source, count, kind_of(source).key) for source, count in ranked[:_MAX_SOURCES]],
        more=len(ranked) - _MAX_SOURCES,
        more_sum=sum(count for _, count in ranked[_MAX_SOURCES:]),
        light=LIGHT,
        attribution=record.provenance.attribution,
        style=jinja.filters["own"](style),
        digest=source_hash(style),
    )
    return str(page)


def _lines(text: str, width: float = _TITLE_WIDTH, most: int = _TITLE_LINES) -> list[str]:
    """Break a text into lines, as a picture cannot."""
    text = strip_controls(text)
    lines = [""]
    for word in text.split():
        for piece in _pieces(word, width):
            if lines[-1] and _em(f"{lines[-1]} {piece}") > width:
                lines.append("")
            lines[-1] = f"{lines[-1]} {piece}".strip()
        if len(lines) > most:
            return [*lines[: most - 1], f"{lines[most - 1]} …"]
    return lines


def _pieces(word: str, width: float) -> list[str]:
    """Cut a word that is longer than a line."""
    pieces = [""]
    for character in word:
        if _em(pieces[-1] + character) > width:
            pieces.append("")
        pieces[-1] += character
    return pieces


def _em(text: str) -> float:
    """Return about the width of a text in em, in a wide font such as DejaVu: a picture does not know its fonts."""
    return sum(map(_em_of, text))


def _em_of(character: str) -> float:
    if character in _NARROW:
        return 0.5
    if character in _WIDE or ord(character) > _LAST_LATIN:
        return 1.1
    return 0.9 if character.isupper() or character == "w" else 0.68
