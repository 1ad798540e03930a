"""Altmetric details pages, turned into structured records.

    from altdetails import parse, parse_file, scrape

    record = parse_file("saved-page.html")
    record = parse(content, url="https://www.altmetric.com/details/1234567")
    for outcome in scrape(dois, "run", contact=your_mail_address): ...

Names are loaded when they are first used, so that importing the package costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from altdetails.errors import (
        AltdetailsError,
        ExportError,
        FetchError,
        IdentifierError,
        InputError,
        NotADetailsPage,
        PageError,
        RunDamaged,
        RunLocked,
        RunStopped,
        StoreError,
        UndecodablePage,
    )
    from altdetails.identifiers import Address, Identifier, details_url, identify
    from altdetails.page import PageKind, parse
    from altdetails.parsing.engine import parse_file
    from altdetails.record import (
        Count,
        Date,
        Demographics,
        Group,
        Highlight,
        Inconsistency,
        MendeleyReaders,
        Provenance,
        Ranking,
        Record,
        TwitterUsers,
        Unread,
        schema,
    )
    from altdetails.results import Outcome
    from altdetails.scraping import scrape

__all__ = [
    "Address",
    "AltdetailsError",
    "Count",
    "Date",
    "Demographics",
    "ExportError",
    "FetchError",
    "Group",
    "Highlight",
    "Identifier",
    "IdentifierError",
    "Inconsistency",
    "InputError",
    "MendeleyReaders",
    "NotADetailsPage",
    "Outcome",
    "PageError",
    "PageKind",
    "Provenance",
    "Ranking",
    "Record",
    "RunDamaged",
    "RunLocked",
    "RunStopped",
    "StoreError",
    "TwitterUsers",
    "UndecodablePage",
    "Unread",
    "details_url",
    "identify",
    "parse",
    "parse_file",
    "schema",
    "scrape",
]

_HOMES = {
    "altdetails.identifiers": ("Address", "Identifier", "details_url", "identify"),
    "altdetails.parsing.engine": ("parse_file",),
    "altdetails.page": ("PageKind", "parse"),
    "altdetails.errors": (
        "AltdetailsError",
        "ExportError",
        "FetchError",
        "IdentifierError",
        "InputError",
        "NotADetailsPage",
        "PageError",
        "RunDamaged",
        "RunLocked",
        "RunStopped",
        "StoreError",
        "UndecodablePage",
    ),
    "altdetails.results": ("Outcome",),
    "altdetails.scraping": ("scrape",),
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever the name stands for
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME_OF.get(name, "altdetails.record")), name)


def __dir__() -> list[str]:
    return __all__
