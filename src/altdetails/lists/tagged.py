"""Lines with tags (RIS, PubMed, Web of Science, EndNote) → the fields of each record.

A dialect is data: how a line begins, which tags begin and end a record, and what its tags say. Any other line continues
the field above it, or is a remark of a vendor. So a damaged file still gives the records around the damage.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from altdetails.lists.roles import ListField, ListItem, Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

__all__ = ["DIALECTS", "TagDialect", "dialect_of", "read_tagged"]

_MAX_FIELDS = 200
_MAX_TEXT = 2**16
_QUALIFIED = re.compile(r"(.*?)\s*\[([a-z]{2,8})\]\s*", re.DOTALL)
_PERHAPS_DOI = re.compile(r"(?i)10\.|10/|doi")


class TagDialect(NamedTuple):
    """How a tool writes tagged lines."""

    form: str
    opening: re.Pattern[str]
    """A line by which a file is known."""
    line: re.Pattern[str]
    """A line with a tag: its groups are the tag and the text."""
    first: str
    """The tag that begins a record."""
    last: frozenset[str]
    """The tags that end a record, or the file."""
    roles: Mapping[str, Role]
    """What tags say. PubMed writes the kind after the text: `LID [doi]`."""


_RIS_LINE = re.compile(r"\ufeff?\s{0,3}([A-Z][A-Z0-9]{1,3}) {0,3}-(?: +(.*)|\s*)\Z", re.DOTALL)
DIALECTS = (
    TagDialect(
        "PubMed (.nbib)",
        re.compile(r"\s{0,3}PMID ?- "),
        _RIS_LINE,
        "PMID",
        frozenset(),
        {"PMID": "pmid", "LID [doi]": "doi", "AID [doi]": "doi", "ISBN": "isbn"},
    ),
    TagDialect(
        "RIS",
        re.compile(r"\s{0,3}TY {0,3}- "),
        _RIS_LINE,
        "TY",
        frozenset({"ER"}),
        {
            **dict.fromkeys(("DO", "DI", "DOI", "DO [doi]"), "doi"),
            **dict.fromkeys(("M3", "L1", "L2", "L3", "UR", "LK", "ID"), "address"),
            **dict.fromkeys(("N1", "AN"), "text"),
            "SN": "isbn",
        },
    ),
    TagDialect(
        "Web of Science (plain text)",
        re.compile(r"FN \S|PT [A-Z]\s*\Z"),
        re.compile(r"\ufeff?([A-Z][A-Z0-9])(?: (.*)|\s*)\Z", re.DOTALL),
        "PT",
        frozenset({"ER", "EF"}),
        {"DI": "doi", "PM": "pmid", "BN": "isbn"},
    ),
    TagDialect(
        "EndNote (.enw)",
        re.compile(r"%[0A-Z] \S"),
        re.compile(r"\ufeff?%(\S)(?: (.*)|\s*)\Z", re.DOTALL),
        "0",
        frozenset(),
        {"R": "doi", "U": "address", ">": "address", "M": "text", "Z": "text", "@": "isbn"},
    ),
    TagDialect(
        "EndNote (text)",
        re.compile(r"Reference Type: "),
        re.compile(r"\ufeff?([A-Z][A-Za-z0-9/ -]{1,40}):(?: (.*)|\s*)\Z", re.DOTALL),
        "Reference Type",
        frozenset(),
        {
            **dict.fromkeys(("DOI", "Electronic Resource Number", "Electronic Resource Num"), "doi"),
            **dict.fromkeys(("URL", "Link to PDF"), "address"),
            **dict.fromkeys(("Accession Number", "Notes"), "text"),
            **dict.fromkeys(("ISBN", "ISBN/ISSN"), "isbn"),
            "PMID": "pmid",
        },
    ),
)
"""The dialects, in the order in which they are tried."""


def dialect_of(head: Sequence[str]) -> TagDialect | None:
    """Return the dialect of a file by its first lines, or None. Vendors write lines of their own above the records."""
    for dialect in DIALECTS:
        if any(dialect.opening.match(line.lstrip("\ufeff")) for line in head):
            return dialect
    return None


def read_tagged(dialect: TagDialect, lines: Iterable[str]) -> Iterator[ListItem]:
    """Yield the records of a file.

    A record ends at its last tag, or before the first tag of the next one. If the tag of the type is not the first one
    (some tools write it last), and nothing ends a record, an empty line does.
    """
    builder = _Builder(dialect)
    tags_seen = 0
    after_blank = ends_at_blank = False
    for number, line in enumerate(lines, 1):
        match = dialect.line.match(line)
        if match is None:
            after_blank = after_blank or not line.strip()
            builder.go_on(line)
            continue
        tag, text = match[1], (match[2] or "").strip()
        tags_seen += 1
        if tags_seen == 1:
            ends_at_blank = tag != dialect.first and not dialect.last
        if (tag == dialect.first and builder.has_first and not ends_at_blank) or (ends_at_blank and after_blank):
            yield from builder.finish()
        after_blank = False
        if tag in dialect.last:
            yield from builder.finish()
        else:
            builder.add(tag, text, number)
    yield from builder.finish()


class _Builder:
    """The record that is read."""

    def __init__(self, dialect: TagDialect) -> None:
        self._dialect = dialect
        self._kept = {name.partition(" [")[0] for name in dialect.roles}
        self._start()

    def _start(self) -> None:
        self._number = 0
        self._texts: list[tuple[str, str]] = []
        self._is_open = False
        self.has_first = False

    def add(self, tag: str, text: str, number: int) -> None:
        """Add a line with a tag."""
        self._number = self._number or number
        self.has_first = self.has_first or tag == self._dialect.first
        self._is_open = tag in self._kept and len(self._texts) < _MAX_FIELDS
        if self._is_open:
            self._texts.append((tag, text[:_MAX_TEXT]))

    def go_on(self, line: str) -> None:
        """Add a line without a tag to the field above it."""
        if self._is_open and (text := line.strip()):
            tag, above = self._texts[-1]
            self._is_open = len(above) < _MAX_TEXT
            self._texts[-1] = (tag, f"{above}\n{text[:_MAX_TEXT]}")

    def finish(self) -> Iterator[ListItem]:
        """Yield the record, if it is one: it has the tag of the type, or an identifier."""
        fields = [field for tag, text in self._texts if (field := self._field(tag, text)) is not None]
        number, is_record = self._number, self.has_first or any(field.role == "doi" for field in fields)
        self._start()
        if is_record:
            yield ListItem(number, fields)

    def _field(self, tag: str, text: str) -> ListField | None:
        name = tag
        if (qualified := _QUALIFIED.fullmatch(text)) and f"{tag} [{qualified[2]}]" in self._dialect.roles:
            name, text = f"{tag} [{qualified[2]}]", qualified[1]
        role = self._dialect.roles.get(name)
        if role is None or (role == "doi" and not _PERHAPS_DOI.search(text)):
            return None
        return ListField(f"%{tag}" if len(tag) == 1 else tag, role, text)
