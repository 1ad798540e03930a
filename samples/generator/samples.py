"""The samples: their names, their facts, and the form of the stored page."""

from __future__ import annotations

import codecs
from dataclasses import dataclass, replace
from typing import Any

from . import edges, forms, years
from .article import ARTICLE_2023
from .expect import record
from .markup import page

FURNITURE = 24_000
SOME_FURNITURE = 6_000


@dataclass(frozen=True)
class Sample:
    """The content of a file and its expected record."""

    name: str
    content: bytes
    record: dict[str, Any]


def samples() -> list[Sample]:
    """Return all samples except the texts."""
    rich = page(ARTICLE_2023, FURNITURE)
    plain = {
        "article-2017": years.ARTICLE_2017,
        "bluesky-2025": years.BLUESKY_2025,
        "branded": years.BRANDED,
        "chapter": years.CHAPTER,
        "dataset": years.DATASET,
        "no-abstract": edges.NO_ABSTRACT,
        "no-mentions": edges.NO_MENTIONS,
        "no-context": edges.NO_CONTEXT,
        "empty-blocks": edges.EMPTY_BLOCKS,
        "small-group": edges.SMALL_GROUP,
        "two-others": edges.TWO_OTHERS,
        "limited-access": edges.LIMITED_ACCESS,
        "notices": edges.NOTICES,
        "non-latin": edges.NON_LATIN,
        "markup-in-title": edges.MARKUP,
        "abstract-traps": edges.TRAPS,
        "source-rank": edges.SOURCE_RANK,
        "verdicts-low": edges.VERDICTS_LOW,
        "verdicts-middle": edges.VERDICTS_MIDDLE,
        "prose-only": edges.PROSE_ONLY,
        "many-authors": edges.MANY_AUTHORS,
    }
    short = page(edges.SHORT, SOME_FURNITURE)
    return [
        Sample("short.html", short.encode(), record(edges.SHORT)),
        Sample("article-2023.html", rich.encode(), record(ARTICLE_2023)),
        *(Sample(f"{name}.html", page(facts).encode(), record(facts)) for name, facts in plain.items()),
        _windows_1252(),
        _utf_16(),
        _truncated(),
        _leaks(),
        *_saved(),
        Sample(
            "saved.mhtml",
            forms.mhtml(rich, ARTICLE_2023.url, ARTICLE_2023.title),
            record(ARTICLE_2023),
        ),
    ]


def _windows_1252() -> Sample:
    facts = edges.WINDOWS_1252
    return Sample("windows-1252.html", page(facts).encode("cp1252", "xmlcharrefreplace"), record(facts))


def _utf_16() -> Sample:
    facts = edges.UTF_16
    return Sample("utf-16.html", codecs.BOM_UTF16_LE + page(facts).encode("utf-16-le"), record(facts))


def _truncated() -> Sample:
    whole = replace(ARTICLE_2023, id=990000017)
    cut_row = '<td>Nursing and Health Professions</td>\n<td class="num">1'
    html, cut, _ = page(whole).partition(cut_row)
    mendeley = whole.mendeley
    if mendeley is None or mendeley.disciplines is None or not cut:
        raise LookupError("the row to cut is missing")
    left = replace(mendeley, disciplines=mendeley.disciplines[:2])
    shown = replace(whole, mendeley=left, ranks=None, last_mentioned=None)
    signs = {
        "inconsistencies": [{"code": "cut_short", "where": None, "values": []}],
        "unread": [{"part": "demographics", "text": "Nursing and Health Professions"}],
    }
    return Sample("truncated.html", (html + cut).encode(), record(shown) | signs)


def _leaks() -> Sample:
    facts = edges.everyday(990000026, "Postcards without a stamp")
    style = replace(
        facts.style, head=forms.SCRIPT, before=forms.OTHERS, in_panel=forms.RELATED, after=forms.RELATED + forms.FOOTER
    )
    return Sample("leaks.html", page(replace(facts, style=style)).encode(), record(facts))


def _saved() -> list[Sample]:
    small = edges.everyday(990000027, "Whistling in stairwells")
    wide = edges.everyday(990000028, "Benches facing away from the view")
    kept = edges.everyday(990000029, "Ferry timetables as literature")
    return [
        Sample("minified.html", forms.minified(page(small, SOME_FURNITURE)).encode(), record(small)),
        Sample("pretty-printed.html", forms.indented(page(wide)).encode(), record(wide)),
        Sample("saved-page.html", forms.saved(page(kept, SOME_FURNITURE), kept.url, kept.host).encode(), record(kept)),
    ]
