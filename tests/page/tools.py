"""Tools that make text of HTML: Python packages, and programs that can be missing."""

import shutil
import subprocess
from functools import lru_cache, partial
from pathlib import Path

import html2text
import inscriptis
import markdownify
from bs4 import BeautifulSoup

PANDOC = Path(__file__).with_name("pandoc.lua")


@lru_cache(maxsize=1)
def soup_of(html):
    soup = BeautifulSoup(html, "html.parser")
    for element in soup(["script", "style"]):
        element.decompose()
    return soup


def text_of(html, *arguments, **options):
    return soup_of(html).get_text(*arguments, **options)


def unwrapped(html):
    tool = html2text.HTML2Text(bodywidth=0)
    tool.ignore_links = True
    return tool.handle(html)


def program(*command):
    """Return a function that sends HTML to a program. It returns None if the program is missing."""

    def run(html):
        if shutil.which(command[0]) is None:
            return None
        result = subprocess.run(command, input=html.encode(), capture_output=True, timeout=60, check=True)
        return result.stdout.decode("utf-8", "replace")

    return run


@lru_cache(maxsize=1)
def pandoc_texts(html):
    """Return the texts of pandoc by format: it reads the HTML once. Return None if pandoc is missing."""
    texts = program("pandoc", "-f", "html", "-t", "plain", "--lua-filter", str(PANDOC))(html)
    return texts and dict(zip(("gfm", "markdown", "plain"), texts.split("\0"), strict=False))


def pandoc_text(name, html):
    texts = pandoc_texts(html)
    return texts and texts[name]


PACKAGES = {
    "beautifulsoup": text_of,
    "beautifulsoup-lines": lambda html: text_of(html, "\n"),
    "beautifulsoup-stripped-lines": lambda html: text_of(html, "\n", strip=True),
    "beautifulsoup-one-line": lambda html: text_of(html, " ", strip=True),
    "html2text": html2text.html2text,
    "html2text-unwrapped": unwrapped,
    "inscriptis": inscriptis.get_text,
    "markdownify": markdownify.markdownify,
    "markdownify-atx": lambda html: markdownify.markdownify(html, heading_style="ATX", bullets="-"),
}
PROGRAMS = {
    **{f"pandoc-{name}": partial(pandoc_text, name) for name in ("gfm", "markdown", "plain")},
    "w3m": program("w3m", "-dump", "-T", "text/html", "-I", "UTF-8", "-O", "UTF-8", "-cols", "80"),
    "lynx": program("lynx", "-dump", "-stdin", "-assume_charset=utf-8", "-display_charset=utf-8"),
    "elinks": program("elinks", "-dump", "-force-html", "-dump-charset", "utf-8"),
}
