"""Where `altdetails parse` writes records: JSON lines, plain or compressed, or Parquet."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from altdetails._files import output_errors, output_to, whole_path
from altdetails._optional import require

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from altdetails.cli.work import Line
    from altdetails.results import Failure

__all__ = ["Ending", "ending_of", "write"]

Ending = Literal[".jsonl", ".jsonl.gz", ".jsonl.zst", ".parquet"]

_OF_EXPORTS = (".csv", ".tsv", ".xlsx", ".duckdb")
_OF_LINES = {"", ".jsonl", ".ndjson"}


def ending_of(target: str | None, form: str | None) -> Ending:
    """How a file is written.

    Args:
        target: its path; None is standard output.
        form: `jsonl` or `parquet` where that is asked for; None: as its name says.

    Raises:
        UsageError: where its name has an ending of neither, or standard output is to be Parquet.
    """
    name = (target or "").lower()
    if form == "parquet" or (form is None and name.endswith(".parquet")):
        if target is None:
            raise click.UsageError("--format parquet: needs a file; name one with -o.")
        return ".parquet"
    unpacked = name.removesuffix(".gz").removesuffix(".zst")
    if form is None and unpacked.endswith(_OF_EXPORTS):
        file = str(target)[: len(unpacked)]
        raise click.UsageError(
            f"{target}: write JSON lines or Parquet, and make this file of them: altdetails export RECORDS -o {file}"
        )
    if form is None and unpacked.endswith(".parquet"):
        raise click.UsageError(f"{target}: Parquet is compressed inside; let the name end in .parquet")
    if form is None and Path(unpacked).suffix not in _OF_LINES:
        raise click.UsageError(
            f"{target}: its ending is none of .jsonl .jsonl.gz .jsonl.zst .parquet; use one of them, or --format. "
            "CSV and others are made of records: altdetails export RECORDS -o FILE.csv"
        )
    if name.endswith(".gz"):
        return ".jsonl.gz"
    return ".jsonl.zst" if name.endswith(".zst") else ".jsonl"


def write(lines: Iterable[Line], target: str | None, ending: Ending, *, failed: Callable[[Failure], object]) -> None:
    """Write records to a file, whole or not at all, or to standard output.

    Args:
        lines: records.
        target: path; None is standard output.
        ending: as `ending_of` tells it.
        failed: told of each record that fits no column of Parquet.

    Raises:
        FatalError: where the output takes no more, or a library is not installed.
    """
    if ending == ".jsonl":
        with output_to(target) as output:
            for line in lines:
                output.write(line.json)
        return
    with _written(str(target), ending) as path:
        if ending == ".parquet":
            _write_parquet(lines, path, failed)
        else:
            from altdetails.export.jsonl import compressed  # noqa: PLC0415 -- not needed for the others

            with compressed(path, ending) as file:
                for line in lines:
                    file.write(line.json)


def _write_parquet(lines: Iterable[Line], path: Path, failed: Callable[[Failure], object]) -> None:
    from altdetails.export.batches import fitting  # noqa: PLC0415 -- loads Arrow
    from altdetails.export.parquet import write_parquet  # noqa: PLC0415

    write_parquet(fitting(((line.name, line.json) for line in lines), failed=failed), path)


@contextmanager
def _written(target: str, ending: Ending) -> Iterator[Path]:
    if ending != ".jsonl.gz":
        require("pyarrow", "export", f"{target}: {ending}")
    with output_errors(target), whole_path(Path(target)) as path:
        yield path
