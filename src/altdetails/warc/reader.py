"""Read the details pages in WARC archives of altdetails, wget or any crawler, each with its source."""

from __future__ import annotations

import io
import os
import re
import warnings
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeAlias, cast

from fastwarc.warc import ArchiveIterator, WarcHeader, WarcRecordType

from altdetails import identifiers
from altdetails.answers.addresses import JSON_TYPES, is_api_address
from altdetails.documents import Unreadable, UnreadableError, printable
from altdetails.errors import IdentifierError, InputError
from altdetails.links import without_key
from altdetails.results import AskedTab, Capture, timestamp
from altdetails.warc.http import decode_body, matches_digest, parse_response, read_block, skip_block, without_chunks
from altdetails.warc.members import RecordStream, Window, record_streams

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from fastwarc.warc import HeaderMap, WarcRecord

    from altdetails.documents import Budget

    _Content: TypeAlias = tuple[bytes, int | None, str | None, str | None]
    """Content, HTTP status, media type, and the header `Memento-Datetime`."""

__all__ = ["HOLDING_CONTENT", "bare", "captures", "page_in", "reason_of_status", "record_id", "wanted"]

_SOFTWARE = "altdetails/"
_WITH_A_PAGE = {"ok", "not_details"}
"""Outcomes of a visit whose last response is a page to read."""
_WEB_ADDRESS = re.compile(r"https?://(?:[^/?#\[\]]|\[[0-9a-f:.]++\])", re.IGNORECASE)
_NUMBER = re.compile(r"[1-9][0-9]{0,5}", re.ASCII)
_BARE_LINE = re.compile(rb"WARC/[0-9.]{1,9}\n")
_BARE_NEWLINES = (
    "header lines that end with LF, not CRLF as the standard requires; `pip install warcio`, "
    "then `warcio recompress OLD NEW.warc.gz` repairs them"
)
_MAX_DESCRIPTION_BYTES = 64 * 2**10
_MAX_DAMAGED_PLACES = 100


def captures(  # noqa: PLR0913 -- the archive, the span, the filter and the callback
    source: str | os.PathLike[str] | BinaryIO,
    *,
    start: int = 0,
    stop: int | None = None,
    url_filter: str | None = None,
    skipped: Callable[[str], object] = lambda _: None,
    name: str | None = None,
) -> Iterator[Capture | Unreadable]:
    """The details pages in a WARC archive, in order. It can be version 1.0 or 1.1, plain, gzip or Zstandard.

    In the archive of a run, the last response of each successful visit is a page. In other archives, pages are whole
    responses with status 200, HTML resources and texts (WET) of details addresses, with any tab. The parser decides
    later by content whether such a page is a details page. Errors of the site, truncated pages, revisits, wrong digests
    and damaged parts are yielded as `Unreadable`, and the pages around them are read.

    Args:
        source: a path, or a seekable binary stream, which stays open.
        start: the first byte of the span to read, see `Span`.
        stop: the byte after the span; None for the end of the archive.
        url_filter: a regular expression to search for in addresses. Pages of matching addresses are read instead of
            those of details addresses.
        skipped: called with the name of every other record with content, or with a reference to content.
        name: the name of the archive in errors; its path by default.

    Raises:
        InputError: if the regular expression is invalid.
    """
    if name is None:
        name = printable(os.fspath(source)) if isinstance(source, str | os.PathLike) else "<stream>"
    archive = _Archive(name, wanted(url_filter), skipped)
    try:
        with _open(source) as file:
            yield from archive.items(Window(file), start, stop)
    except UnreadableError as error:
        yield error.at(name)
    except OSError as error:
        yield Unreadable(name, "unreadable", f"cannot be read: {error.strerror or error}; check its permissions")


@dataclass(frozen=True, slots=True)
class _Visit:
    """The visit of one identifier, to which the next responses belong."""

    last: str
    """The record id of its last response."""
    requested: str
    has_page: bool
    asked_tab: AskedTab | None
    fetched_at: str | None
    """When the response was fetched from another web archive; None if it is from the site itself."""


class _Archive:
    """The state of an archive that is being read."""

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
        damaged_places = 0
        for part in record_streams(window, start, stop):
            damage = yield from self._read_part(part)
            if damage:
                damaged_places += 1
                yield Unreadable(self._name, "unreadable", f"is damaged {damage}; copy or make it again")
            if damaged_places == _MAX_DAMAGED_PLACES:
                reason = f"is damaged in {damaged_places} places; the rest was not read; copy or make it again"
                yield Unreadable(self._name, "refused", reason)
                return

    def _is_undivided(self, window: Window) -> bool:
        """Whether an archive is not divided into spans: the archive of a run, or one that cannot be read."""
        try:
            for part in record_streams(window, stop=1):
                if not part.start and _has_bare_newlines(part):
                    return True
                for first in self._records.restart(part.stream):
                    return _begins_a_run(first)
        except (OSError, UnreadableError):
            pass
        return False

    def _read_part(self, part: RecordStream) -> Generator[Capture | Unreadable, None, str | None]:
        """Yield the pages of a part, then return its damage.

        Only the next record shows that a record is whole, so each page is held until then.
        """
        held: Capture | Unreadable | None = None
        position, fault = 0, None
        if _has_bare_newlines(part):
            if not part.start:
                raise UnreadableError("unreadable", f"has {_BARE_NEWLINES}")
            part.finish()
            return f"at byte {part.start:,} ({_BARE_NEWLINES}), {part.loss}"
        try:
            for record in self._records.restart(part.stream):
                if held:
                    yield held
                position = record.stream_pos
                held = self._read_record(record, part)
        except OSError as error:
            fault = str(error)
        part.finish()
        if part.damage:
            if held and part.is_intact(position):
                yield held
            return f"at byte {part.start:,} ({part.damage}), {part.loss}"
        if held:
            yield held
        return f"at or after byte {part.describe_position(position)} ({fault}), {part.loss}" if fault else None

    def _read_record(self, record: WarcRecord, part: RecordStream) -> Capture | Unreadable | None:
        try:
            page = self._page(record, part.budget)
        except UnreadableError as error:
            reason = f"{error.reason} (its record begins at byte {part.describe_position(record.stream_pos)})"
            return Unreadable(self._record_name(record), error.kind, reason)
        if page is None and record.record_type & HOLDING_CONTENT:
            self._skipped(self._record_name(record))
        return page

    def _record_name(self, record: WarcRecord) -> str:
        own_id = record_id(record)
        return f"{self._name}!{own_id}" if own_id else self._name

    def _page(self, record: WarcRecord, budget: Budget) -> Capture | None:
        """Return the page in a record; None if the record has no page to read."""
        if record.record_type == WarcRecordType.warcinfo:
            self._visit = None
            self._is_run = _begins_a_run(record)
            return None
        if record.record_type == WarcRecordType.metadata:
            self._visit = _parse_visit(record) or self._visit
            return None
        if record.record_type & HOLDING_CONTENT:
            url = without_key(bare(record.headers.get(WarcHeader.WARC_TARGET_URI)))
            is_expected, visit = self._match(record, url)
            if is_expected:
                page = page_in(record, url, visit.requested if visit else None, budget)
                if page is None or visit is None:
                    return page
                if visit.fetched_at:
                    page = replace(page, captured_at=page.fetched_at, fetched_at=visit.fetched_at)
                return replace(page, asked_tab=visit.asked_tab)
        skip_block(record)
        return None

    def _match(self, record: WarcRecord, url: str) -> tuple[bool, _Visit | None]:
        """Return whether a record can contain a page, and its visit in the archive of a run."""
        visit = self._visit
        if visit is None:
            return not self._is_run and self._wanted(url) and _is_web_address(url), None
        if visit.last != record_id(record):
            return False, None
        self._visit = None
        return visit.has_page and _is_web_address(url), visit


def _has_bare_newlines(part: RecordStream) -> bool:
    return _BARE_LINE.match(part.beginning) is not None


def _begins_a_run(record: WarcRecord) -> bool:
    is_description = record.record_type == WarcRecordType.warcinfo
    return is_description and _fields(record).get("software", "").startswith(_SOFTWARE)


def _parse_visit(record: WarcRecord) -> _Visit | None:
    """Return the visit that a metadata record of altdetails describes; None for other metadata."""
    fields = _fields(record)
    last = bare(record.headers.get(WarcHeader.WARC_REFERS_TO))
    requested = fields.get("requested", "")
    if not (last and "outcome" in fields and _identifies(requested)):
        return None
    fetched_at = _read_time(fields.get("fetched", ""))
    return _Visit(last, requested, fields["outcome"] in _WITH_A_PAGE, _asked_tab(fields), fetched_at)


def _asked_tab(fields: dict[str, str]) -> AskedTab | None:
    """Return the tab that a visit requested; None for the visit of a details page."""
    if not (_NUMBER.fullmatch(fields.get("page", "")) and "source" in fields and "tab" in fields):
        return None
    return AskedTab(fields["source"], fields["tab"], int(fields["page"]), fields.get("doi"))


def _fields(record: WarcRecord) -> dict[str, str]:
    """Return the fields of a record that describes others; an empty dict if the record is too long.

    Raises:
        UnreadableError: if the record is damaged.
    """
    if record.content_length > _MAX_DESCRIPTION_BYTES:
        skip_block(record)
        return {}
    content = read_block(record)
    matches_digest(record.headers.get(WarcHeader.WARC_BLOCK_DIGEST), content)
    lines = (line.partition(":") for line in content.decode("utf-8", "replace").split("\n"))
    return {name.strip().lower(): value.strip() for name, _, value in lines}


def wanted(url_filter: str | None) -> Callable[[str], bool]:
    """Return a function that checks whether the page of an address should be read.

    Args:
        url_filter: a regular expression to search for in addresses; None for addresses of details pages and of the API.

    Raises:
        InputError: if the regular expression is invalid.
    """
    if url_filter is None:
        return _is_details_address
    try:
        with warnings.catch_warnings(action="ignore", category=FutureWarning):
            search = re.compile(url_filter).search
    except (re.error, OverflowError, RecursionError) as error:
        advice = "escape special characters such as ( with \\"
        raise InputError(f"{url_filter!r} is not a regular expression: {error}; {advice}") from error
    return lambda url: search(url) is not None


def _is_details_address(url: str) -> bool:
    try:
        identifiers.address(url.removesuffix(".html"))  # tools that make archives of folders keep the ending of a file
    except IdentifierError:
        return is_api_address(url)
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
def _open(source: str | os.PathLike[str] | BinaryIO) -> Iterator[BinaryIO]:
    if isinstance(source, str | os.PathLike):
        with Path(source).open("rb", buffering=0) as file:
            yield cast("BinaryIO", file)
    else:
        yield source


HOLDING_CONTENT = WarcRecordType.response | WarcRecordType.resource | WarcRecordType.revisit | WarcRecordType.conversion
"""The types of records with content, or with a reference to content."""

_PAGE_TYPES = {"text/html", "application/xhtml+xml", "text/plain"}
_REDIRECTS = range(300, 400)
_PHRASES = {status.value: status.phrase for status in HTTPStatus}
_MAX_SHOWN = 200


def page_in(record: WarcRecord, url: str, requested: str | None, budget: Budget) -> Capture | None:
    """Return the page in a record; None for a redirect, or a file that is neither HTML nor text.

    Args:
        record: a record of one of the types `HOLDING_CONTENT`.
        url: the address of the record.
        requested: the requested identifier, if known.
        budget: the budget of the archive.

    Raises:
        UnreadableError: if the record is damaged, has no id, or does not contain a whole page.
    """
    headers = record.headers
    is_response = record.record_type == WarcRecordType.response
    if record.record_type == WarcRecordType.revisit:
        skip_block(record)
        raise _revisit_error(headers, url)
    is_answer = _media_type(headers) in JSON_TYPES and is_api_address(url)
    if not (is_response or is_answer or _media_type(headers) in _PAGE_TYPES):
        skip_block(record)
        return None
    if WarcHeader.WARC_TRUNCATED in headers or WarcHeader.WARC_SEGMENT_NUMBER in headers:
        skip_block(record)
        raise _truncation_error(headers, url)
    own_id = record_id(record)
    if not own_id:
        raise UnreadableError("unreadable", "has a page without a WARC-Record-ID; make the archive again")
    page = _read_response(record, url, budget) if is_response else _read_resource(record)
    if page is None:
        return None
    content, status, content_type, memento = page
    return Capture(content, url, status, content_type, _timestamp(record.record_date), own_id, requested, memento)


def _read_response(record: WarcRecord, url: str, budget: Budget) -> _Content | None:
    """Return the content of an HTTP response; None for a redirect."""
    content = read_block(record)
    is_verified = matches_digest(record.headers.get(WarcHeader.WARC_BLOCK_DIGEST), content)
    response = parse_response(content)
    if not is_verified:
        # some tools compute the digest of the payload with the chunks of its transfer coding, some without
        plain = without_chunks(response.body, budget)
        matches_digest(record.headers.get(WarcHeader.WARC_PAYLOAD_DIGEST), response.body, plain)
    if response.status in _REDIRECTS:
        return None
    if response.status != HTTPStatus.OK:
        raise UnreadableError("http_error", reason_of_status(url, response.status))
    content_type, memento = (
        next(iter(response.headers.get(name, ())), None) for name in ("content-type", "memento-datetime")
    )
    return decode_body(response, budget), response.status, content_type, memento


def reason_of_status(url: str, status: object) -> str:
    """Return the reason for a response whose status, of any type, says that it has no page."""
    phrase = _PHRASES.get(status, "") if isinstance(status, int) else ""
    answer = f"{_shorten(url)} was answered with {status} {phrase}".rstrip()
    if not is_api_address(url):
        return f"{answer} instead of a page; try another capture"
    if status == HTTPStatus.NOT_FOUND:
        return f"{answer} (the API had nothing about this output)"
    return f"{answer} instead of its data; fetch it again"


def _read_resource(record: WarcRecord) -> _Content:
    """Return the content of a record without HTTP."""
    content = read_block(record)
    if not matches_digest(record.headers.get(WarcHeader.WARC_BLOCK_DIGEST), content):
        matches_digest(record.headers.get(WarcHeader.WARC_PAYLOAD_DIGEST), content)
    return content, None, record.headers.get(WarcHeader.CONTENT_TYPE), None


def _truncation_error(headers: HeaderMap, url: str) -> UnreadableError:
    problem = "was archived in several segments, which altdetails does not join"
    if WarcHeader.WARC_TRUNCATED in headers:
        problem = (
            f"was truncated when it was archived ({_shorten(headers.get(WarcHeader.WARC_TRUNCATED) or 'unspecified')})"
        )
    return UnreadableError("truncated", f"{_shorten(url)} {problem}; try another capture")


def _revisit_error(headers: HeaderMap, url: str) -> UnreadableError:
    same = headers.get(WarcHeader.WARC_REFERS_TO_TARGET_URI) or headers.get(WarcHeader.WARC_REFERS_TO)
    date = _shorten(headers.get(WarcHeader.WARC_REFERS_TO_DATE) or "") or "an unknown date"
    profile = _shorten((headers.get(WarcHeader.WARC_PROFILE) or "").rstrip("/>").rpartition("/")[2]) or "no profile"
    original = f"{_shorten(without_key(bare(same))) or 'an earlier capture'} of {date} ({profile})"
    return UnreadableError("revisit", f"{_shorten(url)} is a revisit of {original}, without content; read that capture")


def _media_type(headers: HeaderMap) -> str:
    return (headers.get(WarcHeader.CONTENT_TYPE) or "").partition(";")[0].strip().lower()


def _shorten(text: str) -> str:
    return text if len(text) <= _MAX_SHOWN else f"{text[: _MAX_SHOWN - 1]}…"


def record_id(record: WarcRecord) -> str:
    """Return the id of a record; an empty text if it has no id."""
    return bare(record.headers.get(WarcHeader.WARC_RECORD_ID))


def bare(value: str | None) -> str:
    """Return an id or address without the angle brackets of WARC 1.0."""
    return (value or "").strip().removeprefix("<").removesuffix(">")


def _read_time(text: str) -> str | None:
    try:
        return _timestamp(datetime.fromisoformat(text))
    except ValueError:
        return None


def _timestamp(date: datetime | None) -> str | None:
    try:
        return timestamp(date) if date else None
    except OverflowError:
        return None
