"""`scrape()`: fetch the pages of identifiers, and return their outcomes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from functools import partial
from math import isnan
from numbers import Integral, Real
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

from altdetails._arguments import (
    check,
    check_functions,
    check_optional_text,
    is_repeatable,
    is_several,
    path_text,
    wrong_type,
)
from altdetails.errors import SettingsError
from altdetails.lists.entry import Entry, NumberKind, is_bare_number
from altdetails.lists.roles import is_missing
from altdetails.parsing.tasks import PAGE_TIMEOUT, check_page_timeout
from altdetails.results import Outcome
from altdetails.scraping.fetch import ApiKey
from altdetails.scraping.session import Scrape, Selection, check_settings
from altdetails.scraping.store.folder import RunFiles
from altdetails.scraping.tab_pages import choice_of

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Generator


__all__ = ["Outcomes", "parse_age", "scrape"]

_AGE = re.compile(r"(?P<number>[0-9]{1,5})(?P<unit>[mhdw])")
_LONGEST_AGE = timedelta(weeks=99_999)
_MISSING = {"NAType", "NaTType"}
"""The types of missing values in pandas, in addition to None and NaN."""
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def scrape(  # noqa: PLR0913 -- the settings of a run
    identifiers: Iterable[object] | str | int,
    run: str | os.PathLike[str],
    *,
    contact: str | None = None,
    interval: float | None = None,
    via: Literal["site", "api"] | None = None,
    key: str | None = None,
    key_file: str | os.PathLike[str] | None = None,
    base_url: str | None = None,
    retry_failed: bool = False,
    refresh: str | timedelta | None = None,
    limit: int | None = None,
    page_timeout: float | None = PAGE_TIMEOUT,
    notice: Callable[[str], None] = lambda _: None,
    ids: Literal["altmetric", "pmid"] | None = None,
    mentions: Iterable[str] | str | None = None,
    people: bool = False,
) -> Outcomes:
    """Fetch the page of each identifier, or the answer of the API, and store it and its record in a run folder.

    Identifiers that already have an outcome in the folder are skipped: they are not fetched, and not returned. So the
    same call resumes a run after any interruption. An outcome is returned when it is safely on disk.

    Examples:
        >>> dois = ["10.5555/lhs.2023.0417", "10.5555/nothing.mentions.this"]
        >>> for outcome in scrape(dois, "new-run", contact="a.librarian@uni-somewhere.edu"):
        ...     print(outcome.identifier, outcome.status, outcome.record and outcome.record.score)
        10.5555/lhs.2023.0417 ok 641
        10.5555/nothing.mentions.this not_tracked None

    Args:
        identifiers: DOIs, Altmetric ids and details addresses, in any form that `identify` reads; or a single one.
            Missing values in tables (None, NaN, empty text, `N/A`) are skipped and counted in `Outcomes.skipped`.
            Bare numbers, including floats such as `990000001.0`, need `ids`.
        run: the run folder. It is created if it does not exist.
        contact: your email address. It is required for altmetric.com.
        interval: seconds between two requests. The default is 2, by the API 1; for altmetric.com the minimum is 1.
        via: `"site"` for the details pages, `"api"` for the API. The default is the route of the run, or `"site"`.
        key: the key of the API. The default is the key in `key_file`, or in the environment variable
            `ALTMETRIC_API_KEY`. It is in no file of the run, no message and no traceback.
        key_file: a file with the key in one line.
        base_url: fetch from this site instead of altmetric.com: a replica or a mirror. The run remembers it.
        retry_failed: also retry the outcomes `failed` and `not_details`.
        refresh: also fetch pages again if their outcome is older than this: `"30d"`, `"12h"`, `"8w"`, or a timedelta.
        limit: fetch at most this number of identifiers, 1 or more.
        page_timeout: seconds that parsing a page may take. A page that takes longer is archived, and its outcome is
            `not_details`. None means without a limit.
        notice: called with a sentence for the user, for example when a request is retried.
        ids: what bare numbers are: `"altmetric"` or `"pmid"`. The site has no address by a PubMed id, so its outcome
            there is `no_address`. The API has one.
        mentions: also fetch the single mentions of these sources, page by page, into `mentions.jsonl`:
            `["news", "policy"]`, or `"all"`. They are fetched after the outcome of their output was returned, and also
            for records that the run has already. `Run(run).status().tabs` counts the lists.
        people: whether `mentions.jsonl` has names, handles, followers, profiles and texts of people. A run keeps this.

    Raises:
        TypeError: if an argument has another type. While iterating: if an identifier has another type.
        SettingsError: if a setting is not allowed, or an identifier is a bare number and `ids` does not say what it is;
            for identifiers that are not in a collection, while iterating.
        StoreError: if the folder contains a run of another site or other files, or cannot be read. While iterating: if
            the folder cannot be written.
        RunLocked: while iterating, if another process writes to the folder.
        RunStopped: while iterating, if the site refuses, cannot be reached, or allows no requests for a long time.
    """
    sealed = None if key is None else ApiKey(key, "the argument key")
    del key  # a traceback with variables must not show it
    if ids not in {None, "altmetric", "pmid"}:
        raise SettingsError(f"ids={ids!r} is not allowed: give 'altmetric' or 'pmid', or None")
    listed = _check_identifiers(identifiers, ids)
    folder = path_text(run, "a path (str or os.PathLike) as run")
    check_optional_text(contact=contact, base_url=base_url, via=via)
    check(interval, (Real, type(None)), "seconds as interval")
    check(retry_failed, bool, "True or False as retry_failed")
    check_page_timeout(page_timeout)
    check(limit, (int, type(None)), "a whole number as limit")
    check_functions(notice=notice)
    if limit is not None and limit < 1:
        raise SettingsError(f"a limit of {limit} is not allowed: give 1 or more, or None for no limit")
    check(people, bool, "True or False as people")
    if people and mentions is None:
        raise SettingsError("people=True works only with mentions: give sources, such as mentions=['news']")
    choice = None if mentions is None else choice_of(_sources(mentions), people=people)
    selection = Selection(retry_failed, _parse_refresh(refresh), limit)
    RunFiles(Path(folder)).refuse_other_files()
    sealed = check_settings(
        folder,
        contact=contact,
        interval=interval,
        via=via,
        key=sealed,
        key_file=key_file,
        base_url=base_url,
    )
    session = partial(
        Scrape,
        folder,
        contact=contact,
        interval=interval,
        via=via,
        key=sealed,
        base_url=base_url,
        page_timeout=page_timeout,
        mentions=choice,
        notice=notice,
    )
    return Outcomes(_Identifiers(listed, ids), session, selection)


def _sources(mentions: object) -> str | list[str]:
    """Return the sources of mentions.

    Raises:
        TypeError: if they have another type.
    """
    if isinstance(mentions, str):
        return mentions
    listed = [*mentions] if isinstance(mentions, Iterable) and is_several(mentions) else []
    if not listed or not all(isinstance(source, str) for source in listed):
        raise wrong_type("the names of sources, or 'all', as mentions", mentions)
    return listed


def _check_identifiers(identifiers: object, ids: NumberKind | None) -> Iterable[object]:
    """Return the identifiers as an iterable. Those that can be read twice are checked now, others while iterating.

    Raises:
        TypeError: if they have another type.
        SettingsError: if one is a bare number, and nothing says what it is.
    """
    if isinstance(identifiers, str | Integral):
        identifiers = [identifiers]
    is_file = hasattr(identifiers, "readline")  # an open file: each line is an identifier
    if not isinstance(identifiers, Iterable) or not (is_file or is_several(identifiers)):
        raise wrong_type("identifiers: text, a number or an iterable of them, such as a table column", identifiers)
    if is_repeatable(identifiers):
        for number, identifier in enumerate(identifiers, 1):
            _entry(identifier, number, ids)
    return identifiers


class Outcomes(Iterator[Outcome]):
    """An iterator over the outcomes of a scrape.

    Examples:
        >>> outcomes = scrape(["10.5555/lhs.2023.0417", None, ""], "new-run", contact="a.librarian@uni-somewhere.edu")
        >>> [outcome.status for outcome in outcomes]
        ['ok']
        >>> outcomes.skipped
        2
        >>> outcomes.close()

    The first `next()` opens and locks the run folder, so no other process can write to it. The folder is closed at the
    end of the iteration, by `close`, or when the iterator is deleted.
    """

    def __init__(self, rows: _Identifiers, session: Callable[[], Scrape], selection: Selection) -> None:
        self._rows = rows
        # without a reference to self, so that deleting self closes the folder
        self._outcomes = _iterate(self._rows, session, selection)

    def __next__(self) -> Outcome:
        return next(self._outcomes)

    @property
    def skipped(self) -> int:
        """Rows without an identifier: None, NaN and empty text. The count is complete before the first outcome."""
        return self._rows.skipped

    def close(self) -> None:
        """Stop early and close the run folder."""
        self._outcomes.close()


def _iterate(rows: _Identifiers, session: Callable[[], Scrape], selection: Selection) -> Generator[Outcome]:
    with session() as work:
        work.plan(rows, selection)
        yield from (outcome for outcome in work.outcomes(selection) if isinstance(outcome, Outcome))


class _Identifiers:
    """Identifiers as entries of a list. Missing values are skipped and counted."""

    def __init__(self, identifiers: Iterable[object], ids: NumberKind | None) -> None:
        self.skipped = 0
        self._identifiers = identifiers
        self._ids = ids

    def __iter__(self) -> Iterator[Entry]:
        for number, identifier in enumerate(self._identifiers, 1):
            entry = _entry(identifier, number, self._ids)
            if entry is None:
                self.skipped += 1
            else:
                yield entry


def parse_age(text: str) -> timedelta:
    """Parse an age: a number with `m`, `h`, `d` or `w`, for example `30d`.

    Raises:
        SettingsError: if the text is not an age.
    """
    if match := _AGE.fullmatch(text):
        return timedelta(**{_UNITS[match["unit"]]: int(match["number"])})
    raise SettingsError(f"{text!r} is not an age: give a number with m, h, d or w, such as 30d")


def _parse_refresh(refresh: object) -> timedelta | None:
    check(refresh, (str, timedelta, type(None)), "an age such as '30d' or a timedelta as refresh")
    if isinstance(refresh, timedelta) and not timedelta() <= refresh <= _LONGEST_AGE:
        raise SettingsError(f"{refresh} is not an age: give a timedelta from 0 to {_LONGEST_AGE.days} days")
    return parse_age(refresh) if isinstance(refresh, str) else cast("timedelta | None", refresh)


def _entry(identifier: object, number: int, ids: NumberKind | None) -> Entry | None:
    """Return an identifier as an entry; None for a missing value.

    Raises:
        TypeError: if it is neither text nor a number.
        SettingsError: if it is a bare number, and nothing says what it is.
    """
    text = _identifier_text(identifier, number)
    if is_missing(text):
        return None
    if not is_bare_number(text):
        return Entry(text, f"identifier {number}")
    if ids is None:
        raise SettingsError(
            f"identifier {number} is a bare number, {text[:20]}: say what it is with ids='altmetric' or ids='pmid'"
        )
    return Entry(text, f"identifier {number}", scheme="pmid" if ids == "pmid" else "altmetric_id")


def _identifier_text(identifier: object, number: int) -> str:
    """Return an identifier as text; empty text for a missing value.

    Raises:
        TypeError: if it is neither text nor a number.
    """
    if identifier is None or type(identifier).__name__ in _MISSING:
        return ""
    if isinstance(identifier, str):
        return identifier.strip()
    if not isinstance(identifier, Real | Decimal) or isinstance(identifier, bool):
        raise wrong_type(f"text or a number as identifier {number}", identifier)
    with suppress(ArithmeticError, ValueError):  # of a number of more than 4,300 digits, or a signaling NaN
        if isinstance(identifier, Integral):
            return str(int(identifier))
        value = float(identifier)
        if isnan(value):
            return ""
        return str(int(value)) if value.is_integer() else str(identifier)  # pandas makes floats of ids
    return "a number that cannot be read"
