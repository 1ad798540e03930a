"""Find the mentions that are new, and those that a complete list no longer has: `mention_changes()`."""

from __future__ import annotations

from collections import Counter
from heapq import heappush, heappushpop
from operator import itemgetter
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
from msgspec import Meta

from altdetails._arguments import check_functions
from altdetails.diffing.mention_store import ListState, MentionStore
from altdetails.mention import Mention
from altdetails.records.files import refuse_damaged
from altdetails.records.mention_files import MentionSource

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from altdetails.records.files import DamagedLine
    from altdetails.records.mention_files import MentionsOrPaths

__all__ = ["MentionChange", "MentionSummary", "mention_changes"]

OLD, NEW = 1, 2
"""The two sides of a comparison."""


class MentionChange(msgspec.Struct, frozen=True):
    """A mention that only one of two scrapes has."""

    change: Annotated[
        Literal["new", "gone", "not_seen"],
        Meta(
            description="`new`: OLD does not have it. `gone`: NEW does not have it, and its list is complete. "
            "`not_seen`: NEW does not have it, but its list is limited, incomplete or missing."
        ),
    ]
    old_list: Annotated[
        ListState | None,
        Meta(description="The list in OLD: `complete`, `limited` or `incomplete`; null if OLD has none."),
    ]
    new_list: Annotated[ListState | None, Meta(description="The list in NEW.")]
    mention: Mention

    def to_json(self) -> bytes:
        """Return the change as one line of JSON in UTF-8, without a newline."""
        return _ENCODER.encode(self)


_ENCODER = msgspec.json.Encoder()
_DECODE = msgspec.json.Decoder(Mention).decode


def mention_changes(
    old: MentionsOrPaths,
    new: MentionsOrPaths,
    *,
    damaged: Callable[[DamagedLine], object] = refuse_damaged,
    progress: Callable[[int], object] = lambda _: None,
) -> Iterator[MentionChange]:
    """Yield the mentions that only one of two scrapes has: first the new ones, then those that NEW does not have.

    Examples:
        >>> for change in mention_changes("run-january", "run-july"):
        ...     print(change.change, change.mention.doi, change.mention.outlet)
        new 10.5555/lhs.2023.0417 Coastal Office

    Mentions are matched by `mention_key`, so their place in the list does not matter. A mention is only `gone` if all
    pages of its list were read again, and the site did not limit the list. Otherwise it is `not_seen`.
    A `new` mention can be older than OLD if the list in OLD is not complete.

    Args:
        old: the mentions of the earlier scrape: a path, several paths (run folders, files of mentions), or Mentions
            with their MentionPages.
        new: the mentions of the later scrape.
        damaged: called for every line that is not valid. Without it, such a line raises an error.
        progress: called every thousand lines with the number of lines read so far.

    Raises:
        TypeError: if an argument has the wrong type.
        InputError: if a path has no mentions, or a line is not valid.
        SettingsError: if the temporary folder is full.
    """
    sides = {OLD: MentionSource(old), NEW: MentionSource(new)}
    check_functions(damaged=damaged, progress=progress)
    return _changes(sides, damaged, progress)


def _changes(
    sides: dict[int, MentionSource], damaged: Callable[[DamagedLine], object], progress: Callable[[int], object]
) -> Iterator[MentionChange]:
    with MentionStore() as store:
        for side, source in sides.items():
            store.add_all(source.lines(damaged=damaged), side=side, progress=progress)
        for line, new_list, old_list in store.only_on(NEW, OLD):
            yield MentionChange("new", old_list, new_list, _DECODE(line))
        for line, list_before, list_after in store.only_on(OLD, NEW):
            kind: Literal["gone", "not_seen"] = "gone" if list_after == "complete" else "not_seen"
            yield MentionChange(kind, list_before, list_after, _DECODE(line))


class MentionSummary:
    """The counts of mentions that are new or not seen again, and the newest of the new ones."""

    def __init__(self, *, most: int) -> None:
        """Create an empty summary.

        Args:
            most: how many of the new mentions to keep.
        """
        self.kinds: Counter[str] = Counter()
        self.sources: Counter[str] = Counter()
        """New mentions by source."""
        self.uncertain = 0
        """New mentions whose list in OLD is not complete: they may be older."""
        self._outputs: set[int] = set()
        self._most = most
        self._newest: list[tuple[str, int, Mention]] = []

    def collect(self, changes: Iterable[MentionChange]) -> Iterator[MentionChange]:
        """Yield the changes unchanged, and add them to the summary."""
        for number, change in enumerate(changes):
            self.kinds[change.change] += 1
            if change.change == "new":
                self._add(change, number)
            yield change

    @property
    def newest(self) -> list[Mention]:
        """The new mentions that were published last, the last first. Those without a date come last."""
        return [mention for _, _, mention in sorted(self._newest, key=itemgetter(0, 1), reverse=True)]

    def sentence(self) -> str:
        """Return the summary as text: `12 new mentions of 5 outputs, 2 gone, 31 not seen in incomplete lists`."""
        new, gone, not_seen = (self.kinds[kind] for kind in ("new", "gone", "not_seen"))
        of_outputs = f" of {len(self._outputs):,} output{'' if len(self._outputs) == 1 else 's'}" if new else ""
        words = [f"{new:,} new mention{'' if new == 1 else 's'}{of_outputs}", f"{gone:,} gone"]
        if not_seen:
            words.append(f"{not_seen:,} not seen again in limited or incomplete lists, so perhaps not gone")
        if self.uncertain:
            words.append(f"{self.uncertain:,} of the new ones perhaps older: their lists in OLD are not complete")
        return ", ".join(words[:2]) + "".join(f"; {more}" for more in words[2:])

    def _add(self, change: MentionChange, number: int) -> None:
        mention = change.mention
        self.sources[mention.source or "unknown"] += 1
        self.uncertain += change.old_list != "complete"
        self._outputs.add(hash(mention.altmetric_id or mention.doi))
        item = mention.published_at or "", -number, mention
        if len(self._newest) < self._most:
            heappush(self._newest, item)
        else:
            heappushpop(self._newest, item)
