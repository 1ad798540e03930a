"""HTML that notebooks show: a card of facts and counts, escaped, light or dark, without scripts and requests."""

from __future__ import annotations

import html
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from altdetails.palette import DARK, LIGHT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["Bar", "Fact", "html_card"]

_MAX_TEXT = 400
_MAX_BARS = 40
_LEAST_PERCENT = 0.8
"""The width of the bar of a small count."""


class Fact(NamedTuple):
    """One line of a card."""

    name: str
    text: str | None
    """None if it is not known."""
    link: str | None = None
    """An address that this package has built."""


class Bar(NamedTuple):
    """A count with a bar."""

    name: str
    number: int
    colour: str
    """A key of the palette's `LIGHT` and `DARK`."""


def html_card(
    title: str | None,
    facts: Iterable[Fact],
    blocks: Mapping[str, Sequence[Bar] | None],
    notes: Iterable[str],
    *,
    missing: str = "not shown",
) -> str:
    """Return a card as HTML. All bars have one scale; a lone count has no bar.

    Args:
        title: the title.
        facts: the lines below it.
        blocks: counts by heading. None is a block that is not known.
        notes: sentences at the end.
        missing: what is said of a fact or block that is None.
    """
    counts = [bar.number for bar in chain.from_iterable(filter(None, blocks.values()))]
    most = max(counts) if len(counts) > 1 else 0
    rows = [
        *(_row(fact.name, _fact(fact, missing)) for fact in facts),
        *chain.from_iterable(_block(heading, bars, most, missing) for heading, bars in blocks.items()),
    ]
    footer = "".join(f"<p>{_escape(note)}</p>" for note in notes)
    body = f"<b>{_value(title, missing)}</b><table>{''.join(rows)}</table>{footer}"
    return f'<div class="altdetails"><style>{_STYLE}</style>{body}</div>'


def _block(heading: str, bars: Sequence[Bar] | None, most: int, missing: str) -> Iterable[str]:
    if not bars:
        yield _row(heading, _value(None, "none" if bars is not None else missing))
        return
    yield f'<tr><th colspan="3">{_escape(heading)}</th></tr>'
    for bar in bars[:_MAX_BARS]:
        yield f"<tr><td>{_value(bar.name, missing)}</td><td>{bar.number:,}</td><td>{_drawn(bar, most)}</td></tr>"
    if len(bars) > _MAX_BARS:
        yield f'<tr><td colspan="3">and {len(bars) - _MAX_BARS:,} more</td></tr>'


def _drawn(bar: Bar, most: int) -> str:
    if not bar.number or not most:
        return ""
    percent = max(_LEAST_PERCENT, 100 * bar.number / most)
    rectangle = f'<rect width="{percent:.1f}%" height="9" fill="var(--altdetails-{bar.colour})"/>'
    return f'<svg width="220" height="9" aria-hidden="true">{rectangle}</svg>'


def _row(name: str, content: str) -> str:
    return f'<tr><th>{_escape(name)}</th><td colspan="2">{content}</td></tr>'


def _fact(fact: Fact, missing: str) -> str:
    shown = _value(fact.text, missing)
    return f'<a href="{html.escape(fact.link)}" rel="noreferrer">{shown}</a>' if fact.link else shown


def _value(text: str | None, missing: str) -> str:
    return f"<i>{missing}</i>" if text is None else f"<bdi>{_escape(text)}</bdi>"


def _escape(text: str) -> str:
    shortened = text if len(text) <= _MAX_TEXT else f"{text[:_MAX_TEXT]}…"
    return html.escape(shortened.encode("utf-8", "replace").decode())


def _variables(colours: Mapping[str, str]) -> str:
    return "".join(f"--altdetails-{name}:{colour};" for name, colour in colours.items())


_CARD = "div.altdetails.altdetails"
"""Twice, so that these rules have precedence over those of a notebook for all tables."""
_STYLE = (
    f"{_CARD}{{{_variables(LIGHT)}}}"
    f"@media (prefers-color-scheme:dark){{{_CARD}{{{_variables(DARK)}}}}}"
    f"[data-jp-theme-light=true] {_CARD},.vscode-light {_CARD}{{{_variables(LIGHT)}}}"
    f"[data-jp-theme-light=false] {_CARD},.vscode-dark {_CARD},html[theme=dark] {_CARD}{{{_variables(DARK)}}}"
    f"{_CARD}{{max-width:44em;padding:.6em .9em;line-height:1.45;"
    "color:var(--jp-ui-font-color1,var(--vscode-editor-foreground,var(--altdetails-ink)));"
    "background:var(--jp-layout-color1,var(--vscode-editor-background,var(--altdetails-paper)));"
    "border:1px solid var(--jp-border-color2,var(--altdetails-line))}"
    f"{_CARD} table{{border:0;color:inherit;font-size:inherit;border-collapse:collapse;margin:.5em 0;"
    "font-variant-numeric:tabular-nums}"
    f"{_CARD} :is(tr,th,td){{border:0;background:none;color:inherit;text-align:left;vertical-align:top}}"
    f"{_CARD} :is(th,td){{padding:0 1em .1em 0;white-space:normal}}"
    f"{_CARD} th{{font-weight:600}}"
    f"{_CARD} td:nth-child(2):nth-last-child(2){{text-align:right}}"
    f"{_CARD} :is(i,p){{color:var(--jp-ui-font-color2,var(--altdetails-soft));margin:0;font-size:.9em}}"
    f"{_CARD} a{{color:var(--jp-content-link-color,var(--altdetails-link))}}"
)
