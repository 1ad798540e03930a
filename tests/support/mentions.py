"""Invented mentions for tests, and the pages of tabs that list them."""

import sys
from pathlib import Path

from altdetails.mention import Mention, MentionPage
from altdetails.record import Provenance

ROOT = Path(__file__).parents[2]
WINTER, SUMMER = "2026-01-15T12:00:00Z", "2026-07-15T12:00:00Z"
IDS = {"10.5555/lhs.2023.0417": 990000001, "10.5555/jhe.2012.118": 990000002}
LAMPS = "10.5555/lhs.2023.0417"


def _common(kind, doi, source, page, at, limited):  # noqa: PLR0913, PLR0917
    tab = {"policy": "policy-documents"}.get(source, source)
    url = f"https://www.altmetric.com/details/{IDS[doi]}/{tab}/page:{page}"
    provenance = Provenance(
        input=None,
        requested=doi,
        final_url=url,
        http_status=200,
        captured_at=at,
        fetched_at=at,
        format="html",
        sha256=f"{IDS[doi]}{source}{page}",
        bytes=4000,
        altdetails="0.1.0",
        lxml=None,
        libxml2=None,
        attribution="Data: Altmetric.com",
    )
    return {
        "schema_version": 1,
        "kind": kind,
        "altmetric_id": IDS[doi],
        "doi": doi,
        "tab": tab,
        "page": page,
        "source": source,
        "limited_access": limited,
        "unread": [],
        "provenance": provenance,
    }


def mention(  # noqa: PLR0913 -- of a test's material
    url="https://gazette.example/lamps", *, doi=LAMPS, source="news", page=1, at=WINTER, limited=False, **fields
):
    """Return a mention with an outlet, and without people."""
    values = {
        "position": 1,
        "title": "Lamps and sleep",
        "url": url,
        "outlet": "The Harbour Gazette",
        "author": None,
        "author_url": None,
        "handle": None,
        "followers": None,
        "published_at": "2023-11-19T06:30:00Z",
        "published_text": "19 Nov 2023",
        "text": "Towns that dim their lamps sleep better.",
    }
    return Mention(**_common("mention", doi, source, page, at, limited) | values | fields)


def page(rows=1, *, doi=LAMPS, source="news", page=1, at=WINTER, limited=False, ended=True, **fields):  # noqa: PLR0913
    """Return the line about a page of a tab."""
    values = {
        "sentence": f"So far, Altmetric has seen {rows} mentions.",
        "tab_total": rows,
        "tab_users": None,
        "tab_followers": None,
        "next_page": None if ended else page + 1,
        "rows": rows,
        "ended": ended,
        "inconsistencies": [],
    }
    return MentionPage(**_common("page", doi, source, page, at, limited) | values | fields)


POLICY = mention(
    "https://coast.example/plan",
    source="policy",
    title="A plan for lamps",
    outlet="Coastal Office",
    published_at="2023-11-02",
    published_text="02 Nov 2023",
)
"""A mention of which only the day is known."""
LICENSED = mention(None, title=None, outlet="Slate, Thatch & Sons", position=2, text="A snippet of a licensed story.")
"""A mention without a headline and a link."""


def lines_of(*items):
    """Return mentions and pages as the bytes of a file."""
    return b"".join(item.to_json() + b"\n" for item in items)


def mentions_file(path, *items):
    """Write a file of mentions, and return its path."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_bytes(lines_of(*items))
    return str(path)


def many_mentions(total):
    """Return the lines of `total` mentions of `samples/mentions.py`, as bytes."""
    sys.path.insert(0, str(ROOT / "samples"))
    try:
        import mentions as generator  # noqa: PLC0415 -- a script
    finally:
        sys.path.pop(0)
    return b"".join(generator.lines(total))
