"""Divide web archives into spans, each small enough for one process."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from altdetails._arguments import shown_address
from altdetails.documents import WARC_ENDINGS, Unreadable, is_warc, printable
from altdetails.errors import InputError
from altdetails.scale.runtime import daft, first_line
from altdetails.scale.storage import is_remote, local_path
from altdetails.sources import Source, find
from altdetails.warc.members import Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from daft.io import IOConfig

__all__ = ["MAX_SPAN_BYTES", "MIN_SPAN_BYTES", "archive_spans", "archives_at"]

MAX_SPAN_BYTES = 64 * 2**20
"""The largest span: about 6,000 compressed pages."""
MIN_SPAN_BYTES = 4 * 2**20
_SPANS_PER_WORKER = 4
"""The minimum number of spans per process for small inputs, so that one slow span does not delay the run."""

_WILDCARDS = frozenset("*?[")
_ADVICE = f"Daft reads only WARC and WET ({', '.join(WARC_ENDINGS)}); use --engine local for other files"
_SITE_HOST = re.compile(r"(?:.+\.)?altmetric\.com\.?", re.IGNORECASE)


def archive_spans(
    paths: Iterable[str | os.PathLike[str]], *, url_filter: str | None, io_config: IOConfig, workers: int
) -> list[Span]:
    """Return the spans of all archives at the paths. An archive that is found twice is read once.

    Raises:
        InputError: if a path has no archive, or an address cannot be read.
    """
    archives = archives_at(paths, io_config)
    total = sum(length for _, length in archives.values())
    size = min(MAX_SPAN_BYTES, max(MIN_SPAN_BYTES, total // (workers * _SPANS_PER_WORKER)))
    return [span for archive, length in archives.values() for span in _divide(archive, length, size, url_filter)]


def archives_at(paths: Iterable[str | os.PathLike[str]], io_config: IOConfig) -> dict[str, tuple[str, int]]:
    """Return the archives at paths, each once, by its absolute path or address: its path as given, and its bytes.

    Raises:
        InputError: if a path has no archive, or an address cannot be read.
    """
    archives: dict[str, tuple[str, int]] = {}
    for entry in paths:
        path = os.fspath(entry)
        for archive, length in _remote(path, io_config) if is_remote(path) else _local(path):
            archives.setdefault(archive if is_remote(path) else os.path.realpath(archive), (archive, length))
    return archives


def _divide(archive: str, length: int, size: int, url_filter: str | None) -> Iterator[Span]:
    path = archive if is_remote(archive) else str(Path(archive).absolute())
    borders = [*range(size, length if archive.lower().endswith(".gz") else 0, size), None]
    for start, stop in zip([0, *borders], borders, strict=False):
        yield Span(printable(archive), path, start or 0, stop, url_filter)


def _local(path: str) -> Iterator[tuple[str, int]]:
    for item in find([local_path(path)]):
        if isinstance(item, Unreadable):
            raise item.error
        _refuse_others(item)
        yield item.path, Path(item.path).stat().st_size


def _refuse_others(source: Source) -> None:
    if source.form != "warc":
        raise InputError(f"{source.name}: is not a web archive; {_ADVICE}")


def _remote(address: str, io_config: IOConfig) -> Iterator[tuple[str, int]]:
    if urlsplit(address).scheme in {"http", "https"}:
        yield _single(address, io_config)
        return
    pattern = address
    if _WILDCARDS.isdisjoint(address) and not is_warc(address):
        pattern = f"{address.rstrip('/')}/**"
    archives = [(name, size) for name, size in _matches(pattern, io_config) if is_warc(name)]
    if not archives:
        raise InputError(
            f"{shown_address(address)}: contains no web archives, or cannot be read; check the address. {_ADVICE}"
        )
    yield from archives


def _single(address: str, io_config: IOConfig) -> tuple[str, int]:
    parts = urlsplit(address)
    if _SITE_HOST.fullmatch(parts.hostname or ""):
        raise InputError(
            f"{shown_address(address)}: is a page of the site; "
            "use `altdetails scrape`, which obeys robots.txt and limits its requests"
        )
    if not is_warc(parts.path):
        raise InputError(f"{shown_address(address)}: does not end like a web archive; {_ADVICE}")
    try:
        return address, daft().File(address, io_config).size()
    except Exception as error:  # noqa: BLE001 -- every library has its own errors
        raise InputError(
            f"{shown_address(address)}: cannot be read: {first_line(error, address)}; check the address"
        ) from None


def _matches(pattern: str, io_config: IOConfig) -> list[tuple[str, int]]:
    try:
        infos: list[dict[str, Any]] = daft().daft.io_glob(pattern, io_config=io_config)
    except FileNotFoundError:
        return []
    except Exception as error:  # noqa: BLE001 -- every library has its own errors
        raise InputError(
            f"{shown_address(pattern)}: cannot be listed: {first_line(error, pattern)}; "
            "check the address and the permissions"
        ) from None
    return [(info["path"], info["size"]) for info in infos if info["type"] == "File"]
