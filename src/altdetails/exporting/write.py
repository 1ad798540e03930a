"""Write records to one file of any supported format."""

from __future__ import annotations

import gzip
import os
from collections import Counter
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal, TypeAlias, cast

from altdetails._arguments import check_functions, path_text
from altdetails._files import output_errors, output_to, refuse_overwriting, whole_path
from altdetails._optional import require
from altdetails.errors import ExportError
from altdetails.exporting.wide import write_wide
from altdetails.records.files import RecordSource, named_keys, unknown_keys

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import ModuleType

    from altdetails.exporting.parquet import Batch
    from altdetails.records.files import DamagedLine, RecordLine, RecordsOrPaths
    from altdetails.results import Failure

__all__ = ["ENDINGS", "Exported", "LinesEnding", "export", "repeated_notice", "write_lines"]

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
_PROGRESS_INTERVAL = 1_000
"""Records between two calls of `progress`."""


@dataclass(slots=True)
class Exported:
    """The result of an export."""

    records: int = 0
    """The number of records in the file."""
    damaged: int = 0
    """The number of lines that were skipped because they are not valid records."""
    notices: list[str] = field(default_factory=list)
    """Messages for the user about the file."""


def export(
    records_or_paths: RecordsOrPaths,
    out: str | os.PathLike[str],
    *,
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
        damaged: called for every line that is not a valid record. The line is skipped.
        progress: called every thousand records with the number of records read so far.

    Returns:
        The number of records, the number of skipped lines, and messages for the user.

    Raises:
        TypeError: if `records_or_paths` is neither paths nor Records, or another argument has the wrong type.
        InputError: if a path is not a records file, or a library is not installed.
        ExportError: if the file cannot be written, or its format cannot hold the records.
    """
    target = Path(path_text(out, "a path (str or os.PathLike) as out"))
    check_functions(damaged=damaged, progress=progress)
    ending = _ending(target)
    _require_libraries(ending, target)
    source = RecordSource(records_or_paths)
    with output_errors(str(target)):
        _refuse_target(target, source.files)
        _refuse_foreign_content(target, ending)
    done = Exported()

    def skip(line: DamagedLine) -> None:
        done.damaged += 1
        damaged(line)

    reading = _report_progress(source.lines(damaged=skip), progress)
    with output_errors(str(target)), whole_path(target) as temporary:
        _write(ending, reading, temporary, skip, done)
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
            parquet = _parquet()
            parquet.write_parquet(parquet.line_batches(lines, failed=failed), temporary)
        else:
            with _compressed(temporary, ending) as file:
                for _, line in lines:
                    file.write(line)


def _write(
    ending: str, lines: Iterator[RecordLine], target: Path, skip: Callable[[DamagedLine], object], done: Exported
) -> None:
    unknown: Counter[str] = Counter()
    if ending.startswith(".jsonl"):
        done.records = _write_jsonl(lines, target, ending)
        return
    if ending in {".parquet", ".duckdb"}:
        parquet = _parquet()
        batches = _count_unknown_in_batches(parquet.arrow_batches(parquet.contents(lines), damaged=skip), unknown)
        if ending == ".parquet":
            done.records = parquet.write_parquet(batches, target)
        else:
            done.records, repeated = _duckdb_file().write_duckdb(batches, target)
            if repeated:
                done.notices.append(repeated_notice(repeated))
    else:
        done.records = write_wide(_count_unknown(lines, unknown), target, ending, done.notices.append)
    if unknown:
        named = named_keys([path for path, _ in unknown.most_common()], unknown)
        done.notices.append(f"unknown keys were ignored (with the number of records): {named}")


def repeated_notice(count: int) -> str:
    """Return the notice about a number of snapshots that were read again."""
    return f"{count:,} record{'' if count == 1 else 's'} skipped: the same snapshot was read before"


def _parquet() -> ModuleType:
    from altdetails.exporting import parquet  # noqa: PLC0415 -- loads Arrow

    return parquet


def _duckdb_file() -> ModuleType:
    from altdetails.exporting import duckdb_file  # noqa: PLC0415 -- loads DuckDB

    return duckdb_file


def _write_jsonl(lines: Iterable[RecordLine], target: Path, ending: str) -> int:
    """Write every line, with a space for a carriage return, at which some readers end a line. Return their number."""
    count = 0
    with _compressed(target, ending) as file:
        for line in lines:
            file.write(line.raw.replace(b"\r", b" ") + b"\n")
            count += 1
    return count


@contextmanager
def _compressed(target: Path, ending: str) -> Iterator[BinaryIO]:
    """Open a new file, compressed if its ending says so."""
    with ExitStack() as stack:
        file: BinaryIO = stack.enter_context(target.open("wb"))
        if ending == ".jsonl.gz":
            # without a time stamp, the same records give the same bytes
            packed = gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0)
            file = cast("BinaryIO", stack.enter_context(packed))
        elif ending == ".jsonl.zst":
            arrow = require("pyarrow", "export", f"{target}: {ending}")
            file = stack.enter_context(arrow.CompressedOutputStream(arrow.PythonFile(file, "w"), "zstd"))
        yield file


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
        _duckdb_file().refuse_foreign_content(target)


def _report_progress(lines: Iterable[RecordLine], progress: Callable[[int], object]) -> Iterator[RecordLine]:
    for number, line in enumerate(lines, 1):
        yield line
        if number % _PROGRESS_INTERVAL == 0:
            progress(number)


def _count_unknown(lines: Iterable[RecordLine], unknown: Counter[str]) -> Iterator[RecordLine]:
    for line in lines:
        unknown.update(unknown_keys(line, line.record.to_json()).keys())
        yield line


def _count_unknown_in_batches(batches: Iterable[Batch], unknown: Counter[str]) -> Iterator[Batch]:
    for batch in batches:
        for values_by_key in filter(None, batch.unknown):
            unknown.update(values_by_key.keys())
        yield batch
