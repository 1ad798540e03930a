"""Documents, and what they come from, by the batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias, TypeVar

from altdetails.documents import Document, Unreadable
from altdetails.sources.paths import Source
from altdetails.warc.spans import Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Item", "batches"]

_BYTES = 4 * 2**20

Item: TypeAlias = Source | Span | Document | Unreadable
_Some = TypeVar("_Some", bound=Item)


def batches(items: Iterable[_Some], *, size: int) -> Iterator[list[_Some]]:
    """Items by the `size`, or fewer where they hold more than 4 MiB of content; a stretch of an archive holds as much.

    Each batch is given as soon as it is full.
    """
    batch: list[_Some] = []
    held = 0
    for item in items:
        batch.append(item)
        held += _content(item)
        if len(batch) == size or held >= _BYTES:
            yield batch
            batch, held = [], 0
    if batch:
        yield batch


def _content(item: Item) -> int:
    if isinstance(item, Span):
        return _BYTES
    return len(item.content) if isinstance(item, Document) else 0
