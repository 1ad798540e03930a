"""JSON and JSON lines → the fields of each object.

An array, or an object around one (Crossref, OpenAlex, CSL-JSON), is read as one piece; its items are decoded one at a
time.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from altdetails.lists.opening import read_whole
from altdetails.lists.roles import NAMES, VAGUE_NAMES, ListField, Role, normalise_name, role_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = [
    "NOT_TEXT",
    "OPENING",
    "JsonItem",
    "fields_of",
    "is_json_lines",
    "product_of",
    "read_json",
    "read_json_lines",
]

OPENING = re.compile(r"\{|\[\s*(?:[\[{\"]|[0-9]+\s*,|\Z)")
"""The first line of JSON."""

_WRAPPERS = (
    *("message", "items", "results", "data", "records", "works", "publications", "hits", "papers", "references"),
    *("resultList", "result", "search-results", "entry", "response", "docs"),
)
"""Keys whose value has the items in it, in the order of preference."""
NOT_TEXT = "\0 neither text nor a number"
"""The text of a value that is neither text nor a number."""
_LINES = 2
"""One line alone can also be an object around an array."""
_MAX_LEVELS = 4
_MAX_KEYS = 500
_MAX_SHOWN = 200
_TOKEN = re.compile(
    r'"[Dd][Oo][Ii]"\s{0,20}:\s{0,20}"(?P<doi>[^"\\]{1,2048})"|"(?:[^"\\]|\\.)*+"|(?P<mark>[{}\[\]])', re.DOTALL
)
_PRODUCTS = (
    ("Crossref JSON", {"DOI", "indexed"}),
    ("OpenAlex JSON", {"doi", "ids"}),
    ("Europe PMC JSON", {"id", "source", "pubYear"}),
    ("Zotero JSON", {"key", "data"}),
    ("CSL-JSON", {"id", "type", "title"}),
)
"""Products, by keys of their items."""


class JsonItem(NamedTuple):
    """An object or a value."""

    number: int
    """The number of its line; in an array, its place from 1."""
    values: list[tuple[str, Any]] | None
    """The values of an object with their keys; a key of an inner object is `outer inner`. None for other values."""
    text: str
    """The line or item, or its value if it is a text or a number."""
    fault: str | None = None
    """Why it cannot be read."""
    damage: str | None = None
    """What is damaged in the file, if the item was found by a plain scan."""


def is_json_lines(head: Sequence[str]) -> bool:
    """Whether the first lines of a file are JSON objects, each on its line."""
    lines = [line for line in map(str.strip, head) if line]
    if len(lines) < _LINES or lines[0][0] != "{":
        return False
    objects = sum(line[0] == "{" and len(line) > 1 for line in lines)
    return objects * 2 > len(lines) or _fault_of(lines[0]) is None


def read_json_lines(lines: Iterable[str]) -> Iterator[JsonItem]:
    """Yield the values of lines. A line that is not JSON has a fault."""
    for number, line in enumerate(map(str.strip, lines), 1):
        if line:
            yield _item(number, line.encode(errors="surrogatepass"), line, "not a line of JSON")


def read_json(name: str, lines: Iterable[str]) -> Iterator[JsonItem]:
    """Yield the items of a file that is one array or object.

    If the file is damaged, a plain scan finds the DOIs at the level of the items.

    Raises:
        InputError: if the file is too large to be read as one.
    """
    content = read_whole(name, lines)
    try:
        items = _items(msgspec.Raw(content.encode()), _MAX_LEVELS)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError) as error:
        matches = _scan(content)
        if not matches:
            yield JsonItem(1, None, content.strip()[:_MAX_SHOWN], f"not JSON: {error}")
        damage = f"damaged JSON ({error}): only DOIs were found, by a plain scan"
        for number, text in enumerate(matches, 1):
            yield JsonItem(number, [("doi", text)], text, damage=damage)
        return
    for number, raw in enumerate(items, 1):
        yield _item(number, raw, "", "not JSON")


def fields_of(item: JsonItem, column: str | None) -> list[ListField]:
    """Return the fields of an object that can hold its identifier.

    Args:
        item: an object.
        column: the only key to use; None for the usual names.
    """
    values = item.values or []
    wanted = None if column is None else normalise_name(column)
    is_outcome = {"identifier", "outcome"} <= {key for key, _ in values}
    matches = []
    for key, value in values:
        name = normalise_name(key)
        role = NAMES.get(name) or ("vague" if wanted is not None or name in VAGUE_NAMES else None)
        if role is None or (wanted is not None and name != wanted):
            continue
        if is_outcome and name == "identifier":
            role = "altmetric_id"  # a failures file of a run
        matches.append(ListField(key, role, _text(value, role)))
    return matches


def _text(value: Any, role: Role) -> str:  # noqa: ANN401 -- any JSON
    """Return a value as text; `NOT_TEXT` if it is neither text nor a number."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, list):
        return "; ".join(member for member in value if isinstance(member, str)) if role == "isbn" else NOT_TEXT
    if isinstance(value, bool | dict):
        return NOT_TEXT
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def product_of(item: JsonItem) -> str | None:
    """Return the product that wrote an item, by its keys; None if it is unknown."""
    keys = {key.partition(" ")[0] for key, _ in item.values or ()}
    return next((product for product, signs in _PRODUCTS if signs <= keys), None)


def _fault_of(line: str) -> str | None:
    return _item(1, line.encode(errors="surrogatepass"), line, "not JSON").fault


def _item(number: int, content: bytes | msgspec.Raw, line: str, words: str) -> JsonItem:
    try:
        value = msgspec.json.decode(content)
    except (msgspec.DecodeError, RecursionError) as error:
        return JsonItem(number, None, line, f"{words}: {error}")
    if isinstance(value, dict):
        return JsonItem(
            number, _flattened(value), line or bytes(memoryview(content)[:_MAX_SHOWN]).decode(errors="replace")
        )
    if value is None or isinstance(value, str):
        return JsonItem(number, None, (value or "").strip())
    if isinstance(value, int) and not isinstance(value, bool):
        return JsonItem(number, None, str(value))
    return JsonItem(number, None, line or _shown(content), "the identifier is neither text nor a number")


def _shown(content: bytes | msgspec.Raw) -> str:
    return bytes(memoryview(content)[:_MAX_SHOWN]).decode(errors="replace")


def _flattened(values: dict[str, Any]) -> list[tuple[str, Any]]:
    matches: list[tuple[str, Any]] = []
    for key, value in list(values.items())[:_MAX_KEYS]:
        if isinstance(value, dict):
            matches += [(f"{key} {inner}", member) for inner, member in list(value.items())[:_MAX_KEYS]]
        else:
            matches.append((key, value))
    return matches


def _items(raw: msgspec.Raw, levels: int) -> list[msgspec.Raw]:
    """Return the items of an array, or of the array inside an object; or the object itself."""
    start = bytes(memoryview(raw)[:64]).lstrip()[:1]
    if start == b"[":
        return msgspec.json.decode(raw, type=list[msgspec.Raw])
    if start != b"{" or not levels:
        return [raw]
    values = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
    if not any(role_of(key) in {"doi", "altmetric_id", "pmid"} for key in values):
        for key in _WRAPPERS:
            if key in values and bytes(memoryview(values[key])[:64]).lstrip()[:1] in {b"[", b"{"}:
                return _items(values[key], levels - 1)
    return [raw]


def _scan(content: str) -> list[str]:
    """Return the DOIs at the least depth of objects at which a key is `doi`: those of the items, not of references."""
    depth = 0
    matches: dict[int, list[str]] = {}
    for token in _TOKEN.finditer(content):
        if token["mark"]:
            depth += 1 if token["mark"] in "{[" else -1
        elif token["doi"]:
            matches.setdefault(depth, []).append(token["doi"])
    return matches[min(matches)] if matches else []
