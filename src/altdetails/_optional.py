"""Libraries that only some commands need, and the cores that this process may use."""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

from altdetails.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Extra", "cores", "require", "set_defaults"]

Extra = Literal["export", "load", "daft", "ray"]


def require(module: str, name: Extra, purpose: str) -> Any:  # noqa: ANN401 -- a module
    """A library of an extra.

    Args:
        module: what to import.
        name: the extra that installs it.
        purpose: what it is needed for, for the message.

    Raises:
        InputError: where it is not installed.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        raise InputError(f"{purpose} needs {error.name}: pip install 'altdetails[{name}]'") from error


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def set_defaults(settings: Mapping[str, str]) -> None:
    """Set environment variables that are not set: what the user has set stays."""
    for name, value in settings.items():
        os.environ.setdefault(name, value)
