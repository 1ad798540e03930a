"""What sort of page this is, by its content alone: an address can lie, a status is not kept with a saved page."""

from __future__ import annotations

import re
from enum import StrEnum

from altdetails.page import words
from altdetails.page.html import Landmarks
from altdetails.page.sheet import Sheet

__all__ = ["PageKind", "is_html", "of_html", "of_text", "reason"]


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
_FLATTENED = "the text has lost its line breaks: take it out of the HTML with a tool that keeps lines"

_HTML_OPENING = re.compile(rb"\s*<[!?/a-zA-Z]")
_HTML_TAG = re.compile(rb"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_ANCHORS = re.compile(
    rb"Overview\s+of\s+attention\s+for\s|About\s+this\s+Attention\s+Score|Mentioned\s+by\s*<"
    rb"|highest-scoring\s+outputs\s+from\s+this|Attention\s+Score\s+compared\s+to\s+outputs"
)
_FRAGMENT_ANCHORS = re.compile(
    rb"compiled\s+from\s+readership\s+statistics|has\s+an\s+Altmetric\s+Attention\s+Score\s+of|Altmetric\s+has\s+tracked"
)
_SIGNS = (
    (
        PageKind.CHALLENGE,
        re.compile(
            rb"<title>\s*Just a moment|cf-mitigated|cf[-_]chl|challenge-form|Attention Required! \| Cloudflare"
            rb"|Enable JavaScript and cookies to continue|Checking your browser before|Verify(?:ing)? you are human",
            re.IGNORECASE,
        ),
    ),
    (
        PageKind.NOT_FOUND,
        re.compile(
            rb"<title>[^<]{0,300}(?:\b404\b|not found|does(?:n't| not) exist)|<h1[^<>]{0,300}>[^<]{0,300}(?:\b404\b|not found)"
            rb"|\b404 (?:-|:|error)|page (?:you were looking for|not found|could not be found)",
            re.IGNORECASE,
        ),
    ),
    (
        PageKind.LOGIN,
        re.compile(
            rb"<input[^<>]{0,300}type=[\"']?password|<title>[^<]{0,300}(?:log ?in|sign in)|<h1[^<>]{0,300}>\s{0,300}(?:log ?in|sign in)",
            re.IGNORECASE,
        ),
    ),
    (
        PageKind.HELP,
        re.compile(
            rb"<(?:title|h1|h2)[^<>]{0,300}>[^<]{0,300}(?:about (?:the )?(?:altmetric|this data|attention score|our data|the donut)"
            rb"|what (?:is|does|are) [^<]{0,100}(?:score|altmetric|donut)|how (?:is|are) [^<]{0,100}(?:score|calculated|altmetric))",
            re.IGNORECASE,
        ),
    ),
)
_TEXT_SIGNS = (
    (PageKind.CHALLENGE, re.compile(r"^\s*Just a moment|Enable JavaScript and cookies to continue|Checking your browser")),
    (PageKind.NOT_FOUND, re.compile(r"\b404\b|[Pp]age not found|^\s*Not [Ff]ound")),
    (PageKind.LOGIN, re.compile(r"^\s*(?:Log ?in|Sign in)\b", re.MULTILINE)),
    (PageKind.HELP, re.compile(r"\A\s*(?:About (?:Altmetric|this data|the Attention Score)|How is the .*calculated)")),
)
_SHORT = 5000


def reason(kind: PageKind) -> str:
    """One sentence for a person: what the page is, and what to do."""
    return _REASONS[kind]


def is_html(content: bytes, content_type: str | None) -> bool:
    """Whether content is HTML rather than text taken out of it."""
    if _HTML_OPENING.match(content) or _HTML_TAG.search(content, 0, 4096):
        return True
    closing_tags = content.count(b"</", 0, 1 << 16)
    return closing_tags > 20 or (closing_tags > 0 and "html" in (content_type or ""))  # noqa: PLR2004


def of_html(landmarks: Landmarks, content: bytes) -> PageKind:
    """What sort of HTML page this is."""
    has_frame = "document-header" in landmarks or "score-panel" in landmarks
    has_summary = "document-details-table" in landmarks
    is_list = "post-list" in landmarks or "section-summary" in landmarks
    if has_frame:
        return PageKind.TAB if is_list and not has_summary else PageKind.DETAILS
    if _ANCHORS.search(content):
        return PageKind.DETAILS
    if has_summary or "demographics-group" in landmarks or _FRAGMENT_ANCHORS.search(content):
        return PageKind.FRAGMENT
    if is_list:
        return PageKind.TAB
    return next((kind for kind, sign in _SIGNS if sign.search(content)), PageKind.OTHER)


def of_text(sheet: Sheet, text: str) -> PageKind:
    """What sort of page a text was taken from, by what a reader found in it."""
    if (
        sheet.tagline
        or sheet.bullets
        or sheet.mentions
        or sheet.citations
        or sheet.context
        or (sheet.mendeley and sheet.mendeley.sentence)
        or (sheet.details and {"Published in", "DOI"} <= {row.label for row in sheet.details})
    ):
        return PageKind.DETAILS
    start = text[:_SHORT]
    return next((kind for kind, sign in _TEXT_SIGNS if sign.search(start)), PageKind.OTHER)
