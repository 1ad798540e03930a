"""The HTML of a details page, with the order and the landmarks of real pages."""

from __future__ import annotations

from html import escape as _escape
from typing import TYPE_CHECKING

from . import wording
from .padding import Furniture, furniture

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .model import Facts, Row, Tally

LETTERS = {"news": "m", "policy": "p", "peer_reviews": "e", "patent": "a", "googleplus": "g", "q&a": "q"}
TABLE_NAMES = {
    "country": "Country",
    "type": "Type",
    "status": "Readers by professional status",
    "discipline": "Readers by discipline",
}


def page(facts: Facts, padding: int = 0) -> str:
    """Return the details page of some facts as HTML.

    `padding` is the size in bytes of the markup around the record: a third each of navigation and footer, scripts, and
    styles. Pages have about 10 KB without padding, 60 KB with 50,000 bytes, and 150 KB with 140,000 bytes.
    """
    around = furniture(facts.id, padding)
    return "\n".join(part for part in (*_head(facts, around), *_body(facts, around)) if part)


def escape(text: str) -> str:
    """Escape text for HTML."""
    return _escape(text, quote=False)


def _head(facts: Facts, around: Furniture) -> Iterable[str]:
    yield "<!DOCTYPE html>"
    yield '<html lang="en">'
    yield "<head>"
    yield f'<meta charset="{facts.style.charset}">'
    yield f"<title>Altmetric – {escape(facts.title)}</title>"
    yield f'<meta name="description" content="{_escape(wording.tagline(facts))}">'
    yield f'<link rel="canonical" href="{facts.url}">'
    yield around.head
    yield facts.style.head
    yield "</head>"


def _body(facts: Facts, around: Furniture) -> Iterable[str]:
    yield "<body>"
    yield '<div id="jump"><a href="#main-content">↓ Skip to main content</a></div>'
    yield around.before
    yield facts.style.before
    yield from (f'<div class="brand">{escape(line)}</div>' for line in facts.brand)
    yield _header(facts)
    yield '<div id="main-content" class="document-content">'
    yield from _score_panel(facts)
    yield '<div class="content-panel">'
    yield from (f'<div class="notice-panel">{escape(notice)}</div>' for notice in facts.notices)
    if facts.limited:
        more = _link(facts, "/limited", "Click here to find out more.")
        yield f'<div class="limited-access-warning">{wording.LIMITED} {more}</div>'
    yield from _details(facts)
    yield facts.style.in_panel
    if facts.style.timeline:
        yield '<div class="timeline-panel"><h2>Timeline</h2>'
        yield "<p>Login to access the full chart related to this output.</p></div>"
    yield from _twitter(facts)
    yield from _mendeley(facts)
    yield from _context(facts)
    yield "</div></div>"
    yield facts.style.after
    yield around.after
    yield "</body></html>\n"


def _link(facts: Facts, path: str, inner: str) -> str:
    base = f"https://{facts.host}" if facts.style.absolute else ""
    return f'<a href="{base}{path}">{inner}</a>'


def _title(facts: Facts) -> str:
    return facts.title_markup if facts.title_markup is not None else escape(facts.title)


def _header(facts: Facts) -> str:
    title = _title(facts) if facts.heading is None else escape(facts.heading)
    if facts.publisher_url is not None:
        title = f'<a href="{_escape(facts.publisher_url)}">{title}</a>'
    tagline = escape(wording.tagline(facts))
    return f'<div class="document-header"><h1>{title}</h1>\n<div class="tagline">{tagline}</div></div>'


def _score_panel(facts: Facts) -> Iterable[str]:
    yield '<div class="score-panel">'
    if facts.score is not None:
        letters = "".join(LETTERS.get(tally.key, tally.key[0]) * min(tally.count, 3) for tally in facts.mentions or ())
        query = facts.style.ampersand.join(
            ("style=donut", f"score={facts.score}", f"types={letters[:8] or 'uuuuuuuu'}")
        )
        image = facts.style.badge.format(query=query)
        yield (
            '<div class="altmetric-badge-wrapper"><div class="altmetric-badge" '
            f'style="background-image: {image}">Altmetric Badge</div></div>'
        )
    if facts.bullets is not None:
        yield '<div><h2>About this Attention Score</h2><div class="summary"><div class="text"><ul>'
        yield from (f"<li>{escape(wording.bullet(fact))}</li>" for fact in facts.bullets)
        yield "</ul></div></div></div>"
    yield from _counts(facts, "Mentioned by", "mention-counts", facts.mentions)
    yield from _counts(facts, "Citations", "scholarly-citation-counts", facts.citations)
    yield from _counts(facts, "Readers on", "reader-counts", facts.readers)
    yield "</div>"


def _counts(facts: Facts, heading: str, name: str, tallies: Sequence[Tally] | None) -> Iterable[str]:
    if tallies is None:
        return
    pairs = [_pair(facts, tally) for tally in tallies]
    between = "\n" if facts.style.one_list else f'\n</dl><dl class="{name}">\n'
    yield f'<div><h2>{heading}</h2><dl class="{name}">'
    if pairs:
        yield between.join(pairs)
    yield "</dl></div>"


def _pair(facts: Facts, tally: Tally) -> str:
    number = f"{tally.count:,}" if facts.style.separators else str(tally.count)
    inner = f"<strong>{number}</strong> {escape(tally.unit)}"
    slug = wording.slug(tally.key)
    if slug is not None:
        inner = _link(facts, facts.path + slug.replace("&", "&amp;"), inner)
    return f"<dt>{escape(tally.key)}</dt><dd>{inner}</dd>"


def _details(facts: Facts) -> Iterable[str]:
    yield '<div class="document-details-table"><table>'
    yield from _bibliography(facts)
    if facts.doi is not None:
        yield f'<tr><th>DOI</th>\n<td><a href="https://doi.org/{_escape(facts.doi)}">{escape(facts.doi)}</a></td></tr>'
    if facts.pmid is not None:
        href = f"https://pubmed.ncbi.nlm.nih.gov/{facts.pmid}"
        yield f'<tr><th>Pubmed ID</th>\n<td><a class="pubmed hidden" href="{href}"></a></td></tr>'
    if facts.isbns:
        yield _row("Book ISBNs", escape(", ".join(facts.isbns)))
    if facts.editors is not None:
        yield _row("Editors", f"<p>{escape(', '.join(facts.editors))}</p>")
    if facts.shown_authors is not None:
        yield _row("Authors", f"<p>{escape(facts.shown_authors)}</p>")
    if facts.abstract is not None:
        parts = facts.abstract_markup or [escape(part) for part in facts.abstract]
        yield _row("Abstract", "\n".join(f"<p>{part}</p>" for part in parts))
    yield from (_row(escape(label), escape(value)) for label, value in facts.unknown_rows)
    yield "</table></div>"


def _bibliography(facts: Facts) -> Iterable[str]:
    place = escape(wording.published_in(facts))
    if facts.book_title is not None:
        yield _row("Chapter title", _title(facts))
        yield _row("Chapter number", str(facts.chapter_number))
        yield _row("Book title", escape(facts.book_title))
        yield _row("Published by", place)
    else:
        yield _row("Title", _title(facts))
        if place:
            yield _row("Published in", place)


def _row(label: str, value: str) -> str:
    return f'<tr><th>{label}</th><td><div class="content-wrapper">{value}</div></td></tr>'


def _heading(facts: Facts, text: str, anchor: str) -> str:
    first = f'<div class="section-title">{text}</div>' if facts.style.doubled else ""
    return f'{first}<div class="demographics-panel" id="{anchor}"><h2>{text}</h2>'


def _table(name: str, rows: Sequence[Row]) -> str:
    heads = (TABLE_NAMES[name], "Count", "As %")
    lines = ["<table>", "<tr>", *(_cell("th", text, number=place > 0) for place, text in enumerate(heads)), "</tr>"]
    for row in rows:
        percent = "&lt;1%" if row.count and not row.percent else f"{row.percent}%"
        cells = (escape(row.name), f"{row.count:,}", percent)
        lines += ["<tr>", *(_cell("td", text, number=place > 0) for place, text in enumerate(cells)), "</tr>"]
    return "\n".join((*lines, "</table>"))


def _cell(tag: str, text: str, *, number: bool) -> str:
    return f'<{tag} class="num">{text}</{tag}>' if number else f"<{tag}>{text}</{tag}>"


def _tables(places: Iterable[tuple[str, str, Sequence[tuple[str, Sequence[Row] | None]]]]) -> Iterable[str]:
    for name, heading, tables in places:
        shown = [_table(title, rows) for title, rows in tables if rows is not None]
        if shown:
            yield f'<div class="table-wrapper {name}"><h3>{heading}</h3>' + "\n".join(shown) + "</div>"


def _twitter(facts: Facts) -> Iterable[str]:
    group = facts.twitter
    if group is None:
        return
    start, end = wording.profiles(facts)
    more = _link(facts, "/compiled", "Click here to find out more about how the information was compiled.")
    yield _heading(facts, {"x": "X", "twitter": "Twitter"}[facts.style.years] + " Demographics", "twitter-demographics")
    yield f'<div class="description">{start}<strong>{group.total}</strong>{end} {more}</div>'
    yield '<div class="demographics-group twitter">'
    if facts.twitter_notice is not None:
        yield f'<div class="notice-panel">{escape(facts.twitter_notice)}</div>' * (2 if facts.style.doubled else 1)
    yield from _tables(
        (
            ("geo", "Geographical breakdown", [("country", group.countries)]),
            ("users", "Demographic breakdown", [("type", group.types)]),
        )
    )
    yield "</div></div>"


def _mendeley(facts: Facts) -> Iterable[str]:
    group = facts.mendeley
    if group is None:
        return
    start, end = wording.readers(group.total)
    more = _link(facts, "/mendeley", "Click here to see the associated Mendeley record.")
    yield _heading(facts, "Mendeley readers", "mendeley-demographics")
    yield f'<div class="demographics-group mendeley"><p>{start}<strong>{group.total:,}</strong>{end} {more}</p>'
    yield from _tables(
        (
            ("geo", "Geographical breakdown", [("country", group.countries)]),
            ("users", "Demographic breakdown", [("status", group.statuses), ("discipline", group.disciplines)]),
        )
    )
    yield "</div></div>"


def _context(facts: Facts) -> Iterable[str]:
    if facts.ranks is None:
        return
    title = "Attention Score in Context"
    if facts.style.doubled:
        yield f'<div class="section-title">{title}</div>'
    yield f'<div class="panel"><h2>{title}</h2><div>{wording.score_sentence(facts)}</div>'
    for rank in facts.ranks:
        if rank.rank is not None:
            name = escape(wording.label(facts, rank))
            yield f"<div><div>{name}</div><div>#{rank.rank:,}</div><div>of {rank.total:,} outputs</div></div>"
    yield from (f"<div>{escape(wording.paragraph(rank))}</div>" for rank in facts.ranks)
    yield "</div>"
