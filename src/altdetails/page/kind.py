"""What sort of page this is, by its content alone: an address can lie, a status is not kept with a saved page."""

from __future__ import annotations

import re
from enum import StrEnum

from altdetails.page import words
from altdetails.page.landmarks import Landmarks
from altdetails.page.sheet import Sheet

__all__ = ["PageKind", "is_html", "of_html", "of_other", "of_text", "reason"]


class PageKind(StrEnum):
    """The sorts of pages that come in place of a details page."""

    DETAILS = "details"
    CHALLENGE = "challenge"
    NOT_FOUND = "not_found"
    LOGIN = "login"
    HELP = "help"
    TAB = "tab"
    FRAGMENT = "fragment"
    OTHER = "other"


_REASONS = {
    PageKind.CHALLENGE: "a challenge that asks for a browser stands in place of the page: fetch it again later",
    PageKind.NOT_FOUND: "the site says that there is no such page: nothing has mentioned this output yet",
    PageKind.LOGIN: "a log-in page stands in place of the page",
    PageKind.HELP: "this is a help page about the Attention Score, not the page of an output",
    PageKind.TAB: "this is a list of mentions: take the summary, the address without the part behind the number",
    PageKind.FRAGMENT: "this is a fragment without header and score: take the address without `_pjax`",
    PageKind.OTHER: "nothing of a details page was found: neither its landmarks nor its words",
}
_FLATTENED = "the text of the page has lost its line breaks: take it out of the HTML with a tool that keeps lines"
_EMPTY = "there is no content: save or copy the page again"
_JSON = "this is JSON, not a page: `altdetails show` reads records that `altdetails parse` wrote"
_WORDS_OF_LINES = (
    b"Overview of attention",
    b"Altmetric Badge",
    b"Mentioned by",
    b"Readers on",
    b"As %",
    b"Published in",
)

_HTML_OPENING = re.compile(rb"\s*<[!?/a-zA-Z]")
_HTML_TAG = re.compile(rb"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_ANCHORS = re.compile(
    rb"Overview\s+of\s+attention\s+for\s|About\s+this\s+Attention\s+Score|Mentioned\s+by\s*<"
    rb"|highest-scoring\s+outputs\s+from\s+this|Attention\s+Score\s+compared\s+to\s+outputs"
)
_FRAGMENT_ANCHORS = re.compile(
    rb"compiled\s+from\s+readership\s+statistics|has\s+an\s+Altmetric\s+Attention\s+Score\s+of|Altmetric\s+has\s+tracked"
)
_TITLE = rb"<title>[^<]{0,300}"
_HEADING = rb"<h1[^<>]{0,300}>[^<]{0,300}"
_TITLE_OR_HEADING = rb"<(?:title|h1|h2)[^<>]{0,300}>[^<]{0,300}"
_SIGNS = {
    PageKind.CHALLENGE: (
        rb"<title>\s{0,100}Just a moment",
        rb"cf-mitigated|cf[-_]chl|challenge-form",
        rb"Attention Required! \| Cloudflare",
        rb"Enable JavaScript and cookies to continue",
        rb"Checking your browser before|Verify(?:ing)? you are human",
    ),
    PageKind.NOT_FOUND: (
        _TITLE + rb"(?:\b404\b|not found|does(?:n't| not) exist)",
        _HEADING + rb"(?:\b404\b|not found)",
        rb"\b404 (?:-|:|error)",
        rb"page (?:you were looking for|not found|could not be found)",
    ),
    PageKind.LOGIN: (
        rb"<input[^<>]{0,300}type=[\"']?password",
        _TITLE + rb"(?:log ?in|sign in)",
        rb"<h1[^<>]{0,300}>\s{0,100}(?:log ?in|sign in)",
    ),
    PageKind.HELP: (
        _TITLE_OR_HEADING + rb"about (?:the )?(?:altmetric|this data|attention score|our data|the donut)",
        _TITLE_OR_HEADING + rb"what (?:is|does|are) [^<]{0,100}(?:score|altmetric|donut)",
        _TITLE_OR_HEADING + rb"how (?:is|are) [^<]{0,100}(?:score|calculated|altmetric)",
    ),
}
_TEXT_SIGNS = {
    PageKind.CHALLENGE: (
        rb"\A\s{0,100}Just a moment",
        rb"Enable JavaScript and cookies to continue",
        rb"Checking your browser",
    ),
    PageKind.NOT_FOUND: (rb"\b404\b", rb"page not found", rb"\A\s{0,100}not found"),
    PageKind.LOGIN: (rb"^\s{0,100}(?:log ?in|sign in)\b",),
    PageKind.HELP: (
        rb"\A\s{0,100}about (?:altmetric|this data|the attention score)",
        rb"\A\s{0,100}how is the .{0,100}calculated",
    ),
}


def _compiled(signs: dict[PageKind, tuple[bytes, ...]]) -> dict[PageKind, re.Pattern[bytes]]:
    return {kind: re.compile(b"|".join(found), re.IGNORECASE | re.MULTILINE) for kind, found in signs.items()}


_SIGNS_OF_HTML, _SIGNS_OF_TEXT = _compiled(_SIGNS), _compiled(_TEXT_SIGNS)
_SHORT = 5000


def reason(kind: PageKind, content: bytes) -> str:
    """One sentence for a person: what the page is, and what to do."""
    if kind is PageKind.OTHER:
        if not content.strip():
            return _EMPTY
        if content.lstrip()[:1] in {b"{", b"["}:
            return _JSON
        if _is_flattened(content):
            return _FLATTENED
    return _REASONS[kind]


def _is_flattened(text: bytes) -> bool:
    """Whether words that stand on lines of their own stand on one, and none of them on a line of its own."""
    lines = text.splitlines()
    if not any(sum(found in line for found in _WORDS_OF_LINES) > 1 for line in lines):
        return False
    return words.STANDS_ALONE_UTF8.isdisjoint(map(bytes.strip, lines))


def is_html(content: bytes, content_type: str | None) -> bool:
    """Whether content is HTML rather than text taken out of it."""
    if _HTML_OPENING.match(content) or _HTML_TAG.search(content, 0, 4096):
        return True
    closing_tags = content.count(b"</", 0, 1 << 16)
    return closing_tags > 20 or (closing_tags > 0 and "html" in (content_type or ""))  # noqa: PLR2004


def of_html(landmarks: Landmarks, content: bytes) -> PageKind:
    """What sort of HTML page this is."""
    if "document-header" in landmarks or "score-panel" in landmarks:
        is_tab = _is_list(landmarks) and "document-details-table" not in landmarks
        return PageKind.TAB if is_tab else PageKind.DETAILS
    return PageKind.DETAILS if _ANCHORS.search(content) else of_other(landmarks, content)


def of_other(landmarks: Landmarks, content: bytes) -> PageKind:
    """What sort of HTML page this is when it is no details page."""
    has_part = "document-details-table" in landmarks or "demographics-group" in landmarks
    if has_part or _FRAGMENT_ANCHORS.search(content):
        return PageKind.FRAGMENT
    if _is_list(landmarks):
        return PageKind.TAB
    return next((kind for kind, sign in _SIGNS_OF_HTML.items() if sign.search(content)), PageKind.OTHER)


def _is_list(landmarks: Landmarks) -> bool:
    return "post-list" in landmarks or "section-summary" in landmarks


def _has_known_unit(sheet: Sheet) -> bool:
    entries = [*(sheet.mentions or ()), *(sheet.citations or ()), *(sheet.readers or ())]
    return any(words.singular(entry.text.partition(" ")[2]) in words.KEY_OF_UNIT for entry in entries)


def of_text(sheet: Sheet, text: bytes) -> PageKind:
    """What sort of page a text was taken from, by what a reader found in it."""
    if _is_flattened(text):
        return PageKind.OTHER
    if (
        sheet.tagline
        or sheet.bullets
        or _has_known_unit(sheet)
        or sheet.context
        or (sheet.mendeley and sheet.mendeley.sentence)
        or (sheet.details and {"Published in", "DOI"} <= {row.label for row in sheet.details})
    ):
        return PageKind.DETAILS
    start = text[:_SHORT]
    return next((kind for kind, sign in _SIGNS_OF_TEXT.items() if sign.search(start)), PageKind.OTHER)
