"""Identifiers → their outcomes: the scrape that users call."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from datetime import timedelta
from decimal import Decimal
from functools import partial
from math import isnan
from numbers import Integral, Real
from pathlib import Path
from typing import TYPE_CHECKING, cast

from altdetails._arguments import check, check_functions, check_optional_text, is_several, path_text, wrong_type
from altdetails.errors import SettingsError
from altdetails.lists.entries import Entry
from altdetails.results import Outcome
from altdetails.scraping.session import Scrape, Wanted, checked_settings
from altdetails.scraping.store.folder import RunFiles

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Generator


__all__ = ["Outcomes", "age", "scrape"]

_AGE = re.compile(r"(?P<number>[0-9]{1,5})(?P<unit>[mhdw])")
_LONGEST_AGE = timedelta(weeks=99_999)
_MISSING = {"NAType", "NaTType"}
"""How pandas calls the types of its missing values, beside None and NaN."""
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def scrape(  # noqa: PLR0913 -- the settings of a run
    identifiers: Iterable[object] | str | int,
    run: str | os.PathLike[str],
    *,
    contact: str | None = None,
    interval: float | None = None,
    base_url: str | None = None,
    retry_failed: bool = False,
    refresh: str | timedelta | None = None,
    limit: int | None = None,
    notice: Callable[[str], None] = lambda _: None,
) -> Outcomes:
    """Ask for the page of each identifier, and keep page and record in a run folder.

    An identifier of the folder that has its outcome already is not asked for again, and not given again: so after any
    interruption, the same call goes on. An outcome is given when it is safely on disk.

        >>> dois = ["10.5555/lhs.2023.0417", "10.5555/nothing.mentions.this"]
        >>> for outcome in scrape(dois, "new-run", contact="a.librarian@uni-somewhere.edu"):
        ...     print(outcome.identifier, outcome.status, outcome.record and outcome.record.score)
        10.5555/lhs.2023.0417 ok 641
        10.5555/nothing.mentions.this not_tracked None

    Args:
        identifiers: DOIs, Altmetric ids and details addresses, in any form that `identify` reads; or a single one.
            None, NaN and empty texts, as tables have them, are skipped, and counted in `Outcomes.skipped`; numbers are
            Altmetric ids, `990000001.0` too.
        run: the folder; it is made if it does not exist.
        contact: your mail address; altmetric.com is not asked without it.
        interval: seconds between two requests, 2 by default; for altmetric.com at least 1.
        base_url: the site to ask instead of altmetric.com: a replica, a mirror. A run keeps it.
        retry_failed: ask again for what failed, or was not a details page.
        refresh: ask again for results older than this: `"30d"`, `"12h"`, `"8w"`, or a timedelta.
        limit: the most identifiers to ask for, 1 or more.
        notice: called in words with what a person may want to know while it runs.

    Raises:
        TypeError: if an argument is of another type; while iterating, if an iterator gives what is not an identifier.
        SettingsError: if a setting is not allowed.
        StoreError: if the folder holds a run of another site or other things, or cannot be read; while iterating, if
            nothing more can be kept.
        RunLocked: while iterating, if another process writes to the folder.
        RunStopped: while iterating, if it is of no use to go on now: the site refuses, or wants to be left alone.
    """
    listed = _listed(identifiers)
    folder = path_text(run, "a path (str or os.PathLike) as run")
    check_optional_text(contact=contact, base_url=base_url)
    check(interval, (Real, type(None)), "seconds as interval")
    check(retry_failed, bool, "True or False as retry_failed")
    check(limit, (int, type(None)), "a whole number as limit")
    check_functions(notice=notice)
    if limit is not None and limit < 1:
        raise SettingsError(f"a limit of {limit} asks for nothing; give 1 or more, or None for no limit")
    wanted = Wanted(retry_failed, _refresh(refresh), limit)
    RunFiles(Path(folder)).refuse_other_things()
    checked_settings(folder, contact=contact, interval=interval, base_url=base_url)
    session = partial(Scrape, folder, contact=contact, interval=interval, base_url=base_url, notice=notice)
    return Outcomes(listed, session, wanted)


def _listed(identifiers: object) -> Iterable[object]:
    """The identifiers one by one; those that are there already are checked.

    Raises:
        TypeError: if they are of another type.
    """
    if isinstance(identifiers, str | Integral):
        identifiers = [identifiers]
    is_file = hasattr(identifiers, "readline")  # its lines are identifiers
    if not isinstance(identifiers, Iterable) or not (is_file or is_several(identifiers)):
        raise wrong_type("identifiers: text, a number or an iterable of them (of a table, one column)", identifiers)
    if isinstance(identifiers, Collection):
        for number, identifier in enumerate(identifiers, 1):
            _text(identifier, number)
    return identifiers


class Outcomes(Iterator[Outcome]):
    """The outcomes of a scrape, each when it is kept. The run folder is opened for the first, and closed at the end.

    >>> outcomes = scrape(["10.5555/lhs.2023.0417", None, ""], "new-run", contact="a.librarian@uni-somewhere.edu")
    >>> [outcome.status for outcome in outcomes]
    ['ok']
    >>> outcomes.skipped
    2
    >>> outcomes.close()

    From its first outcome until it is closed (at its end, by `close`, or when it is dropped), nobody else can write to
    the folder.
    """

    def __init__(self, identifiers: Iterable[object], session: Callable[[], Scrape], wanted: Wanted) -> None:
        self._rows = _Identifiers(identifiers)
        self._outcomes = _outcomes(self._rows, session, wanted)  # does not know self: dropping self closes the folder

    def __next__(self) -> Outcome:
        return next(self._outcomes)

    @property
    def skipped(self) -> int:
        """Rows without an identifier: None, NaN and empty texts. Counted before the first outcome."""
        return self._rows.skipped

    def close(self) -> None:
        """Close the run folder before the end."""
        self._outcomes.close()


def _outcomes(rows: _Identifiers, session: Callable[[], Scrape], wanted: Wanted) -> Generator[Outcome]:
    with session() as work:
        work.plan(rows, wanted)
        yield from work.outcomes(wanted)


class _Identifiers:
    """Identifiers as the entries of a list; those that a table has none for are counted."""

    def __init__(self, identifiers: Iterable[object]) -> None:
        self.skipped = 0
        self._identifiers = identifiers

    def __iter__(self) -> Iterator[Entry]:
        for number, identifier in enumerate(self._identifiers, 1):
            text = _text(identifier, number)
            if text:
                yield Entry(text, f"identifier {number}")
            else:
                self.skipped += 1


def age(text: str) -> timedelta:
    """An age as the command takes it: a number with `m`, `h`, `d` or `w`, such as `30d`.

    Raises:
        SettingsError: if the text is not an age.
    """
    if found := _AGE.fullmatch(text):
        return timedelta(**{_UNITS[found["unit"]]: int(found["number"])})
    raise SettingsError(f"{text!r} is not an age: give a number with m, h, d or w, such as 30d")


def _refresh(refresh: object) -> timedelta | None:
    check(refresh, (str, timedelta, type(None)), "an age such as '30d' or a timedelta as refresh")
    if isinstance(refresh, timedelta) and not timedelta() <= refresh <= _LONGEST_AGE:
        raise SettingsError(f"{refresh} is not an age: give a timedelta from 0 to {_LONGEST_AGE.days} days")
    return age(refresh) if isinstance(refresh, str) else cast("timedelta | None", refresh)


def _text(identifier: object, number: int) -> str:
    """An identifier as text; empty if a table has none there.

    Raises:
        TypeError: if it is neither text nor a number.
    """
    if identifier is None or type(identifier).__name__ in _MISSING:
        return ""
    if isinstance(identifier, str):
        return identifier.strip()
    if not isinstance(identifier, Real | Decimal) or isinstance(identifier, bool):
        raise wrong_type(f"text or a number as identifier {number}", identifier)
    if isinstance(identifier, Integral):
        return str(int(identifier))
    value = float(identifier)
    if isnan(value):
        return ""
    return str(int(value)) if value.is_integer() else str(identifier)  # a column of ids with a gap holds floats
