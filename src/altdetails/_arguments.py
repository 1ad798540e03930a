"""What users hand to public functions: a value of the wrong type is refused with what was expected and what came."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

from altdetails.errors import InputError

__all__ = ["check", "check_functions", "check_optional_text", "is_several", "path_text", "wrong_type"]

_LONGEST_SHOWN = 80


def wrong_type(expected: str, value: object) -> TypeError:
    """The error for a value of another type than the expected one."""
    return TypeError(f"expected {expected}, got {type(value).__name__} {str(value)[:_LONGEST_SHOWN]!r}")


def check(value: object, types: type | tuple[type, ...], expected: str) -> None:
    """Check the type of an argument.

    Args:
        value: the argument.
        types: the types that it may have.
        expected: the same for the message: `a whole number as limit`.

    Raises:
        TypeError: if it has another one.
    """
    if not isinstance(value, types):
        raise wrong_type(expected, value)


def check_optional_text(**arguments: object) -> None:
    """Check arguments, by their names, that may be text or None.

    Raises:
        TypeError: if one of them is neither.
    """
    for name, value in arguments.items():
        check(value, (str, type(None)), f"text as {name}")


def check_functions(**arguments: object) -> None:
    """Check arguments, by their names, that are called.

    Raises:
        TypeError: if one of them cannot be called.
    """
    for name, value in arguments.items():
        if not callable(value):
            raise wrong_type(f"a function as {name}", value)


def is_several(value: object) -> bool:
    """Whether a value gives items one by one: iterable, but not text, bytes, a path, a mapping, a file or a table."""
    return (
        isinstance(value, Iterable)
        and not isinstance(value, str | bytes | bytearray | memoryview | os.PathLike | Mapping)
        and not hasattr(value, "read")
        and not hasattr(value, "columns")
    )


def path_text(path: object, expected: str) -> str:
    """A path as text.

    Args:
        path: the path.
        expected: what was expected, for the message.

    Raises:
        TypeError: if it is not a path.
        InputError: if no path can be like it.
    """
    text = os.fspath(path) if isinstance(path, str | os.PathLike) else path
    if not isinstance(text, str):
        raise wrong_type(expected, path)
    try:
        is_possible = b"\0" not in os.fsencode(text) != b""
    except UnicodeEncodeError:
        is_possible = False
    if not is_possible:
        raise InputError(f"{text[:_LONGEST_SHOWN]!a}: cannot be a path; give the name of a file or folder")
    return text
