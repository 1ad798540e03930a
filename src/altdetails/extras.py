"""Libraries that only some commands need: there, or named with the command that installs them."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Literal

from altdetails.errors import InputError

__all__ = ["Extra", "extra"]

Extra = Literal["export", "load", "daft", "ray"]


def extra(module: str, name: Extra, purpose: str) -> Any:  # noqa: ANN401 -- a module
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
