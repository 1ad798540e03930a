"""Altmetric details pages, turned into structured records.

    >>> from altdetails import export, parse_file, scrape
    >>> parse_file("saved-page.html").score
    641
    >>> for outcome in scrape(["10.5555/lhs.2023.0417"], "new-run", contact="a.librarian@uni-somewhere.edu"):
    ...     print(outcome.identifier, outcome.status)
    10.5555/lhs.2023.0417 ok
    >>> export("new-run", "records.csv").records
    1

Each command of `altdetails` has a function here. Names are imported on first use, so that `import altdetails` is fast.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from altdetails.diffing.change import Change, Measure
    from altdetails.diffing.compare import changes_by_period, diff
    from altdetails.diffing.mention_changes import MentionChange, mention_changes
    from altdetails.drift.comparison import Diagnosis, doctor
    from altdetails.errors import (
        AltdetailsError,
        Blocked,
        BodyTooLarge,
        CodingRefused,
        ExportError,
        FetchError,
        IdentifierError,
        InputError,
        NetworkFailure,
        NotADetailsPage,
        PageError,
        RateLimited,
        RedirectRefused,
        RobotsDenied,
        RobotsUnread,
        RunDamaged,
        RunLocked,
        RunStopped,
        ServerFailure,
        SettingsError,
        StoreError,
        TruncatedBody,
        UndecodablePage,
        Unreachable,
        WorkersLost,
    )
    from altdetails.exporting.frames import to_arrow, to_pandas, to_polars
    from altdetails.exporting.write import Exported, export
    from altdetails.history.collect import collect_history
    from altdetails.identifiers import Address, Identifier, details_url, identify
    from altdetails.loading.dlt_source import dlt_source
    from altdetails.loading.warehouse import Loaded, load
    from altdetails.mention import Mention, MentionPage, mention_key
    from altdetails.page import PageKind, parse
    from altdetails.page.shape import skeleton
    from altdetails.parsing.engine import parse_file
    from altdetails.parsing.stream import parse_files, parse_mentions
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
    )
    from altdetails.records.files import DamagedLine, read_records
    from altdetails.records.mention_files import read_mentions
    from altdetails.reporting.making import Reported, report
    from altdetails.reporting.picture import card
    from altdetails.results import Failure, Outcome
    from altdetails.schemas.formats import schema
    from altdetails.scraping.inspection import CheckedPage, check_site
    from altdetails.scraping.outcomes import Outcomes, scrape
    from altdetails.scraping.run import Run
    from altdetails.scraping.store.look import RunStatus

__version__ = "0.1.0"

__all__ = [
    "Address",
    "AltdetailsError",
    "Blocked",
    "BodyTooLarge",
    "Change",
    "CheckedPage",
    "CodingRefused",
    "Count",
    "DamagedLine",
    "Date",
    "Demographics",
    "Diagnosis",
    "ExportError",
    "Exported",
    "Failure",
    "FetchError",
    "Group",
    "Highlight",
    "Identifier",
    "IdentifierError",
    "Inconsistency",
    "InputError",
    "Loaded",
    "Measure",
    "MendeleyReaders",
    "Mention",
    "MentionChange",
    "MentionPage",
    "NetworkFailure",
    "NotADetailsPage",
    "Outcome",
    "Outcomes",
    "PageError",
    "PageKind",
    "Provenance",
    "Ranking",
    "RateLimited",
    "Record",
    "RedirectRefused",
    "Reported",
    "RobotsDenied",
    "RobotsUnread",
    "Run",
    "RunDamaged",
    "RunLocked",
    "RunStatus",
    "RunStopped",
    "ServerFailure",
    "SettingsError",
    "StoreError",
    "TruncatedBody",
    "TwitterUsers",
    "UndecodablePage",
    "Unreachable",
    "Unread",
    "WorkersLost",
    "card",
    "changes_by_period",
    "check_site",
    "collect_history",
    "details_url",
    "diff",
    "dlt_source",
    "doctor",
    "export",
    "identify",
    "load",
    "mention_changes",
    "mention_key",
    "parse",
    "parse_file",
    "parse_files",
    "parse_mentions",
    "read_mentions",
    "read_records",
    "report",
    "schema",
    "scrape",
    "skeleton",
    "to_arrow",
    "to_pandas",
    "to_polars",
]

_NAMES_BY_MODULE = {
    "altdetails.diffing.change": (
        "Change",
        "Measure",
    ),
    "altdetails.diffing.compare": (
        "changes_by_period",
        "diff",
    ),
    "altdetails.diffing.mention_changes": (
        "MentionChange",
        "mention_changes",
    ),
    "altdetails.drift.comparison": (
        "Diagnosis",
        "doctor",
    ),
    "altdetails.errors": (
        "AltdetailsError",
        "Blocked",
        "BodyTooLarge",
        "CodingRefused",
        "ExportError",
        "FetchError",
        "IdentifierError",
        "InputError",
        "NetworkFailure",
        "NotADetailsPage",
        "PageError",
        "RateLimited",
        "RedirectRefused",
        "RobotsDenied",
        "RobotsUnread",
        "RunDamaged",
        "RunLocked",
        "RunStopped",
        "ServerFailure",
        "SettingsError",
        "StoreError",
        "TruncatedBody",
        "UndecodablePage",
        "Unreachable",
        "WorkersLost",
    ),
    "altdetails.exporting.frames": (
        "to_arrow",
        "to_pandas",
        "to_polars",
    ),
    "altdetails.exporting.write": (
        "Exported",
        "export",
    ),
    "altdetails.history.collect": ("collect_history",),
    "altdetails.identifiers": (
        "Address",
        "Identifier",
        "details_url",
        "identify",
    ),
    "altdetails.loading.dlt_source": ("dlt_source",),
    "altdetails.loading.warehouse": (
        "Loaded",
        "load",
    ),
    "altdetails.mention": (
        "Mention",
        "MentionPage",
        "mention_key",
    ),
    "altdetails.page": (
        "PageKind",
        "parse",
    ),
    "altdetails.page.shape": ("skeleton",),
    "altdetails.parsing.engine": ("parse_file",),
    "altdetails.parsing.stream": (
        "parse_files",
        "parse_mentions",
    ),
    "altdetails.record": (
        "Count",
        "Date",
        "Demographics",
        "Group",
        "Highlight",
        "Inconsistency",
        "MendeleyReaders",
        "Provenance",
        "Ranking",
        "Record",
        "TwitterUsers",
        "Unread",
    ),
    "altdetails.records.files": (
        "DamagedLine",
        "read_records",
    ),
    "altdetails.records.mention_files": ("read_mentions",),
    "altdetails.reporting.making": (
        "Reported",
        "report",
    ),
    "altdetails.reporting.picture": ("card",),
    "altdetails.results": (
        "Failure",
        "Outcome",
    ),
    "altdetails.schemas.formats": ("schema",),
    "altdetails.scraping.inspection": (
        "CheckedPage",
        "check_site",
    ),
    "altdetails.scraping.run": ("Run",),
    "altdetails.scraping.outcomes": (
        "Outcomes",
        "scrape",
    ),
    "altdetails.scraping.store.look": ("RunStatus",),
}
_MODULE_OF = {name: module for module, names in _NAMES_BY_MODULE.items() for name in names}


def __getattr__(name: str) -> Any:  # noqa: ANN401 -- any public name
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULE_OF[name]), name)


def __dir__() -> list[str]:
    return __all__
