"""Folders and the files in them, on this machine or on object storage, by their address."""

from __future__ import annotations

import os
import posixpath
import re
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from altdetails._files import whole_path
from altdetails._optional import require
from altdetails.errors import ExportError, InputError
from altdetails.scale.runtime import check_connection, daft, first_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from daft.io import IOConfig

__all__ = ["TableFolder", "default_config", "is_remote", "is_table_name", "joined", "local_path"]

_FILE = "file://"
_WITH_DRIVE = re.compile(r"^file:///(?=[A-Za-z]:)")
_TRIAL = "_trial"
_ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")


def is_remote(path: str) -> bool:
    """Whether a path is the address of something that is no file of this machine."""
    return "://" in path and not path.startswith(_FILE)


def local_path(path: str) -> str:
    """A path of this machine, which can be written as an address."""
    return _WITH_DRIVE.sub("", path).removeprefix(_FILE)


def is_table_name(target: str) -> bool:
    """Whether a target is the name of a table in a catalog, no folder."""
    return {"/", "\\"}.isdisjoint(target) and "." in target.strip(".")


def joined(folder: str, name: str) -> str:
    """The address of something in a folder."""
    return f"{folder.rstrip('/')}/{name}"


def default_config() -> IOConfig:
    """How storage is reached: as the environment says, which can name a server that speaks S3.

    Raises:
        InputError: where that server does not answer.
    """
    io: Any = daft().io
    endpoint = next(filter(None, map(os.environ.get, _ENDPOINTS)), None)
    if endpoint is None:
        return io.IOConfig()  # type: ignore[no-any-return]
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    is_plain = urlsplit(endpoint).scheme == "http"
    try:
        check_connection(endpoint, 80 if is_plain else 443)
    except (OSError, ValueError) as error:
        raise InputError(f"{endpoint}: no storage answers: {first_line(error)}; check AWS_ENDPOINT_URL") from error
    return io.IOConfig(s3=io.S3Config(endpoint_url=endpoint, use_ssl=not is_plain, region_name=region))  # type: ignore[no-any-return]


class TableFolder:
    """A folder, or all objects whose names begin with it."""

    def __init__(self, address: str, io_config: IOConfig) -> None:
        """Say which.

        Args:
            address: a path, or an address such as `s3://bucket/folder`.
            io_config: how storage is reached.
        """
        self.address = address
        self._place = address if is_remote(address) else Path(local_path(address)).absolute().as_posix()
        self._io_config = io_config

    def overlaps(self, other: TableFolder) -> bool:
        """Whether one is the other, or lies in it."""
        mine, others = (posixpath.normpath(folder._place) + "/" for folder in (self, other))  # noqa: SLF001 -- its own kind
        return mine.startswith(others) or others.startswith(mine)

    def is_empty(self) -> bool:
        """Whether nothing is in it, or it is not there.

        Raises:
            ExportError: where that cannot be told, or it is a file.
        """
        with self._opened() as (files, path):
            (itself,) = files.get_file_info([path])
            if itself.is_file:
                raise ExportError(f"{self.address}: is a file; give a folder that is empty, or not there")
            return not files.get_file_info(_all_in(path, is_deep=False))

    def try_out(self) -> None:
        """See that files can be written to it, before there are any.

        On object storage one is written, and deleted if that is allowed.

        Raises:
            ExportError: where they cannot.
        """
        if is_remote(self.address):
            self.put(_TRIAL, b"")
            with suppress(ExportError):
                self.remove(_TRIAL)
            return
        place = Path(self._place)
        nearest = next(folder for folder in (place, *place.parents) if os.access(folder, os.F_OK))
        if not (nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)):
            raise ExportError(f"{self.address}: {nearest} is no folder that can be written to; choose another place")

    def put(self, name: str, content: bytes) -> None:
        """Write a file, whole or not at all; one of this name is replaced.

        Raises:
            ExportError: where that cannot be done.
        """
        with self._opened() as (files, path):
            if is_remote(self.address):
                with files.open_output_stream(f"{path}/{name}") as stream:
                    stream.write(content)
            else:
                Path(path).mkdir(parents=True, exist_ok=True)
                with whole_path(Path(path, name)) as written:
                    written.write_bytes(content)

    def names(self) -> list[str]:
        """The names of the files in it, in folders below too, in their order.

        Raises:
            ExportError: where it cannot be listed.
        """
        with self._opened() as (files, path):
            found = files.get_file_info(_all_in(path, is_deep=True))
            return sorted(info.path.removeprefix(f"{path}/") for info in found if info.is_file)

    def read(self, name: str) -> bytes:
        """What a file holds.

        Raises:
            ExportError: where it cannot be read.
        """
        with self._opened() as (files, path), files.open_input_stream(f"{path}/{name}") as stream:
            return bytes(stream.read())

    def remove(self, name: str) -> None:
        """Delete a file.

        Raises:
            ExportError: where that cannot be done.
        """
        with self._opened() as (files, path):
            files.delete_file(f"{path}/{name}")

    def clear(self) -> None:
        """Delete all that is in it.

        Raises:
            ExportError: where that cannot be done.
        """
        with self._opened() as (files, path):
            files.delete_dir_contents(path, missing_dir_ok=True)

    @contextmanager
    def _opened(self) -> Iterator[tuple[Any, str]]:
        """Arrow's file system, and the folder's path there; what is wrong with it is told by its address."""
        resolve = daft().filesystem._resolve_paths_and_filesystem  # noqa: SLF001 -- Daft has no public way
        try:
            (path,), files = resolve(self._place, self._io_config)
            yield files, path
        except (OSError, ImportError, NotImplementedError, ValueError) as error:
            words = getattr(error, "strerror", None) or first_line(error)
            raise ExportError(f"{self.address}: {words}; check the address and the permissions there") from error


def _all_in(path: str, *, is_deep: bool) -> Any:  # noqa: ANN401 -- pyarrow has no types
    return require("pyarrow.fs", "daft", "a folder").FileSelector(path, recursive=is_deep, allow_not_found=True)
