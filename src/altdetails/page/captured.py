"""When the site gave a page: the time in its address in a web archive, or in the mark of the tool that saved it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from itertools import starmap
from typing import TYPE_CHECKING, TypeAlias

from altdetails.page.decode import follows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["captured_at", "time_in_address", "time_in_header"]

_MARK_BYTES = 8 * 2**10
"""Marks are in this many bytes at the beginning of a page, that of the Wayback Machine at its end."""
_MARK_BYTES_OF_TAGS = 4 * 2**10
"""Marks in tags are in the head."""
_MAX_ADDRESS_LENGTH = 32_768
_MAX_HEADER_LENGTH = 200
_FIRST_YEAR = 2011

_MONTH_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTHS = {name: f"{number:02}" for number, name in enumerate(_MONTH_NAMES, 1)}
_YEAR, _DAY, _CLOCK = r"(?P<year>(?:19|20)\d\d)", r"(?P<day>\d\d?)", r"(?P<clock>\d\d:\d\d:\d\d)"
_MONTH = r"(?P<month>[A-Z][a-z]{2})"
_ZONE = r"(?P<zone>GMT|UTC|Z|[+-]\d{4})"

_ADDRESS = re.compile(
    r"/(?P<year>(?:19|20)\d\d)(?P<dot>\.?)(?P<month>\d\d)(?P=dot)(?P<day>\d\d)-?(?P<clock>\d{6})(?:[a-z]{2}_)?/"
    r"(?=/{0,2}https?(?::|%3A)|(?:[\w-]{1,63}\.){0,4}altmetric\.com[/?:])",
    re.ASCII | re.IGNORECASE,
)
_HEADER = re.compile(
    rf"\s*(?:[A-Z][a-z]+,\s*)?{_DAY}\s+{_MONTH}\s+{_YEAR}\s+{_CLOCK}\s+{_ZONE}\s*(?:\([^()]*\)\s*)?", re.ASCII
)


_Mark: TypeAlias = tuple[bytes, re.Pattern[bytes]]


def _mark(sign: str, pattern: str) -> _Mark:
    return sign.encode(), re.compile(pattern.encode(), re.ASCII)


_AT_THE_END = (
    _mark("FILE ARCHIVED ON", rf"<!--\s{{0,99}}FILE ARCHIVED ON {_CLOCK} {_MONTH} {_DAY}, {_YEAR} AND RETRIEVED FROM"),
)
_OF_WAYBACK = (
    _mark(
        "__wm.wombat(",
        r'__wm\.wombat\("[^"\n]{0,4096}","(?P<year>(?:19|20)\d\d)(?P<month>\d\d)(?P<day>\d\d)(?P<clock>\d{6})"',
    ),
)
_OF_ARCHIVE_TODAY = (
    _mark(
        '<time itemprop="pubdate" datetime="',
        r'webpage capture[^\0]{0,4096}<time itemprop="pubdate" datetime="(?P<year>(?:19|20)\d\d)-(?P<month>\d\d)-'
        rf'(?P<day>\d\d)T{_CLOCK}{_ZONE}"',
    ),
)
_IN_COMMENTS = (
    _mark(
        "Page saved with SingleFile",
        r"<!--\s{0,99}Page saved with SingleFile\s{1,99}url: (?P<address>[^\s<>]{1,4096})\s{1,99}saved date: "
        rf"[A-Z][a-z]{{2}} {_MONTH} {_DAY} {_YEAR} {_CLOCK} (?:GMT|UTC)?{_ZONE}",
    ),
    _mark(
        " using monolith",
        r"<!--\s{0,99}Saved from (?P<address>[^\s<>]{1,4096}) at (?P<year>(?:19|20)\d\d)-(?P<month>\d\d)-(?P<day>\d\d)"
        rf"T{_CLOCK}{_ZONE} using monolith",
    ),
    _mark(
        "by HTTrack Website Copier",
        r"<!--\s{0,99}Mirrored from (?P<address>[^\s<>]{1,4096}) by HTTrack Website Copier/[^<>,]{0,99},\s"
        rf"[A-Z][a-z]{{2}}, {_DAY} {_MONTH} {_YEAR} {_CLOCK} {_ZONE}",
    ),
)
_IN_TAGS = (
    _mark(
        "savepage-date",
        rf"<meta name=[\"']savepage-date[\"'] content=[\"'][A-Z][a-z]{{2}} {_MONTH} {_DAY} {_YEAR} {_CLOCK} "
        rf"(?:GMT|UTC)?{_ZONE}",
    ),
    _mark(
        "data-scrapbook-create=",
        r"data-scrapbook-create=[\"'](?P<year>(?:19|20)\d\d)(?P<month>\d\d)(?P<day>\d\d)(?P<clock>\d{6})\d{3}[\"']",
    ),
)
_COMMENT, _WAYBACK = (b"--",), (b"_wm.wombat(",)
"""What follows `!` or a low line."""


def captured_at(source: bytes, addresses: Iterable[str | None]) -> str | None:
    """Return when the site gave a page: UTC, RFC 3339, whole seconds. None if neither its addresses nor a mark say it.

    The time of a web archive is before that of a tool which saved the page from there.

    Args:
        source: the page, in UTF-8.
        addresses: the addresses of the page.
    """
    for address in filter(None, addresses):
        if at := time_in_address(address):
            return at
    return next(filter(None, starmap(_time_of_mark, _places_of_marks(source))), None)


def _places_of_marks(source: bytes) -> Iterator[tuple[bytes, tuple[_Mark, ...]]]:
    """Yield each part of a page that can have marks, with these marks. What an archive wrote is older than a tool's.

    Few pages have marks. So what several of them have in common is looked for first.
    """
    beginning, end = source[:_MARK_BYTES], source[-_MARK_BYTES:]
    yield end, _AT_THE_END
    if follows(beginning, b"_", _WAYBACK):
        yield beginning, _OF_WAYBACK
    yield beginning, _OF_ARCHIVE_TODAY
    if follows(beginning, b"!", _COMMENT):
        yield beginning, _IN_COMMENTS
    yield beginning[:_MARK_BYTES_OF_TAGS], _IN_TAGS


def time_in_address(address: str) -> str | None:
    """Return the time in the address of a page in a web archive: `/web/20220301123456id_/https://…`, as UTC."""
    if len(address) > _MAX_ADDRESS_LENGTH or not ("/20" in address or "/19" in address):
        return None
    times = [*_ADDRESS.finditer(address)]
    return _moment(times[-1].groupdict()) if times else None  # one archive can hold the page of another


def time_in_header(text: str) -> str | None:
    """Return the time in a header such as `Date` or `Memento-Datetime`, as UTC. A time needs a zone."""
    match = _HEADER.fullmatch(text) if len(text) <= _MAX_HEADER_LENGTH else None
    return _moment(match.groupdict()) if match else None


def _time_of_mark(part: bytes, marks: tuple[_Mark, ...]) -> str | None:
    for sign, pattern in marks:
        if part.rfind(sign) >= 0 and (match := pattern.search(part)):  # `in` takes twice as long for what is not there
            texts = {name: value.decode("utf-8", "ignore") for name, value in match.groupdict().items()}
            if at := time_in_address(texts.get("address", "")) or _moment(texts):
                return at
    return None


def _moment(parts: dict[str, str]) -> str | None:
    """Return the moment of the parts of a time; None if there is no such day or time. Without a zone, it is UTC.

    A time before the first details page is that of a clock that was not set.
    """
    if int(parts["year"]) < _FIRST_YEAR:
        return None
    month, zone = parts["month"], parts.get("zone", "Z")
    day = f"{parts['year']}{_MONTHS.get(month, month)}{int(parts['day']):02}"
    digits = f"{day}{parts['clock'].replace(':', '')}{zone if zone[0] in '+-' else '+0000'}"
    try:
        return datetime.strptime(digits, "%Y%m%d%H%M%S%z").astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError):
        return None
