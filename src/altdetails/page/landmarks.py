"""Find the landmarks of a page: elements with a class that has not changed for years."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from itertools import chain, islice

from lxml import etree

from altdetails.identifiers import linked_id
from altdetails.page.tree import CUT

__all__ = ["CLASSES", "MAX_ELEMENTS", "Landmarks", "is_boilerplate", "is_leaf", "nested_in", "outermost"]

_BOXES = ("div", "dl")
MAX_ELEMENTS = 200
_MAX_LANDMARKS = 2000
_MAX_CLASS_LENGTH = 500
_MAX_REMEMBERED = 1024
_MAX_LINKS_LOOKED_AT = 5
_BOILERPLATE = ("aside", "footer", "nav", "noscript", "template")
CLASSES = frozenset(
    {
        "altmetric-badge",
        "content-panel",
        "demographics-group",
        "demographics-panel",
        "document-details-table",
        "document-header",
        "limited-access-warning",
        "mention-counts",
        "post-list",
        "reader-counts",
        "scholarly-citation-counts",
        "score-panel",
        "section-summary",
        "summary",
    }
)
"""The classes that mark a section of the record."""


class _KnownClasses(dict[str, tuple[str, ...]]):
    """The known classes in a class attribute. At most 1,024 short attributes are remembered."""

    def __missing__(self, attribute: str) -> tuple[str, ...]:
        names = tuple(name for name in attribute[:_MAX_CLASS_LENGTH].split() if name in CLASSES)
        if len(attribute) <= _MAX_CLASS_LENGTH and len(self) < _MAX_REMEMBERED:
            self[attribute] = names
        return names


_KNOWN_CLASSES = _KnownClasses()


class Landmarks:
    """The `div` and `dl` elements of a page with a known class, by class, in the page's order.

    Elements in navigation, asides and footers are ignored. So are elements above the header of a class that also
    appears below it.

    Args:
        root: the root of the page's tree.
        own_id: the page's own Altmetric id. It distinguishes the page's own blocks from those of other outputs.
    """

    def __init__(self, root: etree._Element, own_id: int | None) -> None:
        self.root = root
        self._own_id = own_id
        self._has_boilerplate = next(root.iter(*_BOILERPLATE), None) is not None
        self.cut: set[str] = set()
        """The last of the tags for each box with more than 200 elements: the rest is not read."""
        self.notes: list[str] = [*filter(None, [root.get(CUT)])]
        """What of the page was cut."""
        self.hidden: set[str] = set()
        """Classes that appear in navigation, asides or footers."""
        above: dict[str, list[etree._Element]] = {}
        below: dict[str, list[etree._Element]] = {}
        elements_by_class = above
        self.headings: list[etree._Element] = [*root.iter("h2", "h3", "h4", "dl")]
        """The headings of sections, and the lists of counts, which can be without one."""
        landmarks = ((box, names) for box in root.iter(*_BOXES) if (names := _KNOWN_CLASSES[box.get("class", "")]))
        for element, names in islice(landmarks, _MAX_LANDMARKS):
            if self._has_boilerplate and is_boilerplate(element):
                self.hidden.update(names)
                continue
            if "document-header" in names:
                elements_by_class = below
            for name in names:
                elements_by_class.setdefault(name, []).append(element)
        if next(landmarks, None):
            self.notes.append(f"more than {_MAX_LANDMARKS:,} landmarks")
        self._elements = above | below
        self.own_panel = next((panel for panel in self.all("score-panel") if not self.is_foreign(panel)), None)
        """The first score panel that does not belong to another output."""

    def __contains__(self, name: str) -> bool:
        return name in self._elements

    def is_foreign(self, element: etree._Element) -> bool:
        """Whether an element has details links, but only to other outputs."""
        links = islice(element.iter("a"), _MAX_LINKS_LOOKED_AT)
        if self._own_id is None or any(linked_id(link.get("href", "")) == self._own_id for link in links):
            return False
        own, foreign = self._linked_boxes
        return element in foreign and element not in own

    def is_own(self, element: etree._Element) -> bool:
        """Whether an element has a details link to the page's own output."""
        return element in self._linked_boxes[0]

    @cached_property
    def _linked_boxes(self) -> tuple[set[etree._Element], set[etree._Element]]:
        """The elements with a details link to the page's own output, and those with one to another output."""
        own: set[etree._Element] = set()
        foreign: set[etree._Element] = set()
        for link in self.root.iter("a") if self._own_id is not None else ():
            linked = linked_id(link.get("href", ""))
            if linked is None:
                continue
            _add_with_outer(own if linked == self._own_id else foreign, link)
        return own, foreign

    @cached_property
    def around(self) -> set[etree._Element]:
        """All landmarks, and the elements around them."""
        around: set[etree._Element] = set()
        for landmark in chain.from_iterable(self._elements.values()):
            _add_with_outer(around, landmark)
        return around

    def shown(self, box: etree._Element, *tags: str) -> list[etree._Element]:
        """Return the elements of a box, at most 200, without those in navigation, asides and footers."""
        elements: Iterable[etree._Element] = box.iter(*tags)
        if self._has_boilerplate and next(box.iter(*_BOILERPLATE), None) is not None:
            elements = (element for element in elements if not is_boilerplate(element))
        shown = [*islice(elements, MAX_ELEMENTS + 1)]
        if len(shown) > MAX_ELEMENTS:
            self.cut.add(tags[-1])
            shown.pop()
        return shown

    def all(self, name: str) -> list[etree._Element]:
        """Return all elements of a class."""
        return self._elements.get(name, [])

    def add(self, name: str, element: etree._Element) -> None:
        """Register an element as the landmark of a class."""
        self._elements[name] = [element]

    def has_several_panels(self) -> bool:
        """Whether the page has score panels of its own output that differ."""
        panels = self.all("score-panel")
        if len(panels) == 1:
            return False
        return len({"".join(panel.itertext()) for panel in outermost(panels) if not self.is_foreign(panel)}) > 1

    def pages(self) -> int:
        """Return the number of pages: the number of outermost headers with different texts."""
        headers = self.all("document-header")
        return len({"".join(header.itertext()).strip() for header in outermost(headers)}) if len(headers) > 1 else 1

    def first(self, name: str) -> etree._Element | None:
        """Return the first element of a class, or None."""
        elements = self._elements.get(name)
        return elements[0] if elements else None


def _add_with_outer(boxes: set[etree._Element], element: etree._Element) -> None:
    """Add an element and the elements around it to a set. If one is in the set, the elements around it are too."""
    box: etree._Element | None = element
    while box is not None and box not in boxes:
        boxes.add(box)
        box = box.getparent()


def outermost(elements: list[etree._Element]) -> list[etree._Element]:
    """Return the elements, in the page's order, that are not inside another of them."""
    if len(elements) <= 1:
        return elements
    outer: dict[etree._Element, None] = {}
    for element in elements:
        if not any(box in outer for box in element.iterancestors()):
            outer[element] = None
    return [*outer]


def is_boilerplate(element: etree._Element) -> bool:
    """Whether an element is inside navigation, an aside, a footer or an element that browsers do not show."""
    return next(element.iterancestors(*_BOILERPLATE), None) is not None


def is_leaf(element: etree._Element, *tags: str) -> bool:
    """Whether an element contains no element of some tags."""
    return not len(element) or next(element.iterdescendants(*tags), None) is None


def nested_in(elements: list[etree._Element]) -> list[etree._Element]:
    """Return the elements if some can be inside others: if they have several parents. Else return none of them."""
    return elements if len({element.getparent() for element in elements}) > 1 else []
