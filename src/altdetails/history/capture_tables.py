"""Tables of captures: those of other tools, our own `captures.parquet`, and the ranges of WARC files that they name."""

from __future__ import annotations

import csv
import io
import os
import re
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastwarc.warc import ArchiveIterator, WarcHeader, WarcRecordType

from altdetails._arguments import shown_address
from altdetails._files import output_errors, reading_errors, whole_path
from altdetails._optional import require
from altdetails.errors import InputError, NetworkFailure, ServerFailure, TruncatedBody
from altdetails.history.asking import NotCaptured, is_same_address
from altdetails.history.dialects import Row, read_row
from altdetails.results import ArchivedRecord, timestamp
from altdetails.warc.reader import bare, record_id

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Mapping

__all__ = ["COMMON_CRAWL", "Ranges", "read_captures", "write_captures"]

COMMON_CRAWL = "s3://commoncrawl"
_NAMES = {
    "fetch_time": "timestamp",
    "fetch_status": "status",
    "content_mime_type": "mime",
    "content_digest": "digest",
    "warc_filename": "file",
    "warc_record_offset": "offset",
    "warc_record_length": "length",
}
"""Columns of Common Crawl's index, and our names."""
_COLUMNS = ("url", "timestamp", "status", "mime", "digest", "file", "offset", "length")
_PARQUET = b"PAR1"
_ROWS_AT_ONCE = 10_000
_MAX_RANGE_BYTES = 16 * 2**20
_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.\d+)?(?: ?UTC|(Z|[+-]\d\d(?::?\d\d)?))?", re.ASCII | re.IGNORECASE
)
_FILE = re.compile(
    r"(?:s3://[a-z0-9][a-z0-9.-]{1,62}/)?(?!/)(?!.*(?:\A|/)\.{1,2}(?:/|\Z))[\w./=+~@-]{1,1024}", re.ASCII
)
_ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")


def read_captures(path: str, skipped: list[int]) -> Generator[Row]:
    """Yield the captures in a table: `captures.parquet` of a run, or Common Crawl's index as Parquet or CSV.

    Args:
        path: the file.
        skipped: gets the number of each row that is not a capture.

    Raises:
        InputError: if the file is not such a table, or pyarrow is not installed.
    """
    with ExitStack() as stack:
        stack.enter_context(reading_errors(path, "give a table of captures, as Parquet or CSV"))
        file = stack.enter_context(Path(path).open("rb"))
        is_parquet = file.peek(4).startswith(_PARQUET)
        rows = _parquet_rows(path) if is_parquet else _csv_rows(path, file)
        for number, values in enumerate(rows, 1):
            row = read_row(_normalised(values))
            if row is None or (row.file is not None and not _can_be_read(row)):
                skipped.append(number)
            else:
                yield row


def write_captures(path: Path, batches: Iterable[tuple[Row, ...]]) -> None:
    """Write captures to a Parquet file, whole or not at all.

    Raises:
        InputError: if pyarrow is not installed.
        ExportError: if the file cannot be written.
    """
    parquet = require("pyarrow.parquet", "export", "captures.parquet")
    arrow = require("pyarrow", "export", "captures.parquet")
    numbers = {"offset", "length"}
    schema = arrow.schema([(name, arrow.int64() if name in numbers else arrow.string()) for name in _COLUMNS])
    with output_errors(str(path)), whole_path(path) as temporary, parquet.ParquetWriter(temporary, schema) as writer:
        for rows in batches:
            columns = [
                arrow.array(column, kind.type) for column, kind in zip(zip(*rows, strict=True), schema, strict=True)
            ]
            writer.write_batch(arrow.record_batch(columns, schema=schema))


class Ranges:
    """Captures in WARC files on S3, each read by its range of bytes, with the AWS credentials of the user."""

    address = COMMON_CRAWL

    def __init__(self) -> None:
        """Connect to S3, or to the server that AWS_ENDPOINT_URL names.

        Raises:
            InputError: if pyarrow is not installed.
        """
        fs = require("pyarrow.fs", "export", "reading captures on S3")
        endpoint = next(filter(None, map(os.environ.get, _ENDPOINTS)), None)
        region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"
        options: dict[str, Any] = {"region": region, "connect_timeout": 10, "request_timeout": 60}
        self._files = fs.S3FileSystem(**options | ({"endpoint_override": endpoint} if endpoint else {}))

    @staticmethod
    def page_url(row: Row) -> str:
        """Return the identifier of a capture in the run."""
        return f"/web/{row.timestamp}/{row.url}"

    def read(self, row: Row) -> ArchivedRecord:
        """Return the record of a capture, as it is stored.

        Raises:
            NotCaptured: if the range holds something else.
            TruncatedBody: if the file ends before the end of the range.
            ServerFailure: if there is no such file, or no permission to read it.
            NetworkFailure: if it cannot be read.
        """
        if row.file is None or row.offset is None or row.length is None:
            raise NotCaptured("the table of captures names no range of a file")
        address = row.file if "://" in row.file else f"{COMMON_CRAWL}/{row.file}"
        place = f"{shown_address(address)}, bytes {row.offset:,} to {row.offset + row.length - 1:,}"
        at = timestamp()
        try:
            with self._files.open_input_file(address.removeprefix("s3://")) as file:
                content = bytes(file.read_at(row.length, row.offset))
        except (FileNotFoundError, PermissionError) as error:
            raise ServerFailure(f"{place}: {_first_line(error)}; check the table and your AWS account", 404) from None
        except (OSError, ValueError) as error:
            raise NetworkFailure(f"{place}: cannot be read: {_first_line(error)}") from None
        if len(content) < row.length:
            raise TruncatedBody(f"{place}: the file ends after {len(content):,} of {row.length:,} bytes")
        return ArchivedRecord(row.url, content, _id_of_record(content, row, place), at)


def _id_of_record(content: bytes, row: Row, place: str) -> str:
    """Return the id of the only record in a range, which must be the capture.

    Raises:
        NotCaptured: if the range is not the record of the capture.
    """
    contained = [
        (record_id(record), bare(record.headers.get(WarcHeader.WARC_TARGET_URI)), record.record_date)
        for record in _records(content, place)
        if record.record_type & (WarcRecordType.response | WarcRecordType.revisit)
    ]
    if len(contained) != 1 or not contained[0][0]:
        raise NotCaptured(f"{place}: is not one record of a web archive; check the table")
    own_id, url, date = contained[0]
    if not is_same_address(url, row.url) or date is None or timestamp(date) != row.at:
        raise NotCaptured(f"{place}: holds another capture, {date and timestamp(date)} of {url[:200]}")
    return own_id


def _records(content: bytes, place: str) -> Iterator[Any]:
    if not content.startswith(b"\x1f\x8b"):
        raise NotCaptured(f"{place}: is not a gzip member; check the table")
    try:
        yield from ArchiveIterator(io.BytesIO(content), parse_http=False)
    except (OSError, ValueError) as error:
        raise NotCaptured(f"{place}: cannot be read as a record of a web archive: {_first_line(error)}") from None


def _can_be_read(row: Row) -> bool:
    if row.offset is None or row.length is None or not 0 < row.length <= _MAX_RANGE_BYTES:
        return False
    return row.file is not None and _FILE.fullmatch(row.file) is not None


def _normalised(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row with our names, and times as 14 digits, in UTC."""
    row = {_NAMES.get(name, name): value for name, value in values.items()}
    at = row.get("timestamp")
    with suppress(ValueError, OverflowError):  # then it is not a moment, and the row not a capture
        if isinstance(at, str) and (match := _TIME.fullmatch(at.strip())):
            at = datetime.fromisoformat(f"{match[1]}T{match[2]}{match[3] or ''}")
        if isinstance(at, datetime):
            row["timestamp"] = (at.astimezone(UTC) if at.tzinfo else at).strftime("%Y%m%d%H%M%S")
    return row


def _parquet_rows(path: str) -> Iterator[dict[str, Any]]:
    arrow, parquet = require("pyarrow", "export", path), require("pyarrow.parquet", "export", path)
    try:
        file = parquet.ParquetFile(path)
        names = _known_names(path, file.schema_arrow.names)
        for batch in file.iter_batches(_ROWS_AT_ONCE, columns=names):
            yield from batch.to_pylist()
    except arrow.ArrowException as error:
        raise InputError(f"{path}: cannot be read as Parquet: {_first_line(error)}; make it again") from error


def _csv_rows(path: str, file: io.BufferedReader) -> Iterator[dict[str, Any]]:
    try:
        with io.TextIOWrapper(file, "utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines)
            _known_names(path, reader.fieldnames or ())
            yield from reader
    except (csv.Error, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read as CSV: {_first_line(error)}; make it again") from error


def _known_names(path: str, names: Iterable[str]) -> list[str]:
    known = [name for name in names if _NAMES.get(name, name) in _COLUMNS]
    if not {"url", "timestamp"} <= {_NAMES.get(name, name) for name in known}:
        raise InputError(
            f"{path}: is not a table of captures: it has no columns url and timestamp (or fetch_time); give "
            "captures.parquet of a run, or a table from Common Crawl's index"
        )
    return known


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
