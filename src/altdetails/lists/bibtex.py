"""BibTeX and BibLaTeX → the fields of each entry.

Entries are divided at lines that begin with `@type{`, so an entry whose braces are not balanced costs no other one. Its
own fields are then found by a plain scan.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from altdetails.lists.roles import ListField, ListItem, Role, is_missing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["OPENING", "read_bibtex"]

OPENING = re.compile(r"\s*@[A-Za-z]{2,40}\s*[{(]")
"""A line that begins an entry."""

_MAX_ENTRY = 2**20
_MAX_VALUE = 2**16
_ENTRY = re.compile(r"\s*@([A-Za-z]{2,40})\s*[{(]\s*([^,=\s{}]*)\s*,?")
_NEXT_ON_LINE = re.compile(r"(?<=[})])\s*(?=@[A-Za-z]{2,40}\s*\{[^,={}\s]{1,200},)")
_NOT_ENTRIES = {"comment", "string", "preamble"}
_NAME = re.compile(r"[\s,]*([A-Za-z][\w:.+-]{0,60})\s*=\s*")
_BARE = re.compile(r"[^\s,{}\"#]+")
_JOIN = re.compile(r"\s*#\s*")
_BRACKET = re.compile(r"[{}]")
_QUOTE = re.compile(r"[{}\"]")
_SCANNED = re.compile(
    r"(?i)(?:\A|[\s,{])(doi|pmid|eprint|eprinttype|archiveprefix|url|ee)\s*=\s*[{\"]{1,3}([^{}\"\n]{1,2048})"
)
_ROLES: dict[str, Role] = {
    "doi": "doi",
    "pmid": "pmid",
    "pubmed": "pmid",
    **dict.fromkeys(("url", "ee", "howpublished", "link", "bdsk-url-1", "bdsk-url-2", "doi-url"), "address"),
    **dict.fromkeys(("note", "annote", "annotation", "addendum", "extra"), "text"),
    "isbn": "isbn",
}
_EPRINTS: dict[str, Role] = {"arxiv": "arxiv", "pmid": "pmid", "pubmed": "pmid", "hdl": "handle"}
_ARXIV = re.compile(r"(?i)(?:arxiv:)?(?:[0-9]{4}\.[0-9]{4,5}|[a-z-]{2,10}(?:\.[a-z]{2})?/[0-9]{7})(?:v[0-9]+)?")
_LATEX = (
    (re.compile(r"\\url\s*"), ""),
    (re.compile(r"\\text(?:less|textless)\s*(?:\{\})?|\$<\$"), "<"),
    (re.compile(r"\\textgreater\s*(?:\{\})?|\$>\$"), ">"),
    (re.compile(r"\\textunderscore\s*(?:\{\})?"), "_"),
    (re.compile(r"\\([_%&#$~-])"), r"\1"),
    (re.compile(r"[{}]"), ""),
)


def read_bibtex(lines: Iterable[str]) -> Iterator[ListItem]:
    """Yield the entries of a file. Comments, strings and preambles are left out, and so is text between entries."""
    for number, text in _divide(lines):
        opening = _ENTRY.match(text)
        if opening is None or opening[1].casefold() in _NOT_ENTRIES:
            continue
        values = _values(text, opening.end())
        if values is None:
            scanned = ((match[1].casefold(), match[2]) for match in _SCANNED.finditer(text))
            yield ListItem(number, _fields(dict(scanned)), "its braces or quotes are not balanced")
        else:
            yield ListItem(number, _fields(values), None)


def _divide(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Yield the text of each entry, with the number of its first line."""
    start, pieces, length = 0, list[str](), 0
    for number, line in enumerate(lines, 1):
        for piece in _NEXT_ON_LINE.split(line) if line.count("@") > 1 else [line]:
            if OPENING.match(piece):
                if pieces:
                    yield start, "".join(pieces)
                start, pieces, length = number, [], 0
            elif not pieces:
                continue
            length += len(piece)
            if length <= _MAX_ENTRY:
                pieces.append(piece)
    if pieces:
        yield start, "".join(pieces)


def _values(text: str, at: int) -> dict[str, str] | None:
    """Return the values of an entry by their names in lower case; None if its braces or quotes are not balanced."""
    values: dict[str, str] = {}
    while name := _NAME.match(text, at):
        value, at = _value(text, name.end())
        if at < 0:
            return None
        values.setdefault(name[1].casefold(), value)
    return values if text[at:].lstrip(" \t\r\n,")[:1] in {"}", ")"} else None


def _value(text: str, at: int) -> tuple[str, int]:
    """Return a value, joined if it has several parts, and the place after it; -1 if it does not end."""
    parts = []
    while True:
        start = at
        if text[at : at + 1] in {"{", '"'}:
            at = _end_of(text, at)
            if at < 0:
                return "", -1
            parts.append(text[start + 1 : at - 1])
        elif bare := _BARE.match(text, at):
            at = bare.end()
            parts.append(bare[0])
        joined = _JOIN.match(text, at)
        if joined is None or at == start:
            return "".join(parts)[:_MAX_VALUE], at
        at = joined.end()


def _end_of(text: str, at: int) -> int:
    """Return the place after a value in braces or quotes; -1 if it does not end."""
    depth = 0
    quoted = text[at] == '"'
    for mark in (_QUOTE if quoted else _BRACKET).finditer(text, at + quoted):
        if mark[0] == '"':
            if depth == 0:
                return mark.end()
            continue
        depth += 1 if mark[0] == "{" else -1
        if depth == 0 and not quoted:
            return mark.end()
        if depth < 0:
            return -1
    return -1


def _fields(values: dict[str, str]) -> list[ListField]:
    fields = [ListField(name, _ROLES[name], _plain(value)) for name, value in values.items() if name in _ROLES]
    if eprint := values.get("eprint"):
        kind = _plain(values.get("eprinttype") or values.get("archiveprefix") or "").casefold()
        if role := _EPRINTS.get(kind or ("arxiv" if _ARXIV.fullmatch(_plain(eprint)) else "")):
            fields.append(ListField("eprint", role, _plain(eprint)))
    return [field for field in fields if not is_missing(field.text)]


def _plain(value: str) -> str:
    """Return a value without the markup of LaTeX that identifiers and addresses get."""
    for pattern, replacement in _LATEX:
        value = pattern.sub(replacement, value)
    return value.strip()
