"""`read_archives`: the records of web archives as a Daft DataFrame."""

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

__all__ = ["lines_of_archives", "read_archives", "records_of_archives"]

_COLUMN = "record"
_RAY_CPUS = 0.5
"""The CPUs that a process requests from Ray. Half a CPU leaves room for the processes of a failed machine."""


def read_archives(
    paths: Iterable[str | os.PathLike[str]],
    *,
    url_filter: str | None = None,
    io_config: IOConfig | None = None,
    failures: str | None = None,
    jobs: int | None = None,
) -> DataFrame:
    """Return a DataFrame with a row per record of the archives and the columns of `arrow_schema`.

    The DataFrame is lazy: the archives are parsed each time it is used. The records are those of `altdetails parse`, in
    no particular order. Worker processes parse them, on this machine or on the Ray cluster that Daft is set to use.

    Args:
        paths: WARC and WET files, folders and patterns, as local paths or addresses (`s3://`, `gs://`, `az://`,
            `https://`). Daft finds the credentials. On a cluster, local paths must be the same on all machines.
        url_filter: a regular expression. Only pages with a matching address are read, instead of details pages.
        io_config: Daft's settings for storage. Default: from the environment.
        failures: a folder, or its address. It gets a line of JSON for each page without a record, with `file`, `kind`
            and `reason`. File names are digests of the content, so repeated work adds no duplicates. Default: such
            pages are skipped silently.
        jobs: the number of worker processes. Default: the number of CPUs.

    Raises:
        InputError: if Daft is not installed or not supported on this system, a path has no archive, or the regular
            expression is invalid.
    """
    return records_of_archives(paths, url_filter=url_filter, io_config=io_config, failures=failures, jobs=jobs)


def records_of_archives(
    paths: Iterable[str | os.PathLike[str]],
    **options: Any,  # noqa: ANN401 -- those of read_archives, and commit
) -> DataFrame:
    """Return what `read_archives` returns.

    Args:
        paths: see `read_archives`.
        options: those of `read_archives`, and `commit`: an id for the names of the files of failures.
    """
    frame = _read("records", paths, **options)
    return frame.select(*(daft().col(_COLUMN)[name].alias(name) for name in (field.name for field in record_fields())))


def lines_of_archives(
    paths: Iterable[str | os.PathLike[str]],
    **options: Any,  # noqa: ANN401 -- those of records_of_archives
) -> DataFrame:
    """Return the records of web archives as lines of JSON in a column `record`.

    The arguments are those of `records_of_archives`.
    """
    return _read("lines", paths, **options)


def _read(  # noqa: PLR0913 -- the options of read_archives and a commit
    method: str,
    paths: Iterable[str | os.PathLike[str]],
    *,
    url_filter: str | None,
    io_config: IOConfig | None,
    failures: str | None,
    jobs: int | None,
    commit: str | None = None,
) -> DataFrame:
    wanted(url_filter)
    library = daft()
    from altdetails.scale.worker import Reader, SpanSource  # noqa: PLC0415 -- needs Daft

    config = io_config or default_config()
    workers = processes(jobs)
    if not hasattr(socket, "AF_UNIX") and not on_ray():
        raise InputError(
            "Daft needs Unix sockets, which Python does not support on Windows; "
            "use --engine local, a Ray cluster (--ray), or WSL"
        )
    resources = {"cpus": _RAY_CPUS} if on_ray() else {"use_process": True}
    parallel = library.cls(Reader, max_concurrency=workers, **resources)
    listing = TableFolder(failures, config) if failures else None
    read = getattr(parallel(config, listing, url_filter, commit), method)
    frame = SpanSource(archive_spans(paths, url_filter=url_filter, io_config=config, workers=workers)).read()
    columns = [frame[name] for name in frame.column_names]
    return frame.select(read(*columns).alias(_COLUMN)).explode(_COLUMN, ignore_empty_and_null=True)
