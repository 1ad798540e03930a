"""Import optional libraries without their telemetry, and count the cores of this process."""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

from altdetails.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["TELEMETRY_OFF", "Extra", "cores", "require", "set_defaults"]

Extra = Literal["lists", "export", "pandas", "polars", "load", "daft", "ray", "remote", "report"]

TELEMETRY_OFF = {
    "DAFT_ANALYTICS_ENABLED": "0",
    "RAY_USAGE_STATS_ENABLED": "0",
    "RUNTIME__DLTHUB_TELEMETRY": "false",
}
"""Environment variables that switch off the telemetry of Daft, Ray and dlt. They are read on import and later."""


def require(module: str, name: Extra, purpose: str) -> Any:  # noqa: ANN401 -- a module
    """Import a library of an extra, with its telemetry switched off unless the environment switches it on.

    Args:
        module: the name of the module.
        name: the extra that installs it.
        purpose: the feature that needs it, for the message.

    Raises:
        InputError: if it is not installed.
    """
    set_defaults(TELEMETRY_OFF)
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        raise InputError(f"{purpose} needs {error.name}: pip install 'altdetails[{name}]'") from error


def cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def set_defaults(settings: Mapping[str, str]) -> None:
    """Set environment variables, except those that the user has set."""
    for name, value in settings.items():
        os.environ.setdefault(name, value)
