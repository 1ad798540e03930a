"""Figures → one HTML page without other files."""

from __future__ import annotations

import base64
import hashlib
import math
from collections import Counter
from datetime import UTC, date, datetime
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from altdetails import __version__
from altdetails._arguments import strip_controls
from altdetails._optional import require
from altdetails.exporting.outcome_rows import PENDING
from altdetails.palette import DARK, KINDS, LIGHT, kind_of, name_of
from altdetails.reporting.figures import MAX_ROWS, READER_TABLES, SCORE_COLUMNS, Item, most_frequent

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from altdetails.palette import Kind
    from altdetails.reporting.figures import Figures, Output, SourceChange

__all__ = ["CODES", "PER_PAGE", "UNREAD_PARTS", "environment", "group_of", "page_of", "source_hash", "theme"]

PER_PAGE = 25
"""Outputs on one page of the table, on paper and on the screen."""
_MAX_YEARS, _MAX_JOURNALS, _MAX_GROUPS, _MAX_FINDINGS, _MAX_LINES = 18, 12, 10, 8, 100
_MAX_TICKS = 8
"""Years with a label on the axis of scores over time."""
_LEAST_WIDTH = 0.4
"""The least width of a bar in percent, so that a small number can be seen."""
_EARLY_SCRIPT = 'document.documentElement.className = "js"'
"""Hides the rows after the first page of the table while a browser reads them: to lay out 10,000 rows takes seconds."""
_PALE = ("Other", "Unknown")
"""Rows of the pages' own that come last."""


def page_of(figures: Figures, *, title: str, made: date, inputs: Sequence[str]) -> Iterator[str]:
    """Yield the page in parts.

    Args:
        figures: the figures.
        title: the heading.
        made: the day that the page names as its own.
        inputs: the names of the input files.

    Raises:
        InputError: if jinja2 is not installed.
    """
    jinja = environment()
    markup = jinja.filters["own"]
    style = markup(theme() + _read("report.css"))
    early_script, script = markup(_EARLY_SCRIPT), markup(_read("report.js"))
    rows = figures.table
    yield from jinja.get_template("report.html").generate(
        figures=figures,
        title=title,
        made=made,
        inputs=inputs,
        style=style,
        early_script=early_script,
        script=script,
        policy=_policy(style, early_script, script),
        years=_years(figures.years),
        journals=_journals(figures.journals),
        readers={name: _groups(figures.reader_tables[name]) for name in READER_TABLES},
        coverage=_coverage(figures),
        row_years=sorted({row.year for row in rows if row.year is not None}, reverse=True),
        row_kinds=_present([sum(counts) for counts in zip(*(row.kinds for row in rows), strict=True)]),
        source_changes=_source_changes(figures),
        over_time=_over_time(rows),
        median_column=_column_of(figures.scores.quartile(2)),
        score_labels=_score_labels(),
        parts=_PART_NAMES,
        codes=CODES,
        unread_parts=UNREAD_PARTS,
        max_rows=MAX_ROWS,
        max_findings=_MAX_FINDINGS,
        per_page=PER_PAGE,
    )


def environment() -> Any:  # noqa: ANN401 -- of an optional library
    """Return the templates with their filters. What they print is escaped, and has no control characters.

    Raises:
        InputError: if jinja2 is not installed.
    """
    return _environment(*(require(name, "report", "A report or card") for name in ("jinja2", "markupsafe")))


@cache
def _environment(jinja: Any, markupsafe: Any) -> Any:  # noqa: ANN401 -- modules of optional libraries
    """Return the templates, which are compiled once in each process: that takes longer than a small report."""
    templates = jinja.Environment(
        loader=jinja.PackageLoader("altdetails.reporting"),
        autoescape=True,
        undefined=jinja.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: strip_controls(value) if type(value) is str else value,
    )
    templates.filters |= {
        "own": markupsafe.Markup,
        "day": _day,
        "short_day": _short_day,
        "number": _number,
        "signed": _signed,
        "percent": _percent,
        "width": _width,
        "doi_url": lambda doi: f"https://doi.org/{quote(doi, safe='/')}",
        "web_url": _web_url,
        "story_day": _story_day,
        "name_of": name_of,
        "kind_of": kind_of,
        "log_place": _log_place,
        "rounded": lambda value: f"{value:.1f}".removesuffix(".0"),
        "bit": lambda kind: 1 << KINDS.index(kind),
        "mask": lambda kinds: sum(1 << number for number, count in enumerate(kinds) if count),
        "present": _present,
        "in_words": _kinds_in_words,
        "ordinal": _ordinal,
        "last_part": lambda name: name.rpartition(" > ")[2],
        "ranked": lambda items: sorted(items.items(), key=lambda pair: (-pair[1].count, pair[0])),
        "top_quartile": _top_quartile,
        "zipped": lambda one, other: [*zip(one, other, strict=False)],
        "glyph_height": lambda count: round(min(20, 4 + 5.3 * math.log10(count))),
    }
    templates.globals |= {"KINDS": KINDS, "ticks": _ticks, "version": __version__}
    return templates


def _web_url(url: str | None) -> str | None:
    """Return an address that a browser opens as a page; None for any other, such as a script."""
    return url if url and url.lower().startswith(("https://", "http://")) else None


def _story_day(text: str | None) -> str:
    try:
        return _short_day(text) if text else "–"
    except ValueError:
        return text or "–"


def theme() -> str:
    """Return the colours of light and dark pages as CSS."""

    def variables(colours: dict[str, str]) -> str:
        return "".join(f"--{name}:{colour};" for name, colour in colours.items())

    fills = "".join(f".{name}{{fill:var(--{name})}}" for name in LIGHT)
    dark = f"@media screen and (prefers-color-scheme:dark){{:root{{color-scheme:dark;{variables(DARK)}}}}}"
    return f":root{{color-scheme:light;{variables(LIGHT)}}}{dark}{fills}\n"


def _read(name: str) -> str:
    return files("altdetails.reporting").joinpath("templates", name).read_text("utf-8")


def source_hash(text: str) -> str:
    """Return the name of a style or script in a content security policy."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _policy(style: str, *scripts: str) -> str:
    """Return the content security policy: only this style and these scripts, and nothing from elsewhere."""
    hashes = " ".join(f"'{source_hash(script)}'" for script in scripts)
    return (
        f"default-src 'none'; style-src '{source_hash(style)}'; script-src {hashes}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _years(items: dict[int, Item]) -> list[tuple[str, Item]]:
    """Return the years in order. If there are many, the oldest are one item."""
    years = sorted(items)
    old, new = years[: -_MAX_YEARS + 1], years[-_MAX_YEARS + 1 :]
    named = [(str(year), items[year]) for year in new]
    if len(old) <= 1:
        return [*((str(year), items[year]) for year in old), *named]
    lumped = Item()
    for year in old:
        lumped.outputs += items[year].outputs
        lumped.mentions.sum += items[year].mentions.sum
        lumped.mentions.pages += items[year].mentions.pages
        lumped.scores.values += items[year].scores.values
        lumped.kinds = [sum(pair) for pair in zip(lumped.kinds, items[year].kinds, strict=True)]
    return [(f"≤ {old[-1]}", lumped), *named]


def _over_time(rows: Sequence[Output]) -> dict[str, Any] | None:
    """Return the scores of outputs at their captures, as dots in percent of a box; None without several captures.

    All boxes have the same years. The height of a box is the highest score of its output.
    """
    several = [row for row in rows if row.points]
    if not several:
        return None
    times = [datetime.fromisoformat(at) for row in several for at, _ in row.points]
    first, last = min(times).year, max(times).year
    start = datetime(first, 1, 1, tzinfo=UTC)
    whole = (datetime(last + 1, 1, 1, tzinfo=UTC) - start).total_seconds()
    lines = []
    for row in several[:_MAX_LINES]:
        most = max(1, *(score for _, score in row.points))
        dots = [
            (100 * (datetime.fromisoformat(at) - start).total_seconds() / whole, 90 - 80 * score / most)
            for at, score in row.points
        ]
        lines.append((row, dots, "; ".join(f"{_short_day(at[:10])}: {_number(score)}" for at, score in row.points)))
    step = max(1, -(-(last - first + 1) // _MAX_TICKS))
    years = [(year, 100 * (year - first) / (last - first + 1)) for year in range(first, last + 1, step)]
    return {"lines": lines, "years": years, "outputs": len(several)}


def _journals(items: dict[str, Item]) -> list[tuple[str, Item]]:
    most = sorted(items.items(), key=lambda pair: (-pair[1].outputs, -pair[1].mentions.sum, pair[0]))
    return most[:_MAX_JOURNALS]


def _groups(counts: Counter[str]) -> dict[str, Any]:
    """Return the largest groups, the sum of the others, and the pages' own rows for the rest."""
    named = Counter({name: count for name, count in counts.items() if name not in _PALE})
    largest = most_frequent(named, _MAX_GROUPS)
    return {
        "largest": largest,
        "more": len(named) - len(largest),
        "more_sum": named.total() - sum(count for _, count in largest),
        "pale": [(name, counts[name]) for name in _PALE if name in counts],
        "most": max(counts.values(), default=0),
    }


def _coverage(figures: Figures) -> dict[str, Any] | None:
    """Return the identifiers by group, and what each outcome means; None without a run folder."""
    if figures.coverage is None:
        return None
    groups: Counter[str] = Counter()
    for outcome, count in figures.coverage.counts.items():
        groups[group_of(outcome)] += count
    with_page = next(iter(_COVERAGE))
    rows = [(css, groups[label], label) for label, css in _COVERAGE.items() if groups[label]]
    return {
        "asked": figures.coverage.asked,
        "groups": rows,
        "with_page": groups[with_page],
        "missing": [row for row in rows if row[-1] != with_page],
    }


def _source_changes(figures: Figures) -> list[tuple[str, SourceChange, float]]:
    """Return the sources with more, fewer or first listed mentions, each with its new mentions, most first."""
    rows = [(source, change, change.more + change.first) for source, change in figures.source_changes.items()]
    return sorted((row for row in rows if row[2] or row[1].fewer), key=lambda row: (-row[2], row[0]))


def _column_of(score: float | None) -> int | None:
    """Return the number of the column that holds a score."""
    return None if score is None else sum(score >= lowest for lowest in SCORE_COLUMNS) - 1


def _top_quartile(items: Sequence[tuple[str, Item]]) -> float:
    """Return the end of a logarithmic axis for the middle halves of items."""
    return max([1, *(top for _, item in items if (top := item.scores.quartile(3)) is not None)])


def _present(counts: Sequence[int]) -> list[Kind]:
    """Return the kinds of attention with mentions."""
    return [kind for kind, count in zip(KINDS, counts, strict=False) if count]


def _kinds_in_words(counts: Sequence[int]) -> str:
    return ", ".join(f"{kind.label} {count:,}" for kind, count in zip(KINDS, counts, strict=True) if count)


def _ordinal(number: int) -> str:
    """`1st`, `2nd`, `11th`."""
    ending = "th" if number // 10 % 10 == 1 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _score_labels() -> list[str]:
    ends = [lowest - 1 for lowest in SCORE_COLUMNS[1:]]
    labels = [str(low) if low == high else f"{low}–{high}" for low, high in zip(SCORE_COLUMNS[:-1], ends, strict=True)]
    return [*labels, f"≥ {SCORE_COLUMNS[-1]:,}"]


def _day(text: str) -> str:
    return _date_words(text, "%B")


def _short_day(text: str) -> str:
    return _date_words(text, "%b")


def _date_words(text: str, month: str) -> str:
    day = date.fromisoformat(text)
    names = {"%B": _MONTHS[day.month - 1], "%b": _MONTHS[day.month - 1][:3]}
    return f"{day.day} {names[month]} {day.year}"


_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)


def _number(value: float) -> str:
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.2f}".rstrip("0").rstrip(".")


def _signed(value: float) -> str:
    sign = "+" if value > 0 else "−" if value < 0 else ""
    return f"{sign}{_number(abs(value))}"


def _percent(part: int, whole: int) -> str:
    """Return a share in whole percent. A share is 0% or 100% only if it is exactly that."""
    if not whole:
        return "–"
    percent = min(max(round(100 * part / whole), 0), 100)
    if not percent and part:
        return "<1%"
    return ">99%" if percent == 100 and part < whole else f"{percent}%"  # noqa: PLR2004


def _width(value: float, most: float) -> str:
    """Return the width of a bar in percent."""
    return f"{max(_LEAST_WIDTH, 100 * value / most):.2f}".rstrip("0").rstrip(".") if value and most else "0"


def _log_place(value: float, most: float) -> float:
    """Return the place of a value on a logarithmic axis from 0, in percent."""
    return 100 * math.log10(value + 1) / math.log10(most + 1) if most else 0


def _ticks(most: float) -> list[int]:
    """Return the values to label on a logarithmic axis."""
    steps = (factor * 10**power for power in range(max(1, math.ceil(math.log10(most + 1)))) for factor in (1, 3))
    return [0, *(step for step in steps if step <= most)]


# Words for outcomes, codes and parts of pages

_COVERAGE = {
    "with a page": "mark",
    "not tracked by Altmetric": "outline",
    "not in the web archive": "outline",
    "a page, but no details page": "mark-2",
    "without an answer": "hatched",
    "no identifier": "hatched",
    "not fetched yet": "hatched",
}
"""Groups of outcomes, each with the class of its bar."""

_GROUPS = {
    "ok": "with a page",
    "same": "with a page",
    "not_tracked": "not tracked by Altmetric",
    "no_capture": "not in the web archive",
    "not_details": "a page, but no details page",
    "invalid": "no identifier",
    "no_address": "no identifier",
    PENDING: "not fetched yet",
}


def group_of(outcome: str) -> str:
    """Return the group of an outcome, as in `OutcomeRow.outcome`."""
    return _GROUPS.get(outcome, "without an answer")


_PART_NAMES = {
    "score": "Attention Score",
    "mentions": "Mentions by source",
    "citations": "Citations",
    "readers": "Readers",
    "mendeley": "Mendeley tables",
    "twitter": "X users’ countries",
    "rankings": "Score in context",
    "published": "Publication date",
    "doi": "DOI",
}
"""The parts of a page, as the report names them."""

UNREAD_PARTS = {
    "header": "the heading",
    "attention": "the score panel",
    "mentions": "mentions",
    "citations": "citations",
    "readers": "readers",
    "details": "the details",
    "demographics": "the tables of users and readers",
    "context": "the score in context",
    "answer": "other values of the API or an export",
}

CODES = {
    "score_of_badge_and_sentence": "the badge and the sentence have different scores",
    "total_of_box_and_paragraph": "the box and the paragraph of a ranking have different totals",
    "rank_above_total": "a rank is larger than the number of ranked outputs",
    "rank_of_highest_scoring": "“one of the highest-scoring”, but below the tenth rank",
    "highlight_top_and_ranking_percentile": "“in the top n%” contradicts the percentile",
    "highlight_and_ranking_percentile": "two different percentiles",
    "highlight_and_ranking_rank": "two different ranks",
    "highlight_and_ranking_total": "two different numbers of ranked outputs",
    "count_and_demographics_total": "the panel’s count and the table’s total differ",
    "source_twice": "a source is listed twice with different counts; none of them is counted",
    "count_links_elsewhere": "a count links to another output",
    "table_sum_above_total": "a table adds up to more than its total",
    "doi_mismatch": "the page’s DOI is not the requested one",
    "altmetric_id_mismatch": "the page’s Altmetric id is not the requested one",
    "identifier_mismatch": "the answer has another identifier than the requested one",
    "score_of_answer_and_badge": "the API’s score and its badge differ",
    "sum_of_sources_and_total": "the counts of the sources do not add up to their total",
    "higher_than_above_total": "more outputs have a lower score than there are",
    "total_above_wider_total": "a group of outputs is larger than one that has all of them",
    "misread_letters": "letters of a text are wrong or lost",
    "score_not_shown": "the badge has no score",
    "translated": "the page is translated, so some of it is not understood",
    "cut_short": "the page ends before its end",
    "shortened": "a text or list is too long and was cut",
}
"""The codes of inconsistencies in words."""
