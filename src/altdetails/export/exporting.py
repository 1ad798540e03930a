"""From files of records to one file, whatever its format."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from altdetails._files import output_errors, whole_path
from altdetails._optional import require
from altdetails.errors import ExportError
from altdetails.records.files import files, named_keys, records, unknown_keys

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from altdetails.export.batches import Batch
    from altdetails.records.files import DamagedLine, RecordLine

__all__ = ["ENDINGS", "Exported", "export"]

ENDINGS = (".csv", ".tsv", ".xlsx", ".parquet", ".duckdb", ".jsonl", ".jsonl.gz", ".jsonl.zst")
"""The formats, by the endings of their files."""

_LIBRARIES = {
    ".xlsx": ("xlsxwriter",),
    ".parquet": ("pyarrow",),
    ".duckdb": ("pyarrow", "duckdb"),
    ".jsonl.zst": ("pyarrow",),
}


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
    paths: Sequence[str | os.PathLike[str]],
    target: str | os.PathLike[str],
    *,
    damaged: Callable[[DamagedLine], object] = lambda _: None,
    progress: Callable[[int], object] = lambda _: None,
) -> Exported:
    """Write the records of files to one file, in their order.

    Args:
        paths: files of records (JSONL, plain or compressed, Parquet), run folders, or `-` for standard input.
        target: the file; its ending is one of `ENDINGS`.
        damaged: told of each line that holds no record; it is set aside.
        progress: told how many records were read so far, now and then.

    Raises:
        InputError: where a path leads to no file of records, or a library is not installed.
        ExportError: where the file cannot be written, or cannot hold the records. What was there stays.
    """
    target = Path(target)
    ending = _ending(target)
    for library in _LIBRARIES.get(ending, ()):
        require(library, "export", f"{target}: {ending}")
    _refuse_target(target, files(paths))
    done = Exported()

    def aside(line: DamagedLine) -> None:
        done.damaged += 1
        damaged(line)

    reading = _counted(records(paths, damaged=aside), progress)
    with output_errors(str(target)), whole_path(target) as written:
        _write(ending, reading, written, aside, done)
    return done


def _write(
    ending: str, lines: Iterator[RecordLine], written: Path, aside: Callable[[DamagedLine], object], done: Exported
) -> None:
    unknown: Counter[str] = Counter()
    if ending.startswith(".jsonl"):
        from altdetails.export.jsonl import write_jsonl  # noqa: PLC0415 -- each format loads its own libraries

        done.records = write_jsonl(lines, written, ending)
        return
    if ending in {".parquet", ".duckdb"}:
        from altdetails.export.batches import batches, contents  # noqa: PLC0415

        some = _watched_batches(batches(contents(lines), damaged=aside), unknown)
        if ending == ".parquet":
            from altdetails.export.parquet import write_parquet  # noqa: PLC0415

            done.records = write_parquet(some, written)
        else:
            from altdetails.export.database import write_duckdb  # noqa: PLC0415

            done.records, repeated = write_duckdb(some, written)
            if repeated:
                done.notices.append(f"given more than once, and in the file once: {repeated:,}")
    else:
        from altdetails.export.wide import write_wide  # noqa: PLC0415

        done.records = write_wide(_watched(lines, unknown), written, ending, done.notices.append)
    if unknown:
        named = named_keys([path for path, _ in unknown.most_common()], unknown)
        done.notices.append(f"keys that this altdetails does not know are left out (of so many records): {named}")


def _ending(target: Path) -> str:
    name = target.name.lower()
    found = max((ending for ending in ENDINGS if name.endswith(ending)), key=len, default=None)
    if found is None:
        raise ExportError(f"{target}: its ending tells no format; give it one of {' '.join(ENDINGS)}")
    return found


def _refuse_target(target: Path, sources: list[str]) -> None:
    if not target.parent.is_dir():
        raise ExportError(f"{target}: its folder is not there; make it, or choose another one")
    if not target.exists():
        return
    if not target.is_file():
        raise ExportError(f"{target}: is no file that can be replaced; choose another name")
    for source in sources:
        if Path(source).exists() and target.samefile(source):
            raise ExportError(f"{target}: is one of the files to read, and would be replaced; give another name")


_OFTEN = 1_000


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
