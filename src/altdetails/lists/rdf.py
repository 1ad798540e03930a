"""Zotero RDF → the fields of each item, by lxml."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from altdetails.lists.opening import read_whole
from altdetails.lists.roles import ListField, ListItem, Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lxml import etree

__all__ = ["OPENING", "read_rdf"]

OPENING = re.compile(r"\s*(?:<\?xml[^>]{0,200}>\s*)?(?:<!--[^>]{0,200}-->\s*)?<rdf:RDF\b")

_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_ITEM_TYPE = "{http://www.zotero.org/namespaces/export#}itemType"
_IS_PART_OF = "{http://purl.org/dc/terms/}isPartOf"
_OTHER_TYPES = {"attachment", "note", "annotation"}
_DECLARATION = re.compile(r"\A\ufeff?\s*<\?xml[^>]*>")
_ROLES: dict[str, Role] = {"DOI": "doi", "PMID": "pmid", "ISBN": "isbn"}
_IDENTIFIER = re.compile(r"(?i)(DOI|PMID|ISBN)[:\s]+(.+)", re.DOTALL)


def read_rdf(name: str, lines: Iterable[str]) -> Iterator[ListItem]:
    """Yield the items of a file. Attachments and notes are left out.

    Zotero writes the DOI of an article as an identifier of its journal, which can be an element of its own. Entities
    are not expanded, and nothing is loaded from the network.

    Raises:
        InputError: if the file is too large to be read as one.
    """
    from lxml import etree  # noqa: PLC0415 -- loads slowly, and few lists are RDF

    content = _DECLARATION.sub("", read_whole(name, lines))
    parser = etree.XMLParser(encoding="utf-8", resolve_entities=False, no_network=True, recover=True, huge_tree=False)
    root = etree.fromstring(content.encode(errors="replace"), parser)
    if root is None:
        return
    damage = f"damaged XML: {parser.error_log[0].message}" if len(parser.error_log) else None
    parts = {about: part for part in root if (about := part.get(f"{_RDF}about"))}
    users: dict[str, int] = {}
    for link in root.iter(_IS_PART_OF):
        if target := link.get(f"{_RDF}resource"):
            users[target] = users.get(target, 0) + 1
    for item in root.iterchildren("*"):
        kind = item.findtext(_ITEM_TYPE)
        if kind is None or kind.strip() in _OTHER_TYPES:
            continue
        fields = _fields(item)
        for part in item.iterchildren(_IS_PART_OF):
            target = part.get(f"{_RDF}resource")
            inner = [*part] if target is None else [parts[target]] if target in parts and users[target] == 1 else []
            for member in inner:
                fields += [field for field in _fields(member) if field.role == "doi"]
        if about := item.get(f"{_RDF}about"):
            fields.append(ListField("rdf:about", "address", about))
        yield ListItem(item.sourceline or 0, fields, damage)


def _fields(element: etree._Element) -> list[ListField]:
    """Return the identifiers of an element: `DOI 10.5555/x`, and addresses in `dcterms:URI`; and its note."""
    matches = []
    for child in element.iterchildren(f"{_DC}identifier"):
        text = " ".join("".join(map(str, child.itertext())).split())
        if labelled := _IDENTIFIER.fullmatch(text):
            matches.append(ListField("dc:identifier", _ROLES[labelled[1].upper()], labelled[2]))
        else:
            matches.append(ListField("dc:identifier", "address", text))
    matches += [
        ListField("dc:description", "text", child.text or "") for child in element.iterchildren(f"{_DC}description")
    ]
    return matches
