"""The pages in what browsers and curl save: HAR, Safari's webarchive, a response with its headers."""

from __future__ import annotations

import plistlib
import re
from typing import TYPE_CHECKING, Any
from xml.parsers.expat import ExpatError

from altdetails.answers.addresses import JSON_TYPES, is_api_address
from altdetails.documents import Document, OverBudgetError, Unreadable, UnreadableError
from altdetails.links import without_key
from altdetails.page.boundaries import has_sign, looks_like_page
from altdetails.page.captured import time_in_header
from altdetails.results import Capture
from altdetails.sources.values import decode_base64, load_json, moment
from altdetails.warc.http import Response, decode_body, parse_response
from altdetails.warc.reader import reason_of_status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from altdetails.documents import Budget

__all__ = ["har_documents", "is_har", "is_webarchive", "response_document", "webarchive_documents"]

_HAR = re.compile(rb"[\s\xef\xbb\xbf]*+\{\s*+\"log\"\s*+:\s*+\{")
_PROPERTY_LIST = re.compile(rb"bplist00|[\s\xef\xbb\xbf]*+<(?:\?xml|!DOCTYPE plist|plist)\b")
_MAIN = "WebMainResource"
_DAMAGE = (ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError, ExpatError, EOFError)
_OK, _REDIRECTS = 200, range(300, 400)
_MAX_FRAMES = 1000
_MAX_RESPONSES = 50
_MEDIA_TYPES = {"", "text/html", "application/xhtml+xml", "text/plain"}


def is_har(content: bytes) -> bool:
    """Whether content begins like HAR."""
    return _HAR.match(content) is not None


def is_webarchive(content: bytes) -> bool:
    """Whether content begins like a property list, and has the main part of a webarchive."""
    return _PROPERTY_LIST.match(content) is not None and _MAIN.encode() in content


def har_documents(
    name: str, content: bytes, is_wanted: Callable[[str], bool], skipped: Callable[[str], object], budget: Budget
) -> Iterator[Document | Unreadable]:
    """The details pages among the responses of a HAR file, with their addresses and times.

    Args:
        name: the name of the file.
        content: its bytes.
        is_wanted: whether the page of an address is read. A page with a sign of a details page is read too.
        skipped: called with the name of every other response.
        budget: the budget of the file.

    Raises:
        OverBudgetError: if the budget is spent.
    """
    try:
        entries = [_Entry(entry) for entry in load_json(content, budget)["log"]["entries"]]
    except _DAMAGE as error:
        yield Unreadable(name, "unreadable", f"is damaged HAR ({error}); save it again")
        return
    for number, entry in enumerate(entries, 1):
        place = f"{name}!response {number}"
        page = entry.page(budget)
        is_details = is_wanted(entry.url)
        if entry.status in _REDIRECTS or not (is_details or (page and looks_like_page(page) and has_sign(page))):
            skipped(place)
        elif entry.status != _OK:
            yield Unreadable(place, "http_error", reason_of_status(entry.url, entry.status))
        elif page is None:
            yield Unreadable(place, "unreadable", entry.reason_without_content())
        elif entry.is_page(page):
            at = moment(entry.started)
            yield Document(place, page, Capture(page, entry.url, entry.status, entry.media_type, at, place))
        else:
            skipped(place)


class _Entry:
    """A request of a HAR file with its response."""

    def __init__(self, entry: Any) -> None:  # noqa: ANN401 -- any JSON
        response = entry["response"]
        self._content = response.get("content") or {}
        self.url = without_key(str(entry["request"]["url"]))
        headers = response.get("headers") or ()
        self._codings = [str(item["value"]) for item in headers if item["name"].lower() == "content-encoding"]
        self.started = entry.get("startedDateTime")
        self.status = response.get("status")
        self.media_type = str(self._content.get("mimeType") or "")[:1000] or None

    def page(self, budget: Budget) -> bytes | None:
        """Return the content without its coding; None if there is none.

        Raises:
            OverBudgetError: if the budget is spent.
        """
        text = self._content.get("text")
        if not isinstance(text, str) or (not text and self._content.get("size")):
            return None
        if self._content.get("encoding") != "base64":
            return text.encode("utf-8", "replace")
        content = decode_base64(text)
        try:
            return content and decode_body(Response(_OK, {"content-encoding": self._codings}, content), budget)
        except OverBudgetError:
            raise
        except UnreadableError:  # browsers keep the header of a coding that they have removed
            return content

    def reason_without_content(self) -> str:
        """Return why there is no content. Playwright can write it to a file of its own in the same folder."""
        name = self._content.get("_file")
        if isinstance(name, str):
            return f"has the content of {self.url[:200]} in another file, {name[:200]!a}; give that file too"
        return f"has no content for {self.url[:200]}; save it again, as HAR with content"

    def is_page(self, page: bytes) -> bool:
        media = (self.media_type or "").partition(";")[0].strip().lower()
        is_answer = media in JSON_TYPES and is_api_address(self.url)
        return is_answer or media in _MEDIA_TYPES or looks_like_page(page)


def response_document(name: str, content: bytes, budget: Budget) -> Document:
    """The page in a response with its headers, as `curl -i` and `wget --save-headers` write it; the last of several.

    Args:
        name: the name of the file.
        content: its bytes. If they are not a response, they are the document.
        budget: the budget of the file.

    Raises:
        UnreadableError: if the response is damaged, or too large.
        OverBudgetError: if the budget is spent.
    """
    response = None
    for _ in range(_MAX_RESPONSES):
        body = response.body if response else content
        if not body.startswith(b"HTTP/"):
            break
        try:
            response = parse_response(body)
        except UnreadableError:
            break
    if response is None:
        return Document(name, content)
    media_type, date, memento = (
        next(iter(response.headers.get(header, ())), None) for header in ("content-type", "date", "memento-datetime")
    )
    page = decode_body(response, budget)
    at = time_in_header(date or "")
    return Document(name, page, Capture(page, "", response.status, media_type, at, name, memento=memento))


def webarchive_documents(name: str, content: bytes) -> Iterator[Document | Unreadable]:
    """The page of a webarchive, and the details pages in its frames.

    Args:
        name: the name of the file.
        content: its bytes.
    """
    try:
        frames = _resources(plistlib.loads(content))
    except _DAMAGE as error:
        yield Unreadable(name, "unreadable", f"is a damaged webarchive ({error}); save the page again")
        return
    for number, (data, url, media_type) in enumerate(frames):
        if number and not (looks_like_page(data) and has_sign(data)):
            continue
        place = f"{name}!frame {number}" if number else name
        capture = Capture(data, url, None, media_type, None, place)
        yield Document(place, data, capture if url.lower().startswith("http") else None)


def _resources(archive: Any) -> list[tuple[bytes, str, str | None]]:  # noqa: ANN401 -- any property list
    """Return content, address and media type of the main part of a webarchive and its frames."""
    resources: list[tuple[bytes, str, str | None]] = []
    waiting = [archive]
    while waiting and len(resources) < _MAX_FRAMES:
        frame = waiting.pop(0)
        main = frame[_MAIN]
        media, charset = (main.get(key) for key in ("WebResourceMIMEType", "WebResourceTextEncodingName"))
        media_type = f"{media}; charset={charset}"[:1000] if media and charset else None
        resources.append((bytes(main["WebResourceData"]), str(main.get("WebResourceURL") or ""), media_type))
        waiting.extend(frame.get("WebSubframeArchives") or ())
    return resources
