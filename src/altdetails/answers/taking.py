"""Take values out of an answer: of the right type, or nothing and an item of `unread`."""

from __future__ import annotations

import html
import math
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from altdetails import identifiers, links
from altdetails.errors import IdentifierError
from altdetails.identifiers import Identifier
from altdetails.record import CUT, Unread

__all__ = ["FIRST_SECOND", "LARGEST", "LARGEST_ID", "LARGEST_SCORE", "LAST_SECOND", "Taker", "day_of", "plain_text"]

LARGEST = 10**15 - 1
"""The largest count."""
LARGEST_ID = 2**63 - 1
_MAX_UNREAD = 200
_MAX_TEXT = 500
_MAX_LINK = 4096
_INEXACT = 2**53
LARGEST_SCORE = 10**12

_PREFIX = r"(?:[a-z][a-z0-9]{0,9}:)?"
_INLINE = (
    rf"{_PREFIX}(?:a|abbr|alternatives|b|big|bold|cite|del|em|emphasis|ext-link|font|i|img|inf|inline-graphic|ins|italic"
    r"|kbd|mark|monospace|named-content|overline|ovl|roman|sc|scp|small|span|strike|strong|styled-content|sub|sup"
    r"|tex-math|tt|u|underline|uri|xref"
    r"|m(?:fenced|frac|i|n|o|over|row|space|sqrt|style|sub|subsup|sup|table|td|text|tr|under))|mml:\w{1,20}|o:p"
)
_BLOCK = (
    rf"{_PREFIX}(?:abstract|blockquote|br|break|caption|center|dd|def|def-list|disp-formula|disp-quote|div|dl|dt|fig"
    r"|graphic|h[1-6]|hr|inline-formula|label|li|list|list-item|math|ol|p|para|pre|sec|section|sectiontitle"
    r"|simplepara|simple-para|table|tbody|td|th|thead|title|tr|ul)"
)
_ATTRIBUTES = r"(?:\s+[\w:.-]{1,50}\s*=\s*(?:\"[^\"<>]*\"|'[^'<>]*'|[^\s\"'<>]+))*+\s*/?"
_INLINE_TAG = re.compile(rf"</?(?:{_INLINE}){_ATTRIBUTES}>", re.IGNORECASE)
_BLOCK_TAG = re.compile(rf"</?(?:{_BLOCK}){_ATTRIBUTES}>", re.IGNORECASE)
_COMMENT = re.compile(r"<!--(?:(?!<!--).){0,500}?-->|<\?[a-z][^<>]{0,500}\?>|<!\[CDATA\[|\]\]>", re.DOTALL)
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")

_DAY = 86_400
_LONDON = 23 * 3600
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_YEARS = range(1500, 2200)
FIRST_SECOND = int((datetime(1500, 1, 1, tzinfo=UTC) - _EPOCH).total_seconds())
LAST_SECOND = int((datetime(2200, 1, 1, tzinfo=UTC) - _EPOCH).total_seconds()) - 3601
"""The limits of times that are days of publication, a little narrower at the end."""
_ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def plain_text(text: str) -> str | None:
    """Return a text without markup, with single spaces; None for a text of spaces."""
    if "<" in text:
        text = _without_tags(text)
    if "&" in text:
        text = _ENTITY.sub(lambda entity: html.unescape(entity[0]), text)
        if "<" in text:
            text = _without_tags(text)
    return " ".join(text.split()) or None


def _without_tags(text: str) -> str:
    return _BLOCK_TAG.sub(" ", _INLINE_TAG.sub("", _COMMENT.sub("", text)))


def day_of(seconds: float, *, is_padded: bool = False) -> datetime | None:
    """Return the day, in UTC, of a time in seconds since 1970; None outside the years 1500 to 2199.

    Args:
        seconds: the time.
        is_padded: whether it means a day: then one at 23:00:00 is midnight in London in summer, of the next day.
    """
    if is_padded and seconds % _DAY == _LONDON:
        seconds += 3600
    try:
        day = _EPOCH + timedelta(seconds=seconds)
    except (OverflowError, ValueError):
        return None
    return day if day.year in _YEARS else None


class Taker:
    """Takes the values of an answer. What it cannot take is in `unread`."""

    __slots__ = ("_dropped", "unread")

    def __init__(self) -> None:
        self.unread: list[Unread] = []
        self._dropped = False

    def leave(self, part: str, name: str, value: object) -> None:
        """Add a value to `unread`, with its name."""
        self.note(part, f"{name}: {_as_json(value)}")

    def note(self, part: str, text: str) -> None:
        """Add a text to `unread`. Of more than 200, only the number is not lost."""
        if len(self.unread) < _MAX_UNREAD:
            text = links.without_key(text) if "key" in text.lower() else text
            self.unread.append(Unread(part, text if len(text) <= _MAX_TEXT else text[: _MAX_TEXT - len(CUT)] + CUT))
        elif not self._dropped:
            self._dropped = True
            self.unread.append(Unread("answer", f"more than {_MAX_UNREAD} values that are not known"))

    def leave_unknown(self, part: str, prefix: str, values: dict[str, Any], known: frozenset[str]) -> None:
        """Add the values of unknown keys to `unread`."""
        if not known.issuperset(values):
            for name, value in values.items():
                if name not in known:
                    self.leave(part, prefix + name, value)

    def text(self, value: Any, part: str, name: str) -> str | None:  # noqa: ANN401 -- any JSON
        """Take a text, without markup."""
        if type(value) is str:
            return plain_text(value)
        if value is not None:
            self.leave(part, name, value)
        return None

    def texts(self, value: Any, part: str, name: str) -> list[str] | None:  # noqa: ANN401 -- any JSON
        """Take a list of texts that are not blank; None if there is none."""
        if type(value) is list:
            texts = []
            for item in value:
                if type(item) is str:
                    if text := plain_text(item):
                        texts.append(text)
                elif item is not None:
                    self.leave(part, name, item)
            return texts or None
        if value is not None:
            self.leave(part, name, value)
        return None

    def whole(  # noqa: PLR0913, PLR0917 -- the value, its name and its limits
        self,
        value: Any,  # noqa: ANN401 -- any JSON
        part: str,
        prefix: str,
        name: str,
        lowest: int = 0,
        highest: int = LARGEST,
    ) -> int | None:
        """Take a whole number between two limits, also written as `95.0` or `1e3`."""
        if type(value) is int and lowest <= value <= highest:
            return value
        if value is None:
            return None
        if type(value) is float and value.is_integer() and abs(value) < _INEXACT and lowest <= value <= highest:
            return int(value)
        self.leave(part, prefix + name, value)
        return None

    def altmetric_id(self, value: Any, name: str = "altmetric_id") -> int | None:  # noqa: ANN401 -- any JSON
        """Take an Altmetric id."""
        return self.whole(value, "header", "", name, 1, LARGEST_ID)

    def number(self, value: Any, part: str, prefix: str, name: str) -> float | None:  # noqa: ANN401 -- any JSON
        """Take a number that is not negative."""
        if (type(value) is float or type(value) is int) and 0 <= value <= LARGEST_SCORE:
            return value + 0.0
        if value is not None:
            self.leave(part, prefix + name, value)
        return None

    def mapping(self, value: Any, part: str, name: str) -> dict[str, Any] | None:  # noqa: ANN401 -- any JSON
        """Take an object. An empty one can be `[]`, and a missing one `null`."""
        if type(value) is dict:
            return value
        if value is None:
            return None
        if value == []:
            return {}
        self.leave(part, name, value)
        return None

    def link(self, value: Any, part: str, name: str) -> str | None:  # noqa: ANN401 -- any JSON
        """Take an address of the web."""
        if type(value) is str:
            url = links.without_key(value.strip())
            if len(url) <= _MAX_LINK and _WEB.match(url) and not any(map(str.isspace, url)):
                return url
        if value is not None and value != "":
            self.leave(part, name, value)
        return None

    def identifiers(self, scheme: str, values: Iterable[Any], name: str) -> list[Identifier]:
        """Take identifiers, normalised, each once."""
        normalise = _NORMALISERS.get(scheme, str.strip)
        normalised: dict[str, Identifier] = {}
        for value in values:
            if type(value) is str and (value.isspace() or not value):
                continue
            if type(value) is not str:
                if value is not None:
                    self.leave("details", name, value)
                continue
            try:
                normal = normalise(value)
            except IdentifierError:
                self.note("details", f"{scheme}: {value}")
            else:
                normalised[normal] = Identifier(scheme, normal)
        return [*normalised.values()]

    def unix_day(self, value: Any, part: str, name: str, *, is_padded: bool) -> datetime | None:  # noqa: ANN401 -- any JSON
        """Take the day of a time in seconds since 1970."""
        if (type(value) is int or type(value) is float) and (day := day_of(value, is_padded=is_padded)):
            return day
        if value is not None:
            self.leave(part, name, value)
        return None

    def iso_day(self, value: Any, part: str, name: str) -> datetime | None:  # noqa: ANN401 -- any JSON
        """Take the day of a date or time in the form of ISO 8601."""
        if type(value) is str:
            try:
                at = datetime.fromisoformat(value)
                if at.tzinfo is not None or _ISO_DAY.fullmatch(value):
                    at = at.replace(tzinfo=at.tzinfo or UTC)
                    if day := day_of((at - _EPOCH).total_seconds(), is_padded=True):
                        return day
            except (ValueError, OverflowError):
                pass
        if value is not None:
            self.leave(part, name, value)
        return None


_WEB = re.compile(r"https?://[^/?#\s]", re.IGNORECASE)
_NORMALISERS: dict[str, Callable[[str], str]] = {
    "doi": identifiers.doi,
    "pmid": identifiers.pmid,
    "arxiv": identifiers.arxiv,
    "isbn": identifiers.isbn,
}


def _as_json(value: object) -> str:
    if type(value) is float and not math.isfinite(value):
        return str(value)
    try:
        return msgspec.json.encode(value).decode()
    except (UnicodeEncodeError, RecursionError, msgspec.MsgspecError, OverflowError):
        return ascii(value)
