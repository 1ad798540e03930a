"""Values in the files of other tools: pages, addresses, times."""

from __future__ import annotations

import ast
import base64
import binascii
import json
import re
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from altdetails._magic import compression_of
from altdetails.answers.decoding import looks_like_json
from altdetails.links import without_key
from altdetails.page.boundaries import looks_like_page
from altdetails.page.captured import time_in_header
from altdetails.results import Capture, timestamp
from altdetails.sources.answer_rows import has_answer
from altdetails.sources.unpacking import unpacked

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from altdetails.documents import Budget

__all__ = ["capture_of", "decode_base64", "joined_json", "load_json", "moment", "page_in"]

_ADDRESSES = (
    *("final_url", "resolved_url", "response_url", "page_url", "url", "uri", "address", "link", "href"),
    *("requested_url", "request_url", "target_uri", "warc-target-uri", "original_url", "source_url", "loc"),
)
_TIMES = (
    *("fetched_at", "fetch_time", "fetched", "crawled_at", "crawl_time", "crawl_date", "scraped_at", "scrape_time"),
    *("retrieved_at", "downloaded_at", "datetime_utc", "timestamp", "warc-date", "datetime", "date", "time"),
    "starteddatetime",
)
_STATUSES = ("status", "http_status", "status_code", "http_status_code", "statuscode")
_WEB_ADDRESS = re.compile(r"https?://\S{1,32768}", re.IGNORECASE)
_BASE64 = re.compile(r"[A-Za-z0-9+/_\s-]{64,}={0,2}\s*")
_HEX = re.compile(r"\\x[0-9a-fA-F]+")
_BYTES = re.compile(r"b(['\"]).*\1", re.DOTALL)
_TEXT_SIGNS = ("Overview of attention for", "Attention Score")
_DIGITS = re.compile(r"\d{10}(?:\.\d{1,9})?|\d{13}|\d{16}", re.ASCII)
_DAY_AND_TIME = re.compile(r"(?:19|20)\d{12}", re.ASCII)
_DECODER = json.JSONDecoder()
_SPACE = re.compile(r"\s*")
_FIRST_SECOND, _LAST_SECOND = 10**9, 4 * 10**9
_COST_OF_BOX, _COST_OF_ITEM = 256, 32
"""What a list or object, and an item of it, cost a budget in addition to their bytes."""


def load_json(content: bytes, budget: Budget) -> Any:  # noqa: ANN401 -- any JSON
    """Return the value of JSON. Its lists, objects and items count against a budget.

    Raises:
        ValueError: if it is damaged, or nested too deep.
        OverBudgetError: if the budget is spent.
    """
    _spend(content, budget)
    try:
        return json.loads(content.lstrip(b"\xef\xbb\xbf"))
    except RecursionError as error:
        raise ValueError("nested too deep") from error


def joined_json(content: bytes, budget: Budget) -> list[Any] | None:
    """Return the values of JSON in which one value follows another, as jq writes them; None if it is damaged.

    Raises:
        OverBudgetError: if the budget is spent.
    """
    _spend(content, budget)
    text = content.decode("utf-8", "replace").lstrip("\ufeff").strip()
    values = []
    at = 0
    try:
        while at < len(text):
            value, end = _DECODER.raw_decode(text, at)
            values.append(value)
            space = _SPACE.match(text, end)
            at = space.end() if space else end
    except (ValueError, RecursionError):
        return None
    return values


def _spend(content: bytes, budget: Budget) -> None:
    boxes = content.count(b"{") + content.count(b"[")
    budget.spend(len(content) + _COST_OF_BOX * boxes + _COST_OF_ITEM * content.count(b","))


def page_in(value: object, budget: Budget) -> bytes | None:
    """Return the page or answer in a value: HTML, JSON, plain, in base 64 or 16 or as Python writes bytes, or text.

    None for other values.

    Raises:
        UnreadableError: if the value is compressed, and damaged or too large.
        OverBudgetError: if the budget is spent.
    """
    if not isinstance(value, str):
        return None
    content = None
    if _BYTES.match(value):
        with suppress(ValueError, SyntaxError, MemoryError, RecursionError):
            content = ast.literal_eval(value)
    elif _HEX.fullmatch(value):
        with suppress(ValueError):
            content = bytes.fromhex(value[2:])
    elif _BASE64.fullmatch(value):
        content = decode_base64(value)
    if not isinstance(content, bytes):
        is_text = "\n" in value and all(sign in value for sign in _TEXT_SIGNS)
        page = value.encode("utf-8", "replace")
        return page if is_text or looks_like_page(page) or _is_answer(page) else None
    budget.spend(len(content))
    if compression_of(content):
        content = unpacked("", content, budget)
    return content if looks_like_page(content) or _is_answer(content) else None


def _is_answer(content: bytes) -> bool:
    """Whether a value is an answer of the API, or a list of answers."""
    return b"altmetric_id" in content and looks_like_json(content) and has_answer(content)


def decode_base64(text: str) -> bytes | None:
    """Decode base 64, with the alphabet of addresses too; None if it is damaged."""
    with suppress(binascii.Error, ValueError):
        return base64.b64decode("".join(text.split()).replace("-", "+").replace("_", "/"), validate=True)
    return None


def capture_of(name: str, page: bytes, around: Iterable[Mapping[str, Any]]) -> Capture | None:
    """Return a page with its address and time; None if there is neither.

    Args:
        name: the name of its document.
        page: the page.
        around: the objects or rows that the page is in, from the inside.
    """
    boxes = [{str(key).strip().lower(): value for key, value in box.items()} for box in around]
    boxes += [box["request"] for box in boxes if isinstance(box.get("request"), dict)]
    boxes += [{"starteddatetime": times.get("start")} for box in boxes if isinstance(times := box.get("times"), dict)]
    addresses = (_address(box.get(column)) for box in boxes for column in _ADDRESSES)
    url = next(filter(None, addresses), None)
    times = (
        moment(box[column], is_utc=column.endswith("utc")) for box in boxes for column in _TIMES if box.get(column)
    )
    at = next(filter(None, times), None)
    if url is None and at is None:
        return None
    numbers = (str(box[column]).removesuffix(".0") for box in boxes for column in _STATUSES if box.get(column))
    status = next((int(number) for number in numbers if re.fullmatch("[1-5][0-9]{2}", number)), None)
    return Capture(page, url or "", status, None, at, name)


def _address(value: object) -> str | None:
    return without_key(value.strip()) if isinstance(value, str) and _WEB_ADDRESS.fullmatch(value.strip()) else None


def moment(value: object, *, is_utc: bool = False) -> str | None:
    """Return a moment as UTC, RFC 3339; None for a value without zone or time of day, and any other value.

    A number counts seconds, milliseconds or microseconds since 1970. 14 digits are UTC, as in web archives.

    Args:
        value: a text or number.
        is_utc: whether a time without zone is UTC.
    """
    text = str(value).strip()
    try:
        if _DAY_AND_TIME.fullmatch(text):
            return timestamp(datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=UTC))
        if _DIGITS.fullmatch(text.removesuffix(".0")):
            seconds = float(text)
            while seconds > _LAST_SECOND:
                seconds /= 1000
            return timestamp(datetime.fromtimestamp(seconds, UTC)) if seconds >= _FIRST_SECOND else None
        when = datetime.fromisoformat(re.sub(r" ?UTC$", "+00:00", text))
        if when.tzinfo is None and (not is_utc or ":" not in text):
            return None
        return timestamp(when if when.tzinfo else when.replace(tzinfo=UTC))
    except (ValueError, OverflowError, OSError):
        return time_in_header(text)
