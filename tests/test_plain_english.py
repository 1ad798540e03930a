"""The prose of the project: `data/banned_phrases.tsv` lists what it avoids."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]


BREAK = r"\s+(?:#\s*)?"
"""White space, also that between two lines of a comment."""
PHRASES = [
    (pattern.replace(" ", BREAK), instead)
    for line in (ROOT / "tests" / "data" / "banned_phrases.tsv").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
    for pattern, instead in [line.split("\t")]
]
ANY_PHRASE = re.compile(rf"\b(?:{'|'.join(pattern for pattern, _ in PHRASES)})")
"""Finds each phrase in a text in lower case: some 10 times as fast as to look for one after the other in any case."""
MODULES = sorted((ROOT / "src").rglob("*.py"))
PAGES = [ROOT / "Makefile", ROOT / "CITATION.cff"]
PAGES += sorted(page for folder in (".", "docs", "samples", "cassettes") for page in (ROOT / folder).glob("*.md"))


def _name(path):
    return path.relative_to(ROOT).as_posix()


def violations(text):
    """Every banned phrase in a text: its line, the phrase, and the words to use instead."""
    if not ANY_PHRASE.search(text.lower()):
        return []
    return [
        f"line {text.count(chr(10), 0, match.start()) + 1}: {match.group()!r}: write {instead}"
        for pattern, instead in PHRASES
        for match in re.finditer(rf"(?i)\b{pattern}", text)
    ]


def test_no_file_contains_a_banned_phrase():
    phrases = {_name(path): violations(path.read_text(encoding="utf-8")) for path in [*MODULES, *PAGES]}
    assert {path: wrong for path, wrong in phrases.items() if wrong} == {}


def test_a_banned_phrase_is_found_with_its_line_and_the_words_to_use():
    assert violations("Fine.\nIt tells what\nhappened.") == [
        "line 2: 'tells': write report, say, show, distinguish",
    ]


def test_a_banned_phrase_is_found_across_lines():
    assert violations("# It lasts for\n# good.") == ["line 1: 'for\\n# good': write permanently"]
