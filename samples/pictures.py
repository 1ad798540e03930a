"""Write docs/pictures/: the terminal card of a sample as SVG, for light and dark pages. Run by `make pictures`."""

from __future__ import annotations

import io
import re
from pathlib import Path

from rich.console import Console
from rich.segment import Segment, Segments
from rich.terminal_theme import DIMMED_MONOKAI, TerminalTheme

from altdetails import Record, parse_file
from altdetails.cli.card import card

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "pictures"
SAMPLE = "samples/article-2023.html"
COLUMNS = 84
CUT_BEFORE = "X users"
"""The heading of the first section that is left out."""

DARK = DIMMED_MONOKAI
LIGHT = TerminalTheme((246, 248, 250), (31, 35, 40), [(31, 35, 40), *[(101, 109, 118)] * 7], [(31, 35, 40)] * 8)
WEB_FONT = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)


def first_sections(record: Record, console: Console) -> list[list[Segment]]:
    """The lines of a record's card up to the demographics."""
    lines = console.render_lines(card(record, width=COLUMNS, blocks=True), pad=False)
    texts = ["".join(segment.text for segment in line).strip() for line in lines]
    return lines[: texts.index(CUT_BEFORE)]


def picture(theme: TerminalTheme) -> str:
    """The card as an SVG that needs no other file."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(f"$ altdetails show {SAMPLE}\n", highlight=False)
    for line in first_sections(parse_file(SAMPLE), console):
        console.print(Segments([*line, Segment.line()]), end="")
    console.print("… demographics of X users and Mendeley readers, ranks", style="dim", highlight=False)
    svg = console.export_svg(title="altdetails", theme=theme, unique_id="card")
    return WEB_FONT.sub("", svg)


def main() -> None:
    """Write both pictures."""
    for name, theme in (("light", LIGHT), ("dark", DARK)):
        (FOLDER / f"card-{name}.svg").write_text(picture(theme), encoding="utf-8")


if __name__ == "__main__":
    main()
