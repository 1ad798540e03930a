"""Files and folders at an address, such as `s3://bucket/records.jsonl`: copied here to be read, and stored whole.

An output is made on this machine and copied when it is complete. Object storage shows a file only after its last byte,
so a process that is killed leaves nothing, or the file of before.
"""

from __future__ import annotations

import functools
import inspect
import os
import re
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar
from urllib.parse import quote, unquote, urlsplit

from altdetails._arguments import CONTROLS, is_address, shown_address, without_secrets
from altdetails._optional import require
from altdetails.errors import AltdetailsError, ExportError, InputError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = [
    "NO_RUN_AT_ADDRESS",
    "FolderAt",
    "copied_here",
    "files_at",
    "is_file_at",
    "is_web_address",
    "output_here",
    "refuse_address",
    "refuse_web_output",
    "start_at",
    "stores_at",
]

_P = ParamSpec("_P")
_R = TypeVar("_R")

_WEB = frozenset({"http", "https"})
_ALIASES = {"gcs": "gs", "az": "abfs"}
"""Other names of the schemes that pyarrow knows."""
_SCHEMES = "s3://, gs://, az:// or https://"
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_SITE = re.compile(r"(?:^|\.)altmetric\.com$", re.IGNORECASE)
_HOST = re.compile(r"[a-z0-9_.:-]+", re.IGNORECASE)
_URL_CHARACTERS = "%/:=&?~#+!$,;'@()*[]"
_WILDCARDS = frozenset("*?[")
_SECONDS = 60
_READERS = 16
"""Small files that are read at the same time: each waits for the network."""

NO_RUN_AT_ADDRESS = (
    "a run folder is a database, which must be on this machine; choose a folder here, and copy what you need of it "
    "afterwards, such as with `altdetails export RUN -o s3://bucket/records.parquet`"
)
"""Why a run folder cannot be at an address, and what to do."""


def refuse_address(path: str, reason: str) -> None:
    """Refuse an address for what must be on this machine.

    Raises:
        SettingsError: if the path is an address.
    """
    if is_address(path):
        raise SettingsError(f"{shown_address(path)}: {reason}")


class _TransferError(ValueError):
    """A reason in words of this package, which has no secret."""


@contextmanager
def copied_here(path: str) -> Iterator[str]:
    """Yield the path of a file on this machine: the file itself, or a copy of the file at an address.

    Args:
        path: a path or an address.

    Raises:
        InputError: if the file cannot be copied.
    """
    if not is_address(path):
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="altdetails-") as folder:
        with _transfer_errors(path, InputError, "cannot be read"):
            copy = Path(folder, _file_name(path))
            _download(path, copy)
        yield str(copy)


def is_web_address(address: str) -> bool:
    """Whether an address is one of the web, which has no folders and takes no files."""
    return _scheme(address) in _WEB


def is_file_at(address: str) -> bool:
    """Whether there is a file at an address of object storage.

    Raises:
        InputError: if the storage cannot be asked.
    """
    with _transfer_errors(address, InputError, "cannot be read"):
        files, path = _opened(address)
        (itself,) = files.get_file_info([path])
        return bool(itself.is_file)


def start_at(address: str, length: int) -> bytes:
    """Return the first bytes of a file on object storage, at most `length`.

    Raises:
        InputError: if it cannot be read.
    """
    with _transfer_errors(address, InputError, "cannot be read"):
        files, path = _opened(address)
        with files.open_input_file(path) as file:
            return bytes(file.read_at(length, 0))


def files_at(address: str) -> dict[str, int | None]:
    """Return the sizes of the files in a folder on object storage by their addresses, sorted; or of the address itself.

    The size of a file on the web is None.

    Raises:
        InputError: if there is no such file or folder, or it cannot be listed.
    """
    if is_web_address(address):
        return {address: None}
    with _transfer_errors(address, InputError, "cannot be read"):
        files, path = _opened(address)
        (itself,) = files.get_file_info([path])
        if itself.is_file:
            return {address: itself.size}
        selector = _arrow_files().FileSelector(path.rstrip("/"), recursive=True, allow_not_found=True)
        sizes = {info.path: info.size for info in files.get_file_info(selector) if info.is_file}
    if not sizes:
        is_pattern = not _WILDCARDS.isdisjoint(address)
        advice = "patterns of addresses need --engine daft; give the folder" if is_pattern else "check the address"
        raise InputError(f"{shown_address(address)}: no such file or folder; {advice}")
    start = address[: address.index("://") + 3]
    return {f"{start}{name}": sizes[name] for name in sorted(sizes)}


class FolderAt:
    """A folder on object storage. Names of files are relative to it, with `/`."""

    def __init__(self, address: str) -> None:
        """Create an object for a folder; nothing is read or written.

        Args:
            address: its address, with or without a `/` at its end.
        """
        self.shown = shown_address(address.rstrip("/"))
        """The address for messages."""
        self._address = address.rstrip("/")

    def address_of(self, name: str) -> str:
        """Return the address of a file in the folder."""
        return f"{self._address}/{name}"

    def sizes(self, inner: str = "", *, is_deep: bool = True) -> dict[str, int]:
        """Return the sizes of the files in bytes by their names, sorted; empty if there is no such folder.

        Args:
            inner: a folder in this one, to list only its files.
            is_deep: whether the files of inner folders are listed too.

        Raises:
            InputError: if the folder cannot be listed.
        """
        with _transfer_errors(self._address, InputError, "cannot be read"):
            files, path = self._files
            place = f"{path}/{inner}".rstrip("/")
            selector = _arrow_files().FileSelector(place, recursive=is_deep, allow_not_found=True)
            infos = {info.path.removeprefix(f"{path}/"): info for info in files.get_file_info(selector) if info.is_file}
        return {name: infos[name].size for name in sorted(infos)}

    def read(self, names: Iterable[str]) -> dict[str, bytes]:
        """Return the content of small files by their names.

        Raises:
            InputError: if one cannot be read.
        """

        def content(name: str) -> tuple[str, bytes]:
            with (
                _transfer_errors(self.address_of(name), InputError, "cannot be read"),
                files.open_input_stream(f"{path}/{name}") as stream,
            ):
                return name, bytes(stream.read())

        with _transfer_errors(self._address, InputError, "cannot be read"):
            files, path = self._files
        with ThreadPoolExecutor(_READERS) as readers:
            return dict(readers.map(content, names))

    def refuse_missing_bucket(self) -> None:
        """Check that there is a place for the folder.

        Raises:
            ExportError: if its bucket does not exist.
        """
        with _transfer_errors(self._address, ExportError, "cannot be written"):
            _refuse_missing_bucket(*self._files)

    def send(self, source: Path, name: str) -> None:
        """Store a file of this machine under a name.

        Raises:
            ExportError: if it cannot be stored.
        """
        with _transfer_errors(self.address_of(name), ExportError, "cannot be written"):
            _upload(source, f"{self._files[1]}/{name}", self._files[0])

    def put(self, name: str, content: bytes) -> None:
        """Store content under a name. Readers see it complete or not at all.

        Raises:
            ExportError: if it cannot be stored.
        """
        with _transfer_errors(self.address_of(name), ExportError, "cannot be written"):
            files, path = self._files
            with files.open_output_stream(f"{path}/{name}") as stream:
                stream.write(content)

    def remove(self, name: str) -> None:
        """Remove a file.

        Raises:
            ExportError: if it cannot be removed.
        """
        with _transfer_errors(self.address_of(name), ExportError, "cannot be removed"):
            files, path = self._files
            files.delete_file(f"{path}/{name}")

    @functools.cached_property
    def _files(self) -> tuple[Any, str]:
        files, path = _opened(self._address)
        return files, path.rstrip("/")


@contextmanager
def output_here(out: str) -> Iterator[str]:
    """Yield a path to write to. At the end of the block, the file is copied to the address, unless the block raises.

    A path on this machine is yielded as it is.

    Raises:
        ExportError: if the file cannot be stored at the address.
    """
    if not is_address(out):
        yield out
        return
    refuse_web_output(out)
    with tempfile.TemporaryDirectory(prefix="altdetails-") as folder:
        with _transfer_errors(out, ExportError, "cannot be written"):
            path = Path(folder, _file_name(out))
            files, target = _opened(out)
            _refuse_missing_bucket(files, target)
            if target.endswith("/") or "/" not in target:
                raise _TransferError("the address names no file")
        try:
            yield str(path)
        except AltdetailsError as error:
            error.args = tuple(
                text.replace(str(path), shown_address(out)) if isinstance(text, str) else text for text in error.args
            )
            raise
        with _transfer_errors(out, ExportError, "cannot be written"):
            _upload(path, target, files)


def refuse_web_output(out: str) -> None:
    """Check that an output is not on the web.

    Raises:
        ExportError: if it is.
    """
    if is_web_address(out):
        raise ExportError(f"{shown_address(out)}: files are not sent to web servers; use s3://, gs:// or az://")


def stores_at(argument: str) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]:
    """Let a function that writes one file write it to an address too.

    Args:
        argument: the name of the argument with the path.
    """

    def decorate(function: Callable[_P, _R]) -> Callable[_P, _R]:
        signature = inspect.signature(function)

        @functools.wraps(function)
        def stored(*arguments: _P.args, **options: _P.kwargs) -> _R:
            bound = signature.bind(*arguments, **options)
            out = bound.arguments.get(argument)
            out = os.fspath(out) if isinstance(out, os.PathLike) else out
            if not isinstance(out, str) or not is_address(out):
                return function(*arguments, **options)
            with output_here(out) as path:
                bound.arguments[argument] = path
                return function(*bound.args, **bound.kwargs)

        return stored

    return decorate


def _scheme(address: str) -> str:
    scheme = address.partition("://")[0].lower()
    return _ALIASES.get(scheme, scheme)


def _file_name(address: str) -> str:
    """Return the name of a file at an address, for a file on this machine: its ending says its format."""
    name = unquote(urlsplit(address).path).rpartition("/")[2]
    return CONTROLS.sub("_", name).replace("\\", "_")[-100:].lstrip(".") or "file"


def _arrow_files() -> Any:  # noqa: ANN401 -- pyarrow has no types
    return require("pyarrow.fs", "remote", "a file at an address")


def _opened(address: str) -> tuple[Any, str]:
    """Return Arrow's file system of an address, and the path in it."""
    arrow = _arrow_files()
    scheme = _scheme(address)
    place = address.partition("://")[2]
    if scheme == "s3":
        files, _ = arrow.FileSystem.from_uri(f"s3://{place.partition('/')[0]}")
        return files, place  # a # or ? in the name of a file has no meaning
    if scheme == "gs":
        return arrow.GcsFileSystem(), place
    if scheme in {"abfs", "abfss"} and "@" not in place:
        account = os.environ.get("AZURE_STORAGE_ACCOUNT_NAME") or os.environ.get("AZURE_STORAGE_ACCOUNT")
        if not account:
            raise _TransferError("set AZURE_STORAGE_ACCOUNT to the name of the account")
        return arrow.AzureFileSystem(account), place
    if scheme in {"abfs", "abfss"}:
        files, path = arrow.FileSystem.from_uri(f"{scheme}://{place}")
        return files, path
    raise _TransferError(f"addresses begin with {_SCHEMES}")


def _refuse_missing_bucket(files: Any, path: str) -> None:  # noqa: ANN401 -- pyarrow has no types
    bucket = path.partition("/")[0]
    (info,) = files.get_file_info([bucket])
    if info.type == _arrow_files().FileType.NotFound:
        raise _TransferError(f"there is no bucket {bucket}")


def _upload(path: Path, target: str, files: Any) -> None:  # noqa: ANN401 -- pyarrow has no types
    arrow = _arrow_files()
    arrow.copy_files(str(path), target, source_filesystem=arrow.LocalFileSystem(), destination_filesystem=files)


def _download(address: str, copy: Path) -> None:
    if is_web_address(address):
        _download_from_web(address, copy)
        return
    arrow = _arrow_files()
    files, path = _opened(address)
    (info,) = files.get_file_info([path])
    if info.type == arrow.FileType.Directory:
        raise _TransferError("it is a folder; give a file in it, or a folder of parts with / at its end")
    if not info.is_file:
        raise _TransferError("there is no such file")
    arrow.copy_files(path, str(copy), source_filesystem=files, destination_filesystem=arrow.LocalFileSystem())


def _download_from_web(address: str, copy: Path) -> None:
    _refuse_web_address(address)
    broken_answer: type[Exception] = import_module("http.client").HTTPException  # it takes long, so it is loaded late
    url = quote(address, safe=_URL_CHARACTERS)
    try:
        with _opener().open(url, timeout=_SECONDS) as response, copy.open("wb") as file:
            expected = response.headers.get("Content-Length", "")
            shutil.copyfileobj(response, file)
            if expected.isdecimal() and file.tell() != int(expected):
                raise _TransferError(f"the connection ended after {file.tell():,} of {int(expected):,} bytes")
    except OSError as error:
        if answer := getattr(error, "fp", None):  # an answer that is an error keeps its connection open
            answer.close()
        raise
    except broken_answer as error:
        raise _TransferError("the answer of the server is not HTTP, or ends early") from error


def _refuse_web_address(address: str) -> None:
    parts = urlsplit(address)
    host = (parts.hostname or "").rstrip(".")
    if "@" in parts.netloc or not _HOST.fullmatch(host):  # a client decodes %2e and 。, so it would ask another host
        raise _TransferError("its host contains a user, or other characters than letters, digits, dots and hyphens")
    if _SITE.search(host):
        raise _TransferError("pages of Altmetric are fetched by `altdetails scrape` alone")
    if parts.scheme.lower() != "https" and host not in _LOOPBACK:
        raise _TransferError(f"{shown_address(address)} is not read; only https:// is")


def _opener() -> Any:  # noqa: ANN401 -- its library is loaded late
    """Return what opens addresses: it follows redirects to https alone, and never to Altmetric."""
    from urllib import request  # noqa: PLC0415 -- only for addresses of the web, and it takes long

    class Redirects(request.HTTPRedirectHandler):
        def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:  # noqa: ANN401, PLR0913, PLR0917 -- as the base class
            try:
                _refuse_web_address(newurl)
            except _TransferError:
                fp.close()
                raise
            return super().redirect_request(req, fp, code, msg, headers, newurl)

    return request.build_opener(Redirects)


@contextmanager
def _transfer_errors(address: str, kind: type[InputError | ExportError], what: str) -> Iterator[None]:
    """Convert errors of the block to an error with the address, without its secrets."""
    try:
        yield
    except (OSError, ValueError, NotImplementedError) as error:
        words = str(getattr(error, "reason", None) or error)
        if not isinstance(error, _TransferError):
            words = CONTROLS.sub(" ", without_secrets(words, address))
        raise kind(f"{shown_address(address)}: {what}: {words}; check the address and the permissions") from None
