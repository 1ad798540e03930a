"""Read HTML into a Sheet, by landmarks: classes and headings that have not changed for years.

If the landmark of a section is missing but its words are on the page, the section is read from the page's lines with
`altdetails.page.text`. So a renamed class does not lose a field.
"""

from __future__ import annotations

import re
from itertools import chain, pairwise

from lxml import etree

from altdetails.links import unwrap
from altdetails.page import flow, text, words
from altdetails.page.around import CLASSES_OF_COUNTS, read_badge, read_notices
from altdetails.page.flow import collapse, on_one_line, text_around
from altdetails.page.landmarks import MAX_ELEMENTS, Landmarks, is_boilerplate, is_leaf, nested_in, outermost
from altdetails.page.sheet import CountEntry, DetailRow, GroupTable, Panel, Sheet
from altdetails.page.source import rows_of_lines
from altdetails.record import PartOfPage

__all__ = ["has_sections", "lines_of", "missing_sections", "read", "read_flow", "rows_of_demographics"]

_SPACE = rb"(?:\s|\xc2\xa0|&nbsp;|&#160;|&#[xX][aA]0;)"
_WORDS_OF_SECTIONS = {
    "tagline": (rb"Overview\s+of\s+attention\s+for\s",),
    "bullets": (
        rb"About\s+this\s+Attention\s+Score",
        rb"outputs\s+scored\s+by\s+Altmetric",
        rb"Attention\s+Score\s+compared\s+to\s+outputs",
        rb"highest-scoring\s+outputs\s+from\s+this",
    ),
    "mentions": (rb"Mentioned\s+by",),
    "citations": (rb"dimensions_citation",),
    "readers": (rb"Readers\s+on",),
    "details": (rb"Published\s+in", rb"Pubmed\s+ID", rb"Abstract"),
    "twitter": (rb"collected\s+from\s+the\s+profile",),
    "mendeley": (rb"compiled\s+from\s+readership\s+statistics",),
    "context": (rb"Altmetric\s+Attention\s+Score\s+of", rb"Altmetric\s+has\s+tracked"),
}
_SECTION_WORDS = {
    name: [(pattern.partition(rb"\s")[0], re.compile(pattern.replace(rb"\s", _SPACE))) for pattern in patterns]
    for name, patterns in _WORDS_OF_SECTIONS.items()
}
"""Each pattern with its first word. The plain search for the word comes first, because it is faster."""


def read(landmarks: Landmarks, *, translated: bool = False) -> Sheet:
    """Read the sections of a details page that have a landmark."""
    sheet = Sheet(translated=translated)
    _read_header(sheet, landmarks)
    _read_score_panel(sheet, landmarks)
    _read_details(sheet, landmarks)
    _read_demographics(sheet, landmarks)
    _read_context(sheet, landmarks)
    read_notices(sheet, landmarks)
    parts = _PART_OF_TAG.items()
    sheet.leftovers += [(part, f"more than {MAX_ELEMENTS} {tag}") for tag, part in parts if tag in landmarks.cut]
    sheet.leftovers += [("header", note) for note in landmarks.notes]
    return sheet


_PART_OF_TAG: dict[str, PartOfPage] = {"dd": "mentions", "li": "attention", "table": "demographics", "tr": "details"}
"""The part of the page for each tag that has a limit."""


def missing_sections(sheet: Sheet, source: bytes) -> list[str]:
    """Return the sections that are not in the sheet although their words are on the page."""
    absent = [name for name in _SECTION_WORDS if getattr(sheet, name) is None]
    return [name for name in absent if _has_words(name, source)]


def _has_words(section: str, source: bytes) -> bool:
    return any(source.rfind(word) >= 0 and pattern.search(source) for word, pattern in _SECTION_WORDS[section])


def rows_of_demographics(sheet: Sheet) -> int:
    """Return the number of rows in all demographics tables of a sheet, including the heads."""
    tables = chain.from_iterable(panel.tables for panel in (sheet.twitter, sheet.mendeley) if panel)
    return sum(len(table.rows) + bool(table.head) for table in tables)


def has_sections(sheet: Sheet) -> bool:
    """Whether the sheet has any section of a record; a heading alone is not enough."""
    return any(getattr(sheet, name) is not None for name in _SECTION_WORDS)


def lines_of(landmarks: Landmarks) -> list[str]:
    """Return the lines of a page, without the details table if it has been read, and without other outputs."""
    foreign = [
        block
        for name in ("score-panel", *CLASSES_OF_COUNTS)
        for block in landmarks.all(name)
        if landmarks.is_foreign(block)
    ]
    return flow.lines(landmarks.root, without=[*landmarks.all("document-details-table"), *foreign])


def read_flow(sheet: Sheet, landmarks: Landmarks, lines: list[str], names: list[str]) -> None:
    """Read the missing sections from the lines of the page.

    Each section adds a warning to the leftovers, because it means that the site has changed.
    """
    flow_sheet = text.read(lines)
    content = "\n".join(lines).encode()
    for name in names:
        section = getattr(flow_sheet, name)
        if section is not None:
            setattr(sheet, name, section)
            sheet.by_words.append(name)
            sheet.leftovers.append((_PART_OF_SECTION[name], f"no landmark of {name}"))
        elif _has_words(name, content):
            sheet.not_read.append(name)
            sheet.leftovers.append((_PART_OF_SECTION[name], f"words of {name} without the section"))
    if not {"details", "twitter", "mendeley"}.isdisjoint(names):
        for notice in flow_sheet.notices:
            sheet.add_notice(notice)
    if "tagline" in names and sheet.heading is None:
        sheet.heading = flow_sheet.heading
    sheet.limited_access = sheet.limited_access or flow_sheet.limited_access
    sheet.leftovers += [leftover for leftover in flow_sheet.leftovers if leftover[0] in names]
    _add_links(sheet, landmarks)


_PART_OF_SECTION: dict[str, PartOfPage] = {
    "tagline": "header",
    "bullets": "attention",
    "mentions": "mentions",
    "citations": "citations",
    "readers": "readers",
    "details": "details",
    "twitter": "demographics",
    "mendeley": "demographics",
    "context": "context",
}


def _add_links(sheet: Sheet, landmarks: Landmarks) -> None:
    """Add the links that lines do not have: of the title, the PubMed id and the counts."""
    root = landmarks.root
    heading = next(root.iter("h1"), None)
    if sheet.publisher_url is None and heading is not None and collapse(heading) == sheet.heading:
        sheet.publisher_url = _href(heading)
    links = [link for link in root.iter("a") if link.get("href") and is_leaf(link, "a") and not is_boilerplate(link)]
    by_text = {collapse(link): link.get("href") for link in links}
    for entry in [*(sheet.mentions or ()), *(sheet.citations or ()), *(sheet.readers or ())]:
        entry.href = entry.href or by_text.get(entry.text)
    pubmed = {link.get("href") for link in links if _is_pubmed(link)}
    for row in sheet.details or ():
        if row.label in _LINKED_LABELS and not row.paragraphs and row.href is None and len(pubmed) == 1:
            row.href = next(iter(pubmed))


_PUBMED = re.compile(r"ncbi\.nlm\.nih\.gov/(?:pubmed/)?[0-9]")


def _is_pubmed(link: etree._Element) -> bool:
    return _PUBMED.search(unwrap(link.get("href", "")) or "") is not None


def _read_header(sheet: Sheet, landmarks: Landmarks) -> None:
    header = landmarks.first("document-header")
    if header is None:
        return
    headings = landmarks.shown(header, "h1")
    heading = next(filter(_href, headings), headings[0] if headings else None)
    if heading is not None:
        sheet.heading = collapse(heading) or None
        sheet.publisher_url = _href(heading)
    taglines = []
    for element in landmarks.shown(header, "div", "p", "span", "a"):
        names = element.get("class", "")
        if "tagline" in names:
            taglines.append(element)
        elif "publisher" in names and sheet.publisher_url is None:
            sheet.publisher_url = element.get("href")
    sheet.tagline = next(filter(None, map(collapse, outermost(taglines))), None)


def _read_score_panel(sheet: Sheet, landmarks: Landmarks) -> None:
    panel = landmarks.own_panel
    if panel is None and "score-panel" in landmarks.hidden:
        sheet.leftovers.append(("attention", "a score panel in an aside, a footer or navigation"))
    if panel is None and "score-panel" in landmarks:
        sheet.leftovers.append(("attention", "a score panel with links to another output"))
        return
    if landmarks.has_several_panels():
        sheet.leftovers.append(("attention", "several score panels that differ: the first was read"))
    read_badge(sheet, landmarks)
    sheet.mentions = _entries(sheet, landmarks, "mentions", _lists(landmarks, panel, "mention-counts"))
    sheet.citations = _entries(sheet, landmarks, "citations", _lists(landmarks, panel, "scholarly-citation-counts"))
    sheet.readers = _entries(sheet, landmarks, "readers", _lists(landmarks, panel, "reader-counts"))
    if panel is not None:
        _read_bullets(sheet, landmarks, panel)


def _read_bullets(sheet: Sheet, landmarks: Landmarks, panel: etree._Element) -> None:
    summaries = [box for box in outermost(landmarks.all("summary")) if panel in box.iterancestors()]
    items = [item for box in summaries or [panel] for item in landmarks.shown(box, "li") if is_leaf(item, "li")]
    points = [*map(collapse, items)] or [line for summary in summaries for line in flow.lines(summary)]
    sheet.bullets = [point for point in points if words.BULLET.match(point) or (summaries and point)]
    if not summaries and not sheet.bullets and not flow.has_line(panel, words.ABOUT):
        sheet.bullets = None


def _lists(landmarks: Landmarks, panel: etree._Element | None, name: str) -> list[etree._Element]:
    """Return the lists of counts of a class in the panel, else the lists that link to the page's own output.

    Without a panel, return the first list of the class and its siblings.
    """
    lists = outermost(landmarks.all(name))
    if panel is None:
        lists = [counts for counts in lists if not landmarks.is_foreign(counts)]
        return [counts for counts in lists if counts.getparent() is lists[0].getparent()]
    inside = [counts for counts in lists if panel in counts.iterancestors()]
    return inside or [counts for counts in lists if landmarks.is_own(counts)]


def _entries(
    sheet: Sheet, landmarks: Landmarks, section: PartOfPage, lists: list[etree._Element]
) -> list[CountEntry] | None:
    if not any(counts.tag == "dl" or next(counts.iter("dt", "dd"), None) is not None for counts in lists):
        return None
    entries: dict[tuple[str | None, str, str | None], CountEntry] = {}
    for counts in lists:
        key = None
        elements = landmarks.shown(counts, "dt", "dd")
        nested = nested_in(elements)
        for element in elements:
            text = text_around(element, nested)
            if nested and not text and not is_leaf(element, "dt", "dd"):
                continue
            if element.tag == "dt":
                if key:
                    sheet.leftovers.append((section, key))
                key = text
                continue
            entry = CountEntry(key, text, _href(element))
            entries.setdefault((entry.key, entry.text, entry.href), entry)
            key = None
        if key:
            sheet.leftovers.append((section, key))
    return [*entries.values()]


def _href(element: etree._Element) -> str | None:
    link = element[0] if len(element) and element[0].tag == "a" else next(element.iter("a"), None)
    return link.get("href") if link is not None else None


def _read_details(sheet: Sheet, landmarks: Landmarks) -> None:
    table = landmarks.first("document-details-table")
    if table is None:
        table = _table_of_labels(landmarks)
        if table is None:
            return
        landmarks.add("document-details-table", table)
        sheet.by_words.append("details")
        sheet.leftovers.append(("details", "no landmark of details"))
    sheet.details = []
    rows = _rows(landmarks, table)
    nested = nested_in(rows)
    for tr in rows:
        if not len(tr):
            sheet.details += [DetailRow(name, [count]) for name, count, _ in _plain_rows(tr)]
        cells = [cell for cell in tr if cell.tag in _CELLS]
        if len(cells) < _LABEL_AND_VALUE:
            continue
        label, cell = text_around(cells[0], nested).rstrip(":"), cells[1]
        if label in _ONE_LINE_LABELS:
            text = text_around(cell, nested)
            paragraphs = [text] if text else []
        else:
            paragraphs = flow.lines(cell, without=nested)
        href = _identifier_link(cell, label) if label in _LINKED_LABELS else None
        sheet.details.append(DetailRow(label, paragraphs, href))


def _table_of_labels(landmarks: Landmarks) -> etree._Element | None:
    """Return the first table with rows of at least 3 known labels, for pages without the class of the details table."""
    labels_of_tables: dict[etree._Element, set[str]] = {}
    for table in landmarks.shown(landmarks.root, "table"):
        labels_of_tables[table] = set()
    for tr in landmarks.root.iter("tr"):
        labels_of_table = next((labels_of_tables.get(table) for table in tr.iterancestors("table")), None)
        if labels_of_table is not None and len(tr) and is_leaf(tr[0], "tr"):
            labels_of_table.add(collapse(tr[0]))
    return next(
        (table for table, labels in labels_of_tables.items() if len(labels & words.LABELS) >= _MIN_LABELS), None
    )


_MIN_LABELS = 3


def _identifier_link(cell: etree._Element, label: str) -> str | None:
    if label == "DOI":
        return _href(cell)
    return next((link.get("href") for link in cell.iter("a") if _is_pubmed(link)), None)


def _rows(landmarks: Landmarks, table: etree._Element) -> list[etree._Element]:
    """Return the rows, without the rows inside a cell, for instance of a table in the abstract."""
    rows = landmarks.shown(table, "tr")
    if len([*table.iter("table")]) == 1:
        return rows
    cell = next(table.iterancestors(*_CELLS), None)
    return [tr for tr in rows if next(tr.iterancestors(*_CELLS), None) is cell]


_CELLS = frozenset({"td", "th"})
_LABEL_AND_VALUE = 2
_LINKED_LABELS = frozenset({"DOI", "Pubmed ID", "PubMed ID"})
_ONE_LINE_LABELS = words.LABELS - words.LABELS_OF_PARAGRAPHS


def _read_demographics(sheet: Sheet, landmarks: Landmarks) -> None:
    unknown = []
    for group in landmarks.all("demographics-group"):
        names = group.get("class", "").split()
        if "twitter" in names and sheet.twitter is None:
            sheet.twitter = Panel(_sentence(sheet, group), _tables(landmarks, group))
        elif "mendeley" in names and sheet.mendeley is None:
            sheet.mendeley = Panel(_sentence(sheet, group), _tables(landmarks, group))
        else:
            unknown.append(group)
    sheet.leftovers += [("demographics", collapse(group)) for group in outermost(unknown)]


def _sentence(sheet: Sheet, group: etree._Element) -> str | None:
    """Return the sentence about the source of the data, from inside the group or just above it."""
    sentence = None
    for element in (*_siblings_above(group), *group):
        if element.tag not in _TEXT_TAGS or not is_leaf(element, "table"):
            continue
        line = collapse(element)
        if words.TWITTER_SENTENCE in line or words.MENDELEY_SENTENCE in line:
            sentence = sentence or line
        elif line and line not in words.SUBHEADINGS:
            if sheet.translated:
                sheet.leftovers.append(("demographics", line))
            else:
                sheet.add_notice(line)
    return sentence


def _siblings_above(group: etree._Element) -> list[etree._Element]:
    """Return the elements between a group and the heading above it."""
    while (box := group.getparent()) is not None and len(box) == 1 and not box.get("class"):
        group = box
    siblings = []
    for element in group.itersiblings("*", preceding=True):
        if element.tag not in _TEXT_TAGS or "demographics-group" in element.get("class", ""):
            break
        siblings.append(element)
    return siblings[::-1]


_TEXT_TAGS = frozenset({"aside", "div", "em", "p", "section", "span", "strong"})


def _tables(landmarks: Landmarks, group: etree._Element) -> list[GroupTable]:
    """Return the tables of a group.

    If every table has a head, the rows are split at the heads: a broken table can end before its rows do.
    """
    tables = landmarks.shown(group, "table")
    rows = _rows_in(group)
    heads = [at for at, row in enumerate(rows) if row[-1] == "As %" and row[1:-1] == ("Count",)]
    innermost = [table for table in tables if is_leaf(table, "table")] if len(tables) > 1 else tables
    if heads[:1] == [0] and len(heads) == len(tables) == len(innermost):
        return [GroupTable(rows[head][0], rows[head + 1 : end]) for head, end in pairwise([*heads, len(rows)])]
    return [*map(_table, innermost)]


def _table(table: etree._Element) -> GroupTable:
    rows = _rows_in(table)
    head = next((at for at, row in enumerate(rows) if row[-1] in {"As %", "Count"}), None)
    return GroupTable("", rows) if head is None else GroupTable(rows[head][0], rows[head + 1 :])


def _rows_in(box: etree._Element) -> list[tuple[str, ...]]:
    """Return the texts of the cells of all rows in a box. Rows without cells, and around other rows, are skipped."""
    rows: list[tuple[str, ...]] = []
    for tr in box.iter("tr"):
        if not len(tr):
            rows += _plain_rows(tr)
        elif is_leaf(tr, "tr") and (cells := tuple(map(collapse, tr.iterchildren(*_CELLS)))):
            rows.append(cells)
    return rows


def _plain_rows(tr: etree._Element) -> list[tuple[str, str, str]]:
    """Return the rows that `source.rows_as_lines` made one `tr`, each name on one line."""
    text = tr.text or ""
    if text.isascii() and "  " not in text and "\t " not in text and " \t" not in text:
        return [*rows_of_lines(tr)]
    return [(on_one_line(name), count, share) for name, count, share in rows_of_lines(tr)]


def _read_context(sheet: Sheet, landmarks: Landmarks) -> None:
    """Read the lines after the first heading with content, from the smallest element that contains both.

    At most 8 elements are tried. If the content is further away, `read_flow` finds it.
    """
    tried: set[etree._Element] = set()
    for heading in landmarks.headings:
        shown = "" if heading.tag == "dl" else flow.text_of(heading).strip()[:100]
        if on_one_line(shown) != words.CONTEXT or is_boilerplate(heading):
            continue
        for container in heading.iterancestors():
            if container in tried:
                continue
            if len(tried) == _MAX_CONTAINERS_OF_CONTEXT:
                return
            tried.add(container)
            lines = flow.lines(container, without=landmarks.all("document-details-table"))
            following = lines[lines.index(words.CONTEXT) + 1 :] if words.CONTEXT in lines else []
            if any(map(_CONTEXT_CONTENT.search, following)) and not _goes_on_behind(container):
                sheet.context = following
                return


def _goes_on_behind(container: etree._Element) -> bool:
    """Whether a stray end tag ended an element before its section: elements behind it have the rest."""
    boxes = chain([container], container.iterancestors())
    texts = map(flow.text_of, chain.from_iterable(box.itersiblings("div", "p", "section") for box in boxes))
    return any(_CONTEXT_CONTENT.search(text) and words.CONTEXT not in text for text in texts)


_MAX_CONTAINERS_OF_CONTEXT = 8
_CONTEXT_CONTENT = re.compile(r"Altmetric\s+Attention\s+Score\s+of|Altmetric\s+has\s+tracked|All\s+research\s+outputs")
