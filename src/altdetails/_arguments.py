"""Check the arguments of public functions. Errors show the expected type and the value."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

from altdetails.errors import InputError

__all__ = ["check", "check_functions", "check_optional_text", "is_several", "path_text", "wrong_type"]

_LONGEST_SHOWN = 80


def wrong_type(expected: str, value: object) -> TypeError:
    """Return the error for a value of the wrong type."""
    return TypeError(f"expected {expected}, got {type(value).__name__} {str(value)[:_LONGEST_SHOWN]!r}")


def check(value: object, types: type | tuple[type, ...], expected: str) -> None:
    """Check the type of an argument.

    Args:
        value: the argument.
        types: the allowed types.
        expected: the allowed types in words, for the message, such as `a whole number as limit`.

    Raises:
        TypeError: if it has another type.
    """
    if not isinstance(value, types):
        raise wrong_type(expected, value)


def check_optional_text(**arguments: object) -> None:
    """Check that arguments are text or None.

    Raises:
        TypeError: if an argument is neither. The message contains its name.
    """
    for name, value in arguments.items():
        check(value, (str, type(None)), f"text as {name}")


def check_functions(**arguments: object) -> None:
    """Check that arguments are functions.

    Raises:
        TypeError: if an argument cannot be called. The message contains its name.
    """
    for name, value in arguments.items():
        if not callable(value):
            raise wrong_type(f"a function as {name}", value)


def is_several(value: object) -> bool:
    """Whether a value is an iterable of items, and not text, bytes, a path, a mapping, a file or a table."""
    return (
        isinstance(value, Iterable)
        and not isinstance(value, str | bytes | bytearray | memoryview | os.PathLike | Mapping)
        and not hasattr(value, "read")
        and not hasattr(value, "columns")
    )


def path_text(path: object, expected: str) -> str:
    """Return a path as text.

    Args:
        path: the path.
        expected: the allowed types in words, for the message.

    Raises:
        TypeError: if it is not a path.
        InputError: if it is empty or contains characters that no path can contain.
    """
    text = os.fspath(path) if isinstance(path, str | os.PathLike) else path
    if not isinstance(text, str):
        raise wrong_type(expected, path)
    try:
        is_valid = b"\0" not in os.fsencode(text) != b""
    except UnicodeEncodeError:
        is_valid = False
    if not is_valid:
        raise InputError(f"{text[:_LONGEST_SHOWN]!a}: not a valid path; give the name of a file or folder")
    return text
