"""What was understood of a list: its form, the columns taken, its rows, and what is odd in them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from altdetails.lists.entry import read_entry

if TYPE_CHECKING:
    from altdetails.lists.entry import Entry

__all__ = ["EXAMPLES", "ListReading", "Noted"]

EXAMPLES = 5
"""How many rows of a kind are named."""


class Noted(NamedTuple):
    """A row to name."""

    row: int | None
    text: str
    """The text that was corrected; empty if nothing was."""
    reason: str
    """In words."""


@dataclass(slots=True)
class ListReading:
    """What was understood of a list. It grows while the list is read."""

    name: str
    """The name of the file, or of the arguments."""
    form: str
    """`CSV`, `RIS`, `text`, …"""
    rows: int = 0
    """Rows, records or lines with an entry."""
    identifiers: int = 0
    """Rows with an identifier, valid or not, repeated or not."""
    fields: Counter[str] = field(default_factory=Counter)
    """How many identifiers are from each column, key or field."""
    compared: tuple[str, ...] = ()
    """Further columns that hold the same DOIs."""
    counts: Counter[str] = field(default_factory=Counter)
    """Rows of each kind: `missing`, `several`, `corrected`, `invalid`, `no_address`, `damaged`."""
    examples: dict[str, list[Noted]] = field(default_factory=dict)
    """The first rows of each kind."""

    def add(self, row: int | None, entry: Entry | None) -> None:
        """Count a row."""
        self.rows += 1
        if entry is None:
            self.note("missing", row, "", "no identifier")
            return
        self.identifiers += 1
        if entry.field is not None:
            self.fields[entry.field] += 1
        identified = read_entry(entry)
        if identified.outcome is not None:
            self.note(identified.outcome, row, "", identified.reason or "")
        elif identified.correction is not None:
            self.note("corrected", row, entry.text, f"{identified.identifier} ({identified.correction})")

    def note(self, kind: str, row: int | None, text: str, reason: str) -> None:
        """Count a row of a kind, and keep it if it is one of the first."""
        self.counts[kind] += 1
        examples = self.examples.setdefault(kind, [])
        if len(examples) < EXAMPLES:
            examples.append(Noted(row, text, reason))
