"""Write records of invented pages as JSON lines, for exports, warehouses and benchmarks.

    python samples/records.py 100000 > records.jsonl

The same number always gives the same record. The records come from the facts; no page is rendered.
"""

from __future__ import annotations

import hashlib
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

sys.path.insert(0, str(Path(__file__).parent))

from generator import facts, record

if TYPE_CHECKING:
    from collections.abc import Iterator

FIRST_FETCH = datetime(2026, 1, 1, tzinfo=UTC)
BETWEEN_FETCHES = timedelta(seconds=4)


def lines(count: int) -> Iterator[bytes]:
    """Yield the lines of `count` records, like those of a scrape in 2026."""
    encoder = msgspec.json.Encoder()
    for number in range(count):
        said = record(facts(number))
        content = encoder.encode(said)
        yield encoder.encode(said | {"provenance": _provenance(number, content, said)}) + b"\n"


def _provenance(number: int, content: bytes, said: dict[str, Any]) -> dict[str, Any]:
    at = (FIRST_FETCH + number * BETWEEN_FETCHES).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "input": UUID(int=number, version=4).urn,
        "requested": said["doi"],
        "final_url": said["url"],
        "http_status": 200,
        "captured_at": at,
        "fetched_at": at,
        "format": "html",
        "sha256": hashlib.sha256(content).hexdigest(),
        "bytes": len(content),
        "altdetails": "0.1.0",
        "lxml": "6.1.3",
        "libxml2": "2.14.6",
        "attribution": "Data: Altmetric.com",
    }


if __name__ == "__main__":
    sys.stdout.buffer.writelines(lines(int(sys.argv[1])))
