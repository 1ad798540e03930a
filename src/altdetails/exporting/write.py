"""Write records to one file of any supported format, with the outcomes of runs or the rows of a user's table."""

from __future__ import annotations

import os
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from altdetails._arguments import check_functions, check_optional_text, path_text
from altdetails._files import output_errors, output_to, refuse_overwriting, whole_path
from altdetails._optional import require
from altdetails.diffing.compare import moment
from altdetails.errors import ExportError, SettingsError
from altdetails.exporting.row_files import compressed, duckdb_module, parquet_module
from altdetails.records.files import RecordSource

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from altdetails.records.files import DamagedLine, RecordsOrPaths
    from altdetails.results import Failure

__all__ = ["ENDINGS", "Exported", "LinesEnding", "export", "write_lines"]

ENDINGS = (".csv", ".tsv", ".xlsx", ".parquet", ".duckdb", ".jsonl", ".jsonl.gz", ".jsonl.zst")
"""The supported formats, by the endings of their files."""

LinesEnding: TypeAlias = Literal[".jsonl", ".jsonl.gz", ".jsonl.zst", ".parquet"]
"""The formats for writing records while they are parsed."""

_LIBRARIES = {
    ".xlsx": ("xlsxwriter",),
    ".parquet": ("pyarrow",),
    ".duckdb": ("pyarrow", "duckdb"),
    ".jsonl.zst": ("pyarrow",),
}
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(slots=True)
class Exported:
    """The result of an export."""

    records: int = 0
    """The number of records in the file. With a table of yours, or of outcomes, the number that was read."""
    damaged: int = 0
    """The number of lines that were skipped because they are not valid records."""
    notices: list[str] = field(default_factory=list)
    """Messages for the user about the file."""
    outcomes: Counter[str] = field(default_factory=Counter)
    """The number of rows of your table, or of identifiers of runs, with each outcome. Empty without either."""


def export(  # noqa: PLR0913 -- each is a choice of the user
    records_or_paths: RecordsOrPaths,
    out: str | os.PathLike[str],
    *,
    table: Literal["records", "outcomes"] = "records",
    with_rows_of: str | os.PathLike[str] | None = None,
    column: str | None = None,
    ids: Literal["altmetric", "pmid"] | None = None,
    as_of: str | None = None,
    all_columns: bool = False,
    for_excel: bool = False,
    damaged: Callable[[DamagedLine], object] = lambda _: None,
    progress: Callable[[int], object] = lambda _: None,
) -> Exported:
    """Write records to one file, in order. The ending of its name sets the format.

    Examples:
        >>> export("records.jsonl", "records.csv").records
        2
        >>> export(["run-january", "run-july"], "both.parquet").records
        4
        >>> export((record for record in read_records("run") if record.score > 100), "high.xlsx").records
        1

    Args:
        records_or_paths: one or more paths (JSONL, also compressed, Parquet, run folders, `-` for standard input), or
            Records. An empty iterable gives a file without records.
        out: the file. Its ending is one of `.csv .tsv .xlsx .parquet .duckdb .jsonl .jsonl.gz .jsonl.zst`. Writing is
            atomic: if the export fails, an existing file is left unchanged.
        table: in formats with one table, `outcomes` writes the outcome of each identifier of the runs instead.
        with_rows_of: a table of yours (CSV, TSV, Excel). The file has one row for each of its rows: your columns, then
            the numbers of the newest snapshot, the outcome, the address and the time.
        column: the column of your table with the identifiers, by name or number. By default, it is found.
        ids: what bare numbers in your table are, if the name of their column does not say it: `"altmetric"` or
            `"pmid"`.
        as_of: with `with_rows_of`, ignore what is newer than this day or time: `2026-03-31`, or RFC 3339.
        all_columns: in a workbook, add a sheet with all records and all columns.
        for_excel: write CSV for Excel as it is installed here: with a byte order mark and, if the system writes a
            decimal comma, with `;`.
        damaged: called for every line that is not a valid record. The line is skipped.
        progress: called every thousand records with the number of records read so far.

    Returns:
        The number of records, the number of skipped lines, and messages for the user.

    Raises:
        TypeError: if `records_or_paths` is neither paths nor Records, or another argument has the wrong type.
        SettingsError: if choices contradict each other, or the temporary folder is full.
        InputError: if a path is not a records file, a file has no valid record, the table cannot be read, or a library
            is not installed.
        StoreError: if the ledger of a run cannot be read.
        ExportError: if the file cannot be written, or its format cannot hold the records.
    """
    from altdetails.exporting.one_file import (  # noqa: PLC0415 -- loads run folders and lists, which `parse` does not need
        ExportChoice,
        OneFile,
        SourceLines,
        runs_among,
    )

    target = Path(path_text(out, "a path (str or os.PathLike) as out"))
    check_functions(damaged=damaged, progress=progress)
    check_optional_text(column=column, as_of=as_of)
    ending = _ending(target)
    own_table = None if with_rows_of is None else path_text(with_rows_of, "a path as with_rows_of")
    choice = ExportChoice(table, own_table, column, ids, _moment_of(as_of), all_columns, for_excel)
    _require_libraries(ending, target)
    source = RecordSource(records_or_paths)
    with output_errors(str(target)):
        _refuse_target(target, [*source.files, *filter(None, [own_table])])
        _refuse_foreign_content(target, ending)
    runs = runs_among(source.files)
    choice.refuse_contradictions(target, ending, runs)
    done = Exported()
    reading = SourceLines(source, done, damaged, progress)
    with output_errors(str(target)), whole_path(target) as temporary:
        OneFile(temporary, ending, choice, reading, runs, done).write()
        reading.refuse_files_without_records()
        _refuse_foreign_content(target, ending)  # another program may have written to it meanwhile
    return done


def write_lines(
    lines: Iterable[tuple[str, bytes]],
    target: str | None,
    ending: LinesEnding,
    *,
    failed: Callable[[Failure], object],
) -> None:
    """Write lines of records to a file, atomically, or to standard output.

    Args:
        lines: records as lines of JSON with line breaks, each with the name of its document.
        target: the path of the file, or None for standard output. Standard output supports only `.jsonl`.
        ending: the format.
        failed: called for every record with a value that does not fit its Parquet column. The record is skipped.

    Raises:
        InputError: if a library is not installed.
        ExportError: if the output cannot be written.
    """
    if ending == ".jsonl":
        with output_to(target) as output:
            for _, line in lines:
                output.write(line)
        return
    path = Path(str(target))
    _require_libraries(ending, path)
    with output_errors(str(target)), whole_path(path) as temporary:
        if ending == ".parquet":
            parquet = parquet_module()
            parquet.write_parquet(parquet.line_batches(lines, failed=failed), temporary)
        else:
            with compressed(temporary, ending) as file:
                for _, line in lines:
                    file.write(line)


def _require_libraries(ending: str, target: Path) -> None:
    for library in _LIBRARIES.get(ending, ()):
        require(library, "export", f"{target}: {ending}")


def _ending(target: Path) -> str:
    name = target.name.lower()
    match = max((ending for ending in ENDINGS if name.endswith(ending)), key=len, default=None)
    if match is None:
        raise ExportError(f"{target}: its ending does not name a format; use one of {' '.join(ENDINGS)}")
    return match


def _refuse_target(target: Path, sources: list[str]) -> None:
    if not target.parent.is_dir():
        raise ExportError(f"{target}: its folder does not exist; create it, or choose another folder")
    if not target.exists():
        return
    if not target.is_file():
        raise ExportError(f"{target}: is not a regular file, so it cannot be replaced; choose another name")
    refuse_overwriting(str(target), sources)


def _refuse_foreign_content(target: Path, ending: str) -> None:
    if ending == ".duckdb":
        duckdb_module().refuse_foreign_content(target)


def _moment_of(as_of: str | None) -> str | None:
    """Return the end of a day, or a moment, in UTC.

    Raises:
        SettingsError: if the text is neither.
    """
    if as_of is None:
        return None
    is_day = _DAY.fullmatch(as_of)
    at = moment(f"{as_of}T23:59:59Z" if is_day else as_of)
    if at is None:
        raise SettingsError(f"{as_of!r} is neither a day nor a time: give a day such as 2026-03-31")
    return at
