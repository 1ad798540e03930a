"""Records → JSONL, plain or compressed: each line as it was read."""

from __future__ import annotations

import gzip
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, BinaryIO, cast

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from altdetails.records.files import RecordLine

__all__ = ["compressed", "write_jsonl"]


def write_jsonl(lines: Iterable[RecordLine], target: Path, ending: str) -> int:
    """Write lines to a file, and tell how many; `.jsonl`, `.jsonl.gz` or `.jsonl.zst` is its ending."""
    count = 0
    with compressed(target, ending) as file:
        for line in lines:
            file.write(line.raw + b"\n")
            count += 1
    return count


@contextmanager
def compressed(target: Path, ending: str) -> Iterator[BinaryIO]:
    """A new file that compresses what is written to it, as its ending says."""
    with ExitStack() as stack:
        file: BinaryIO = stack.enter_context(target.open("wb"))
        if ending == ".jsonl.gz":
            packed = gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0)  # the same records, the same bytes
            file = cast("BinaryIO", stack.enter_context(packed))
        elif ending == ".jsonl.zst":
            import pyarrow as pa  # noqa: PLC0415 -- not needed for the others

            file = stack.enter_context(pa.CompressedOutputStream(pa.PythonFile(file, "w"), "zstd"))
        yield file
