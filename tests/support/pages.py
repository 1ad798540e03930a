"""The pages of the replica: the samples, invented pages and robots.txt."""

import gzip
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from urllib.parse import parse_qs, quote, unquote

from samples.generator import facts, page
from tests.support import api
from tests.support.answers import HTML, Answer
from tests.support.tabs import TAB_PATH

ROOT = Path(__file__).parents[2]
OTHER_PAGES = ROOT / "tests" / "data" / "other-pages"
FIRST_ID = 990_100_000
INVENTED_PAGES = 900_000
ROBOTS = b"""\
# The replica allows everything except pages that a scraper does not need.
User-agent: *
Disallow: /admin/
Disallow: /search
"""
_INVENTED_DOI = re.compile(r"10\.5555/replica\.(0|[1-9][0-9]{0,5})")
_DETAILS = re.compile(r"/details/([1-9][0-9]{0,17})")


@dataclass(frozen=True, eq=False)
class Page:
    """A page that is rendered at its first request."""

    content: Callable[[], bytes]
    content_type: str = HTML

    @cached_property
    def plain(self):
        """The response for a client that does not accept gzip."""
        return Answer(200, self._headers, self.content())

    @cached_property
    def zipped(self):
        """The response for a client that accepts gzip."""
        return Answer(200, (*self._headers, ("Content-Encoding", "gzip")), gzip.compress(self.content(), mtime=0))

    @property
    def _headers(self):
        return ("Content-Type", self.content_type), ("Vary", "Accept-Encoding")


def other_page(name):
    """Return the content of a page that is not a details page, from the data of the tests."""
    return (OTHER_PAGES / f"{name}.html").read_bytes()


def invented_id(number):
    """The Altmetric id of an invented page; they are numbered from 0."""
    return FIRST_ID + number


def invented_doi(number):
    """The DOI of an invented page."""
    return f"10.5555/replica.{number}"


def invented(number):
    """Return the facts of an invented page. They never change, and `samples.generator.record` returns their record."""
    doi = invented_doi(number)
    return replace(
        facts(number), id=invented_id(number), host="www.altmetric.com", doi=doi, publisher_url=f"https://doi.org/{doi}"
    )


class Site:
    """The responses by address, without connections and faults."""

    def __init__(self, padding=0):
        self.robots = Answer(200, (("Content-Type", "text/plain; charset=utf-8"),), ROBOTS)
        self._padding = padding
        self._pages = {}
        self._path_of_id = {}
        self._path_of_doi = {}
        self._lists = {}
        for path, number, doi, sample in samples():
            self._place(path, number, doi, sample)

    def add(self, doi, altmetric_id, content, content_type=HTML):
        """Add a page, and replace one with the same DOI or id. The DOI can be None."""
        body = content.encode() if isinstance(content, str) else content
        self._path_of_doi.pop(doi and doi.lower(), None)
        self._place(f"/details/{altmetric_id}", altmetric_id, doi, Page(lambda: body, content_type))

    def add_list(self, altmetric_id, tab, mentions):
        """Add the list of a tab (`MentionList`)."""
        self._lists[altmetric_id, tab] = mentions

    def answer(self, path, *, zipped):
        """Return the response to a GET request for a path with its query."""
        if called := api.answer(path, zipped=zipped):
            return called
        bare, _, query = path.partition("?")
        if page := self.page(bare):
            return self._next_hop(bare, query) or (page.zipped if zipped else page.plain)
        if tab := TAB_PATH.fullmatch(bare):
            return self._next_hop(bare, query) or self._tab(tab, zipped=zipped)
        return self._next_hop(bare, query) or self._other_page(bare) or self._redirect(bare, query) or _not_found()

    def page(self, path):
        """Return the page at a path without query; None if there is no page."""
        if page_at_path := self._pages.get(path):
            return page_at_path
        number = int(match[1]) - FIRST_ID if (match := _DETAILS.fullmatch(path)) else -1
        if 0 <= number < INVENTED_PAGES:
            return self._pages.setdefault(path, Page(lambda: page(invented(number), self._padding).encode()))
        return None

    def _place(self, path, number, doi, content):
        self._pages[path] = content
        self._path_of_id[number] = path
        if doi is not None:
            self._path_of_doi.setdefault(doi.lower(), path)

    def _tab(self, parts, *, zipped):
        """Return a page of a tab, or a redirect to the summary if there is no such page."""
        number = int(parts["id"])
        mentions = self._lists.get((number, parts["tab"]))
        content = mentions and mentions.page(parts["output"], number, parts["tab"], int(parts["page"] or 1))
        if content is None:
            return moved(302, parts["output"]) if self.page(parts["output"]) else _not_found()
        page = Page(lambda: content)
        return page.zipped if zipped else page.plain

    def _next_hop(self, bare, query):
        """The steps of `RedirectChain` and `RedirectLoop`."""
        if steps := re.fullmatch(r"hop=([0-9]+)", query):
            left = int(steps[1]) - 1
            return moved(302, f"{bare}?hop={left}" if left else bare)
        if turn := re.fullmatch(r"turn=([01])", query):
            return moved(302, f"{bare}?turn={1 - int(turn[1])}")
        return None

    def _other_page(self, bare):
        match bare:
            case "/robots.txt":
                return self.robots
            case "/login":
                return Answer(200, (("Content-Type", HTML),), other_page("login-form"))
        return None

    def _redirect(self, bare, query):
        """Return the redirect from another address of a page, including the older addresses of the site."""
        if bare.startswith("/details/doi/"):
            return self._to_doi(302, unquote(bare.removeprefix("/details/doi/")))
        if match := _DETAILS.fullmatch(bare):
            return self._to_id(301, match[1])
        if bare == "/details.php":
            fields = parse_qs(query)
            return self._to_id(301, fields.get("citation_id", [""])[0]) or self._to_doi(301, fields.get("doi", [""])[0])
        return None

    def _to_id(self, status, text):
        number = int(text) if re.fullmatch(r"[0-9]{1,18}", text) else 0
        path = self._path_of_id.get(number) or f"/details/{number}"
        return moved(status, path) if self.page(path) else None

    def _to_doi(self, status, text):
        doi = text.lower()
        path = self._path_of_doi.get(doi)
        if path is None and (number := _INVENTED_DOI.fullmatch(doi)):
            path = f"/details/{invented_id(int(number[1]))}"
        return moved(status, path) if path and self.page(path) else None


def moved(status, location):
    """Return a redirect."""
    return Answer(status, (("Location", quote(location, safe="/?=&.:;()%")), ("Content-Type", HTML)))


@cache
def samples():
    """Return path, id, DOI and page of every HTML sample with an id."""
    rows = []
    for path in sorted((ROOT / "samples").glob("*.html")):
        record = json.loads(path.with_suffix(".json").read_text("utf-8"))
        if record["altmetric_id"] is None:
            continue
        books = [other["value"] for other in record["identifiers"] if other["scheme"] == "altmetric_book"]
        address = "/details/" + "".join(f"{book}/chapter/" for book in books) + str(record["altmetric_id"])
        content = path.read_bytes()
        sample = Page(lambda content=content: content, f"text/html; charset={_charset(content)}")
        rows.append((address, record["altmetric_id"], record["doi"], sample))
    return rows


def _charset(content):
    if content.startswith(b"\xff\xfe"):
        return "utf-16"
    try:
        content.decode()
    except UnicodeDecodeError:
        return "windows-1252"
    return "utf-8"


def _not_found():
    return Answer(404, (("Content-Type", HTML),), other_page("not_found-404"))
