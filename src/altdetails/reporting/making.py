"""Records → a report: `report()`."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from altdetails._arguments import check, check_functions, check_optional_text, path_text
from altdetails._files import STANDARD_STREAM, output_errors, refuse_overwriting, whole_file
from altdetails.diffing.compare import NEW, SupersededSnapshots, pairs
from altdetails.errors import ExportError, SettingsError
from altdetails.exporting.outcome_rows import listed_outcomes, runs_among
from altdetails.record import Record
from altdetails.records.files import RecordSource
from altdetails.records.mention_files import MentionSource, mentions_with_runs
from altdetails.remote import stores_at
from altdetails.reporting.figures import MAX_ROWS, Coverage, Figures
from altdetails.reporting.page import page_of
from altdetails.reporting.stories import stories_of
from altdetails.reporting.tally import Tally, stripped
from altdetails.scraping.run import Run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from altdetails.diffing.compare import SingleSnapshots, SkippedRecord
    from altdetails.records.files import DamagedLine, RecordsOrPaths
    from altdetails.records.mention_files import MentionsOrPaths

__all__ = ["ENDINGS_OF_PAGES", "Reported", "figures_of", "made_on", "report"]

ENDINGS_OF_PAGES = (".html", ".htm")
_TITLE = "Online attention"
_PROGRESS_INTERVAL = 1_000
_MAX_INPUTS = 5


@dataclass(frozen=True, slots=True)
class Reported:
    """The result of a report."""

    outputs: int
    """The number of research outputs in the figures."""
    rows: int
    """The number of outputs in the table."""
    superseded: int
    """The number of older snapshots of these outputs. They count in no figure."""
    damaged: int
    """The number of lines that were skipped because they are not valid records."""
    is_older: bool
    """Whether the records of `since` are newer than the others, so that the comparison goes backwards in time."""


@stores_at("out")
def report(  # noqa: PLR0913 -- two inputs, the page, and how to show progress
    records_or_paths: RecordsOrPaths,
    out: str | os.PathLike[str],
    *,
    title: str | None = None,
    since: RecordsOrPaths | None = None,
    mentions: MentionsOrPaths = (),
    top: int = MAX_ROWS,
    damaged: Callable[[DamagedLine], object] = lambda _: None,
    progress: Callable[[int], object] = lambda _: None,
) -> Reported:
    """Write a report about research outputs as one HTML file, to read, explore and print.

    Examples:
        >>> report("run", "report.html", title="School of Coastal Studies").outputs
        2
        >>> report("run-july", "report.html", since="run-january").outputs
        2

    If there are several snapshots of an output, only the newest counts. A value that a page does not show is unknown:
    it is in no sum and no median, and never counts as zero. Run folders add their coverage: how many identifiers have
    a page.

    Args:
        records_or_paths: one or more paths (JSONL, also compressed, Parquet, run folders, `-` for standard input), or
            Records.
        out: the file; its name ends in `.html`. Writing is atomic: if it fails, an existing file is left unchanged.
        title: the heading, such as the name of a department.
        since: older records of the same outputs, to compare with.
        mentions: files of single mentions of these outputs, or Mentions. Those of run folders are found.
        top: the most outputs in the table, up to 10,000: those with the highest scores. All figures count all outputs.
        damaged: called for every line that is not a valid record. The line is skipped.
        progress: called every thousand records with the number of records read so far.

    Returns:
        The number of outputs, of rows, of older snapshots and of skipped lines, and whether `since` is newer.

    Raises:
        TypeError: if an argument has the wrong type.
        InputError: if a path is not a records file, or jinja2 is not installed.
        SettingsError: if `top` is out of range, SOURCE_DATE_EPOCH is not a time, or the temporary folder is full.
        StoreError: if a run folder cannot be read.
        ExportError: if the file cannot be written.
    """
    target = Path(path_text(out, "a path (str or os.PathLike) as out"))
    check_optional_text(title=title)
    check_functions(damaged=damaged, progress=progress)
    check(top, int, "a whole number as top")
    if not 1 <= top <= MAX_ROWS:
        raise SettingsError(f"top is {top}; choose a number from 1 to {MAX_ROWS:,}")
    if target.suffix.lower() not in ENDINGS_OF_PAGES:
        raise ExportError(f"{target}: a report is an HTML file; choose a name that ends in .html")
    made = made_on()
    source, old = RecordSource(records_or_paths), None if since is None else RecordSource(since)
    given = mentions_with_runs(MentionSource(mentions), source.folders)
    with output_errors(str(target)):
        refuse_overwriting(str(target), [*source.files, *given.files, *(old.files if old else ())])
    figures = figures_of(source, old, top=top, damaged=damaged, progress=progress)
    figures.stories, skipped = stories_of(given, figures.table, damaged=damaged)
    figures.damaged += skipped
    page = page_of(figures, title=title or _TITLE, made=made, inputs=_names(source.files))
    with output_errors(str(target)), whole_file(target) as file:
        for part in page:
            file.write(part.encode())
    is_older = bool(figures.days and figures.old_days and figures.days[1] < figures.old_days[1])
    return Reported(figures.outputs, len(figures.table), figures.superseded, figures.damaged, is_older)


def figures_of(
    source: RecordSource,
    old: RecordSource | None,
    *,
    top: int = MAX_ROWS,
    damaged: Callable[[DamagedLine], object] = lambda _: None,
    progress: Callable[[int], object] = lambda _: None,
) -> Figures:
    """Return the figures of the newest record of each output.

    Args:
        source: the records.
        old: the older records to compare with.
        top: the most outputs in the table.
        damaged: called for every line that is not a valid record.
        progress: called every thousand records with the number of records read so far.

    Raises:
        AltdetailsError: if records or run folders cannot be read, or the temporary folder is full.
    """
    tally, figures = Tally(rows=top, compares=old is not None), Figures()

    def skip(line: DamagedLine) -> None:
        figures.damaged += 1
        damaged(line)

    def note(notice: SkippedRecord | SupersededSnapshots | SingleSnapshots) -> None:
        if isinstance(notice, SupersededSnapshots) and notice.period == NEW:
            figures.superseded += notice.count

    runs = [*dict.fromkeys(runs_among(source.files))]
    reading = _report_progress([old, source] if old else [source], skip, progress)
    older = next(reading) if old else ()
    newer = _set_apart_unidentified(next(reading), tally)
    outcomes = (failure for run in runs for failure in Run(run).failures())
    matched = pairs(older, newer, failures=outcomes, notice=note, content=lambda record: stripped(record).to_json())
    for before, after, outcome in matched:
        if after and after.content is not None:
            tally.add(Record.from_json(after.content), before, after.superseded)
        elif before:
            tally.add_gone(before, outcome)
    done = tally.figures()
    done.superseded, done.damaged, done.coverage = figures.superseded, figures.damaged, _coverage(runs)
    return done


def made_on() -> date:
    """Return the day for the page: today, or that of SOURCE_DATE_EPOCH, so that the same input gives the same bytes.

    Raises:
        SettingsError: if SOURCE_DATE_EPOCH is not a number of seconds.
    """
    seconds = os.environ.get("SOURCE_DATE_EPOCH")
    try:
        return (datetime.now(UTC) if seconds is None else datetime.fromtimestamp(int(seconds), UTC)).date()
    except (ValueError, OverflowError, OSError) as error:
        raise SettingsError(
            f"SOURCE_DATE_EPOCH is {seconds!r}, not a number of seconds since 1970; set another or unset it"
        ) from error


def _report_progress(
    sources: Iterable[RecordSource], skip: Callable[[DamagedLine], object], progress: Callable[[int], object]
) -> Iterator[Iterator[Record]]:
    """Yield the records of each source, and count them together."""
    count = 0

    def records(source: RecordSource) -> Iterator[Record]:
        nonlocal count
        for line in source.lines(damaged=skip):
            count += 1
            if count % _PROGRESS_INTERVAL == 0:
                progress(count)
            yield line.record

    return map(records, sources)


def _set_apart_unidentified(records: Iterable[Record], tally: Tally) -> Iterator[Record]:
    """Yield the records with a DOI or Altmetric id. Others count at once: each page is an output of its own."""
    contents = set()
    for record in records:
        if record.doi is not None or record.altmetric_id is not None:
            yield record
        elif record.provenance.sha256 not in contents:
            contents.add(record.provenance.sha256)
            tally.add(record)


def _coverage(runs: list[str]) -> Coverage | None:
    """Count the identifiers of runs by outcome: a page in any of the runs, else the last outcome."""
    if not runs:
        return None
    outcomes: dict[str, tuple[bool, str, str]] = {}
    for row, _ in listed_outcomes(runs):
        item = row.outcome == "ok", row.at or "", row.outcome
        outcomes[row.identifier] = max(item, outcomes.get(row.identifier, item))
    return Coverage(Counter(outcome for _, _, outcome in outcomes.values()))


def _names(files: list[str]) -> list[str]:
    """Return the names of inputs without their folders. A run folder has the name of the folder."""
    names = [_name(file) for file in files[:_MAX_INPUTS]]
    return [*names, f"{len(files) - _MAX_INPUTS:,} more"] if len(files) > _MAX_INPUTS else names


def _name(file: str) -> str:
    if file == STANDARD_STREAM:
        return "standard input"
    path = Path(file)
    return path.absolute().parent.name if runs_among([file]) else path.name
