"""The sentence of a tab, such as `So far, Altmetric has seen 226 news stories from 188 outlets.`, and its numbers."""

from __future__ import annotations

import re
from typing import NamedTuple

from altdetails.page import words

__all__ = ["Totals", "sentence_in_text", "totals_of"]

_NUMBER = re.compile(r"(?<![\w.,'’])[0-9](?:[0-9.,'’\s]*[0-9])?\w*")
_OPENING = re.compile(r"\bAltmetric has (?:seen|tracked)\b", re.IGNORECASE)
_IN_TEXT = re.compile(
    r"(?:^[\s>#*_-]{0,20}|(?<=[.])\s{0,9}(?=So far))(?:So far,? )?Altmetric has (?:seen|tracked)\s"
    r"(?!.{0,20}\sresearch\soutputs)"
    r".{1,300}?[.](?=[*_]{0,3}(?:\s|\Z))",
    re.MULTILINE | re.DOTALL,
)
_ONE = re.compile(r"\b(?:one|a single)\b", re.IGNORECASE)
_FOLLOWERS_BEHIND = re.compile(r"\s*(?:combined |total )?followers?\b", re.IGNORECASE)
_UPPER_BOUND = re.compile(r"\bupper bound of\s*\Z", re.IGNORECASE)
_FROM = re.compile(r"\b(?:from|by)(?: (?:just|only|at least))?\s*\Z", re.IGNORECASE)
_USERS_BEHIND = re.compile(
    r"\s*(?:[\w+&-]+ ){0,2}(?:outlets?|sources?|users?|accounts?|tweeters?|redditors?|channels?|uploaders?|editors?"
    r"|offices?|jurisdictions?|platforms?|sites?)\b",
    re.IGNORECASE,
)
_UNIT_BEHIND = re.compile(r"\s*((?:[\w+&]+ ){0,2}[\w+&]+)")


class Totals(NamedTuple):
    """The numbers of a sentence. None means that the sentence does not give the number, or not certainly."""

    total: int | None = None
    users: int | None = None
    followers: int | None = None
    source: str | None = None
    """The key of the source that the sentence names."""
    unread: tuple[str, ...] = ()
    """What is not certain."""


class _Token(NamedTuple):
    text: str
    before: str
    behind: str

    @property
    def number(self) -> int | None:
        return 1 if _ONE.fullmatch(self.text) else words.parse_number(self.text)


def totals_of(sentence: str, source: str | None = None) -> Totals:
    """Return the numbers of a sentence. A number is known by its place and the words around it.

    Args:
        sentence: the sentence on one line.
        source: the key of the source of the tab, if it is known.
    """
    values: dict[str, int | None] = {}
    unread: list[str] = []
    tokens = _tokens(sentence)
    is_english = _OPENING.search(sentence) is not None
    named = _source_behind(tokens[0]) if tokens else None
    for place, token in enumerate(tokens):
        name = _name_of(token, place) or (_name_by_place(place, len(tokens), source) if not is_english else None)
        if name is None or name in values or (token.number is None):
            unread.append(f"{token.text}{token.behind}".strip())
        if name is not None:
            values.setdefault(name, token.number)
    if not tokens:
        unread.append(f"no number: {sentence}")
    elif not is_english:
        unread.append(f"unknown words: {sentence}")
    return Totals(**values, source=named, unread=tuple(unread))


def sentence_in_text(text: str) -> str | None:
    """Return the sentence in the text of a page, on one line and without marks of Markdown; None if there is none."""
    match = _IN_TEXT.search(text)
    return " ".join(re.sub(r"[*_]+", "", match[0]).lstrip("> #-").split()) if match else None


def _tokens(sentence: str) -> list[_Token]:
    """Return the numbers of a sentence, each with the words before and behind it."""
    matches = sorted([*_NUMBER.finditer(sentence), *_ONE.finditer(sentence)], key=lambda match: match.start())
    tokens = []
    for at, match in enumerate(matches):
        begin = matches[at - 1].end() if at else 0
        end = matches[at + 1].start() if at + 1 < len(matches) else len(sentence)
        tokens.append(_Token(match[0], sentence[begin : match.start()], sentence[match.end() : end]))
    return tokens


def _name_of(token: _Token, place: int) -> str | None:
    if _UPPER_BOUND.search(token.before) or _FOLLOWERS_BEHIND.match(token.behind):
        return "followers"
    if place and (_FROM.search(token.before) or _USERS_BEHIND.match(token.behind)):
        return "users"
    return "total" if place == 0 and not _FROM.search(token.before) else None


def _name_by_place(place: int, count: int, source: str | None) -> str | None:
    """Return the meaning of a number in a sentence in other words: posts, users, followers. Two can be either pair."""
    if place == 1 and count == 2 and source not in {"twitter", "bluesky", None}:  # noqa: PLR2004
        return "users"
    return ("total", "users", "followers")[place] if count == 3 else None  # noqa: PLR2004


def _source_behind(token: _Token) -> str | None:
    """Return the key of the source that the words behind the first number name: `news stories`, `X posts`."""
    match = _UNIT_BEHIND.match(token.behind.partition(" from ")[0])
    unit = match[1] if match else ""
    return words.key_of_source(unit) or _SOURCE_OF_UNIT.get(unit.lower()) or words.key_of_source(unit.partition(" ")[0])


_SOURCE_OF_UNIT = {"public wall posts": "facebook", "public wall post": "facebook"}
