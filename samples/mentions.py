"""Write single mentions of invented outputs as JSON lines, for exports, warehouses and benchmarks.

    python samples/mentions.py 100000 > mentions.jsonl

The outputs are those of `records.py`, with tabs of 0 to 220 mentions, 100 a page. The same number always gives the same
mention. People are left out, as without `--people`.
"""

from __future__ import annotations

import hashlib
import sys
from datetime import UTC, datetime, timedelta
from itertools import count, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

sys.path.insert(0, str(Path(__file__).parent))

from generator import facts, record

if TYPE_CHECKING:
    from collections.abc import Iterator

PER_PAGE = 100
FIRST_FETCH = datetime(2026, 1, 1, tzinfo=UTC)
LATEST = datetime(2025, 12, 30, 18, 0, tzinfo=UTC)
OUTLETS = {
    "news": ("The Harbour Gazette", "Slate, Thatch & Sons", "Inland Morning Post", "Küstenblatt", "Radio Lighthouse"),
    "blogs": ("Notes from the Jetty", "Tide, Table & Lamp", "A Slow Reader"),
    "policy": ("Coastal Office", "Ministry of Harbours, Lights and Signals"),
    "twitter": (None,),
}
TABS = {"news": "news", "blogs": "blogs", "policy": "policy-documents", "twitter": "twitter"}
SIZES = {"news": (3, 0, 220, 12, 40), "blogs": (1, 4, 0), "policy": (0, 2), "twitter": (30, 7, 130)}


def lines(total: int) -> Iterator[bytes]:
    """Yield the lines of `total` mentions, and of the pages of tabs that list them."""
    encode = msgspec.json.Encoder().encode
    mentions = 0
    for output in count():
        said = record(facts(output))
        for source, sizes in SIZES.items():
            size = sizes[output % len(sizes)]
            for page in range(1, max(1, -(-size // PER_PAGE)) + 1):
                places = range((page - 1) * PER_PAGE, min(page * PER_PAGE, size))
                common = _common(said, source, page)
                for place in islice(places, total - mentions):
                    yield encode(_mention(common, output, place)) + b"\n"
                mentions += len(places)
                if mentions >= total:
                    return
                yield encode(_page(common, size, len(places))) + b"\n"


def _common(said: dict[str, Any], source: str, page: int) -> dict[str, Any]:
    """Return what the lines of one page have in common."""
    url = f"https://www.altmetric.com/details/{said['altmetric_id']}/{TABS[source]}/page:{page}"
    at = (FIRST_FETCH + timedelta(seconds=said["altmetric_id"] % 1_000_000)).strftime("%Y-%m-%dT%H:%M:%SZ")
    provenance = {
        "input": None,
        "requested": said["doi"],
        "final_url": url,
        "http_status": 200,
        "captured_at": at,
        "fetched_at": at,
        "format": "html",
        "sha256": hashlib.sha256(url.encode()).hexdigest(),
        "bytes": 40_000,
        "altdetails": "0.1.0",
        "lxml": "6.1.3",
        "libxml2": "2.14.6",
        "attribution": "Data: Altmetric.com",
    }
    return {
        "schema_version": 1,
        "altmetric_id": said["altmetric_id"],
        "doi": said["doi"],
        "tab": TABS[source],
        "page": page,
        "source": source,
        "limited_access": False,
        "unread": [],
        "provenance": provenance,
    }


def _mention(common: dict[str, Any], output: int, place: int) -> dict[str, Any]:
    source, number = common["source"], output * 1_000 + place
    outlet = OUTLETS[source][number % len(OUTLETS[source])]
    is_licensed = source == "news" and number % 13 == 0  # no headline and no link, by a contract
    at = LATEST - timedelta(hours=place, seconds=output % 3600)
    is_day = source == "policy"
    return common | {
        "kind": "mention",
        "position": place % PER_PAGE + 1,
        "title": None if is_licensed or outlet is None else f"What the lamps of harbour {number} tell us",
        "url": None if is_licensed else f"https://{source}.example/{common['altmetric_id']}/{place}",
        "outlet": outlet,
        "author": None,
        "author_url": None,
        "handle": None,
        "followers": None,
        "published_at": at.strftime("%Y-%m-%d" if is_day else "%Y-%m-%dT%H:%M:%SZ"),
        "published_text": at.strftime("%d %b %Y"),
        "text": None if outlet is None else f"Harbour {number} has had lamps since the year that its keeper moved in.",
    }


def _page(common: dict[str, Any], size: int, rows: int) -> dict[str, Any]:
    ended = common["page"] * PER_PAGE >= size
    return common | {
        "kind": "page",
        "sentence": f"So far, Altmetric has seen {size:,} mentions.",
        "tab_total": size,
        "tab_users": None,
        "tab_followers": None,
        "next_page": None if ended else common["page"] + 1,
        "rows": rows,
        "ended": ended,
        "inconsistencies": [],
    }


if __name__ == "__main__":
    sys.stdout.buffer.writelines(lines(int(sys.argv[1])))
