"""Load Daft and Ray, connect to clusters, and shorten errors to one line."""

from __future__ import annotations

import os
import re
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from altdetails._arguments import shown_address, without_secrets
from altdetails._optional import TELEMETRY_OFF, cores, require
from altdetails.errors import AltdetailsError, ExportError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "check_connection",
    "daft",
    "first_line",
    "on_ray",
    "processes",
    "ray",
    "ray_library",
    "table_errors",
]

_PROGRESS = "DAFT_PROGRESS_BAR"
_CONNECT_TIMEOUT = 5.0
"""Seconds."""


def daft() -> Any:  # noqa: ANN401 -- a module
    """Return the module `daft`, with its telemetry switched off.

    Raises:
        InputError: if it is not installed.
    """
    return require("daft", "daft", "Daft as engine")


def ray_library() -> Any:  # noqa: ANN401 -- a module
    """Return the module `ray`, with its telemetry switched off.

    Raises:
        InputError: if it is not installed.
    """
    return require("ray", "ray", "a cluster (--ray)")


@contextmanager
def ray(address: str) -> Iterator[None]:
    """Run Daft on a Ray cluster inside the block, and disconnect at the end.

    Args:
        address: `ray://host:port`, `host:port`, or `auto` on a machine of the cluster.

    Raises:
        InputError: if Ray is not installed.
        ExportError: if the cluster cannot be reached.
    """
    library = ray_library()
    _check_head(address)
    is_ours = not library.is_initialized()
    if is_ours:
        try:
            progress = os.environ.get(_PROGRESS, "0")
            telemetry = {name: os.environ[name] for name in TELEMETRY_OFF}
            settings = {"env_vars": telemetry | {_PROGRESS: progress}}
            library.init(address, log_to_driver=progress == "1", logging_level="ERROR", runtime_env=settings)
        except Exception as error:  # noqa: BLE001 -- every library has its own errors
            raise _unreachable(address, error) from None
    try:
        _run_on_ray(address)
        yield
    finally:
        if is_ours:
            library.shutdown()


def _run_on_ray(address: str) -> None:
    try:
        daft().set_runner_ray(noop_if_initialized=True)
    except Exception as error:  # noqa: BLE001 -- every library has its own errors
        raise ExportError(
            f"{shown_address(address)}: Daft already runs on this machine: {first_line(error, address)}; "
            "use a new Python process"
        ) from None


def processes(jobs: int | None) -> int:
    """Return the number of worker processes: `jobs`, or by default the CPUs of this machine or of the cluster."""
    if jobs:
        return jobs
    if on_ray():
        return max(1, int(ray_library().cluster_resources().get("CPU", 1)))
    return cores()


def on_ray() -> bool:
    """Return whether Daft runs on a Ray cluster."""
    return bool(daft().get_or_infer_runner_type() == "ray")


def check_connection(address: str, port: int) -> None:
    """Check that a server accepts connections. The libraries themselves retry for minutes and cannot be interrupted.

    Args:
        address: an address with a host, such as `ray://host:port`.
        port: the port if the address has none.

    Raises:
        OSError: if the server does not accept the connection.
        ValueError: if the address is invalid.
    """
    parts = urlsplit(address)
    with socket.create_connection((parts.hostname or "", parts.port or port), _CONNECT_TIMEOUT):
        pass


def _check_head(address: str) -> None:
    if address in {"auto", "local"}:
        return
    try:
        check_connection(address if "://" in address else f"ray://{address}", 0)
    except (OSError, ValueError) as error:
        raise _unreachable(address, error) from None


def _unreachable(address: str, error: Exception) -> ExportError:
    advice = "check the address, or run `ray status` on the cluster"
    return ExportError(
        f"{shown_address(address)}: the Ray cluster does not respond: {first_line(error, address)}; {advice}"
    )


_MAX_LINE_LENGTH = 300
_OWN_ERROR = re.compile(r".*\b(?:ExportError|InputError): ")
"""The prefix of an error of this package that another process raised."""
_WORKER_DIED = (
    "a worker process died, perhaps because memory ran out; use fewer workers (--jobs), "
    "or use --engine local, which names the page that ended it"
)
_ADVICE = {
    "UDF process": _WORKER_DIED,
    "ActorDied": _WORKER_DIED,
    "ActorUnavailable": _WORKER_DIED,
    "No module named 'altdetails": "the cluster lacks altdetails; pip install 'altdetails[ray]' on each machine",
    "Version mismatch": "the cluster has another version of Ray or Python; install the versions of this machine",
    "no single node can satisfy": "no machine of the cluster has a free CPU; add one, or use fewer workers (--jobs)",
}
"""What happened and what to do, by a part of the error's text or type."""


@contextmanager
def table_errors(target: str, written: str | None = None) -> Iterator[None]:
    """Turn errors of the block into errors that name the output.

    Args:
        target: the output.
        written: what was written before the block; None for nothing.

    Raises:
        ExportError: for any error that is not one of this package.
    """
    try:
        yield
    except AltdetailsError:
        raise
    except Exception as error:  # noqa: BLE001 -- every library has its own errors
        text = f"{type(error).__name__}\n{error}"
        advice = next((advice for part, advice in _ADVICE.items() if part in text), None)
        raise ExportError(
            f"{shown_address(target)}: {written or 'nothing was written'}: {advice or last_line(error, target)}"
        ) from None


def first_line(error: BaseException, address: str) -> str:
    """Return the first line of an error's text, without the secrets of an address."""
    return without_secrets(next(_lines(error), type(error).__name__), address)[:_MAX_LINE_LENGTH]


def last_line(error: BaseException, address: str) -> str:
    """Return the last line of an error's text, which follows the tracebacks of other processes, without secrets."""
    *_, line = type(error).__name__, *_lines(error)
    return without_secrets(_OWN_ERROR.sub("", line), address)[:_MAX_LINE_LENGTH]


def _lines(error: BaseException) -> Iterator[str]:
    return (line.strip() for line in str(error).splitlines() if line.strip())
