"""Add single mentions to the figures of a report: the newest of them, and the outlets with the most."""

from __future__ import annotations

from collections import Counter
from heapq import heappush, heappushpop
from itertools import count
from operator import itemgetter
from typing import TYPE_CHECKING

from altdetails.exporting.mention_export import stored_mentions
from altdetails.exporting.mention_rows import decoded, mention_table
from altdetails.reporting.figures import Stories, Story, cut, most_frequent
from altdetails.schemas.tables import MENTION_ITEMS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from altdetails.mention import Mention
    from altdetails.records.files import DamagedLine
    from altdetails.records.mention_files import MentionSource
    from altdetails.reporting.figures import Output

__all__ = ["stories_of"]

_NEWEST, _OUTLETS = 12, 12


def stories_of(
    source: MentionSource, outputs: Iterable[Output], *, damaged: Callable[[DamagedLine], object]
) -> tuple[Stories | None, int]:
    """Return the figures of single mentions, each counted once (None if no mentions are given), and damaged lines.

    Only organisations are named: mentions of people, such as posts, are counted, but not listed.

    Args:
        source: the mentions.
        outputs: outputs with their titles.
        damaged: called for every line that is not a valid mention.

    Raises:
        AltdetailsError: if the mentions cannot be read, or the temporary folder is full.
    """
    if not source.is_given:
        return None, 0
    skipped: list[DamagedLine] = []

    def skip(line: DamagedLine) -> None:
        skipped.append(line)
        damaged(line)

    outlets: Counter[str] = Counter()
    newest: list[tuple[str, int, Mention]] = []
    numbers = count()
    table = mention_table(MENTION_ITEMS)
    with stored_mentions(source, damaged=skip, notice=lambda _: None) as store:
        for line in store.items():
            mention: Mention = decoded(table, line)
            if mention.outlet is None:
                continue
            outlets[cut(mention.outlet)] += 1
            item = mention.published_at or "", -next(numbers), mention
            if len(newest) < _NEWEST:
                heappush(newest, item)
            else:
                heappushpop(newest, item)
        total, lists = store.count(), store.lists()
    titles = {key: output.title for output in outputs for key in (output.doi, output.altmetric_id) if key}
    stories = Stories(
        mentions=total,
        of_outlets=outlets.total(),
        lists=lists,
        outlets=len(outlets),
        largest=most_frequent(outlets, _OUTLETS),
        newest=[_story(mention, titles) for _, _, mention in sorted(newest, key=itemgetter(0, 1), reverse=True)],
    )
    return stories, len(skipped)


def _story(mention: Mention, titles: dict[str | int, str | None]) -> Story:
    return Story(
        day=mention.published_at and mention.published_at[:10],
        outlet=cut(mention.outlet or ""),
        source=mention.source or "",
        headline=mention.title and cut(mention.title),
        url=mention.url,
        title=titles.get(mention.doi or "") or titles.get(mention.altmetric_id or ""),
        doi=mention.doi,
        altmetric_id=mention.altmetric_id,
    )
