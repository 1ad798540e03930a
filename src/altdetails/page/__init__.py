"""Parse the bytes of a page into a Record.

This package opens no file, uses no network and reads no clock: the same bytes give the same record on any machine.

Names are imported on first use: a process that only finds pages loads neither the parser nor lxml.
"""

from __future__ import annotations

from enum import StrEnum
from importlib import import_module
from typing import TYPE_CHECKING, Any

from altdetails.errors import NotADetailsPage, PageError, UndecodablePage

if TYPE_CHECKING:
    from altdetails.page.reading import MAX_TEXT_BYTES, Prepared, limit, make_record, parse, prepare, read
    from altdetails.page.shape import skeleton

__all__ = [
    "IS_JSON",
    "MAX_TEXT_BYTES",
    "NotADetailsPage",
    "PageError",
    "PageKind",
    "Prepared",
    "UndecodablePage",
    "limit",
    "make_record",
    "parse",
    "prepare",
    "read",
    "skeleton",
]

_NAMES_BY_MODULE = {
    "altdetails.page.reading": ("MAX_TEXT_BYTES", "Prepared", "limit", "make_record", "parse", "prepare", "read"),
    "altdetails.page.shape": ("skeleton",),
}
_MODULE_OF = {name: module for module, names in _NAMES_BY_MODULE.items() for name in names}


IS_JSON = (
    "this is JSON, but neither a page nor an answer of Altmetric's API: to view a record that `altdetails parse` "
    "wrote, use `altdetails show`"
)
"""The reason why other JSON has no record."""


class PageKind(StrEnum):
    """The kinds of content: details pages, other pages that a site can send instead, and answers without a record."""

    DETAILS = "details"
    CHALLENGE = "challenge"
    NOT_FOUND = "not_found"
    LOGIN = "login"
    HELP = "help"
    TAB = "tab"
    FRAGMENT = "fragment"
    BADGE = "badge"
    API_ERROR = "api_error"
    NO_RECORD = "no_record"
    OTHER = "other"


def __getattr__(name: str) -> Any:  # noqa: ANN401 -- any public name
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_MODULE_OF[name]), name)  # kept, because each page needs it
    return value
