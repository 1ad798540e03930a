"""Read what is around the known sections of a page: badge, notices, unknown sections, the work of a translator."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from lxml import etree

from altdetails.page import flow, words
from altdetails.page.decode import follows
from altdetails.page.landmarks import CLASSES, Landmarks
from altdetails.page.sheet import Sheet
from altdetails.record import PartOfPage

__all__ = ["CLASSES_OF_COUNTS", "add_unknown_sections", "is_translated", "read_badge", "read_notices"]

CLASSES_OF_COUNTS = ("mention-counts", "scholarly-citation-counts", "reader-counts")
_MAX_NOTICE_LENGTH = 1000
_MAX_UNKNOWN_SECTIONS = 50
_CLASSES_IN_PANEL = ("altmetric-badge", "summary", *CLASSES_OF_COUNTS)
_STYLES = etree.XPath("descendant::*/@style | descendant::img/@src", smart_strings=False)
_SCORE = re.compile(rf"[?&;]score=({words.NUMBER})(?![\w.,])")
_NO_SCORE = re.compile(rf"[?&;](score=(?!{words.NUMBER}(?![\w.,])).{{1,20}})")
_HEADINGS = ("h2", "h3", "h4", "dl")
_BUTTONS = ("button", "form", "input", "nav", "aside", "footer")

_OPENING = re.compile(rb"<html\b[^<>]{0,4000}>", re.IGNORECASE)
_TRANSLATIONS = ("translated-ltr", "translated-rtl", "_x_tr_", ".translate.goog")
_SIGN_OF_GOOGLE = b"vertical-align: inherit"
_SIGNS_OF_EDGE = (b"msttexthash", b"msthash")
"""What follows a low line."""
_OWN_LANGUAGE = re.compile(rb">\s*+Overview\s++of\s++attention\s++for\s")
_OTHER_LANGUAGE = re.compile(r"\blang=[\"']?(?!en\b)[a-z]{2,3}\b", re.ASCII)


def is_translated(source: bytes, part: bytes, addresses: Iterable[str]) -> bool:
    """Whether a browser or a site translated a page, or the page says that it is not in English.

    Args:
        source: the whole page.
        part: the part of the page with the record.
        addresses: the addresses of the page.
    """
    if part.rfind(_SIGN_OF_GOOGLE) >= 0 or follows(part, b"_", _SIGNS_OF_EDGE):
        return True
    opening = _OPENING.search(source, 0, 1 << 16)
    tag = opening[0].lower().decode("utf-8", "ignore") if opening else ""
    of_page = " ".join([tag, *addresses]).lower()
    if any(sign in of_page for sign in _TRANSLATIONS):
        return True
    return _OTHER_LANGUAGE.search(tag) is not None and not _OWN_LANGUAGE.search(part)


def read_badge(sheet: Sheet, landmarks: Landmarks) -> None:
    """Read the score of the badge in the panel, else of the badges of the page. Scores that differ are not read."""
    panel = landmarks.own_panel
    if panel is not None:
        styles = [element.get("style", "") for element in panel.iter("div")]
        if "score=" not in "".join(styles):
            styles = _STYLES(panel)
    else:
        styles = [badge.get("style", "") for badge in landmarks.all("altmetric-badge")]
    styles = [*filter(None, styles)]
    box = landmarks.root if panel is None else panel
    sheet.badge_without_score = "score=" not in "".join(styles) and words.BADGE in flow.text_of(box)
    scores = [match[1] for style in styles if (match := _SCORE.search(style))]
    sheet.leftovers += [("attention", match[1]) for style in styles if (match := _NO_SCORE.search(style))]
    if len(set(scores)) == 1:
        sheet.badge_scores = scores
    elif panel is not None:
        sheet.leftovers += [("attention", f"score={score}") for score in scores]


def read_notices(sheet: Sheet, landmarks: Landmarks) -> None:
    """Read the notice of limited access, and the text of unknown boxes above the details table."""
    sheet.limited_access = "limited-access-warning" in landmarks
    panel, table = landmarks.first("content-panel"), landmarks.first("document-details-table")
    if panel is None or table is None or panel not in table.iterancestors():
        return
    for box in panel.iterchildren("*"):
        if box is table or table in box.iterdescendants():
            return
        names = box.get("class", "").split()
        if (
            box.tag in {"div", "p", "section"}
            and CLASSES.isdisjoint(names)
            and next(box.iter("dl", "table", "ul", "ol", "nav"), None) is None
        ):
            notice = " ".join(flow.lines(box))
            if words.LIMITED_ACCESS in notice:
                sheet.limited_access = True
            elif notice and len(notice) <= _MAX_NOTICE_LENGTH:
                sheet.add_notice(notice)


def add_unknown_sections(sheet: Sheet, landmarks: Landmarks) -> None:
    """Add the sections that no reader knows, in the score panel and next to it, to the leftovers, each as one text.

    Call this last, because text that has been read from the page's lines is not unknown.
    """
    unknown = [*_sections(landmarks)]
    known = _known_texts(sheet) if unknown else set()
    sections = [
        (part, text)
        for part, lines in unknown
        if (text := " ".join(line for line in lines if line not in known and not words.BULLET.match(line)))
    ]
    sheet.leftovers += sections[:_MAX_UNKNOWN_SECTIONS]
    if len(sections) > _MAX_UNKNOWN_SECTIONS:
        sheet.leftovers.append(("details", f"more than {_MAX_UNKNOWN_SECTIONS} unknown sections"))


def _known_texts(sheet: Sheet) -> set[str]:
    entries = [*(sheet.mentions or ()), *(sheet.citations or ()), *(sheet.readers or ())]
    return {
        *words.SINGLE_LINES,
        *words.BUTTONS,
        "What is this page?",
        *sheet.notices,
        *(sheet.context or ()),
        *(text for _, text in sheet.leftovers),
        *(text for entry in entries for text in (entry.key, entry.text) if text),
    }


def _sections(landmarks: Landmarks) -> Iterator[tuple[PartOfPage, list[str]]]:
    """Yield the lines of each part of the score panel, and of each box with a heading or a list next to known boxes."""
    panel = landmarks.own_panel
    if panel is not None:
        read = {box for name in _CLASSES_IN_PANEL for box in landmarks.all(name)}
        unknown = [box for box in panel.iterchildren("*") if box not in read and not _is_read(box, read)]
        hidden = read.union(panel.iter(*_BUTTONS)) if unknown else read
        yield from (("mentions", flow.lines(box, without=hidden)) for box in unknown if box not in hidden)
    if not _has_unknown_heading(landmarks):
        return
    if panel is not None:
        yield from (("mentions", lines) for lines in _next_to(landmarks, panel))
    table = landmarks.first("document-details-table")
    if table is not None and (panel is None or panel not in table.iterancestors()):
        yield from (("details", lines) for lines in _next_to(landmarks, table))


def _has_unknown_heading(landmarks: Landmarks) -> bool:
    """Whether the page has any heading or list that is not known. It is faster than the lines of all boxes."""
    counts = {box for name in CLASSES_OF_COUNTS for box in landmarks.all(name)}
    return any(
        heading not in counts and (len(heading) or heading.text not in words.SINGLE_LINES)
        for heading in landmarks.headings
    )


def _is_read(box: etree._Element, hidden: set[etree._Element]) -> bool:
    """Whether a box has only known headings and what has been read. It is faster than the lines of the box."""
    if box.text and not box.text.isspace():
        return False
    for child in box:
        if child not in hidden and (len(child) or child.text not in words.SINGLE_LINES):
            return False
        if child.tail and not child.tail.isspace():
            return False
    return True


def _next_to(landmarks: Landmarks, element: etree._Element) -> Iterator[list[str]]:
    """Yield the lines of the unknown boxes with a heading or a list that have the same parent as an element."""
    parent = element.getparent()
    for box in () if parent is None else parent.iterchildren("*"):
        if box is element or box.tag in flow.NO_TEXT:
            continue
        heading = box[0] if len(box) and box[0].tag in _HEADINGS else next(box.iter(*_HEADINGS), None)
        if heading is None or flow.collapse(heading) in words.SINGLE_LINES or box in landmarks.around:
            continue
        if not landmarks.is_foreign(box):
            yield flow.lines(box)
