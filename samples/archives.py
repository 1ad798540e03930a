"""Write archives of synthetic details pages, like those of crawlers.

    python samples/archives.py 10000 pages.warc.gz          10,000 pages of about 60 KB
    python samples/archives.py 10000 pages.warc.gz 150000   pages of about 150 KB

The pages come from `generator`. Navigation, scripts and styles around the record pad them to the size.
"""

from __future__ import annotations

import sys
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

sys.path.insert(0, str(Path(__file__).parent))

from generator import facts, page, record

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE_BYTES = 60_000


def pages(count: int, *, start: int = 0, size: int = PAGE_BYTES) -> Iterator[tuple[str, bytes]]:
    """Yield the addresses and contents of `count` pages of about `size` bytes, starting with number `start`."""
    for said in map(facts, range(start, start + count)):
        yield record(said)["url"], page(said, max(0, size - len(page(said).encode()))).encode()


def write(path: str | Path, count: int, *, start: int = 0, size: int = PAGE_BYTES) -> None:
    """Write `count` pages to a `.warc.gz` file."""
    with Path(path).open("wb") as file:
        writer = WARCWriter(file, gzip=True)
        writer.write_record(writer.create_warcinfo_record(Path(path).name, {"software": "altdetails' samples"}))
        for url, content in pages(count, start=start, size=size):
            headers = [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(content)))]
            writer.write_record(
                writer.create_warc_record(
                    url,
                    "response",
                    payload=BytesIO(content),
                    http_headers=StatusAndHeaders("200 OK", headers, protocol="HTTP/1.1"),
                    warc_headers_dict={"WARC-Date": "2026-01-01T00:00:00Z"},
                )
            )


if __name__ == "__main__":
    write(sys.argv[2], int(sys.argv[1]), size=int(sys.argv[3]) if len(sys.argv) > 3 else PAGE_BYTES)  # noqa: PLR2004
