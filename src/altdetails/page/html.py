"""HTML to Sheet: landmarks first, and the page's own text flow where a landmark is missing.

A landmark is a class or a heading that has held for years. A section whose landmark is gone, though its words are on
the page, is read from the page's lines with the grammar of `altdetails.page.text`: a renamed class costs no field.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from altdetails.page import flow, text, words
from altdetails.page.flow import collapsed
from altdetails.page.sheet import Entry, Panel, Row, Sheet, Table

__all__ = ["Landmarks", "read"]

_CLASSED = etree.XPath("descendant-or-self::*[@class][not(self::td or self::th or self::li)]")
_STYLES = etree.XPath("descendant::*/@style | descendant::img/@src", smart_strings=False)
_SCORE = re.compile(rf"[?&;]score=({words.NUMBER})(?![\d.,])")
_LONGEST_NOTICE = 1000

_MENTIONS, _CITATIONS, _READERS = "mention-counts", "scholarly-citation-counts", "reader-counts"
_NAMES = frozenset(
    {
        "altmetric-badge",
        "content-panel",
        "demographics-group",
        "demographics-panel",
        "document-details-table",
        "document-header",
        "limited-access-warning",
        "post-list",
        "publisher",
        "score-panel",
        "section-summary",
        "summary",
        "tagline",
        _MENTIONS,
        _CITATIONS,
        _READERS,
    }
)

_WORDS_OF_SECTIONS = {
    "tagline": rb"Overview\s+of\s+attention\s+for\s",
    "bullets": rb"research\s+outputs\s+scored\s+by\s+Altmetric|Attention\s+Score\s+compared\s+to\s+outputs"
    rb"|highest-scoring\s+outputs\s+from\s+this",
    "mentions": rb"Mentioned\s+by",
    "citations": rb"dimensions_citation",
    "readers": rb"Readers\s+on",
    "details": rb"Published\s+in|Pubmed\s+ID|Abstract",
    "twitter": rb"collected\s+from\s+the\s+profile",
    "mendeley": rb"compiled\s+from\s+readership\s+statistics",
    "context": rb"has\s+an\s+Altmetric\s+Attention\s+Score\s+of|Altmetric\s+has\s+tracked",
}
_SECTION_WORDS = {name: re.compile(pattern) for name, pattern in _WORDS_OF_SECTIONS.items()}


class Landmarks:
    """The elements of a tree that carry a known class, by class, in the page's order."""

    def __init__(self, root: etree._Element) -> None:
        self.root = root
        self._found: dict[str, list[etree._Element]] = {}
        for element in _CLASSED(root):
            for name in element.get("class").split():
                if name in _NAMES:
                    self._found.setdefault(name, []).append(element)

    def __contains__(self, name: str) -> bool:
        return self.first(name) is not None

    def all(self, name: str) -> Iterator[etree._Element]:
        """Elements of a class, without those in navigation, asides and footers."""
        return (element for element in self._found.get(name, ()) if not _is_furniture(element))

    def first(self, name: str) -> etree._Element | None:
        return next(self.all(name), None)


def _is_furniture(element: etree._Element) -> bool:
    return any(ancestor.tag in flow.NO_TEXT for ancestor in element.iterancestors())


def read(landmarks: Landmarks, content: bytes) -> Sheet:
    """What a details page says.

    Args:
        landmarks: of the page's tree.
        content: the page's source, in which a missing section's words are looked for.
    """
    sheet = Sheet()
    _read_header(sheet, landmarks)
    _read_score_panel(sheet, landmarks)
    _read_details(sheet, landmarks)
    _read_demographics(sheet, landmarks)
    _read_context(sheet, landmarks)
    _read_notices(sheet, landmarks)
    missing = [
        name for name, found in _SECTION_WORDS.items() if getattr(sheet, name) is None and found.search(content)
    ]
    if missing:
        _read_flow(sheet, landmarks.root, missing)
    return sheet


def _read_flow(sheet: Sheet, root: etree._Element, missing: list[str]) -> None:
    found = text.read(flow.lines(root))
    for name in missing:
        setattr(sheet, name, getattr(found, name))
    if "tagline" in missing and sheet.heading is None:
        sheet.heading = found.heading
    sheet.limited_access = sheet.limited_access or found.limited_access
    sheet.leftovers += [leftover for leftover in found.leftovers if leftover[0] in missing]


def _read_header(sheet: Sheet, landmarks: Landmarks) -> None:
    header = landmarks.first("document-header")
    if header is None:
        return
    heading = next(header.iter("h1"), None)
    if heading is not None:
        sheet.heading = collapsed(heading) or None
        link = next(heading.iter("a"), None)
        sheet.publisher_url = link.get("href") if link is not None else None
    for tagline in landmarks.all("tagline"):
        sheet.tagline = collapsed(tagline) or None
        break
    if sheet.publisher_url is None:
        button = landmarks.first("publisher")
        sheet.publisher_url = button.get("href") if button is not None else None


def _read_score_panel(sheet: Sheet, landmarks: Landmarks) -> None:
    panel = landmarks.first("score-panel")
    if panel is not None:
        sheet.badge_scores = [match[1] for style in _STYLES(panel) if (match := _SCORE.search(style))]
        points = [collapsed(point) for summary in landmarks.all("summary") for point in summary.iter("li")]
        sheet.bullets = [point for point in points if words.BULLET.match(point)]
        sheet.leftovers += [("attention", point) for point in points if point and point not in sheet.bullets]
        if not points and "summary" not in landmarks and words.ABOUT not in map(collapsed, panel.iter("h2", "h3")):
            sheet.bullets = None
    else:
        badges = {match[1] for badge in landmarks.all("altmetric-badge") if (match := _SCORE.search(badge.get("style", "")))}
        sheet.badge_scores = [*badges] if len(badges) == 1 else []
    sheet.mentions = _entries(sheet, landmarks, _MENTIONS, panel)
    sheet.citations = _entries(sheet, landmarks, _CITATIONS, panel)
    sheet.readers = _entries(sheet, landmarks, _READERS, panel)


def _entries(sheet: Sheet, landmarks: Landmarks, name: str, panel: etree._Element | None) -> list[Entry] | None:
    found = [*landmarks.all(name)]
    if panel is not None:
        found = [counts for counts in found if panel in counts.iterancestors()]
    elif found:
        found = [counts for counts in found if counts.getparent() is found[0].getparent()]
    if not found:
        return None
    entries = []
    for counts in found:
        key = None
        for element in counts.iter("dt", "dd"):
            if element.tag == "dt":
                key = collapsed(element)
                continue
            link = next(element.iter("a"), None)
            href = link.get("href") if link is not None else None
            entries.append(Entry(key, collapsed(element), href))
            key = None
        if key:
            sheet.leftovers.append((name.split("-")[0] + "s", key))
    return entries


def _read_details(sheet: Sheet, landmarks: Landmarks) -> None:
    table = landmarks.first("document-details-table")
    if table is None:
        return
    sheet.details = []
    for tr in table.iter("tr"):
        if len(tr) < 2 or next(tr.iterancestors("td"), None) is not None:
            continue
        label, cell = collapsed(tr[0]).rstrip(":"), tr[1]
        link = next(cell.iter("a"), None)
        href = link.get("href") if link is not None else None
        paragraphs = [collapsed(cell)] if label in _ONE_LINE_LABELS else flow.lines(cell)
        sheet.details.append(Row(label, [paragraph for paragraph in paragraphs if paragraph], href))


_ONE_LINE_LABELS = words.LABELS - {"Abstract", "Description", "Authors", "Editors"}


def _read_demographics(sheet: Sheet, landmarks: Landmarks) -> None:
    for group in landmarks.all("demographics-group"):
        names = group.get("class").split()
        name = "twitter" if "twitter" in names else "mendeley" if "mendeley" in names else None
        if name is None:
            sheet.leftovers.append(("demographics", collapsed(group)[:100]))
        elif getattr(sheet, name) is None:
            tables = [_table(table) for table in group.iter("table")]
            setattr(sheet, name, Panel(_sentence(sheet, group), tables))


def _sentence(sheet: Sheet, group: etree._Element) -> str | None:
    """The sentence that says whose data a group shows: in the group, or beside it in its panel."""
    panel = group.getparent()
    beside = [*panel] if panel is not None and "demographics-panel" in panel.get("class", "").split() else []
    sentence = None
    for element in [*beside, *group]:
        if element is group or element.tag in _NO_SENTENCE or "table-wrapper" in element.get("class", ""):
            continue
        line = collapsed(element)
        if words.TWITTER_SENTENCE in line or words.MENDELEY_SENTENCE in line:
            sentence = sentence or line
        elif line and line not in sheet.notices and "demographics-group" not in element.get("class", ""):
            sheet.notices.append(line)
    return sentence


_NO_SENTENCE = frozenset({"h1", "h2", "h3", "h4", "table", "script", "style", "svg", "nav", "img"})


def _table(table: etree._Element) -> Table:
    rows = [[collapsed(cell) for cell in tr] for tr in table.iter("tr")]
    rows = [row for row in rows if row]
    head = rows.pop(0)[0] if rows and rows[0][-1] in {"As %", "Count"} else ""
    return Table(head, rows)


def _read_context(sheet: Sheet, landmarks: Landmarks) -> None:
    headings = [heading for heading in landmarks.root.iter("h2", "h3") if collapsed(heading) == words.CONTEXT]
    if not headings:
        return
    container = headings[-1].getparent()
    while container is not None and collapsed(container) == words.CONTEXT:
        container = container.getparent()
    if container is None:
        return
    found = flow.lines(container)
    start = len(found) - 1 - found[::-1].index(words.CONTEXT)
    sheet.context = found[start + 1 :]


def _read_notices(sheet: Sheet, landmarks: Landmarks) -> None:
    """The notice of limited access, and the text of boxes that no rule knows above the details table."""
    sheet.limited_access = "limited-access-warning" in landmarks
    panel, table = landmarks.first("content-panel"), landmarks.first("document-details-table")
    if panel is None or table is None or panel not in table.iterancestors():
        return
    for box in panel:
        if box is table or table in box.iterdescendants():
            return
        names = box.get("class", "").split()
        if box.tag in _BOXES and _NAMES.isdisjoint(names) and next(box.iter("dl", "table", "ul", "ol", "nav"), None) is None:
            notice = " ".join(flow.lines(box))
            if notice and len(notice) <= _LONGEST_NOTICE and notice not in sheet.notices:
                sheet.notices.append(notice)


_BOXES = frozenset({"div", "p", "section"})


_CANONICAL_LINK = re.compile(rb"<link\b[^>]*\brel=[\"']?canonical\b[^>]*>", re.IGNORECASE)
_HREF = re.compile(rb"\bhref=[\"']?([^\"'\s>]+)", re.IGNORECASE)
_SAVED_FROM = re.compile(rb"<!--\s*saved from url=\(\d+\)(\S+)", re.IGNORECASE)


def addresses(content: bytes) -> list[str]:
    """Addresses that the page's head gives for it: the canonical link, and a browser's note where it was saved from."""
    found = []
    at = content.find(b"canonical")
    while at >= 0 and not found:
        link = _CANONICAL_LINK.match(content, max(0, content.rfind(b"<", 0, at)))
        href = _HREF.search(link[0]) if link else None
        if href:
            found.append(href[1].decode())
        at = content.find(b"canonical", at + 1)
    saved = _SAVED_FROM.search(content, 0, 1024)
    if saved:
        found.append(saved[1].decode())
    return found
