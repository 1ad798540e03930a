"""The texts of sample pages, by tools and in older layouts, with the facts that each text loses."""

from __future__ import annotations

import html as entities
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .article import ARTICLE_2023
from .edges import MANY_AUTHORS, SHORT
from .expect import SECTIONS, record
from .layouts import layout_b, layout_c, layout_d

if TYPE_CHECKING:
    from collections.abc import Callable

    from .model import Facts

SECONDS = 180
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SHOW_TEXT = (
    "<script>var text = document.body.innerText;document.documentElement.innerHTML = '<body><pre></pre></body>';"
    "document.querySelector('pre').textContent = text;</script></body>"
)
RESILIPARSE = (
    "import sys; from resiliparse.extract.html2text import extract_plain_text as text; sys.stdout.reconfigure("
    "encoding='utf-8'); print(text(sys.stdin.buffer.read().decode(), main_content=True, alt_texts=False), end='')"
)
TRAFILATURA = (
    "import sys, trafilatura; sys.stdout.reconfigure(encoding='utf-8'); "
    "print(trafilatura.extract(sys.stdin.buffer.read().decode(), output_format='{form}'), end='')"
)
INSCRIPTIS = (
    "import sys, inscriptis; sys.stdout.reconfigure(encoding='utf-8'); "
    "print(inscriptis.get_text(sys.stdin.buffer.read().decode()), end='')"
)
HTML2TEXT = (
    "import sys, html2text; sys.stdout.reconfigure(encoding='utf-8'); tool = html2text.HTML2Text(); {options}; "
    "print(tool.handle(sys.stdin.buffer.read().decode()), end='')"
)
VERSION_OF = "import importlib.metadata; print(importlib.metadata.version({name!r}))"


@dataclass(frozen=True)
class Text:
    """A text sample. The content is None if its tool is missing."""

    name: str
    content: str | None
    record: dict[str, Any]
    note: str = ""


@dataclass(frozen=True)
class Loss:
    """The facts of a page that a text loses."""

    sections: frozenset[str] = frozenset()
    twitter_total: bool = False
    twitter_tables: bool = False
    paragraphs: bool = False
    """Whether paragraphs are joined."""
    ranks: bool = False
    notice: bool = False
    source: bool = False
    """Whether the source is missing everywhere, also in the ranks."""
    blocks: bool = False
    """Whether the ranks are missing but their prose is kept."""


@dataclass(frozen=True)
class Tool:
    """A tool, the version that made the stored text, and the facts that its text loses."""

    name: str
    version: str
    installed: Callable[[], str | None]
    run: Callable[[str], str]
    loss: Loss = Loss()


def made_by_tools(pages: dict[str, str]) -> list[Text]:
    """Return the texts of the pages (by name) that the installed tools make."""
    found = []
    for tool in TOOLS:
        installed = tool.installed() == tool.version
        for stem, (facts, tools) in PAGES.items():
            if tools and tool.name not in tools:
                continue
            note = "" if installed else f"its tool is not installed in version {tool.version}"
            content = tool.run(pages[stem]) if installed else None
            found.append(Text(f"{stem}.{tool.name}", content, text_record(facts, tool.loss), note))
    return found


def text_record(facts: Facts, loss: Loss) -> dict[str, Any]:
    """Return the record of a text: that of the page without ids, addresses and the facts that the tool loses."""
    if loss.blocks:
        facts = replace(facts, ranks=tuple(replace(rank, rank=None) for rank in facts.ranks or ()))
    found = record(facts)
    found |= {"altmetric_id": None, "url": None, "publisher_url": None, "pmid": None}
    found["identifiers"] = [part for part in found["identifiers"] if part["scheme"] not in {"pmid", "altmetric_book"}]
    for block in ("mentions", "citations", "readers"):
        found[block] = found[block] and [count | {"url": None} for count in found[block]]
    if loss.paragraphs:
        found["abstract"] = " ".join(facts.abstract or ())
    if loss.notice:
        found["limited_access"] = None
    if facts.ranks is None:
        found["score"] = None  # the score is in a picture
    if facts.twitter is not None:
        twitter = found["demographics"]["twitter"]
        twitter |= {"countries": None, "types": None} if loss.twitter_tables else {}
        twitter |= {"total": None} if loss.twitter_total else {}
    _lose_sections(found, loss)
    if loss.ranks:
        found["rankings"] = None
    if loss.source:
        found["source"] = None
        for rank in found["rankings"]:
            rank["source"] = None
    return found


def _lose_sections(found: dict[str, Any], loss: Loss) -> None:
    holds = {
        "header": ("output_type",),
        "attention": ("highlights",),
        "mentions": ("mentions",),
        "citations": ("citations",),
        "readers": ("readers",),
        "details": ("title", "published", "doi", "authors", "authors_text", "abstract"),
        "context": ("score", "rankings", "last_mentioned"),
    }
    for section in loss.sections:
        found |= dict.fromkeys(holds.get(section, ()))
    if "details" in loss.sections:
        found["identifiers"] = []
        found["limited_access"] = None
    if loss.sections >= {"twitter_demographics", "mendeley_demographics"}:
        found["demographics"] = None
    found["sections"] = [name for name in found["sections"] if name not in loss.sections]


def derived() -> list[Text]:
    """Return the layouts that no installed tool makes, written from the facts."""
    ranking = Loss(sections=frozenset(SECTIONS) - {"context"}, notice=True)
    prose = replace(ranking, blocks=True, source=True)
    silent = replace(ARTICLE_2023, mentions=None)
    noticed = replace(ARTICLE_2023, twitter_notice=NOTICE_2024)
    sidebar = frozenset({"header", "attention", "mentions", "citations", "readers"})
    return [
        Text("layout-b.txt", layout_b(ARTICLE_2023), text_record(ARTICLE_2023, Loss(twitter_tables=True))),
        Text("layout-b-no-mentions.txt", layout_b(silent), text_record(silent, Loss(twitter_tables=True))),
        Text("layout-c.txt", layout_c(noticed), text_record(noticed, Loss(sections=sidebar))),
        Text("layout-d.txt", layout_d(ARTICLE_2023), text_record(ARTICLE_2023, ranking)),
        Text("layout-d-prose.txt", layout_d(ARTICLE_2023, blocks=False), text_record(ARTICLE_2023, prose)),
    ]


def _library(name: str, python: str | None = sys.executable) -> Callable[[], str | None]:
    def installed() -> str | None:
        if python is None or shutil.which(python) is None:
            return None
        run = subprocess.run([python, "-c", VERSION_OF.format(name=name)], capture_output=True, text=True, check=False)
        return run.stdout.strip() or None

    return installed


def _program(name: str | None, pattern: str, option: str) -> Callable[[], str | None]:
    def installed() -> str | None:
        if name is None or shutil.which(name) is None:
            return None
        run = subprocess.run([name, option], capture_output=True, text=True, check=False, timeout=SECONDS)
        found = re.search(pattern, run.stdout)
        return found[1] if found else None

    return installed


def _python(code: str, python: str | None = sys.executable) -> Callable[[str], str]:
    return lambda page: _filter([python or "", "-c", code], page)


def _filter(command: list[str], page: str) -> str:
    run = subprocess.run(command, input=page.encode(), capture_output=True, check=True, timeout=SECONDS)
    return run.stdout.decode()


def _w3m(page: str) -> str:
    return _filter(["w3m", "-dump", "-T", "text/html", "-I", "UTF-8", "-O", "UTF-8", "-cols", "80"], page)


def _lynx(*options: str) -> Callable[[str], str]:
    def run(page: str) -> str:
        charsets = ["-assume_charset=utf-8", "-display_charset=utf-8"]
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "article-2023.html"
            path.write_text(page, "utf-8")
            text = _filter(["lynx", "-dump", *options, *charsets, str(path)], "")
            return text.replace(f"file://{folder}/", "file:///samples/")

    return run


def _inner_text(page: str) -> str:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        path = Path(folder) / "page.html"
        path.write_text(page.replace("</body>", SHOW_TEXT), "utf-8")
        command = [BROWSER or "", *FLAGS, f"--user-data-dir={folder}/profile", "--dump-dom", path.as_uri()]
        shown = re.search("<pre>(.*)</pre>", _filter(command, ""), re.DOTALL)
    return entities.unescape(shown[1]) if shown else ""


PAGES: dict[str, tuple[Facts, set[str]]] = {
    "article-2023": (ARTICLE_2023, set()),
    "short": (SHORT, {"resiliparse-2.txt", "html2text.md", "w3m.txt", "lynx.txt", "lynx-nolist.txt"}),
    "many-authors": (MANY_AUTHORS, {"html2text.md", "w3m.txt", "lynx.txt", "inscriptis.txt"}),
}
"""The pages with texts, and the tools for each. An empty set means all tools."""
NOTICE_2024 = (
    "As of 1 July 2024, you may notice a temporary increase in the numbers of X profiles with Unknown location."
)
OLD_PYTHON = os.environ.get("RESILIPARSE_016_PYTHON")
BROWSER = os.environ.get("CHROMIUM") or shutil.which("chromium")
TRAFILATURA_LOSS = Loss(sections=frozenset({"header", "context"}), twitter_total=True, paragraphs=True, notice=True)
LYNX = _program("lynx", r"Lynx Version (\S+)", "-version")
TOOLS = (
    Tool(
        "resiliparse-0.16.txt",
        "0.16.0",
        _library("resiliparse", OLD_PYTHON),
        _python(RESILIPARSE, OLD_PYTHON),
        Loss(twitter_tables=True),
    ),
    Tool("resiliparse-2.txt", "2.0.1", _library("resiliparse"), _python(RESILIPARSE), Loss(twitter_tables=True)),
    Tool(
        "trafilatura.txt",
        "2.3.1",
        _library("trafilatura"),
        _python(TRAFILATURA.format(form="txt")),
        TRAFILATURA_LOSS,
    ),
    Tool(
        "trafilatura-markdown.md",
        "2.3.1",
        _library("trafilatura"),
        _python(TRAFILATURA.format(form="markdown")),
        Loss(sections=frozenset({"header"}), paragraphs=True, notice=True, ranks=True),
    ),
    Tool("inscriptis.txt", "2.7.6", _library("inscriptis"), _python(INSCRIPTIS)),
    Tool(
        "html2text.md",
        "2025.4.15",
        _library("html2text"),
        _python(HTML2TEXT.format(options="0")),
        Loss(paragraphs=True),
    ),
    Tool(
        "html2text-unwrapped.md",
        "2025.4.15",
        _library("html2text"),
        _python(HTML2TEXT.format(options="tool.ignore_links = True; tool.body_width = 0")),
        Loss(paragraphs=True),
    ),
    Tool("w3m.txt", "0.5.3+git20230121", _program("w3m", r"w3m/(\S+),", "-version"), _w3m),
    Tool("lynx.txt", "2.9.0dev.12", LYNX, _lynx()),
    Tool("lynx-nolist.txt", "2.9.0dev.12", LYNX, _lynx("-nolist", "-width=120")),
    Tool(
        "chromium.txt",
        "156.0.8078.79",
        _program(BROWSER, r"(?:Chromium|Google Chrome) (\S+)", "--version"),
        _inner_text,
    ),
)
