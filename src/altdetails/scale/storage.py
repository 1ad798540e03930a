"""Folders on this machine or on object storage."""

from __future__ import annotations

import os
import posixpath
import re
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from altdetails._arguments import shown_address
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
    """Return whether a path is an address of another machine."""
    return "://" in path and not path.startswith(_FILE)


def local_path(path: str) -> str:
    """Return a local path without `file://`."""
    return _WITH_DRIVE.sub("", path).removeprefix(_FILE)


def is_table_name(target: str) -> bool:
    """Return whether a target is the name of a table in a catalog, not a folder."""
    return {"/", "\\"}.isdisjoint(target) and "." in target.strip(".")


def joined(folder: str, name: str) -> str:
    """Return the address of a file in a folder."""
    return f"{folder.rstrip('/')}/{name}"


def default_config() -> IOConfig:
    """Return Daft's settings for storage, from the environment, which can set another S3 server.

    Raises:
        InputError: if that server does not respond.
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
        raise InputError(
            f"{shown_address(endpoint)}: the storage server does not respond: {first_line(error, endpoint)}; "
            "check AWS_ENDPOINT_URL"
        ) from None
    return io.IOConfig(s3=io.S3Config(endpoint_url=endpoint, use_ssl=not is_plain, region_name=region))  # type: ignore[no-any-return]


class TableFolder:
    """A local folder, or a prefix on object storage."""

    def __init__(self, address: str, io_config: IOConfig) -> None:
        """Create an object for a folder; nothing is read or written.

        Args:
            address: a local path, or an address such as `s3://bucket/folder`.
            io_config: Daft's settings for storage.
        """
        self.address = address
        self._path = address if is_remote(address) else Path(local_path(address)).absolute().as_posix()
        self._io_config = io_config

    def overlaps(self, other: TableFolder) -> bool:
        """Return whether the folders are the same, or one contains the other."""
        mine, others = (posixpath.normpath(folder._path) + "/" for folder in (self, other))  # noqa: SLF001 -- the same class
        return mine.startswith(others) or others.startswith(mine)

    def is_empty(self) -> bool:
        """Return whether the folder is empty or does not exist.

        Raises:
            ExportError: if it cannot be listed, or is a file.
        """
        with self._opened() as (files, path):
            (itself,) = files.get_file_info([path])
            if itself.is_file:
                raise ExportError(f"{shown_address(self.address)}: is a file; use an empty or new folder")
            return not files.get_file_info(_selector(path, recursive=False))

    def check_writable(self) -> None:
        """Check that files can be written to the folder.

        On object storage, an empty file is written, and deleted if permitted.

        Raises:
            ExportError: if files cannot be written.
        """
        if is_remote(self.address):
            self.put(_TRIAL, b"")
            with suppress(ExportError):
                self.remove(_TRIAL)
            return
        path = Path(self._path)
        nearest = next(folder for folder in (path, *path.parents) if os.access(folder, os.F_OK))
        if not (nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)):
            raise ExportError(
                f"{shown_address(self.address)}: output cannot be written: {nearest} is not a writable folder; "
                "choose another folder"
            )

    def put(self, name: str, content: bytes) -> None:
        """Write a file atomically. A file of this name is replaced.

        Raises:
            ExportError: if it cannot be written.
        """
        with self._opened() as (files, path):
            if is_remote(self.address):
                with files.open_output_stream(f"{path}/{name}") as stream:
                    stream.write(content)
            else:
                target = Path(path, name)
                target.parent.mkdir(parents=True, exist_ok=True)
                with whole_path(target) as temporary:
                    temporary.write_bytes(content)

    def names(self) -> list[str]:
        """Return the sorted names of the files in the folder and its subfolders.

        Raises:
            ExportError: if the folder cannot be listed.
        """
        with self._opened() as (files, path):
            infos = files.get_file_info(_selector(path, recursive=True))
            return sorted(info.path.removeprefix(f"{path}/") for info in infos if info.is_file)

    def read(self, name: str) -> bytes:
        """Return the content of a file.

        Raises:
            ExportError: if it cannot be read.
        """
        with self._opened() as (files, path), files.open_input_stream(f"{path}/{name}") as stream:
            return bytes(stream.read())

    def remove(self, name: str) -> None:
        """Delete a file.

        Raises:
            ExportError: if it cannot be deleted.
        """
        with self._opened() as (files, path):
            files.delete_file(f"{path}/{name}")

    def clear(self) -> None:
        """Delete the content of the folder.

        Raises:
            ExportError: if it cannot be deleted.
        """
        with self._opened() as (files, path):
            files.delete_dir_contents(path, missing_dir_ok=True)

    @contextmanager
    def _opened(self) -> Iterator[tuple[Any, str]]:
        """Yield Arrow's file system and the folder's path in it. Errors name the address of the folder."""
        resolve = daft().filesystem._resolve_paths_and_filesystem  # noqa: SLF001 -- Daft has no public function for this
        try:
            (path,), files = resolve(self._path, self._io_config)
            yield files, path
        except (OSError, ImportError, NotImplementedError, ValueError) as error:
            words = getattr(error, "strerror", None) or first_line(error, self.address)
            raise ExportError(
                f"{shown_address(self.address)}: {words}; check the address and the permissions there"
            ) from None


def _selector(path: str, *, recursive: bool) -> Any:  # noqa: ANN401 -- pyarrow has no types
    return require("pyarrow.fs", "daft", "a folder").FileSelector(path, recursive=recursive, allow_not_found=True)
