"""What Daft's workers do: a stretch of an archive becomes a list of records, and its failures a file of their own."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import daft
import pyarrow as pa
from daft import DataType
from daft.io.source import DataSource, DataSourceTask
from daft.recordbatch import RecordBatch
from daft.schema import Schema

from altdetails.exporting.parquet import line_batches
from altdetails.scale.arrow_batches import lines
from altdetails.scale.runtime import first_line
from altdetails.scale.storage import TableFolder, is_remote
from altdetails.schemas.arrow import arrow_schema
from altdetails.warc.members import Span

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from daft.io import IOConfig
    from daft.io.pushdowns import Pushdowns

    from altdetails.results import Failure

__all__ = ["Reader", "SpanSource"]

_STRETCHES = Schema.from_pydict(
    {"name": DataType.string(), "path": DataType.string(), "start": DataType.int64(), "stop": DataType.int64()}
)
_GLANCE = 0.5
"""Seconds between two looks at the process above."""
_RECORD = pa.struct([*arrow_schema()])


class _SpanTask(DataSourceTask):
    """One stretch: a task that needs nothing of others, so any machine can do it again."""

    def __init__(self, span: Span) -> None:
        self._span = span

    @property
    def schema(self) -> Schema:
        """The columns of a stretch."""
        return _STRETCHES

    async def read(self) -> AsyncIterator[RecordBatch]:
        """The stretch, as a row."""
        span = self._span
        row = {"name": span.name, "path": span.path, "start": span.start, "stop": span.stop}
        yield RecordBatch.from_arrow_table(pa.Table.from_pylist([row], _STRETCHES.to_pyarrow_schema()))


class SpanSource(DataSource):
    """The stretches of all archives."""

    def __init__(self, spans: list[Span]) -> None:
        self._spans = spans

    @property
    def name(self) -> str:
        """What Daft calls it."""
        return "web archives"

    @property
    def schema(self) -> Schema:
        """The columns of a stretch."""
        return _STRETCHES

    async def get_tasks(self, pushdowns: Pushdowns) -> AsyncIterator[DataSourceTask]:  # noqa: ARG002 -- Daft's own
        """A task for each."""
        for span in self._spans:
            yield _SpanTask(span)


class Reader:
    """Parses stretches in a process of its own."""

    def __init__(self, io_config: IOConfig, failures: TableFolder | None, url_filter: str | None) -> None:
        self._io_config = io_config
        self._failures = failures
        self._url_filter = url_filter
        threading.Thread(target=_end_with_parent, daemon=True).start()

    @daft.method.batch(return_dtype=DataType.list(DataType.from_arrow_type(_RECORD)), batch_size=1)
    def records(self, *columns: daft.Series) -> pa.Array:
        """The records of each stretch, as structs."""
        return _lists([self._records(span) for span in self._spans(columns)], _RECORD)

    @daft.method.batch(return_dtype=DataType.list(DataType.string()), batch_size=1)
    def lines(self, *columns: daft.Series) -> pa.Array:
        """The records of each stretch, as lines of JSON."""
        return _lists([self._lines(span) for span in self._spans(columns)], pa.string())

    def _spans(self, columns: tuple[daft.Series, ...]) -> Iterator[Span]:
        for name, path, start, stop in zip(*(column.to_pylist() for column in columns), strict=True):
            yield Span(name, path, start, stop, self._url_filter)

    def _records(self, span: Span) -> pa.Array:
        failed: list[Failure] = []
        with self._opened(span) as stream:
            some = line_batches(lines(span, stream, failed.append), failed=failed.append)
            found = [batch.table.to_struct_array() for batch in some]
        self._keep(span, failed)
        return pa.concat_arrays([chunk for each in found for chunk in each.chunks]) if found else pa.array([], _RECORD)

    def _lines(self, span: Span) -> pa.Array:
        failed: list[Failure] = []
        with self._opened(span) as stream:
            found = [line for _, line in lines(span, stream, failed.append)]
        self._keep(span, failed)
        return pa.array(found, pa.binary()).cast(pa.string())

    def _keep(self, span: Span, failed: list[Failure]) -> None:
        """Write failures to a file that has the same name whenever the span is read again."""
        if failed and self._failures:
            content = b"".join(failure.to_json() for failure in failed)
            digest = hashlib.sha256(b"%d\n%b" % (span.start, content)).hexdigest()
            self._failures.put(f"part-{digest}.jsonl", content)

    @contextmanager
    def _opened(self, span: Span) -> Iterator[BinaryIO | None]:
        if not is_remote(span.path):
            yield None
            return
        with daft.File(span.path, self._io_config).open() as file:
            yield cast("BinaryIO", _Reads(file))


def _end_with_parent() -> None:
    """Leave no process behind: Daft's own would finish its stretch first."""
    parent = os.getppid()
    while os.getppid() == parent:
        time.sleep(_GLANCE)
    os._exit(1)


class _Reads:
    """An object on storage, whose troubles are those of a file."""

    def __init__(self, file: Any) -> None:  # noqa: ANN401 -- Daft's own
        self._file = file

    def read(self, size: int) -> bytes:
        try:
            return bytes(self._file.read(size))
        except Exception as error:
            raise OSError(first_line(error)) from error

    def seek(self, place: int, whence: int = 0) -> int:
        try:
            return int(self._file.seek(place, whence))
        except Exception as error:
            raise OSError(first_line(error)) from error


def _lists(arrays: list[pa.Array], kind: pa.DataType) -> pa.Array:
    """One array of lists."""
    ends = [0]
    for each in arrays:
        ends.append(ends[-1] + len(each))
    return pa.ListArray.from_arrays(pa.array(ends, pa.int32()), pa.concat_arrays([pa.array([], kind), *arrays]))
