"""What goes to a terminal: text of pages and names of files made safe for it, and what rich paints."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console, RenderableType
    from rich.progress import Progress

__all__ = ["has_blocks", "paint", "plain", "say"]

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]+")


def plain(text: str) -> str:
    """Text without characters that steer a terminal or turn its writing around; line ends become spaces."""
    return _CONTROLS.sub(" ", text)


def has_blocks(console: Console) -> bool:
    """Whether the terminal's encoding has arrows and block characters."""
    return console.encoding.startswith("utf")


def paint(make: Callable[[Console], RenderableType]) -> None:
    """Write to standard output, without blanks at the ends of lines; in a pipe without colours.

    Args:
        make: what to write on a console, whose width and encoding it may ask for.
    """
    from rich.console import Console  # noqa: PLC0415 -- --help stays quick

    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]  # a terminal may lack the page's letters
    console = Console(highlight=False, markup=False, emoji=False)
    with console.capture() as capture:
        console.print(make(console))
    click.echo(re.sub(" +$", "", capture.get(), flags=re.MULTILINE), nl=False, color=True)


def say(line: str, *, above: Progress | None = None) -> None:
    """Print a line on standard error.

    Args:
        line: what to say.
        above: what is shown there meanwhile, and stays below the line.
    """
    if above:
        above.console.print(plain(line), markup=False, highlight=False, emoji=False, soft_wrap=True)
    else:
        click.echo(plain(line), err=True)
