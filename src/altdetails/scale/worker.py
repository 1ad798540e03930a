"""The code of Daft's workers: they turn a span of an archive into a list of records and a file of failures."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from array import array
from contextlib import contextmanager
from itertools import accumulate
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import daft
import pyarrow as pa
from daft import DataType
from daft.io.source import DataSource, DataSourceTask
from daft.recordbatch import RecordBatch
from daft.schema import Schema

from altdetails.exporting.arrow_tables import line_batches
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

_SPAN_SCHEMA = Schema.from_pydict(
    {"name": DataType.string(), "path": DataType.string(), "start": DataType.int64(), "stop": DataType.int64()}
)
_PARENT_CHECK_INTERVAL = 0.5
"""Seconds."""
_RECORD = pa.struct([*arrow_schema()])


class _SpanTask(DataSourceTask):
    """The task for one span. It is independent of others, so any machine can repeat it."""

    def __init__(self, span: Span) -> None:
        self._span = span

    @property
    def schema(self) -> Schema:
        """The columns of a span."""
        return _SPAN_SCHEMA

    async def read(self) -> AsyncIterator[RecordBatch]:
        """Yield the span as a row."""
        span = self._span
        row = {"name": span.name, "path": span.path, "start": span.start, "stop": span.stop}
        yield RecordBatch.from_arrow_table(pa.Table.from_pylist([row], _SPAN_SCHEMA.to_pyarrow_schema()))


class SpanSource(DataSource):
    """The spans of all archives, as a source for Daft."""

    def __init__(self, spans: list[Span]) -> None:
        self._spans = spans

    @property
    def name(self) -> str:
        """The name that Daft shows."""
        return "web archives"

    @property
    def schema(self) -> Schema:
        """The columns of a span."""
        return _SPAN_SCHEMA

    async def get_tasks(self, pushdowns: Pushdowns) -> AsyncIterator[DataSourceTask]:  # noqa: ARG002 -- required by Daft
        """Yield a task per span."""
        for span in self._spans:
            yield _SpanTask(span)


class Reader:
    """Parses spans in a worker process."""

    def __init__(
        self, io_config: IOConfig, failures: TableFolder | None, url_filter: str | None, commit: str | None = None
    ) -> None:
        self._start = f"part-{commit}-" if commit else "part-"
        self._io_config = io_config
        self._failures = failures
        self._url_filter = url_filter
        threading.Thread(target=_end_with_parent, daemon=True).start()

    @daft.method.batch(return_dtype=DataType.list(DataType.from_arrow_type(_RECORD)), batch_size=1)
    def records(self, *columns: daft.Series) -> pa.Array:
        """Return the records of each span, as structs."""
        return _lists([self._records(span) for span in self._spans(columns)], _RECORD)

    @daft.method.batch(return_dtype=DataType.list(DataType.string()), batch_size=1)
    def lines(self, *columns: daft.Series) -> pa.Array:
        """Return the records of each span, as lines of JSON."""
        return _lists([self._lines(span) for span in self._spans(columns)], pa.string())

    def _spans(self, columns: tuple[daft.Series, ...]) -> Iterator[Span]:
        for name, path, start, stop in zip(*(column.to_pylist() for column in columns), strict=True):
            yield Span(name, path, start, stop, self._url_filter)

    def _records(self, span: Span) -> pa.Array:
        failed: list[Failure] = []
        with self._opened(span) as stream:
            batches = line_batches(lines(span, stream, failed.append), failed=failed.append)
            columns = [batch.table.to_struct_array() for batch in batches]
        self._write_failures(span, failed)
        chunks = [chunk for column in columns for chunk in column.chunks]
        return pa.concat_arrays([pa.nulls(0, _RECORD), *chunks])

    def _lines(self, span: Span) -> pa.Array:
        failed: list[Failure] = []
        with self._opened(span) as stream:
            records = [line for _, line in lines(span, stream, failed.append)]
        self._write_failures(span, failed)
        return pa.array(records, pa.binary()).cast(pa.string())

    def _write_failures(self, span: Span, failed: list[Failure]) -> None:
        """Write the failures of a span to a file. If the span is read again, the file gets the same name."""
        if failed and self._failures:
            content = b"".join(failure.to_json() for failure in failed)
            digest = hashlib.sha256(b"%d\n%b" % (span.start, content)).hexdigest()
            self._failures.put(f"{self._start}{digest}.jsonl", content)

    @contextmanager
    def _opened(self, span: Span) -> Iterator[BinaryIO | None]:
        if not is_remote(span.path):
            yield None
            return
        with daft.File(span.path, self._io_config).open() as file:
            yield cast("BinaryIO", _StorageStream(file, span.path))


def _end_with_parent() -> None:
    """End this process when its parent ends. Daft would let it finish its span first."""
    parent = os.getppid()
    while os.getppid() == parent:
        time.sleep(_PARENT_CHECK_INTERVAL)
    os._exit(1)


class _StorageStream:
    """A stream of an object on storage that raises `OSError` for errors."""

    def __init__(self, file: Any, address: str) -> None:  # noqa: ANN401 -- Daft has no type for it
        self._file = file
        self._address = address

    def read(self, size: int) -> bytes:
        try:
            return bytes(self._file.read(size))
        except Exception as error:  # noqa: BLE001 -- every library has its own errors
            raise OSError(first_line(error, self._address)) from None

    def seek(self, offset: int, whence: int = 0) -> int:
        try:
            return int(self._file.seek(offset, whence))
        except Exception as error:  # noqa: BLE001 -- every library has its own errors
            raise OSError(first_line(error, self._address)) from None


def _lists(arrays: list[pa.Array], kind: pa.DataType) -> pa.Array:
    """Return an array of lists, one for each array."""
    offsets = array("i", accumulate(map(len, arrays), initial=0))
    places = pa.Array.from_buffers(pa.int32(), len(offsets), [None, pa.py_buffer(offsets)])  # pa.array loads pandas
    return pa.ListArray.from_arrays(places, pa.concat_arrays([pa.nulls(0, kind), *arrays]))
