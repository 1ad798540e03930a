"""Turn a destination name or URL into a dlt destination, and add the destination to errors."""

from __future__ import annotations

import re
import signal
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dlt
from dlt.common.configuration.exceptions import ConfigFieldMissingException
from dlt.common.exceptions import MissingDependencyException, SignalReceivedException
from dlt.destinations.impl.postgres.configuration import PostgresCredentials

from altdetails._arguments import shown_address, without_secrets
from altdetails.errors import AltdetailsError, ExportError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sized

    from dlt.common.destination import Destination

__all__ = ["destination", "first_line", "name_of", "warehouse_errors"]

_URL = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+_-]*)://(?P<rest>.*)", re.DOTALL)
_NO_PART_OF_FILE = re.compile(r"[@?#;&]")
"""Characters that begin or separate users and options: DuckDB would make them a part of the name of the file."""
_NAME = re.compile(r"[A-Za-z_]{1,20}")
_NAMES = {"postgresql": "postgres", "postgres": "postgres", "md": "motherduck"}
"""dlt's names of the destinations that have another URL scheme."""


def destination(to: str, dataset: str) -> Destination[Any, Any]:
    """Return the dlt destination for a name or URL.

    Args:
        to: dlt's name of a destination. dlt then reads the credentials from the environment or `secrets.toml`. Or a
            URL with the credentials: `duckdb:///FILE` or `postgresql://user:password@host/database`.
        dataset: the name of the dataset to load into.

    Raises:
        ExportError: if dlt has no such destination, a library is missing, or the dataset name is invalid.
    """
    normalized_dataset = dlt.Schema("altdetails").naming.normalize_identifier(dataset) if dataset.strip() else ""
    if not normalized_dataset or normalized_dataset.endswith("_staging"):
        raise ExportError(
            f"{dataset!r} is not a valid dataset name; give a name that does not end in _staging, which dlt reserves"
        )
    letters = "".join(filter(str.isalnum, dataset)).lower()
    if letters != normalized_dataset.replace("_", ""):
        raise ExportError(
            f"{dataset!r} is not a valid dataset name: dlt would change it to {normalized_dataset!r}; use letters from "
            "a to z, digits and _"
        )
    url = _URL.fullmatch(to)
    name = name_of(to)
    supported = sorted(set(dlt.destinations.__all__) - {"destination", "dummy"})
    if name not in supported:
        names = ", ".join(supported)
        shown = shown_address(to) if url or _NAME.fullmatch(to) else "…"  # it can be a password
        raise ExportError(f"{shown}: dlt has no destination {name if shown != '…' else '…'!r}; use one of {names}")
    if url and url["rest"].partition("?")[0].count("@") > 1:
        raise ExportError(f"{shown_address(to)}: contains two @; write %40 for the @ in the password")
    factory = getattr(dlt.destinations, name)
    if not url:
        return factory()  # type: ignore[no-any-return]
    if name == "duckdb":
        return factory(credentials=_duckdb_path(to, url["rest"], normalized_dataset))  # type: ignore[no-any-return]
    if name == "postgres":
        return factory(credentials=_postgres_credentials(url["rest"]))  # type: ignore[no-any-return]
    if name == "redshift":
        # The driver of Redshift accepts only this scheme.
        return factory(credentials=f"postgresql://{url['rest']}")  # type: ignore[no-any-return]
    return factory(credentials=to)  # type: ignore[no-any-return]


def name_of(to: str) -> str:
    """Return dlt's name of a destination."""
    scheme = to.partition("://")[0].lower()
    return _NAMES.get(scheme, scheme)


def _duckdb_path(to: str, rest: str, dataset: str) -> str:
    path = rest.removeprefix("/")
    if _NO_PART_OF_FILE.search(path):
        raise ExportError(
            f"{shown_address(to)}: DuckDB takes no user and no options; write duckdb:///FILE, without @ ? # ; &"
        )
    if Path(path).stem.lower() == dataset:
        raise ExportError(
            f"{shown_address(to)}: DuckDB does not allow a dataset with the name of its file ({dataset!r}); rename one"
        )
    if not path or not rest.startswith("/"):
        raise ExportError(
            f"{shown_address(to)}: contains no file name; write duckdb:///FILE, or duckdb:////ABSOLUTE/FILE"
        )
    return path


def _postgres_credentials(rest: str) -> Any:  # noqa: ANN401 -- dlt's credentials
    credentials = PostgresCredentials(f"postgresql://{rest}")
    options = credentials.query or {}
    credentials.username = options.pop("user", None) or credentials.username  # PostgreSQL's own tools read both here
    credentials.password = options.pop("password", None) or credentials.password
    # The server may need no password, or the client may read it from .pgpass.
    credentials.password = credentials.password or ""
    credentials.host = credentials.host or "localhost"
    return credentials


@contextmanager
def warehouse_errors(to: str, loaded: Sized = ()) -> Iterator[None]:
    """Add the destination to the errors of a load.

    Args:
        to: the destination.
        loaded: the files that are loaded.

    Raises:
        ExportError: for any error in the block that is not an AltdetailsError.
        KeyboardInterrupt: for a signal. dlt catches signals and raises its own error for them.
    """
    try:
        yield
    except AltdetailsError:
        raise
    except (Exception, SignalReceivedException) as error:
        match cause := _root_cause(error):
            case AltdetailsError():
                raise cause from error
            case SignalReceivedException():
                signal.raise_signal(cause.signal_code)
                raise KeyboardInterrupt from error
            case KeyboardInterrupt() | SystemExit():
                raise cause from error
            case MissingDependencyException():
                packages = " ".join(f"'{dependency}'" for dependency in cause.dependencies)
                reason = f"a library is missing; install it: pip install {packages}"
            case ConfigFieldMissingException():
                fields = ", ".join(cause.fields)
                variable = f"DESTINATION__{name_of(to).upper()}__CREDENTIALS"
                reason = f"dlt found no {fields}; set {fields} in the URL, in {variable} or in .dlt/secrets.toml"
            case _:
                reason = f"{_what_was_loaded(loaded)}: {first_line(cause, to)}"
        raise ExportError(f"{shown_address(to)}: {reason}") from None  # a traceback would show its secrets


def _what_was_loaded(loaded: Sized) -> str:
    if not loaded:
        return "nothing was loaded"
    files = "only the first file was" if len(loaded) == 1 else f"only the first {len(loaded):,} files were"
    return f"{files} loaded; load all again to go on after them"


def first_line(error: BaseException, to: str) -> str:
    """Return the first line of an error's message, without the user, the password and the options of a destination."""
    lines = (line.strip() for line in str(error).splitlines())
    return without_secrets(next(filter(None, lines), type(error).__name__), to, *_stored_secrets())


def _stored_secrets() -> Iterator[str]:
    """Yield the values of dlt's files of secrets. Quotes stay around a value without a scheme, so that it is hidden."""
    context = dlt.current.run_context()
    for folder in (context.settings_dir, context.global_dir):
        with suppress(OSError, UnicodeDecodeError):
            for line in Path(folder, "secrets.toml").read_text("utf-8").splitlines():
                value = line.partition("=")[2].strip() or line
                yield value.strip("\"'") if "://" in value else f'"{value}"'


def _root_cause(error: BaseException) -> BaseException:
    """Return the original error: dlt wraps the errors of its steps and of database drivers."""
    while inner := getattr(error, "inner_exc", None) or error.__cause__ or getattr(error, "exception", None):
        error = inner
    return error
