"""Import optional libraries, and count the cores of this process."""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

from altdetails.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Extra", "cores", "require", "set_defaults"]

Extra = Literal["lists", "export", "pandas", "polars", "load", "daft", "ray", "remote", "report"]


def require(module: str, name: Extra, purpose: str) -> Any:  # noqa: ANN401 -- a module
    """Import a library of an extra.

    Args:
        module: the name of the module.
        name: the extra that installs it.
        purpose: the feature that needs it, for the message.

    Raises:
        InputError: if it is not installed.
    """
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
