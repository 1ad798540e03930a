"""Where a load goes: what a user says → dlt's destination, and errors that name it."""

from __future__ import annotations

import re
import signal
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dlt
from dlt.common.configuration.exceptions import ConfigFieldMissingException
from dlt.common.exceptions import MissingDependencyException, SignalReceivedException
from dlt.destinations.impl.postgres.configuration import PostgresCredentials

from altdetails.errors import AltdetailsError, ExportError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlt.common.destination import Destination

__all__ = ["destination", "first_sentence", "name_of", "shown", "warehouse_errors"]

_URL = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+_-]*)://(?P<rest>.*)", re.DOTALL)
_NAMES = {"postgresql": "postgres", "postgres": "postgres", "md": "motherduck"}
"""dlt's names of destinations, where the scheme of their URLs is another word."""
_PASSWORD = re.compile(
    r"(?P<before>://[^:@/\s]*:)\S*(?=@)|(?P<key>\b(?:password|token|secret)=)[^&\s\"']*", re.IGNORECASE
)


def destination(to: str, dataset: str) -> Destination[Any, Any]:
    """The destination that is meant.

    Args:
        to: dlt's name of one, whose credentials dlt finds in its own places (environment, `secrets.toml`); or a URL
            with the credentials, `duckdb:///FILE` or `postgresql://user:password@host/database`.
        dataset: the name of what is to be made there.

    Raises:
        ExportError: where there is none of that name, what it needs is not installed, or the dataset cannot be.
    """
    called = dlt.Schema("altdetails").naming.normalize_identifier(dataset) if dataset.strip() else ""
    if not called or called.endswith("_staging"):
        raise ExportError(f"{dataset!r} can be no dataset: give a name, and not …_staging, which dlt keeps for itself")
    found = _URL.fullmatch(to)
    name = name_of(to)
    known = sorted(each for each in dlt.destinations.__all__ if each not in {"destination", "dummy"})
    if name not in known:
        raise ExportError(f"{shown(to)}: dlt has no destination {name!r}; it has {', '.join(known)}")
    if found and found["rest"].partition("?")[0].count("@") > 1:
        raise ExportError(f"{shown(to)}: has two @; write %40 for the one in the password")
    make = getattr(dlt.destinations, name)
    if not found:
        return make()  # type: ignore[no-any-return]
    if name == "duckdb":
        return make(credentials=_file(to, found["rest"], called))  # type: ignore[no-any-return]
    if name == "postgres":
        return make(credentials=_postgres(found["rest"]))  # type: ignore[no-any-return]
    if name == "redshift":
        return make(credentials=f"postgresql://{found['rest']}")  # type: ignore[no-any-return]  # its driver knows no other
    return make(credentials=to)  # type: ignore[no-any-return]


def name_of(to: str) -> str:
    """The name that dlt has for a destination."""
    scheme = to.partition("://")[0].lower()
    return _NAMES.get(scheme, scheme)


def shown(to: str) -> str:
    """A destination, or what is said of one, for messages: without passwords."""
    return _PASSWORD.sub(lambda found: f"{found['before'] or found['key']}***", to)


def _file(to: str, rest: str, dataset: str) -> str:
    path = rest.removeprefix("/")
    if Path(path).stem.lower() == dataset:
        raise ExportError(f"{to}: DuckDB takes no dataset that is called as its file, {dataset!r}; rename one of them")
    if not path or not rest.startswith("/"):
        raise ExportError(f"{to}: names no file; write duckdb:///FILE, or duckdb:////ABSOLUTE/FILE")
    return path


def _postgres(rest: str) -> Any:  # noqa: ANN401 -- dlt's credentials
    credentials = PostgresCredentials(f"postgresql://{rest}")
    credentials.password = credentials.password or ""  # the server asks for none, or the client finds it in its file
    credentials.host = credentials.host or "localhost"
    return credentials


@contextmanager
def warehouse_errors(to: str) -> Iterator[None]:
    """Raise whatever keeps a load from its end under the destination's name.

    Raises:
        ExportError: for any error in the block that is not one of this package.
        KeyboardInterrupt: for a signal, which dlt holds back and makes an error of.
    """
    try:
        yield
    except AltdetailsError:
        raise
    except Exception as error:
        match found := _cause(error):
            case AltdetailsError():
                raise found from error
            case SignalReceivedException():
                signal.raise_signal(found.signal_code)
                raise KeyboardInterrupt from error
            case KeyboardInterrupt() | SystemExit():
                raise found from error
            case MissingDependencyException():
                needed = " ".join(f"'{each}'" for each in found.dependencies)
                words = f"more is needed: pip install {needed}"
            case ConfigFieldMissingException():
                where = f"DESTINATION__{name_of(to).upper()}__CREDENTIALS or .dlt/secrets.toml"
                words = f"dlt finds no {', '.join(found.fields)} for it; say it in a URL, in {where}"
            case _:
                words = f"nothing was loaded: {first_sentence(found)}"
        raise ExportError(f"{shown(to)}: {words}") from error


def first_sentence(error: BaseException) -> str:
    """An error in one line: its own first one, without passwords."""
    return shown(next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__))


def _cause(error: BaseException) -> BaseException:
    """The error at the bottom: dlt wraps those of its steps, and those of drivers."""
    while inner := getattr(error, "inner_exc", None) or error.__cause__ or getattr(error, "exception", None):
        error = inner
    return error
