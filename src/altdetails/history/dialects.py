"""How web archives are asked: the addresses of their indexes and captures, and how their indexes are read."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol
from urllib.parse import urlencode

import msgspec

from altdetails.errors import Blocked, BodyTooLarge, ServerFailure, SettingsError
from altdetails.scraping.fetch import Site

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from altdetails.results import Exchange

__all__ = ["WAYBACK", "ArchiveDialect", "IndexPage", "Question", "Row", "archive_of", "read_row"]

WAYBACK = "https://web.archive.org"
_ROWS_AT_ONCE = 10_000
_NOT_FOUND = 404
_BEHIND_THE_END = 400
_FAULTY = 502
_MAX_URL = 16 * 2**10
_MAX_SHOWN = 120
_UNSAFE = re.compile(r"[\x00-\x20\x7f-\x9f\\#]")
_TIMESTAMP = re.compile(r"[0-9]{14}")
_NAMES = {"original": "url", "statuscode": "status", "mimetype": "mime"}
"""Columns of the Wayback Machine, and how pywb names them."""


class Row(NamedTuple):
    """A capture, as an index lists it."""

    url: str
    """The address on the site."""
    timestamp: str
    """UTC, 14 digits."""
    status: str | None = None
    """The HTTP status of the site; `-` or None if the index does not say it, as for revisits."""
    mime: str | None = None
    digest: str | None = None
    file: str | None = None
    """The WARC file with the capture, if it can be read."""
    offset: int | None = None
    length: int | None = None

    @property
    def at(self) -> str:
        """The time of the capture: UTC, RFC 3339."""
        time = self.timestamp
        return f"{time[:4]}-{time[4:6]}-{time[6:8]}T{time[8:10]}:{time[10:12]}:{time[12:]}Z"


class Question(NamedTuple):
    """A question to an index."""

    url: str
    """Host and path, without a scheme."""
    is_prefix: bool
    """Whether all addresses that begin with it are meant."""
    since: str | None
    """The first moment, 14 digits; None for the beginning."""
    until: str | None
    """The last moment."""


class IndexPage(NamedTuple):
    """A part of the answer to a question."""

    rows: list[Row]
    unreadable: list[str]
    """Rows that are not captures."""
    cursor: str | None
    """Where the next part begins; None if this is the last one."""
    skipping: str | None = None
    """Another place for the next part, which may skip rows. It is used if the other one leads nowhere."""


class ArchiveDialect(Protocol):
    """A web archive, and how it is asked."""

    site: Site
    """Its host, for robots.txt and the clock."""
    address: str
    """The address of the archive or collection, as a run remembers it."""
    index_interval: float
    """Seconds between two questions to the index."""
    replay_interval: float
    """Seconds between two captures."""
    shortest_index_interval: float
    shortest_replay_interval: float

    def question_url(self, question: Question, cursor: str | None) -> str:
        """Return the address of a question, or of its next part."""

    def read(self, exchange: Exchange, content: bytes, cursor: str | None) -> IndexPage:
        """Read an answer of the index.

        Raises:
            Blocked: if the archive excludes the address.
            BodyTooLarge: if the answer is too long, so that a shorter time must be asked.
            ServerFailure: if it is not an index.
        """

    def replay_url(self, row: Row) -> str:
        """Return the address of a capture as it was stored, without changes of the archive."""

    def page_url(self, row: Row) -> str:
        """Return the address of a capture, to open in a browser."""


class _Wayback:
    """The Wayback Machine. Its questions have no filter and no collapse, since these lose rows."""

    address = WAYBACK
    index_interval, shortest_index_interval = 2.5, 2.0
    replay_interval = shortest_replay_interval = 1.0

    def __init__(self) -> None:
        self.site = Site.at(WAYBACK)

    def question_url(self, question: Question, cursor: str | None) -> str:
        fields = {
            "url": question.url,
            "matchType": "prefix" if question.is_prefix else "exact",
            "output": "json",
            "fl": "urlkey,timestamp,original,mimetype,statuscode,digest,length",
            "limit": str(_ROWS_AT_ONCE),
            "showResumeKey": "true",
        } | _times(question)
        return f"{WAYBACK}/cdx/search/cdx?{urlencode(fields | ({'resumeKey': cursor} if cursor else {}))}"

    def read(self, exchange: Exchange, content: bytes, cursor: str | None) -> IndexPage:  # noqa: ARG002 -- as the protocol
        _refuse_errors(exchange)
        try:
            lines = msgspec.json.decode(content or b"[]", type=list[list[str | None]])
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise _not_an_index(exchange, content) from error
        key = None
        if len(lines) > 1 and not lines[-2]:  # an empty line is before the resume key
            key = lines[-1][0] if lines[-1] else None
            lines = lines[:-2]
        names = [str(name) for name in lines[0]] if lines else []
        if lines and not {"urlkey", "timestamp", "original"} <= {*names}:
            raise _not_an_index(exchange, content)
        values = [dict(zip(names, line, strict=False)) for line in lines[1:]]
        rows, unreadable = _read_rows({_NAMES.get(name, name): text for name, text in line.items()} for line in values)
        # The key of the server skips rows of the second that it names. So the next part begins at the last row.
        last = values[-1] if key and values else None
        own = f"{last['urlkey']} {last['timestamp']}" if last else None
        return IndexPage(rows, unreadable, own or key, key)

    def replay_url(self, row: Row) -> str:
        return f"{WAYBACK}/web/{row.timestamp}id_/{row.url}"

    def page_url(self, row: Row) -> str:
        return f"{WAYBACK}/web/{row.timestamp}/{row.url}"


class _Pywb:
    """A collection of a pywb server, with or without a compressed index of several pages (ZipNum)."""

    def __init__(self, address: str) -> None:
        self.address = address.rstrip("/")
        self.site = Site.at(self.address)
        self.index_interval = self.replay_interval = 0.0 if self.site.is_local else 2.0
        self.shortest_index_interval = self.shortest_replay_interval = 0.0 if self.site.is_local else 1.0
        self._endpoint = "/cdx"

    def question_url(self, question: Question, cursor: str | None) -> str:
        page, _, _ = (cursor or "").partition("/")
        # Without a page, a compressed index gives its first page only. Others ignore these fields, and give all rows.
        part = {"pageSize": "1"} | ({"page": page} if page else {"showNumPages": "true"})
        fields = {"url": question.url, "matchType": "prefix" if question.is_prefix else "exact", "output": "json"}
        fields |= part | _times(question)
        return f"{self.address}{self._endpoint}?{urlencode(fields)}"

    def read(self, exchange: Exchange, content: bytes, cursor: str | None) -> IndexPage:
        number, _, total = (cursor or "").partition("/")
        if exchange.status == _BEHIND_THE_END and number not in {"", "0"}:
            return IndexPage([], [], None)
        if exchange.status == _NOT_FOUND and _says_no_captures(content):
            return IndexPage([], [], None)
        is_elsewhere = exchange.status == _NOT_FOUND or exchange.status in range(300, 400)
        has_collection = "/" in self.address.partition("://")[2]  # without one, the next address has another host
        if is_elsewhere and has_collection and self._endpoint == "/cdx":
            self._endpoint = "-index"  # the form of Common Crawl
            return IndexPage([], [], cursor or "")
        _refuse_errors(exchange)
        try:
            values = [msgspec.json.decode(line, type=dict[str, Any]) for line in content.splitlines() if line.strip()]
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise _not_an_index(exchange, content) from error
        if cursor in {None, ""} and len(values) == 1 and "pages" in values[0] and "url" not in values[0]:
            pages = values[0]["pages"]
            return IndexPage([], [], f"0/{pages}" if isinstance(pages, int) and pages > 0 else None)
        rows, unreadable = _read_rows(values)
        following = f"{int(number) + 1}/{total}" if number and int(number) + 1 < int(total) else None
        return IndexPage(rows, unreadable, following)

    def replay_url(self, row: Row) -> str:
        return f"{self.address}/{row.timestamp}id_/{row.url}"

    def page_url(self, row: Row) -> str:
        return f"{self.address}/{row.timestamp}/{row.url}"


def archive_of(name: str) -> ArchiveDialect:
    """Return a web archive by its name, `wayback`, or the address of a pywb collection.

    Raises:
        SettingsError: if it is neither.
    """
    if name == "commoncrawl":
        raise SettingsError(
            "commoncrawl is read by ranges: its hosts for programs forbid them in robots.txt; find its captures with "
            "Athena or DuckDB, and give the table with --captures (docs/scale.md has the query)"
        )
    if name in {"wayback", WAYBACK}:
        return _Wayback()
    if "://" not in name:
        raise SettingsError(f"{name!r} is not a web archive: give wayback, or the address of a pywb collection")
    if Site.at(name).host == "web.archive.org":
        return _Wayback()
    return _Pywb(name)


def read_row(values: Mapping[str, Any]) -> Row | None:
    """Return the capture in a row of an index or of a table of captures; None if it is not one."""
    url, timestamp = values.get("url"), str(values.get("timestamp") or "")
    if not isinstance(url, str) or len(url) > _MAX_URL or _UNSAFE.search(url):
        return None
    if not url.lower().startswith(("http://", "https://")) or not _TIMESTAMP.fullmatch(timestamp):
        return None
    try:
        datetime.strptime(timestamp, "%Y%m%d%H%M%S").replace(tzinfo=None)  # noqa: DTZ007 -- only checked
    except ValueError:
        return None
    return Row(
        url=url,
        timestamp=timestamp,
        status=_text(values.get("status")),
        mime=_text(values.get("mime")),
        digest=_digest(values.get("digest")),
        file=_text(values.get("file")),  # a server has its own `filename`, which is of no use here
        offset=_number(values.get("offset")),
        length=_number(values.get("length")),
    )


def _read_rows(lines: Iterable[Mapping[str, Any]]) -> tuple[list[Row], list[str]]:
    rows: list[Row] = []
    unreadable: list[str] = []
    for values in lines:
        row = read_row(values)
        if row is None:
            unreadable.append(ascii(str(values))[1:-1][:_MAX_SHOWN])
        else:
            rows.append(row)
    return rows, unreadable


def _text(value: object) -> str | None:
    return None if value is None or value == "" else str(value)


def _digest(value: object) -> str | None:
    """Return a digest with its algorithm, SHA-1 if it has none; None if it is not known."""
    text = _text(value)
    if text is None or text == "-":
        return None
    return text if ":" in text else f"sha1:{text}"


def _number(value: object) -> int | None:
    text = str(value) if value is not None else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None  # noqa: PLR2004 -- 64 bits


def _times(question: Question) -> dict[str, str]:
    return {name: value for name, value in (("from", question.since), ("to", question.until)) if value is not None}


def _refuse_errors(exchange: Exchange) -> None:
    if exchange.truncated == "length":
        raise BodyTooLarge(f"{exchange.url}: the index has more rows than one answer may have")
    reason = exchange.header("X-Archive-Wayback-Runtime-Error")
    if reason or exchange.status in {403, 451}:
        words = f": {ascii(reason)[1:-1][:_MAX_SHOWN]}" if reason else ""
        raise Blocked(f"{exchange.url}: the archive refuses ({exchange.status}{words})")
    if exchange.status != 200:  # noqa: PLR2004
        raise ServerFailure(f"{exchange.url}: HTTP {exchange.status} instead of an index", exchange.status)


def _not_an_index(exchange: Exchange, content: bytes) -> ServerFailure:
    words = ascii(content[:_MAX_SHOWN].decode("utf-8", "replace"))
    return ServerFailure(f"{exchange.url}: the answer is not an index, or not all of it: {words}", _FAULTY)


def _says_no_captures(content: bytes) -> bool:
    try:
        answer = msgspec.json.decode(content.strip() or b"null")
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    return isinstance(answer, dict) and not {"message", "error"}.isdisjoint(answer)
