"""Markup around a record: navigation, footer, scripts, styles and drawings. It contains no facts."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PLACES = ("About", "Explore", "Library", "Institutions", "Publishers", "Funders", "Support", "Guides", "Events")
THINGS = ("overview", "first steps", "stories", "webinars", "questions", "glossary", "downloads", "team", "contact")
PARTS = ("panel", "list", "card", "button", "badge", "legend", "grid", "column", "drawer", "tooltip", "ribbon")
STATES = ("open", "wide", "quiet", "active", "first", "last", "narrow", "hover-ready", "with-icon")
VERBS = ("measure", "toggle", "arrange", "remember", "observe", "collect", "settle", "refresh", "unfold")
RULES = (
    "margin: {0}px {1}px",
    "padding: {1}px",
    "color: #{2:06x}",
    "background-color: #{2:06x}",
    "border-radius: {1}px",
    "line-height: 1.{1}",
    "max-width: {3}px",
    "flex: 0 0 {0}%",
    "transition: opacity .{1}s ease-out",
)


@dataclass(frozen=True)
class Furniture:
    """Markup for the head, and for the body before and after the record."""

    head: str = ""
    before: str = ""
    after: str = ""


def furniture(seed: int, size: int) -> Furniture:
    """Return about `size` bytes of markup: a third each of styles, scripts, and navigation with footer."""
    if size <= 0:
        return Furniture()
    chance = Random(seed)  # noqa: S311 - not used for secrets
    third = size // 3
    styles = _fill(third, lambda: _rule(chance))
    script_head = _fill(third // 2, lambda: _function(chance))
    script_foot = _fill(third - third // 2, lambda: _function(chance))
    drawings = _drawing(chance, third // 8)
    menu = _fill(third // 2, lambda: _menu(chance))
    foot = _fill(max(third - third // 8 - third // 2, 0), lambda: _menu(chance))
    return Furniture(
        head=f"<style>\n{styles}\n</style>\n<script>\n(function () {{\n{script_head}\n}})();\n</script>",
        before=f'<nav class="site-navigation" aria-label="Site">\n{drawings}\n{menu}\n</nav>',
        after=(
            f'<footer class="site-footer">\n{foot}\n<p>Made of invented pages.</p>\n</footer>\n'
            f"<script>\n(function () {{\n{script_foot}\n}})();\n</script>"
        ),
    )


def _fill(size: int, make: Callable[[], str]) -> str:
    def pieces() -> Iterator[str]:
        length = 0
        while length < size:
            piece = make()
            length += len(piece.encode()) + 1
            yield piece

    return "\n".join(pieces())


def _rule(chance: Random) -> str:
    def values() -> tuple[int, int, int, int]:
        return chance.randrange(60), chance.randrange(2, 9), chance.randrange(1 << 24), chance.randrange(1200)

    chosen = chance.sample(RULES, chance.randrange(2, 6))
    rules = "".join(f"  {rule.format(*values())};\n" for rule in chosen)
    return f".{chance.choice(PARTS)}-{chance.choice(PARTS)}.{chance.choice(STATES)} {{\n{rules}}}"


def _function(chance: Random) -> str:
    verb, part, state = chance.choice(VERBS), chance.choice(PARTS), chance.choice(STATES)
    number = chance.randrange(10_000)
    return (
        f"  function {verb}{part.title()}{number}(node, options) {{\n"
        f"    var step = {number % 17} + (options.delay || {number % 251});\n"
        f"    if (!node || step < {number % 5}) {{ return null; }}\n"
        f"    node.className += ' {part}-{state}';\n"
        f"    return window.setTimeout(function () {{ node.setAttribute('data-{state}', String(step)); }}, step);\n"
        "  }"
    )


def _menu(chance: Random) -> str:
    place = chance.choice(PLACES)
    items = "".join(
        f'<li class="menu-item"><a href="/{place.lower()}/{thing.replace(" ", "-")}">{place} {thing}</a></li>'
        for thing in chance.sample(THINGS, chance.randrange(3, 7))
    )
    return f'<ul class="menu menu-{place.lower()}" role="list">{items}</ul>'


def _drawing(chance: Random, size: int) -> str:
    points = _fill(size, lambda: f"L{chance.randrange(960)} {chance.randrange(240)}")
    steps = " ".join(chain(("M0 0",), points.split("\n"), ("Z",)))
    return (
        f'<svg class="mark" width="96" height="24" viewBox="0 0 960 240" aria-hidden="true"><path d="{steps}"/></svg>'
    )
