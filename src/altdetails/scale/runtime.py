"""Daft, and Ray below it, as this package uses them: no reports to their makers, errors in one sentence."""

from __future__ import annotations

import os
import re
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from altdetails._optional import cores, require, set_defaults
from altdetails.errors import AltdetailsError, ExportError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "SETTINGS",
    "check_connection",
    "daft",
    "first_line",
    "on_ray",
    "processes",
    "ray",
    "ray_library",
    "table_errors",
]

SETTINGS = {
    "DAFT_ANALYTICS_ENABLED": "0",
    "DO_NOT_TRACK": "true",
    "RAY_USAGE_STATS_ENABLED": "0",
    "SCARF_NO_ANALYTICS": "true",
}
"""What keeps Daft and Ray from sending word of their use: they read it when they are imported, and later."""

_PROGRESS = "DAFT_PROGRESS_BAR"
_PATIENCE = 5.0
"""Seconds in which a server must take a connection."""


def daft() -> Any:  # noqa: ANN401 -- a module
    """Daft, which sends nothing to its makers.

    Raises:
        InputError: where it is not installed.
    """
    set_defaults(SETTINGS)
    return require("daft", "daft", "Daft as engine")


def ray_library() -> Any:  # noqa: ANN401 -- a module
    """Ray, which sends nothing to its makers.

    Raises:
        InputError: where it is not installed.
    """
    set_defaults(SETTINGS)
    return require("ray", "ray", "a cluster (--ray)")


@contextmanager
def ray(address: str) -> Iterator[None]:
    """Have Daft work on a cluster of Ray in this block; it is left at the end.

    Args:
        address: `ray://host:port`, `host:port`, or `auto` on a machine of the cluster.

    Raises:
        InputError: where Ray is not installed.
        ExportError: where there is no cluster.
    """
    library = ray_library()
    _check_head(address)
    own = not library.is_initialized()
    if own:
        try:
            progress = os.environ.get(_PROGRESS, "0")
            settings = {"env_vars": SETTINGS | {_PROGRESS: progress}}
            library.init(address, log_to_driver=progress == "1", logging_level="ERROR", runtime_env=settings)
        except Exception as error:
            raise _unreachable(address, error) from error
    try:
        _run_on_ray(address)
        yield
    finally:
        if own:
            library.shutdown()


def _run_on_ray(address: str) -> None:
    try:
        daft().set_runner_ray(noop_if_initialized=True)
    except Exception as error:
        raise ExportError(f"{address}: Daft worked on this machine before: {first_line(error)}; begin anew") from error


def processes(jobs: int | None) -> int:
    """How many processes parse: so many, or as many as this machine or the cluster has processors."""
    if jobs:
        return jobs
    if on_ray():
        return max(1, int(ray_library().cluster_resources().get("CPU", 1)))
    return cores()


def on_ray() -> bool:
    """Whether Daft works on a cluster of Ray."""
    return bool(daft().get_or_infer_runner_type() == "ray")


def check_connection(address: str, port: int) -> None:
    """See that a server takes connections: libraries ask for minutes, and cannot be interrupted.

    Args:
        address: with a host, such as `ray://host:port`.
        port: where the address names none.

    Raises:
        OSError: where none takes them.
        ValueError: where the address is none.
    """
    parts = urlsplit(address)
    with socket.create_connection((parts.hostname or "", parts.port or port), _PATIENCE):
        pass


def _check_head(address: str) -> None:
    if address in {"auto", "local"}:
        return
    try:
        check_connection(address if "://" in address else f"ray://{address}", 0)
    except (OSError, ValueError) as error:
        raise _unreachable(address, error) from error


def _unreachable(address: str, error: Exception) -> ExportError:
    return ExportError(
        f"{address}: no cluster of Ray answers: {first_line(error)}; check the address, or see `ray status` there"
    )


_SHOWN = 300
_OURS = re.compile(r".*\b(?:ExportError|InputError): ")
"""What stands before the words of an error that another process raised."""
_LOST = "a process that parses has died, perhaps for want of memory; use fewer (--jobs), or --engine local, which"
_KNOWN = {
    "UDF process": f"{_LOST} names the page that ended it",
    "ActorDied": f"{_LOST} names the page that ended it",
    "ActorUnavailable": f"{_LOST} names the page that ended it",
    "No module named 'altdetails": "the cluster's machines lack altdetails: pip install 'altdetails[ray]' on each",
    "Version mismatch": "the cluster has another version of Ray or Python than this machine; install the same on both",
    "no single node can satisfy": "no machine of the cluster has a processor to spare; add one, or use fewer --jobs",
}
"""What a person can do, by a piece of what is said."""


@contextmanager
def table_errors(target: str) -> Iterator[None]:
    """Raise whatever keeps a run from its end under the name of its output.

    Raises:
        ExportError: for any error in the block that is not one of this package.
    """
    try:
        yield
    except AltdetailsError:
        raise
    except Exception as error:
        said = str(error)
        words = next((words for piece, words in _KNOWN.items() if piece in said or piece in type(error).__name__), None)
        raise ExportError(f"{target}: nothing was written: {words or last_line(error)}") from error


def first_line(error: BaseException) -> str:
    """The first line of what an error says."""
    return next(_lines(error), type(error).__name__)[:_SHOWN]


def last_line(error: BaseException) -> str:
    """The last line of what an error says, where the traces of other processes stand before it."""
    *_, line = type(error).__name__, *_lines(error)
    return _OURS.sub("", line)[:_SHOWN]


def _lines(error: BaseException) -> Iterator[str]:
    return (line.strip() for line in str(error).splitlines() if line.strip())
