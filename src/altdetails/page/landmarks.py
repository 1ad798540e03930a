"""The landmarks of a page: elements whose class has held for years, whatever the words in them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from itertools import islice

from lxml import etree

from altdetails.identifiers import linked_id

__all__ = ["CLASSES", "Landmarks", "is_furniture"]

_BOXES = ("div", "dl")
_MOST = 200
_MOST_CARRIERS = 2000
_FURNITURE = ("aside", "footer", "nav", "noscript", "template")
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
"""The classes that carry a meaning."""


@lru_cache(maxsize=1024)
def _landmarks_in(classes: str) -> tuple[str, ...]:
    return tuple(name for name in classes.split() if name in CLASSES)


class Landmarks:
    """The `div` and `dl` elements of a tree that carry a known class, by class, in the page's order.

    Elements in navigation, asides and footers are left out, and those above the header where others stand below it.

    Args:
        root: of the tree.
        own_id: the Altmetric id that the page gives for itself, by which blocks of other outputs are told apart.
    """

    def __init__(self, root: etree._Element, own_id: int | None) -> None:
        self.root = root
        self._own_id = own_id
        self._has_furniture = next(root.iter(*_FURNITURE), None) is not None
        self.hidden: set[str] = set()
        """Classes that stand in furniture, there or elsewhere too."""
        above: dict[str, list[etree._Element]] = {}
        below: dict[str, list[etree._Element]] = {}
        found = above
        carriers = ((each, names) for each in root.iter(*_BOXES) if (names := _landmarks_in(each.get("class", ""))))
        for element, names in islice(carriers, _MOST_CARRIERS):
            if self._has_furniture and is_furniture(element):
                self.hidden.update(names)
                continue
            if "document-header" in names:
                found = below
            for name in names:
                found.setdefault(name, []).append(element)
        self._found = above | below

    def __contains__(self, name: str) -> bool:
        return name in self._found

    def is_foreign(self, element: etree._Element) -> bool:
        """Whether the details links in an element lead to other outputs and none to the page's own."""
        if self._own_id is None:
            return False
        leads_elsewhere = False
        for link in element.iter("a"):
            linked = linked_id(link.get("href", ""))
            if linked == self._own_id:
                return False
            leads_elsewhere = leads_elsewhere or linked is not None
        return leads_elsewhere

    def is_own(self, element: etree._Element) -> bool:
        """Whether a details link in an element leads to the page's own output."""
        return self._own_id in {linked_id(link.get("href", "")) for link in element.iter("a")} - {None}

    def shown(self, box: etree._Element, *tags: str) -> Iterable[etree._Element]:
        """The elements in a box that stand in no furniture; of a box that has far too many, the first."""
        elements: Iterable[etree._Element] = box.iter(*tags)
        if self._has_furniture and next(box.iter(*_FURNITURE), None) is not None:
            elements = (element for element in elements if not is_furniture(element))
        return islice(elements, _MOST)

    def all(self, name: str) -> list[etree._Element]:
        """Elements of a class."""
        return self._found.get(name, [])

    def add(self, name: str, element: etree._Element) -> None:
        """Take an element for one of a class that it lacks."""
        self._found[name] = [element]

    def first(self, name: str) -> etree._Element | None:
        """The first element of a class."""
        found = self._found.get(name)
        return found[0] if found else None


def is_furniture(element: etree._Element) -> bool:
    """Whether an element stands in navigation, an aside, a footer or what browsers do not show."""
    return next(element.iterancestors(*_FURNITURE), None) is not None
