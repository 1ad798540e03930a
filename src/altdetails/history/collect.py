"""`collect_history()`: the lists and settings of users, and the outcomes of a history."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable
from datetime import date
from functools import partial
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from altdetails._arguments import check, check_functions, check_optional_text, is_several, path_text, wrong_type
from altdetails.diffing.compare import By
from altdetails.errors import InputError, SettingsError
from altdetails.history.asking import check_asking
from altdetails.history.collecting import History
from altdetails.history.planning import SATISFYING, source_of
from altdetails.lists.entries import ListReading, entries
from altdetails.lists.entry import Entry
from altdetails.parsing.tasks import PAGE_TIMEOUT, check_page_timeout
from altdetails.record import Record
from altdetails.records.files import read_records, records
from altdetails.results import UNFETCHABLE
from altdetails.scraping.store.folder import RunFiles
from altdetails.scraping.store.ledger import LedgerView

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator, Sequence

    from altdetails.history.catalogue import Every
    from altdetails.lists.entry import NumberKind
    from altdetails.records.files import PathOrPaths
    from altdetails.results import Outcome

__all__ = ["EVERY", "choice_changes", "collect_history", "ids_of", "outputs_of"]

EVERY: tuple[Every, ...] = (*get_args(By), "all")
"""The periods; one capture of each is chosen."""
_DATE = re.compile(r"(?P<year>[12][0-9]{3})(?:-(?P<month>[0-9]{2})(?:-(?P<day>[0-9]{2}))?)?")
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_DOMAIN = ".altmetric.com"
_BATCH = 1_000


def collect_history(  # noqa: PLR0913 -- the settings of a run
    identifiers: Iterable[object] | str | int | None,
    run: str | os.PathLike[str],
    *,
    archive: str | None = None,
    captures: str | os.PathLike[str] | None = None,
    every: Every | None = None,
    since: str | None = None,
    until: str | None = None,
    hosts: Iterable[str] | None = None,
    everything: bool | None = None,
    ids: PathOrPaths | None = None,
    contact: str | None = None,
    interval: float | None = None,
    retry_failed: bool = False,
    limit: int | None = None,
    page_timeout: float | None = PAGE_TIMEOUT,
    notice: Callable[[str], None] = lambda _: None,
) -> Iterator[Outcome]:
    """Collect archived details pages of outputs in a run folder, and return the outcome of each capture.

    altmetric.com is not asked. If the call is repeated, it resumes. `every`, `since`, `until`, `hosts`
    and `everything` are remembered by the run: give them again only to change them.

    Examples:
        >>> for outcome in collect_history(  # doctest: +SKIP
        ...     ["10.5555/lhs.2023.0417"], "past", ids="run", every="year", contact="a.librarian@uni.example"
        ... ):
        ...     print(outcome.status, outcome.identifier)
        ok https://web.archive.org/web/20231119080000/https://www.altmetric.com/details/990000417

    Args:
        identifiers: DOIs, Altmetric ids (numbers too) and details addresses, or Records. None for those of the run.
        run: the run folder. It is created if it does not exist.
        archive: `"wayback"`, or the address of a pywb collection. By default that of the run, else `"wayback"`.
        captures: a table of captures to use instead of an index: `captures.parquet` of a run, or rows of Common Crawl's
            index as Parquet or CSV. Captures with a file are read on S3.
        every: take the last good capture of each `day`, `week`, `month`, `quarter` or `year`, or of `all`. By default
            `month`.
        since: the first day: `"2019"`, `"2019-06"` or `"2019-06-30"`.
        until: the last day.
        hosts: hosts in addition to www.altmetric.com, such as `"bmc"`.
        everything: also take captures of outputs that are not among the identifiers.
        ids: records or runs with the Altmetric ids of DOIs.
        contact: your email address. It is required for archives on other machines.
        interval: seconds between two requests.
        retry_failed: also try captures again that failed, and outputs without a capture.
        limit: fetch at most this number of captures.
        page_timeout: seconds that parsing a page may take; None for no limit.
        notice: called with a sentence for the user.

    Raises:
        TypeError: if an argument has another type.
        SettingsError: if a setting is not allowed.
        InputError: if a table or records cannot be read, or pyarrow is not installed.
        StoreError: if the folder contains a run of another kind or other files, or cannot be read. While iterating: if
            the folder cannot be written.
        RunStopped: while iterating, if the archive refuses, cannot be reached, or allows no requests for a long time.
    """
    folder = path_text(run, "a path (str or os.PathLike) as run")
    table = None if captures is None else path_text(captures, "a path (str or os.PathLike) as captures")
    check_optional_text(archive=archive, since=since, until=until, contact=contact, every=every)
    check(interval, (Real, type(None)), "seconds as interval")
    check(limit, (int, type(None)), "a whole number as limit")
    check(retry_failed, bool, "True or False as retry_failed")
    check_page_timeout(page_timeout)
    check_functions(notice=notice)
    if limit is not None and limit < 1:
        raise SettingsError(f"a limit of {limit} is not allowed: give 1 or more, or None for no limit")
    listed = None if identifiers is None else _listed(identifiers)
    RunFiles(Path(folder)).refuse_other_files()
    source = source_of(folder, archive, table)
    if source.archive is not None:
        check_asking(source.archive, contact=contact, interval=interval)
    known = {} if ids is None else ids_of(ids)
    changes = choice_changes(every=every, since=since, until=until, hosts=hosts, everything=everything)

    def outcomes() -> Iterator[Outcome]:
        settings: Any = {"contact": contact, "interval": interval, "page_timeout": page_timeout, "notice": notice}
        with History(folder, source, changes, **settings) as work:
            work.add(listed, known, retry_failed=retry_failed)
            for _ in work.ask_index():
                pass
            work.plan(retry_failed=retry_failed)
            yield from work.outcomes(retry_failed=retry_failed, limit=limit)

    return outcomes()


def choice_changes(
    *,
    every: str | None = None,
    since: str | None = None,
    until: str | None = None,
    hosts: Iterable[str] | None = None,
    everything: bool | None = None,
) -> dict[str, object]:
    """Return the settings of a choice that are given, as a `CaptureChoice` has them.

    Raises:
        SettingsError: if one is not allowed.
    """
    if every is not None and every not in EVERY:
        raise SettingsError(f"{every!r} is not a period: give {', '.join(EVERY)}")
    first = None if since is None else _moment(since, is_end=False)
    last = None if until is None else _moment(until, is_end=True)
    if first and last and first > last:
        raise SettingsError(f"since {since} is after until {until}")
    names = None if hosts is None else tuple(map(_host, hosts))
    given = {"every": every, "since": first, "until": last, "hosts": names, "everything": everything or None}
    return {name: value for name, value in given.items() if value is not None}


def outputs_of(
    paths: Sequence[str], *, column: str | None, ids: NumberKind | None, readings: list[ListReading]
) -> Iterator[Entry | Record]:
    """Yield the outputs of lists, records and runs.

    Raises:
        InputError: if one cannot be read.
    """
    lists = [path for path in paths if not _has_records(path)]
    for path in paths:
        if path in lists:
            continue
        yield from (line.record for line in records([path]))
        if Path(path).is_dir() and RunFiles(Path(path)).has_run:
            yield from (Entry(identifier, path) for identifier in _without_record(RunFiles(Path(path)).ledger))
    if lists:
        yield from entries(lists, column=column, ids=ids, readings=readings)


def ids_of(paths: PathOrPaths) -> dict[str, str]:
    """Return the Altmetric ids of the DOIs in records.

    Raises:
        InputError: if a path has no records.
    """
    return {
        record.doi: str(record.altmetric_id)
        for record in read_records(paths)
        if record.doi is not None and record.altmetric_id is not None
    }


def _without_record(ledger: Path) -> Iterator[str]:
    """Yield the identifiers of a run whose output is in no record, also those that were not fetched yet."""
    last = 0
    while batch := LedgerView.read(ledger, partial(LedgerView.identifiers, after=last, limit=_BATCH)):
        for item in batch:
            if item.outcome is None or item.outcome.status not in UNFETCHABLE | SATISFYING:
                yield item.identifier
        last = batch[-1].position


def _has_records(path: str) -> bool:
    """Return whether a path is a run folder or a file of records, and not a list."""
    if not Path(path).is_file() and not Path(path).is_dir():  # a pipe can be read only once
        return False
    try:
        next(records([path]), None)
    except InputError:
        if Path(path).is_dir():
            raise
        return False
    return True


def _listed(identifiers: Iterable[object] | str | int) -> list[Entry | Record]:
    """Return identifiers as entries, and records as they are.

    Raises:
        TypeError: if they have another type.
    """
    if isinstance(identifiers, str | int):
        identifiers = [identifiers]
    if not is_several(identifiers):
        raise wrong_type("identifiers: text, a number, or an iterable of them or of Records", identifiers)
    listed: list[Entry | Record] = []
    for number, item in enumerate(identifiers, 1):
        if isinstance(item, Record):
            listed.append(item)
        elif isinstance(item, str | int) and not isinstance(item, bool):
            listed.append(Entry(str(item).strip(), f"identifier {number}", scheme="altmetric_id"))
        else:
            raise wrong_type(f"text, a number or a Record as identifier {number}", item)
    return listed


def _moment(text: str, *, is_end: bool) -> str:
    """Return the first or last moment of a day, month or year, as 14 digits.

    Raises:
        SettingsError: if the text is not a date.
    """
    match = _DATE.fullmatch(text)
    if match is None:
        raise SettingsError(f"{text!r} is not a date: give 2019, 2019-06 or 2019-06-30")
    try:
        year, month = int(match["year"]), int(match["month"] or (12 if is_end else 1))
        first = date(year, month, int(match["day"] or 1))
    except ValueError:
        raise SettingsError(f"{text!r} is not a date: there is no such day") from None
    if not is_end:
        return f"{first:%Y%m%d}000000"
    last = first if match["day"] else first.replace(day=monthrange(year, month)[1])
    return f"{last:%Y%m%d}235959"


def _host(name: str) -> str:
    """Return the whole name of a host of altmetric.com.

    Raises:
        SettingsError: if it is not one.
    """
    label = name.strip().lower().removesuffix(_DOMAIN)
    if _HOST.fullmatch(label) is None:
        raise SettingsError(f"{name!r} is not a host of altmetric.com: give bmc or bmc.altmetric.com")
    return f"{label}{_DOMAIN}"
