"""Mask the text and links of a page: letters become `x`, digits `0`. Only the words that the parser reads by are kept.

Numbers and identifiers that would be invalid as zeros get a valid substitute: `0%`, `#01`, `1 May 2000`, `10.5555/xxx`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import chain, pairwise
from unicodedata import category

from altdetails import identifiers
from altdetails.errors import IdentifierError
from altdetails.page import words
from altdetails.page.flow import on_one_line
from altdetails.page.interpret.bibliography import month

__all__ = ["BREAK", "FIXED_WORDS", "MAX_SHAPE", "MaskedLinks", "MaskedText", "shape_of", "words_in"]

BREAK = "\x1e"
"""Separates the lines of a text: what a browser shows on lines or in cells of their own."""
MAX_SHAPE = 40
"""The most characters that are kept of the shape of a text."""

_N = words.NUMBER
_LINES = words.SINGLE_LINES | {"Count", "As %", "Article Metrics"}
_NAMES = (*words.NAMES_OF_SOURCES, *chain.from_iterable(words.NAMES_OF_SOURCES.values()))
_KEYS = frozenset(chain(_NAMES, (f"{name}s" for name in _NAMES)))
_UNITS = "|".join(sorted(_NAMES, key=len, reverse=True)).replace("+", r"\+")
_PHRASES = (
    rf"(?<![\w,.]){_N} (?i:{_UNITS})(?i:s?)(?!\w)",
    r"(?:I|\bi)n the top \d+%(?: of all research outputs)?(?: scored by Altmetric)?",
    r"outputs scored by Altmetric",
    rf"(?:One of|Among) the highest-scoring outputs from this source(?: \(#{_N} of {_N}\))?",
    r"(?i:high|good|above-average|average)? Attention Score compared to outputs of the same age(?: and source)?",
    r"\(\d+(?:st|nd|rd|th) percentile\)",
    words.LIMITED_ACCESS,
    rf"{words.TWITTER_SENTENCE}(?:s? of)?",
    rf"{words.MENDELEY_SENTENCE}(?: for)?",
    r"who shared this research output",
    words.CONTEXT_OPENING,
    r"Altmetric Attention Score of",
    r"\blast mentioned\b(?: on\b)?",
    rf"(?:\bSo far )?Altmetric has tracked(?: {_N} research outputs?(?: across\b)?)?",
    r"\bOlder research outputs will score(?: higher\b)?",
    r"\bWe['’]re also able to compare this(?: research output\b)?",
    rf"\bto (?:the )?{_N} (?:tracked outputs?|others?)\b",
    r"\bmean Attention Score of\b",
    r"\bin the \d+(?:st|nd|rd|th) percentile\b",
    r"\bscoring higher than \d+% of\b",
    rf"\bscored higher than {_N} of them\b",
    rf"(?<!\w)of {_N} outputs?\b",
    r"Skip to main content",
)
_PHRASE = re.compile("|".join(f"(?:{phrase})" for phrase in _PHRASES).replace(" ", r"\s+"))
_WORDS_OF_LINES = (
    (r"Overview of attention for ", r"\AOverview of attention for | published (?:in|by) "),
    (r"All research outputs|Outputs ", r"\A(?:All research outputs|Outputs (?:of similar age(?: from )?|from ))"),
    (r"Compared to|They |This one|To account for", r"\A(?:Compared to|They |This one|To account for)"),
)
"""Openings of lines, and the words that are kept in a line with this opening."""
FIXED_WORDS = frozenset((*_LINES, *_KEYS, *_NAMES, *_PHRASES, *chain.from_iterable(_WORDS_OF_LINES)))
"""The words that are kept, partly as regular expressions."""
_RULES_OF_LINES = [[re.compile(pattern.replace(" ", r"\s+")) for pattern in rule] for rule in _WORDS_OF_LINES]

_KEPT_SYMBOLS = frozenset("–—‘’“”…·•↓→©«»×\xa0")
_WORD = re.compile(r"[^\W\d_]{3,}")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")


class MaskedText:
    """A text and its mask, character by character.

    Args:
        text: the text, with `BREAK` between its lines.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._masked = [*_translate(text)]
        self._kept = bytearray(len(text))
        at = 0
        for line in text.split(BREAK):
            for start, end in _spans_of_words(line):
                self._keep(at + start, at + end)
            for start, replacement in _substitutes(line):
                for place, characters in enumerate(replacement, at + start):
                    self._masked[place], self._kept[place] = characters, 1
            at += len(line) + 1

    def _keep(self, start: int, end: int) -> None:
        for at in range(start, end):
            character = self.text[at]
            self._masked[at], self._kept[at] = "0" if character.isdigit() else character, 1

    def part(self, start: int, end: int) -> str:
        """Return the mask of a part, with at most 40 characters of each run between fixed words."""
        parts = []
        while start < end:
            is_kept = self._kept[start]
            stop = self._kept.find(not is_kept, start, end)
            stop = end if stop < 0 else stop
            run = "".join(self._masked[start:stop])
            parts.append(run if is_kept else _shorten(run))
            start = stop
        return "".join(parts)

    def own_text(self) -> str:
        """Return the text without the fixed words."""
        return "".join(BREAK if kept else character for character, kept in zip(self.text, self._kept, strict=True))


class MaskedLinks:
    """Mask the links of one page. Each Altmetric id gets a substitute, so that links to one output stay equal."""

    def __init__(self) -> None:
        self._substitutes: dict[int, int] = {}

    def mask(self, link: str) -> str:
        """Return the form of a link: its scheme, host and path."""
        parts = _LINK.fullmatch(link.strip())
        if parts is None:
            return shape_of(link)
        scheme, host, path, query, fragment = parts.groups()
        if scheme and scheme.lower() not in _WEB_SCHEMES:
            return f"{scheme.lower() if scheme.lower() in _OTHER_SCHEMES else shape_of(scheme)}:x"
        return "".join(
            (
                f"{scheme.lower()}:" if scheme else "",
                "" if host is None else f"//{_mask_host(host)}",
                self._path(path, host or ""),
                self._query(query or ""),
                "#" if fragment else "",
            )
        )

    @staticmethod
    def own_parts(link: str) -> list[str]:
        """Return the parts of a link's path that are not fixed words."""
        parts = _LINK.fullmatch(link.strip())
        segments = parts[3].split("/") if parts else []
        return [segment for segment in segments if segment.lower() not in _SEGMENTS]

    def _path(self, path: str, host: str) -> str:
        masked = []
        previous = ""
        for segment in path.split("/")[:_MAX_SEGMENTS]:
            masked.append(self._segment(segment, previous, host))
            previous = segment.lower()
        return "/".join(masked)

    def _segment(self, segment: str, previous: str, host: str) -> str:
        if segment.lower() in _SEGMENTS or _mask_host(segment) == segment.lower():
            return segment
        number = _LEADING_NUMBER.match(segment)
        if number and previous in {"details", "chapter"}:
            return self._substitute(number[0]) + shape_of(segment[number.end() :])
        if segment.isdigit() and segment.strip("0") and host.lower().endswith(_PUBMED):
            return "0" * (min(len(segment), MAX_SHAPE) - 1) + "1"
        if _DOI_PREFIX.fullmatch(f"{segment}/", 0, len(segment)):
            return f"10.{'5' * (len(segment) - 3)}"
        return shape_of(segment)

    def _query(self, query: str) -> str:
        fields = [pair.partition("=")[::2] for pair in query.split("&")]
        known = [
            f"{name}={self._substitute(value) if value.isdigit() and name == 'citation_id' else shape_of(value)}"
            for name, value in fields
            if name in _QUERY_NAMES
        ]
        return f"?{'&'.join(known)}" if known else ""

    def _substitute(self, number: str) -> str:
        return str(self._substitutes.setdefault(int(number), _FIRST_SUBSTITUTE + len(self._substitutes)))


_LINK = re.compile(r"(?:([a-zA-Z][a-zA-Z0-9+.-]*+):)?(?://([^/?#]*+))?([^?#]*+)(?:\?([^#]*+))?(#.*)?", re.DOTALL)
_WEB_SCHEMES = frozenset({"http", "https"})
_OTHER_SCHEMES = frozenset({"about", "blob", "data", "file", "ftp", "javascript", "mailto", "tel"})
_SITE = "altmetric.com"
_PUBMED = "ncbi.nlm.nih.gov"
_HOSTS = frozenset({"", "doi.org", "dx.doi.org", "arxiv.org", "web.archive.org", f"pubmed.{_PUBMED}", f"www.{_PUBMED}"})
_SUBDOMAINS = frozenset({"api", "badges", "docs", "help", "www"})
_SEGMENTS = _KEYS | {
    *("", "chapter", "details", "details.php", "doi", "http:", "https:", "pubmed", "web"),
    *("citations", "google", "highlights", "patents", "peer-reviews", "policy-documents"),
}
_QUERY_NAMES = frozenset({"_pjax", "citation_id", "doi", "tab"})
_LEADING_NUMBER = re.compile(r"[0-9]{1,19}(?![0-9])")
_MAX_SEGMENTS = 12
_FIRST_SUBSTITUTE = 990_000_001


def _mask_host(host: str) -> str:
    """Return a host in lower case if the parser knows it, else its shape."""
    host = host.lower()
    name = host.removesuffix(_SITE)
    if host in _HOSTS or (name != host and name.removesuffix(".") in _SUBDOMAINS | {""}):
        return host
    return f"{shape_of(name[:-1])}.{_SITE}" if name != host and name.endswith(".") else shape_of(host)


def shape_of(text: str) -> str:
    """Return the shape of a text without any words, of at most 40 characters."""
    return _shorten(_translate(text))


def words_in(text: str) -> set[str]:
    """Return the words of at least three letters in a text, in lower case, and each pair of neighbours as one word."""
    in_order = [word.lower() for word in _WORD.findall(_HUMP.sub(" ", text))]
    return {*in_order, *map("".join, pairwise(in_order))}


def _translate(text: str) -> str:
    return text.translate({ord(character): _mask_of(character) for character in set(text)})


def _mask_of(character: str) -> str:
    if character.isdigit() or category(character)[0] == "N":
        return "0"
    if character in _KEPT_SYMBOLS or (character.isascii() and not character.isalpha()):
        return character
    return "x"


def _shorten(run: str) -> str:
    """Cut the text of a run to 40 characters. White space around it is kept."""
    text = run.strip()
    if len(text) <= MAX_SHAPE:
        return run
    start = len(run) - len(run.lstrip())
    return run[:start] + text[:MAX_SHAPE].rstrip() + run[start + len(text) :]


def _spans_of_words(line: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of the fixed words in a line."""
    bare = line.strip()
    if not bare:
        return
    start = line.index(bare)
    if _is_fixed(on_one_line(bare)):
        yield start, start + len(bare)
        return
    for phrase in _PHRASE.finditer(line):
        yield phrase.span()
    for opening, kept in _RULES_OF_LINES:
        if opening.match(bare):
            for match in kept.finditer(bare):
                yield start + match.start(), start + match.end()


def _is_fixed(line: str) -> bool:
    """Whether a whole line is a heading, a label or the key of a source."""
    return words.normalise(line).rstrip(":") in _LINES or line.lower().removesuffix("_citation") in _KEYS


def _substitute_of_percent(match: re.Match[str]) -> list[str]:
    is_valid = words.parse_percent(match[0]) is not None and str(int(match[0])) == match[0]
    return _spread("0" if is_valid else "0" * max(2, len(match[0])), len(match[0]))


def _with_one(match: re.Match[str]) -> list[str] | None:
    """Return zeros and a one at the end, because neither a rank nor a PubMed id is zero."""
    return [*_translate(match[0])[:-1], "1"] if _NOT_ZERO.search(match[0]) else None


def _substitute_of_date(match: re.Match[str]) -> list[str] | None:
    day, name, year = match.groups()
    with suppress(ValueError):
        dt.date(int(year), month(name) or 0, int(day or 1))
        return _spread("1 May 2000" if day else "May 2000", len(match[0]))
    return None


def _substitute_of_isbn(match: re.Match[str]) -> list[str] | None:
    with suppress(IdentifierError):
        identifiers.isbn(match[0])
        digits = iter("9780000000002")
        return [next(digits) if character.isdigit() else character for character in match[0]]
    return None


def _substitute_of_arxiv(match: re.Match[str]) -> list[str] | None:
    with suppress(IdentifierError):
        identifiers.arxiv(match[0])
        return [*_SUBSTITUTES_OF_ARXIV[len(match[0])]]
    return None


_DOI_PREFIX = re.compile(r"(?<![\w.])10\.\d{4,9}(?=/)")
_DATE = re.compile(r"\b(?:(\d{1,2})(?:st|nd|rd|th)?\s+)?([A-Za-z]{3,9})\.?\s+((?:1[5-9]|2[01])\d\d)\b")
_NOT_ZERO = re.compile(r"[1-9]")
_SUBSTITUTES_OF_ARXIV = {9: "0701.0000", 10: "2001.00000"}
_RULES_OF_NUMBERS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], list[str] | None]], ...] = (
    (re.compile(r"(?<![\d.,])\d{1,9}(?=%)"), _substitute_of_percent),
    (re.compile(r"<\s?1%"), lambda match: [*match[0]]),
    (re.compile(rf"#{_N}"), _with_one),
    (re.compile(r"\A\s*+[0-9]{5,9}(?=\s*+\Z)"), _with_one),
    (re.compile(r"\A\s*+f1000(?=\s*+\Z)"), lambda match: [*match[0]]),
    (_DATE, _substitute_of_date),
    (_DOI_PREFIX, lambda match: ["1", "0", ".", *"5" * (len(match[0]) - 3)]),
    (re.compile(r"(?<!\d)97[89](?:[\s-]?\d){10}(?!\d)"), _substitute_of_isbn),
    (re.compile(r"(?<![\d.])\d{4}\.\d{4,5}(?!\.?\d)"), _substitute_of_arxiv),
)


def _substitutes(line: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the place of each number that is invalid as zeros, and its replacement, character by character."""
    for pattern, substitute in _RULES_OF_NUMBERS:
        for match in pattern.finditer(line):
            if replacement := substitute(match):
                yield match.start(), replacement


def _spread(replacement: str, length: int) -> list[str]:
    """Return a replacement for a number of characters: all in the first of them."""
    return [replacement, *[""] * (length - 1)]
