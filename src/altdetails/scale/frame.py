"""`read_archives`: web archives as a DataFrame of Daft, a row a record."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

from altdetails.errors import InputError
from altdetails.scale.archive_spans import archive_spans
from altdetails.scale.runtime import daft, on_ray, processes
from altdetails.scale.storage import TableFolder, default_config
from altdetails.schemas.fields import record_fields
from altdetails.warc.reader import wanted

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable

    from daft import DataFrame
    from daft.io import IOConfig

__all__ = ["lines_of_archives", "read_archives"]

_COLUMN = "record"
_SHARE = 0.5
"""Of a processor, that Ray keeps for a process: so there is room on others for those of a machine that dies."""


def read_archives(
    paths: Iterable[str | os.PathLike[str]],
    *,
    url_filter: str | None = None,
    io_config: IOConfig | None = None,
    failures: str | None = None,
    jobs: int | None = None,
) -> DataFrame:
    """The records of web archives, a row each, with the columns of `arrow_schema`. Nothing is parsed before it is used.

    They are the records of `altdetails parse`, in no order. Processes parse: of this machine, or of the cluster of Ray
    that Daft was told of.

    Args:
        paths: WARC and WET files, folders and patterns: of this machine, or addresses (`s3://`, `gs://`, `az://`,
            `https://`, for whose access Daft looks where it always does). Those of this machine must lie at the same
            place on all machines of a cluster.
        url_filter: a regular expression; the pages are read in whose addresses it is found, in place of those of
            details addresses.
        io_config: how storage is reached; by default as the environment says.
        failures: a folder, or its address, that gets a line of JSON for each page without a record: its `file`, its
            `kind` and the `reason`. The names of files follow from their content, so what is done twice stands there
            once. Without it such pages are passed over without a word.
        jobs: processes that parse; by default as many as there are processors.

    Raises:
        InputError: where Daft is not installed, or cannot work on this system, a path leads to no archive, or the
            regular expression is none.
    """
    frame = _read("records", paths, url_filter=url_filter, io_config=io_config, failures=failures, jobs=jobs)
    return frame.select(*(daft().col(_COLUMN)[name].alias(name) for name in (field.name for field in record_fields())))


def lines_of_archives(
    paths: Iterable[str | os.PathLike[str]],
    **options: Any,  # noqa: ANN401 -- those of read_archives
) -> DataFrame:
    """The records of web archives as lines of JSON, in a column `record`; for the rest see `read_archives`."""
    return _read("lines", paths, **options)


def _read(  # noqa: PLR0913 -- the options of read_archives
    what: str,
    paths: Iterable[str | os.PathLike[str]],
    *,
    url_filter: str | None,
    io_config: IOConfig | None,
    failures: str | None,
    jobs: int | None,
) -> DataFrame:
    wanted(url_filter)
    library = daft()
    from altdetails.scale.worker import Reader, SpanSource  # noqa: PLC0415 -- needs Daft

    config = io_config or default_config()
    workers = processes(jobs)
    if not hasattr(socket, "AF_UNIX") and not on_ray():
        raise InputError(
            "Daft reaches its processes over Unix sockets, which Python does not have on Windows; "
            "use --engine local, a cluster of Ray (--ray), or WSL"
        )
    place = {"cpus": _SHARE} if on_ray() else {"use_process": True}
    parallel = library.cls(Reader, max_concurrency=workers, **place)
    listing = TableFolder(failures, config) if failures else None
    read = getattr(parallel(config, listing, url_filter), what)
    frame = SpanSource(archive_spans(paths, url_filter=url_filter, io_config=config, workers=workers)).read()
    columns = [frame[name] for name in frame.column_names]
    return frame.select(read(*columns).alias(_COLUMN)).explode(_COLUMN, ignore_empty_and_null=True)
