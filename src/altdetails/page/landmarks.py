"""The landmarks of a page: elements whose class has held for years, whatever the words in them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from itertools import islice

from lxml import etree

__all__ = ["CLASSES", "Landmarks", "is_furniture"]

_BOXES = ("div", "dl")
_MOST = 200
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
    """The elements of a tree that carry a known class, by class, in the page's order.

    Elements in navigation, asides and footers are left out.
    """

    def __init__(self, root: etree._Element) -> None:
        self.root = root
        self._found: dict[str, list[etree._Element]] = {}
        self._has_furniture = next(root.iter(*_FURNITURE), None) is not None
        for element in root.iter(*_BOXES):
            names = _landmarks_in(element.get("class", ""))
            if names and not (self._has_furniture and is_furniture(element)):
                for name in names:
                    self._found.setdefault(name, []).append(element)

    def __contains__(self, name: str) -> bool:
        return name in self._found

    def shown(self, elements: Iterable[etree._Element]) -> Iterable[etree._Element]:
        """The elements that stand in no furniture; of a page that has far too many, the first."""
        shown = (element for element in elements if not is_furniture(element)) if self._has_furniture else elements
        return islice(shown, _MOST)

    def all(self, name: str) -> list[etree._Element]:
        """Elements of a class."""
        return self._found.get(name, [])

    def first(self, name: str) -> etree._Element | None:
        """The first element of a class."""
        found = self._found.get(name)
        return found[0] if found else None


def is_furniture(element: etree._Element) -> bool:
    """Whether an element stands in navigation, an aside, a footer or what browsers do not show."""
    return next(element.iterancestors(*_FURNITURE), None) is not None
