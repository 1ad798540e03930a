"""Detect the kind of a page by its content. The address can be wrong, and saved pages have no HTTP status."""

from __future__ import annotations

import re

from altdetails.page import IS_JSON, PageKind, words
from altdetails.page.boundaries import FormatAround, is_in_frame
from altdetails.page.landmarks import Landmarks
from altdetails.page.markup import is_markdown
from altdetails.page.sheet import Sheet

__all__ = [
    "is_html",
    "of_html",
    "of_other",
    "of_text",
    "reason",
    "reason_of_format",
    "reason_of_language",
    "reason_of_pages",
]


_REASONS = {
    PageKind.CHALLENGE: "this is a challenge for browsers, not a details page: fetch the page again later",
    PageKind.NOT_FOUND: "the site has no page for this output: it is not mentioned yet, or the identifier is wrong",
    PageKind.LOGIN: "this is a log-in page, not a details page: save or fetch the page of the output",
    PageKind.HELP: "this is a help page about the Attention Score, not a details page: save the page of the output",
    PageKind.TAB: (
        "this is a list of mentions, not the summary: `altdetails parse --mentions FILE` reads its mentions; for the "
        "record, use the address without the part after the number"
    ),
    PageKind.FRAGMENT: "this is a part of a page, without header and score: use the address without `_pjax`",
    PageKind.BADGE: (
        "this is a badge on another site, not a details page: open the link of the badge, and save that page"
    ),
    PageKind.OTHER: "this does not look like an Altmetric details page",
}
_FLATTENED = "this text has lost its line breaks: convert the HTML with a tool that keeps them"
_EMPTY = "the content is empty: save or copy the page again"
_AROUND: dict[FormatAround, str] = {
    "JSON": IS_JSON,
    "CSV": (
        "this is CSV with a page in it, not a page: give its file to `altdetails parse`, which reads the pages in it"
    ),
    "program": (
        "this is a page in the text of a program, with \\n for its line ends: write the page itself to a file, or "
        "export it as JSON Lines or CSV"
    ),
    "source": "this shows the source of a page as text: save the page itself, without `view-source:`",
}
_ENCODED = re.compile(
    rb"\s{0,99}(?:data:text/html|%3C(?:!doctype|html)|(?-i:PCFET0NUWVBF|PCFkb2N0eXBl|PGh0bWw))", re.IGNORECASE
)
_IS_ENCODED = "this is a page as a `data:` address, in base 64 or with % escapes: decode it, and give the page itself"
_IN_FRAME = "this page is in a frame of another page, in its attribute `srcdoc`: open the frame alone, and save that"
_HEADINGS = (
    b"Overview of attention",
    b"Altmetric Badge",
    b"Mentioned by",
    b"Readers on",
    b"As %",
    b"Published in",
)

_DOCUMENT = re.compile(rb"\s*<(?:!doctype\s+html|html)\b", re.IGNORECASE)
_HTML_OPENING = re.compile(rb"\s*<[!?/a-zA-Z]")
_ANY_TAG = re.compile(rb"<[a-zA-Z]")
"""A tag after the first one: without any, the content is text below the type of a document."""
_HTML_TAG = re.compile(rb"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_ANCHORS = re.compile(
    rb"Overview\s+of\s+attention\s+for\s|About\s+this\s+Attention\s+Score|Mentioned\s+by\s*<"
    rb"|highest-scoring\s+outputs\s+from\s+this|Attention\s+Score\s+compared\s+to\s+outputs"
)
_FRAGMENT_ANCHORS = re.compile(
    rb"compiled\s+from\s+readership\s+statistics|has\s+an\s+Altmetric\s+Attention\s+Score\s+of|Altmetric\s+has\s+tracked"
)
_BADGE = re.compile(rb"class=[\"']?[^\"'<>]{0,200}\baltmetric-(?:embed|popover)\b")
_OF_A_PAGE = re.compile(
    rb"Overview\s+of\s+attention\s+for\s|About\s+this\s+Attention\s+Score|Published\s+in|Altmetric\s+has\s+tracked"
    rb"|Attention\s+Score\s+in\s+Context|Demographic\s+breakdown"
)
"""What a badge does not have, whatever its classes."""
_LIST = re.compile(
    rb"So\s+far,?\s+Altmetric\s+has\s+seen\b|<article\b[^<>]{0,300}\bclass=[\"']?[^\"'<>]{0,200}\bpost\b"
    rb"|href=[\"']?[^\"'<>\s]{0,300}/details/[0-9]{1,19}/[a-z-]{1,40}/page:[0-9]"
)
"""What only lists of mentions have: their sentence, their posts, links to their other pages."""
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
        _TITLE_OR_HEADING + rb"what (?:is|does|are) [^<]{0,40}\bpage",
        rb"this is an altmetric details page",
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
        rb"\A\s{0,100}what (?:is|does) .{0,40}\bpage",
        rb"this is an altmetric details page",
    ),
}


def _compile(signs: dict[PageKind, tuple[bytes, ...]]) -> dict[PageKind, re.Pattern[bytes]]:
    return {kind: re.compile(b"|".join(patterns), re.IGNORECASE | re.MULTILINE) for kind, patterns in signs.items()}


_SIGNS_OF_HTML, _SIGNS_OF_TEXT = _compile(_SIGNS), _compile(_TEXT_SIGNS)
_START_BYTES = 5000
_TAB_SENTENCE = re.compile(
    rb"(?:^\s{0,99}(?:So far,? )?|[.]\s{0,9}So far,? )Altmetric has (?:seen|tracked)"
    rb"\s{1,9}+\*{0,2}\d[\d,]{0,12}\*{0,2}\s{1,9}+(?!research\s)",
    re.MULTILINE,
)


def reason(kind: PageKind, content: bytes) -> str:
    """Return one sentence for users: the kind of the page, and what to do."""
    if kind in {PageKind.OTHER, PageKind.FRAGMENT} and is_in_frame(content):
        return _IN_FRAME
    if kind is PageKind.OTHER:
        if not content.strip():
            return _EMPTY
        if _ENCODED.match(content):
            return _IS_ENCODED
        if _is_flattened(content):
            return _FLATTENED
    return _REASONS[kind]


def reason_of_format(name: FormatAround) -> str:
    """Return one sentence for users about content in a format that can hold pages."""
    return _AROUND[name]


def reason_of_language(name: str) -> str:
    """Return one sentence for users about text in a markup language that is not read."""
    return f"this is text in the markup of {name}, which is not read: convert the HTML to plain text or Markdown"


def reason_of_pages(number: int) -> str:
    """Return one sentence for users about content with several pages."""
    return f"this content has {number:,} pages, so none was read: save each page in a file of its own"


def _is_flattened(text: bytes) -> bool:
    """Whether the text has lost its line breaks: headings share a line, and no heading is on a line of its own."""
    headings = [heading for heading in _HEADINGS if heading in text]
    lines = text.splitlines() if len(headings) > 1 else []
    if not any(sum(heading in line for heading in headings) > 1 for line in lines):
        return False
    return words.SINGLE_LINES_UTF8.isdisjoint(map(bytes.strip, lines))


def is_html(content: bytes, content_type: str | None) -> bool:
    """Whether content is HTML, not text extracted from HTML."""
    document = _DOCUMENT.match(content)
    if document:
        return b"</" in content or _ANY_TAG.search(content, document.end()) is not None
    if is_markdown(content):
        return False
    if _HTML_OPENING.match(content) or _HTML_TAG.search(content, 0, 4096):
        return True
    closing_tags = content.count(b"</", 0, 1 << 16)
    return closing_tags > 20 or (closing_tags > 0 and "html" in (content_type or ""))  # noqa: PLR2004


def of_html(landmarks: Landmarks, content: bytes) -> PageKind:
    """Return the kind of an HTML page."""
    if "document-details-table" not in landmarks and _is_list(landmarks, content):
        return PageKind.TAB
    if "document-header" in landmarks or "score-panel" in landmarks:
        return PageKind.DETAILS
    if _BADGE.search(content) and not _OF_A_PAGE.search(content):
        return PageKind.BADGE
    return PageKind.DETAILS if _ANCHORS.search(content) else of_other(landmarks, content)


def of_other(landmarks: Landmarks, content: bytes) -> PageKind:
    """Return the kind of an HTML page that is not a details page."""
    has_part = "document-details-table" in landmarks or "demographics-group" in landmarks
    if has_part or _FRAGMENT_ANCHORS.search(content):
        return PageKind.FRAGMENT
    if _is_list(landmarks, content):
        return PageKind.TAB
    return next((kind for kind, sign in _SIGNS_OF_HTML.items() if sign.search(content)), PageKind.OTHER)


def _is_list(landmarks: Landmarks, content: bytes) -> bool:
    return "post-list" in landmarks or "section-summary" in landmarks or _LIST.search(content) is not None


def _has_known_unit(sheet: Sheet) -> bool:
    entries = [*(sheet.mentions or ()), *(sheet.citations or ()), *(sheet.readers or ())]
    return any(words.is_unit(entry.text.partition(" ")[2]) for entry in entries)


def of_text(sheet: Sheet, text: bytes) -> PageKind:
    """Return the kind of page that a text was extracted from, by the sheet read from it."""
    if _is_flattened(text):
        return PageKind.OTHER
    if sheet.details is None and _TAB_SENTENCE.search(text):
        return PageKind.TAB
    if (
        sheet.tagline
        or sheet.bullets
        or _has_known_unit(sheet)
        or sheet.context
        or (sheet.mendeley and sheet.mendeley.sentence)
        or (sheet.details and {"Published in", "DOI"} <= {row.label for row in sheet.details})
    ):
        return PageKind.DETAILS
    start = text[:_START_BYTES]
    return next((kind for kind, sign in _SIGNS_OF_TEXT.items() if sign.search(start)), PageKind.OTHER)
