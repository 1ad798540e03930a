"""Check the arguments of public functions, and show texts safely: addresses without secrets, no control characters."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, MappingView, Sequence
from collections.abc import Set as AbstractSet
from urllib.parse import quote_plus, unquote, unquote_plus

from altdetails.errors import InputError

__all__ = [
    "CONTROLS",
    "check",
    "check_functions",
    "check_optional_text",
    "is_address",
    "is_repeatable",
    "is_several",
    "path_text",
    "shown_address",
    "shown_path",
    "strip_controls",
    "without_secrets",
    "wrong_type",
]

CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]+")
"""Control characters, lone surrogates and characters that change the direction of text."""
_LONGEST_SHOWN = 80


def strip_controls(text: str) -> str:
    """Replace control characters, lone surrogates and characters that change the direction of text by spaces."""
    return CONTROLS.sub(" ", text)


def wrong_type(expected: str, value: object) -> TypeError:
    """Return the error for a value of the wrong type."""
    try:
        shown = f" {str(value)[:_LONGEST_SHOWN]!r}"
    except ValueError:  # a number of more than 4,300 digits
        shown = ""
    return TypeError(f"expected {expected}, got {type(value).__name__}{shown}")


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
        if value is not None:
            check(value, str, f"text as {name}")


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


def is_repeatable(value: object) -> bool:
    """Whether items can be read again from the beginning: from a list, set or column, but not from a progress bar."""
    return isinstance(value, Sequence | AbstractSet | MappingView) or hasattr(value, "__array__")


def is_address(path: str) -> bool:
    """Whether a path is an address of another machine, such as `s3://bucket/file`."""
    match = _ADDRESS_START.match(path)
    return match is not None and match[1].lower() != "file"


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


def shown_address(address: str) -> str:
    """Return the scheme, host and path of an address for a message, without users, passwords and options.

    Only what is certain to be one of them is shown. `…` replaces the rest, or is at the end of a cut path. Without a
    scheme, the address is a name such as `bigquery`, a local path or `host:port`.

    Examples:
        >>> shown_address("postgresql://me:secret@db.example.org:5432/library?sslpassword=secret")
        'postgresql://db.example.org:5432/library'
    """
    scheme, slashes, rest = address.partition("://") if "://" in address else ("", "", address)
    if slashes and not _SCHEME.fullmatch(scheme):
        return "…"
    start = _OPTIONS.split(rest, maxsplit=1)[0]
    options = rest[len(start) :]
    place = start.rpartition("@")[2]
    pattern = _LOCAL_PATH if scheme.lower() in _LOCAL_SCHEMES and _SLASH.search(place) else _PLACE
    shown = pattern.match(place)
    is_setting = options.startswith("=") and not _SLASH.search(place)
    if shown is None or is_setting or "@" in options:
        return f"{scheme}{slashes}…"
    cut = "…" if shown.end() < len(place) or options.startswith("=") else ""
    return f"{scheme}{slashes}{shown[0]}{cut}"


def shown_path(path: str) -> str:
    """Return a path for a message; an address without users, passwords and options."""
    return shown_address(path) if is_address(path) else path


def without_secrets(text: str, *addresses: str) -> str:
    """Return the text of a foreign error for a message, without what `shown_address` leaves out.

    The secrets of the environment, such as `PGPASSWORD` and passwords of proxies, are left out too.

    Args:
        text: the text of the error.
        addresses: the addresses that the error is about. Their users, passwords and options are left out everywhere,
            also if the text has only a part of them, or encodes them in another way.
    """
    settings = [value for name, value in os.environ.items() if _SECRET_NAME.search(name)]
    hidden = {word for address in (*addresses, *settings) for word in _hidden_words(address)}
    hidden |= {word for value in settings if "://" not in value for word in _WORD.findall(value) if len(word) >= _LONG}
    for address in filter(None, addresses):
        for form in (address, repr(address)[1:-1]):
            text = text.replace(form, shown_address(address))
    for pattern in (_ADDRESS, _USER, _SETTING):
        text = pattern.sub(lambda match: shown_address(match[0]) if "://" in match[0] else f"{match[1]}…", text)
    words = "|".join(map(_pattern_of, sorted(hidden, key=len, reverse=True)))
    return re.sub(words, "…", text, flags=re.IGNORECASE) if words else text


def _hidden_words(address: str) -> set[str]:
    """Return the words that `shown_address` leaves out, also percent-encoded and decoded."""
    forms = f"{address} {unquote(address)} {unquote(unquote(address))} {unquote_plus(address)}"
    words = {*_WORD.findall(forms)} - {*_WORD.findall(shown_address(address))}
    parts = {part for word in words for part in _PART.findall(word)}
    return words | parts | {*map(quote_plus, words)}


def _pattern_of(word: str) -> str:
    """Return a pattern for a word: within other words if it is long, and cut if it is very long."""
    if len(word) < _LONG_IN_WORDS:
        return rf"(?:(?<!\w)|(?<=%\w\w)){re.escape(word)}(?!\w)"
    return re.escape(word) if len(word) < _VERY_LONG else rf"{re.escape(word[:_VERY_LONG])}[^\s\"']*"


_ADDRESS_START = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://")
_LONG, _LONG_IN_WORDS, _VERY_LONG = 4, 6, 10
_LOCAL_SCHEMES = {"", "file", "duckdb"}
_SCHEME = re.compile(r"[A-Za-z][\w+.-]*", re.ASCII)
_OPTIONS = re.compile(r"[?#;&=]")
_SLASH = re.compile(r"[/\\]")
_PLACE = re.compile(r"(?:\[[\d.:A-Fa-f]*\]|[\w.*~-]*)(?::\d{0,5})?(?:[/\\][\w./\\~+,*(){}\[\]!'-]*|$)")
_LOCAL_PATH = re.compile(r"/{0,2}(?:[A-Za-z]:(?=[/\\]))?(?:[\w.-]+:\d{1,5}(?=/))?[\w ./\\~+,*(){}\[\]!'$-]*")
_SECRET_NAME = re.compile(r"credential|passw|secret|token|key|proxy|dsn|ur[il]$", re.IGNORECASE)
_ADDRESS = re.compile(r"(?<![\w+.-])[A-Za-z][\w+.-]*://[^\s\"'<>]+")
_USER = re.compile(r"(?<![^\s\"'@/])()[^\s\"'@/]+(?=@)")
_SETTING = re.compile(r"((?<![\w.-])[\w.-]+\s?=\s?|[\"'][\w.-]+[\"']\s?:\s?)(?:'[^']*'|\"[^\"]*\"|[^\s,;)]+)")
_PART = re.compile(r"[^\W_]{4,}")
_WORD = re.compile(r"[^\s:/\\@?#;&=%'\"{}(),]+")
