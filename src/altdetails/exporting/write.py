"""Records → one file, whatever its format."""

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

__all__ = ["ENDINGS", "Exported", "LinesEnding", "export", "write_lines"]

ENDINGS = (".csv", ".tsv", ".xlsx", ".parquet", ".duckdb", ".jsonl", ".jsonl.gz", ".jsonl.zst")
"""The formats, by the endings of their files."""

LinesEnding: TypeAlias = Literal[".jsonl", ".jsonl.gz", ".jsonl.zst", ".parquet"]
"""The formats that records can be written to as they are parsed."""

_LIBRARIES = {
    ".xlsx": ("xlsxwriter",),
    ".parquet": ("pyarrow",),
    ".duckdb": ("pyarrow", "duckdb"),
    ".jsonl.zst": ("pyarrow",),
}
_OFTEN = 1_000


@dataclass(slots=True)
class Exported:
    """What came of an export."""

    records: int = 0
    """How many are in the file."""
    damaged: int = 0
    """How many lines were set aside."""
    notices: list[str] = field(default_factory=list)
    """What a person should know of the file: a sentence each."""


def export(
    records_or_paths: RecordsOrPaths,
    out: str | os.PathLike[str],
    *,
    damaged: Callable[[DamagedLine], object] = lambda _: None,
    progress: Callable[[int], object] = lambda _: None,
) -> Exported:
    """Write records to one file, in their order; its ending says which format it gets.

        >>> export("records.jsonl", "records.csv").records
        2
        >>> export(["run-january", "run-july"], "both.parquet").records
        4
        >>> export((record for record in read_records("run") if record.score > 100), "high.xlsx").records
        1

    Args:
        records_or_paths: a path or several (JSONL plain or compressed, Parquet, run folders, `-` for standard input),
            or Records; an empty iterable gives a file without records.
        out: the file, whole or not at all; its ending is one of `.csv .tsv .xlsx .parquet .duckdb .jsonl .jsonl.gz
            .jsonl.zst`.
        damaged: called for every line that is not a valid record; it is set aside.
        progress: called now and then with the number of records read so far.

    Raises:
        TypeError: if what is given is neither paths nor Records, or another argument is of another type.
        InputError: if a path does not lead to a file of records, or a library is not installed.
        ExportError: if the file cannot be written, or cannot hold the records. What was there stays.
    """
    target = Path(path_text(out, "a path (str or os.PathLike) as out"))
    check_functions(damaged=damaged, progress=progress)
    ending = _ending(target)
    _require_libraries(ending, target)
    source = RecordSource(records_or_paths)
    with output_errors(str(target)):
        _refuse_target(target, source.files)
    done = Exported()

    def aside(line: DamagedLine) -> None:
        done.damaged += 1
        damaged(line)

    reading = _counted(source.lines(damaged=aside), progress)
    with output_errors(str(target)), whole_path(target) as written:
        _write(ending, reading, written, aside, done)
    return done


def write_lines(
    lines: Iterable[tuple[str, bytes]],
    target: str | None,
    ending: LinesEnding,
    *,
    failed: Callable[[Failure], object],
) -> None:
    """Write records as they come, to a file that appears whole or not at all, or to standard output.

    Args:
        lines: records as lines of JSON with their line ends, each with the name of its document.
        target: the path; None is standard output, which takes `.jsonl` alone.
        ending: the format.
        failed: called for each record that no column of Parquet takes.

    Raises:
        InputError: if a library is not installed.
        ExportError: if the output cannot be written.
    """
    if ending == ".jsonl":
        with output_to(target) as output:
            for _, line in lines:
                output.write(line)
        return
    place = Path(str(target))
    _require_libraries(ending, place)
    with output_errors(str(target)), whole_path(place) as path:
        if ending == ".parquet":
            parquet = _parquet()
            parquet.write_parquet(parquet.fitting(lines, failed=failed), path)
        else:
            with _compressed(path, ending) as file:
                for _, line in lines:
                    file.write(line)


def _write(
    ending: str, lines: Iterator[RecordLine], written: Path, aside: Callable[[DamagedLine], object], done: Exported
) -> None:
    unknown: Counter[str] = Counter()
    if ending.startswith(".jsonl"):
        done.records = _write_jsonl(lines, written, ending)
        return
    if ending in {".parquet", ".duckdb"}:
        parquet = _parquet()
        some = _watched_batches(parquet.arrow_batches(parquet.contents(lines), damaged=aside), unknown)
        if ending == ".parquet":
            done.records = parquet.write_parquet(some, written)
        else:
            from altdetails.exporting.duckdb_file import write_duckdb  # noqa: PLC0415 -- loads DuckDB

            done.records, repeated = write_duckdb(some, written)
            if repeated:
                done.notices.append(f"given more than once, and in the file once: {repeated:,}")
    else:
        done.records = write_wide(_watched(lines, unknown), written, ending, done.notices.append)
    if unknown:
        named = named_keys([path for path, _ in unknown.most_common()], unknown)
        done.notices.append(f"keys that this altdetails does not know are left out (of so many records): {named}")


def _parquet() -> ModuleType:
    from altdetails.exporting import parquet  # noqa: PLC0415 -- loads Arrow

    return parquet


def _write_jsonl(lines: Iterable[RecordLine], target: Path, ending: str) -> int:
    """Write each line as it was read, and return how many."""
    count = 0
    with _compressed(target, ending) as file:
        for line in lines:
            file.write(line.raw + b"\n")
            count += 1
    return count


@contextmanager
def _compressed(target: Path, ending: str) -> Iterator[BinaryIO]:
    """A new file that compresses what is written to it, as its ending says."""
    with ExitStack() as stack:
        file: BinaryIO = stack.enter_context(target.open("wb"))
        if ending == ".jsonl.gz":
            packed = gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0)  # the same records, the same bytes
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
    found = max((ending for ending in ENDINGS if name.endswith(ending)), key=len, default=None)
    if found is None:
        raise ExportError(f"{target}: its ending does not name a format; give it one of {' '.join(ENDINGS)}")
    return found


def _refuse_target(target: Path, sources: list[str]) -> None:
    if not target.parent.is_dir():
        raise ExportError(f"{target}: its folder does not exist; make it, or choose another one")
    if not target.exists():
        return
    if not target.is_file():
        raise ExportError(f"{target}: is not a file that can be replaced; choose another name")
    refuse_overwriting(str(target), sources)


def _counted(lines: Iterable[RecordLine], progress: Callable[[int], object]) -> Iterator[RecordLine]:
    for number, line in enumerate(lines, 1):
        yield line
        if number % _OFTEN == 0:
            progress(number)


def _watched(lines: Iterable[RecordLine], unknown: Counter[str]) -> Iterator[RecordLine]:
    for line in lines:
        unknown.update(unknown_keys(line, line.record.to_json()).keys())
        yield line


def _watched_batches(some: Iterable[Batch], unknown: Counter[str]) -> Iterator[Batch]:
    for batch in some:
        for found in filter(None, batch.unknown):
            unknown.update(found.keys())
        yield batch
