"""Paths and addresses of web archives → their stretches, small enough for one process each."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from altdetails.documents import WARC_ENDINGS, Unreadable, is_warc, printable
from altdetails.errors import InputError
from altdetails.scale.runtime import daft, first_line
from altdetails.scale.storage import is_remote, local_path
from altdetails.sources import Source, find
from altdetails.warc.members import Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from daft.io import IOConfig

__all__ = ["FEWEST_BYTES", "MOST_BYTES", "archive_spans"]

MOST_BYTES = 64 * 2**20
"""How much of an archive is read at once, by one process: some 6,000 packed pages."""
FEWEST_BYTES = 4 * 2**20
_TURNS = 4
"""So many stretches, at least, each process reads of a small input: one of them can be slow."""

_WILDCARDS = frozenset("*?[")
_WAY_OUT = f"Daft reads WARC and WET ({', '.join(WARC_ENDINGS)}); give everything else to --engine local"
_OF_THE_SITE = re.compile(r"(?:.+\.)?altmetric\.com\.?", re.IGNORECASE)


def archive_spans(
    paths: Iterable[str | os.PathLike[str]], *, url_filter: str | None, io_config: IOConfig, workers: int
) -> list[Span]:
    """The stretches of all archives that paths lead to, each archive once: several for each worker, if sensible.

    Raises:
        InputError: where a path leads to no archive, or is no address to read from.
    """
    found: dict[str, tuple[str, int]] = {}
    for each in paths:
        path = os.fspath(each)
        for archive, length in _remote(path, io_config) if is_remote(path) else _local(path):
            found.setdefault(archive if is_remote(path) else os.path.realpath(archive), (archive, length))
    size = min(MOST_BYTES, max(FEWEST_BYTES, sum(length for _, length in found.values()) // (workers * _TURNS)))
    return [span for archive, length in found.values() for span in _divided(archive, length, size, url_filter)]


def _divided(archive: str, length: int, size: int, url_filter: str | None) -> Iterator[Span]:
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
        raise InputError(f"{source.name}: is no web archive; {_WAY_OUT}")


def _remote(address: str, io_config: IOConfig) -> Iterator[tuple[str, int]]:
    if urlsplit(address).scheme in {"http", "https"}:
        yield _single(address, io_config)
        return
    pattern = address
    if _WILDCARDS.isdisjoint(address) and not is_warc(address):
        pattern = f"{address.rstrip('/')}/**"
    found = [(name, size) for name, size in _matches(pattern, io_config) if is_warc(name)]
    if not found:
        raise InputError(f"{address}: holds no web archive, or cannot be read; check it. {_WAY_OUT}")
    yield from found


def _single(address: str, io_config: IOConfig) -> tuple[str, int]:
    parts = urlsplit(address)
    if _OF_THE_SITE.fullmatch(parts.hostname or ""):
        raise InputError(f"{address}: is fetched by `altdetails scrape` alone, which asks the site politely")
    if not is_warc(parts.path):
        raise InputError(f"{address}: is no web archive by its ending; {_WAY_OUT}")
    try:
        return address, daft().File(address, io_config).size()
    except Exception as error:
        raise InputError(f"{address}: cannot be read: {first_line(error)}; check the address") from error


def _matches(pattern: str, io_config: IOConfig) -> list[tuple[str, int]]:
    try:
        infos: list[dict[str, Any]] = daft().daft.io_glob(pattern, io_config=io_config)
    except FileNotFoundError:
        return []
    except Exception as error:
        raise InputError(f"{pattern}: cannot be listed: {first_line(error)}; check address and permissions") from error
    return [(info["path"], info["size"]) for info in infos if info["type"] == "File"]
