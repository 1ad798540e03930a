"""Write docs/pictures/: a sample in the terminal and as a card, and a report, for light and dark pages.

Run by `make pictures`. The pictures of the report need Chromium.
"""

from __future__ import annotations

import io
import random
import re
import shutil
import sys
import tempfile
from collections import Counter
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from rich.console import Console
from rich.segment import Segment, Segments
from rich.terminal_theme import DIMMED_MONOKAI, TerminalTheme

from altdetails import Record, parse_file
from altdetails import card as write_card
from altdetails.cli.show import card
from altdetails.records.files import RecordSource
from altdetails.reporting.figures import Coverage
from altdetails.reporting.making import figures_of
from altdetails.reporting.page import page_of

if TYPE_CHECKING:
    from collections.abc import Iterator

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


def write_picture_card(path: Path) -> None:
    """Write the card of the sample, as if its page was fetched on a day of 2026."""
    record = parse_file(SAMPLE)
    provenance = msgspec.structs.replace(record.provenance, captured_at="2026-02-02T00:00:00Z")
    write_card([msgspec.structs.replace(record, provenance=provenance)], path)


def snapshots() -> Iterator[tuple[Record, Record]]:
    """Yield the records of a report, each with an older one."""
    sys.path.insert(0, str(ROOT / "samples"))
    from records import lines  # noqa: PLC0415 -- a script next to this one

    chance = random.Random(7)  # noqa: S311 -- the same picture each time
    for line in lines(995):
        record = Record.from_json(line)
        less = [
            msgspec.structs.replace(count, count=max(0, count.count - chance.choice([0, 0, 0, 1, 4])))
            for count in record.mentions or ()
            if chance.random() > 0.05  # noqa: PLR2004
        ]
        score = record.score and max(0, record.score - chance.choice([*[0] * 8, 1, record.score // 3]))
        older = msgspec.structs.replace(record, score=score, mentions=record.mentions and less)
        yield on_day(record, "2026-02-02"), on_day(older, "2026-01-02")


def on_day(record: Record, day: str) -> Record:
    """Return a record as if its page was fetched on a day."""
    at = f"{day}T00:00:00Z"
    return msgspec.structs.replace(
        record, provenance=msgspec.structs.replace(record.provenance, captured_at=at, fetched_at=at)
    )


def report_html() -> str:
    """Return a report about invented outputs."""
    new, old = zip(*snapshots(), strict=True)
    figures = figures_of(RecordSource(new), RecordSource(old))
    figures.coverage = Coverage(Counter({"ok": 995, "not_tracked": 162, "failed": 14}))
    parts = page_of(figures, title="School of Coastal Studies", made=date(2026, 2, 3), inputs=["run"])
    return "".join(parts)


def write_report_pictures() -> None:
    """Write the first screen of a report, in light and dark.

    Raises:
        SystemExit: if Chromium is not installed.
    """
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 -- only for these pictures

    path = shutil.which("chromium")
    if not path:
        sys.exit("Chromium is not installed, so the pictures of the report are not written: apt-get install chromium")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        file = Path(folder, "report.html")
        file.write_text(report_html(), encoding="utf-8")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        for scheme in ("light", "dark"):
            page = browser.new_page(viewport={"width": 1180, "height": 760}, color_scheme=scheme)
            page.goto(file.as_uri())
            page.screenshot(path=FOLDER / f"report-{scheme}.png")
        browser.close()


def main() -> None:
    """Write all pictures."""
    for name, theme in (("light", LIGHT), ("dark", DARK)):
        (FOLDER / f"card-{name}.svg").write_text(picture(theme), encoding="utf-8")
    write_picture_card(FOLDER / "card.svg")
    write_report_pictures()


if __name__ == "__main__":
    main()
