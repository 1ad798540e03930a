"""WARC archives (of altdetails, wget, any crawler) → the details pages in them, with where they came from."""

from __future__ import annotations

import io
import os
import re
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeAlias, cast

from fastwarc.warc import ArchiveIterator, WarcHeader, WarcRecordType

from altdetails import identifiers
from altdetails.documents import Unreadable, UnreadableError, printable
from altdetails.errors import IdentifierError, InputError
from altdetails.results import Capture, timestamp
from altdetails.warc.http import agrees_with, block, decoded, pass_over, response, without_chunks
from altdetails.warc.members import RecordStream, Window, record_streams

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from datetime import datetime

    from fastwarc.warc import HeaderMap, WarcRecord

    _Found: TypeAlias = tuple[bytes, int | None, str | None]
    """Content, HTTP status, and media type."""

__all__ = ["HOLDING_CONTENT", "bare", "captures", "page_in", "record_id", "wanted"]

_SOFTWARE = "altdetails/"
_WITH_A_PAGE = {"ok", "not_details"}
"""Outcomes of a visit of which the last response is a page to read."""
_WEB_ADDRESS = re.compile(r"https?://(?:[^/?#\[\]]|\[[0-9a-f:.]++\])", re.IGNORECASE)
_BARE_LINE = re.compile(rb"WARC/[0-9.]{1,9}\n")
_BARE_NEWLINES = (
    "header lines that end in newlines alone, against the standard; `pip install warcio`, "
    "then `warcio recompress OLD NEW.warc.gz` mends them"
)
_LONGEST_DESCRIPTION = 64 * 2**10
_MOST_DAMAGED = 100


def captures(  # noqa: PLR0913 -- what is read, which stretch, which pages, and who is told
    source: str | os.PathLike[str] | BinaryIO,
    *,
    start: int = 0,
    stop: int | None = None,
    url_filter: str | None = None,
    skipped: Callable[[str], object] = lambda _: None,
    name: str | None = None,
) -> Iterator[Capture | Unreadable]:
    """The details pages in a WARC archive, in its order: in version 1.0 or 1.1, plain, gzip or Zstandard.

    In a run's own archive a page is the last response of a visit that got one. In any other it is what was found at a
    details address, on whatever tab: every whole response with status 200, every resource of HTML, and every text that
    was made of a page (WET); its content decides later what it is. Errors of the site, what was cut short, and what
    repeats another record are told, as are wrong digests and damaged parts, and the pages around them are read.

    Args:
        source: path, or a binary stream that can be sought in; it stays open.
        start: where in the archive to begin; see `Span` for what belongs to a stretch of it.
        stop: where to end; None for the end of the archive.
        url_filter: a regular expression to search for in addresses; the pages of those are given, in place of those of
            details addresses.
        skipped: called with the name of every other record that holds or stands for content.
        name: what the archive is called in errors; its path if not given.

    Raises:
        InputError: where the regular expression is none.
    """
    if name is None:
        name = printable(os.fspath(source)) if isinstance(source, str | os.PathLike) else "<stream>"
    archive = _Archive(name, wanted(url_filter), skipped)
    try:
        with _opened(source) as file:
            yield from archive.items(Window(file), start, stop)
    except UnreadableError as trouble:
        yield trouble.at(name)
    except OSError as error:
        yield Unreadable(name, "unreadable", f"cannot be read: {error.strerror or error}; check its permissions")


@dataclass(frozen=True, slots=True)
class _Visit:
    """What a run says of the responses that follow: those of one identifier, up to the last."""

    last: str
    """Record id of the last response."""
    requested: str
    has_page: bool


class _Archive:
    """An archive while it is read."""

    def __init__(self, name: str, wanted: Callable[[str], bool], skipped: Callable[[str], object]) -> None:
        self._name = name
        self._wanted = wanted
        self._skipped = skipped
        self._is_run = False
        self._visit: _Visit | None = None
        self._records = ArchiveIterator(io.BytesIO(), parse_http=False, stream_detect=False)

    def items(self, window: Window, start: int, stop: int | None) -> Iterator[Capture | Unreadable]:
        if stop is not None and stop <= start:
            return
        if not (window.size or start):
            yield Unreadable(self._name, "missing", "is empty; copy or download it again")
        if (start or stop is not None) and self._is_undivided(window):
            if start:
                return
            stop = None
        damaged = 0
        for part in record_streams(window, start, stop):
            damage = yield from self._part(part)
            if damage:
                damaged += 1
                yield Unreadable(self._name, "unreadable", f"is damaged {damage}; copy or make it again")
            if damaged == _MOST_DAMAGED:
                yield Unreadable(self._name, "refused", f"is damaged in {damaged} places, what follows is not read")
                return

    def _is_undivided(self, window: Window) -> bool:
        """Whether an archive belongs to the span with its first byte: that of a run, or one that cannot be read."""
        try:
            for part in record_streams(window, stop=1):
                if not part.start and _has_bare_newlines(part):
                    return True
                for first in self._records.restart(part.stream):
                    return _is_of_a_run(first)
        except (OSError, UnreadableError):
            pass
        return False

    def _part(self, part: RecordStream) -> Generator[Capture | Unreadable, None, str | None]:
        """The items of a part, each when what follows shows that it is whole; then what is wrong with the part."""
        held: Capture | Unreadable | None = None
        place, fault = 0, None
        if _has_bare_newlines(part):
            if not part.start:
                raise UnreadableError("unreadable", f"has {_BARE_NEWLINES}")
            part.finish()
            return f"at byte {part.start:,} ({_BARE_NEWLINES}), {part.lost}"
        try:
            for record in self._records.restart(part.stream):
                if held:
                    yield held
                place = record.stream_pos
                held = self._item(record, part)
        except OSError as error:
            fault = str(error)
        part.finish()
        if part.damage:
            if held and part.is_sound(place):
                yield held
            return f"at byte {part.start:,} ({part.damage}), {part.lost}"
        if held:
            yield held
        return f"at or behind byte {part.place(place)} ({fault}), {part.lost}" if fault else None

    def _item(self, record: WarcRecord, part: RecordStream) -> Capture | Unreadable | None:
        try:
            page = self._page(record)
        except UnreadableError as trouble:
            reason = f"{trouble.reason} (its record begins at byte {part.place(record.stream_pos)})"
            return Unreadable(self._named(record), trouble.kind, reason)
        if page is None and record.record_type & HOLDING_CONTENT:
            self._skipped(self._named(record))
        return page

    def _named(self, record: WarcRecord) -> str:
        own_id = record_id(record)
        return f"{self._name}!{own_id}" if own_id else self._name

    def _page(self, record: WarcRecord) -> Capture | None:
        """The page in a record, if it holds one; a record of another sort is read to its end."""
        if record.record_type == WarcRecordType.warcinfo:
            self._visit = None
            self._is_run = _is_of_a_run(record)
            return None
        if record.record_type == WarcRecordType.metadata:
            self._visit = _visit(record) or self._visit
            return None
        if record.record_type & HOLDING_CONTENT:
            url = bare(record.headers.get(WarcHeader.WARC_TARGET_URI))
            is_expected, requested = self._expected(record, url)
            if is_expected:
                return page_in(record, url, requested)
        pass_over(record)
        return None

    def _expected(self, record: WarcRecord, url: str) -> tuple[bool, str | None]:
        """Whether a record can hold a page, and the identifier that was asked for."""
        visit = self._visit
        if visit is None:
            return not self._is_run and self._wanted(url) and _is_web_address(url), None
        if visit.last != record_id(record):
            return False, None
        self._visit = None
        return visit.has_page and _is_web_address(url), visit.requested


def _has_bare_newlines(part: RecordStream) -> bool:
    return _BARE_LINE.match(part.beginning) is not None


def _is_of_a_run(record: WarcRecord) -> bool:
    is_description = record.record_type == WarcRecordType.warcinfo
    return is_description and _fields(record).get("software", "").startswith(_SOFTWARE)


def _visit(record: WarcRecord) -> _Visit | None:
    """What a metadata record says of a visit, if it is one of altdetails."""
    fields = _fields(record)
    last = bare(record.headers.get(WarcHeader.WARC_REFERS_TO))
    requested = fields.get("requested", "")
    if not (last and "outcome" in fields and _identifies(requested)):
        return None
    return _Visit(last, requested, fields["outcome"] in _WITH_A_PAGE)


def _fields(record: WarcRecord) -> dict[str, str]:
    """What a record that describes others says, by the names of its fields; nothing where it is long.

    Raises:
        UnreadableError: where it is damaged.
    """
    if record.content_length > _LONGEST_DESCRIPTION:
        pass_over(record)
        return {}
    kept = block(record)
    agrees_with(record.headers.get(WarcHeader.WARC_BLOCK_DIGEST), kept)
    lines = (line.partition(":") for line in kept.decode("utf-8", "replace").split("\n"))
    return {name.strip().lower(): value.strip() for name, _, value in lines}


def wanted(url_filter: str | None) -> Callable[[str], bool]:
    """The test for the addresses of which the pages are read.

    Args:
        url_filter: a regular expression to search for in addresses; None for those of details pages.

    Raises:
        InputError: where it is none.
    """
    if url_filter is None:
        return _is_details_address
    try:
        with warnings.catch_warnings(action="ignore", category=FutureWarning):
            search = re.compile(url_filter).search
    except (re.error, OverflowError, RecursionError) as error:
        way_out = "it is searched in addresses; put \\ before signs such as ( that stand for themselves"
        raise InputError(f"{url_filter!r} is no regular expression: {error}; {way_out}") from error
    return lambda url: search(url) is not None


def _is_details_address(url: str) -> bool:
    try:
        identifiers.address(url)
    except IdentifierError:
        return False
    return True


def _is_web_address(url: str) -> bool:
    return _WEB_ADDRESS.match(url) is not None


def _identifies(text: str) -> bool:
    try:
        identifiers.identify(text)
    except IdentifierError:
        return False
    return True


@contextmanager
def _opened(source: str | os.PathLike[str] | BinaryIO) -> Iterator[BinaryIO]:
    if isinstance(source, str | os.PathLike):
        with Path(source).open("rb", buffering=0) as file:
            yield cast("BinaryIO", file)
    else:
        yield source


HOLDING_CONTENT = WarcRecordType.response | WarcRecordType.resource | WarcRecordType.revisit | WarcRecordType.conversion
"""The types of records that hold or stand for content."""

_PAGE_TYPES = {"text/html", "application/xhtml+xml", "text/plain"}
_REDIRECTS = range(300, 400)
_PHRASES = {status.value: status.phrase for status in HTTPStatus}
_LONGEST_SHOWN = 200


def page_in(record: WarcRecord, url: str, requested: str | None) -> Capture | None:
    """The page in a record; None where that is a redirect, or a file that is neither HTML nor text.

    Args:
        record: one of `HOLDING_CONTENT`.
        url: its address.
        requested: the identifier that was asked for, where that is known.

    Raises:
        UnreadableError: where the record is damaged or has no id, or holds no whole page of its own.
    """
    headers = record.headers
    is_response = record.record_type == WarcRecordType.response
    if record.record_type == WarcRecordType.revisit:
        pass_over(record)
        raise _repeated(headers, url)
    if not is_response and _media_type(headers) not in _PAGE_TYPES:
        pass_over(record)
        return None
    if WarcHeader.WARC_TRUNCATED in headers or WarcHeader.WARC_SEGMENT_NUMBER in headers:
        pass_over(record)
        raise _truncated(headers, url)
    own_id = record_id(record)
    if not own_id:
        raise UnreadableError("unreadable", "has a page without WARC-Record-ID, by which a page is known")
    found = _received(record, url) if is_response else _stored(record)
    if found is None:
        return None
    content, status, content_type = found
    return Capture(content, url, status, content_type, _moment(record.record_date), own_id, requested)


def _received(record: WarcRecord, url: str) -> _Found | None:
    """What is in an HTTP response; None of a redirect."""
    kept = block(record)
    is_proven = agrees_with(record.headers.get(WarcHeader.WARC_BLOCK_DIGEST), kept)
    received = response(kept)
    if not is_proven:
        # some tools take the payload with the chunks of its transfer coding, some without
        agrees_with(record.headers.get(WarcHeader.WARC_PAYLOAD_DIGEST), received.body, without_chunks(received.body))
    if received.status in _REDIRECTS:
        return None
    if received.status != HTTPStatus.OK:
        answer = f"{received.status} {_PHRASES.get(received.status, '')}".rstrip()
        raise UnreadableError(
            "http_error", f"{_shown(url)} was answered with {answer}, not with a page; try another capture"
        )
    return decoded(received), received.status, next(iter(received.headers.get("content-type", ())), None)


def _stored(record: WarcRecord) -> _Found:
    """What is in a record without HTTP."""
    kept = block(record)
    if not agrees_with(record.headers.get(WarcHeader.WARC_BLOCK_DIGEST), kept):
        agrees_with(record.headers.get(WarcHeader.WARC_PAYLOAD_DIGEST), kept)
    return kept, None, record.headers.get(WarcHeader.CONTENT_TYPE)


def _truncated(headers: HeaderMap, url: str) -> UnreadableError:
    what = "was archived in several segments, which are not put together"
    if WarcHeader.WARC_TRUNCATED in headers:
        what = f"was cut short by who archived it ({_shown(headers.get(WarcHeader.WARC_TRUNCATED) or 'unspecified')})"
    return UnreadableError("truncated", f"{_shown(url)} {what}; try another capture")


def _repeated(headers: HeaderMap, url: str) -> UnreadableError:
    same = headers.get(WarcHeader.WARC_REFERS_TO_TARGET_URI) or headers.get(WarcHeader.WARC_REFERS_TO)
    date = _shown(headers.get(WarcHeader.WARC_REFERS_TO_DATE) or "") or "an untold date"
    profile = _shown((headers.get(WarcHeader.WARC_PROFILE) or "").rstrip("/>").rpartition("/")[2]) or "no profile"
    of = f"{_shown(bare(same)) or 'an earlier capture'} of {date} ({profile})"
    return UnreadableError("revisit", f"{_shown(url)} repeats {of} without the content; read that one")


def _media_type(headers: HeaderMap) -> str:
    return (headers.get(WarcHeader.CONTENT_TYPE) or "").partition(";")[0].strip().lower()


def _shown(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 1]}…"


def record_id(record: WarcRecord) -> str:
    """The id of a record; empty where it has none."""
    return bare(record.headers.get(WarcHeader.WARC_RECORD_ID))


def bare(value: str | None) -> str:
    """An id or address without the angle brackets that WARC 1.0 puts around it."""
    return (value or "").strip().removeprefix("<").removesuffix(">")


def _moment(date: datetime | None) -> str | None:
    try:
        return timestamp(date) if date else None
    except OverflowError:
        return None
