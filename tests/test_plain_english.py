"""The prose of the project: `data/banned_phrases.tsv` and `data/banned_names.txt` list what it avoids."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DATA = ROOT / "tests" / "data"


def _entries(name):
    lines = (DATA / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


PHRASES = [tuple(line.split("\t")) for line in _entries("banned_phrases.tsv")]
NAMES = frozenset(_entries("banned_names.txt"))
BREAK = r"\s+(?:#\s*)?"
"""White space, also that between two lines of a comment."""
MODULES = sorted((ROOT / "src").rglob("*.py"))
PAGES = [ROOT / "Makefile", ROOT / "CITATION.cff"]
PAGES += sorted(page for folder in (".", "docs", "samples", "cassettes") for page in (ROOT / folder).glob("*.md"))


def _name(path):
    return path.relative_to(ROOT).as_posix()


def violations(text):
    """Every banned phrase in a text: its line, the phrase, and the words to use instead."""
    return [
        f"line {text.count(chr(10), 0, match.start()) + 1}: {match.group()!r}: write {instead}"
        for pattern, instead in PHRASES
        for match in re.finditer(f"(?i){pattern}".replace(" ", BREAK), text)
    ]


def assigned_names(source):
    """The names that a module gives to variables, parameters, functions and classes."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
                yield name, node.lineno
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name, node.lineno


@pytest.mark.slow
def test_no_file_contains_a_banned_phrase():
    phrases = {_name(path): violations(path.read_text(encoding="utf-8")) for path in [*MODULES, *PAGES]}
    assert {path: wrong for path, wrong in phrases.items() if wrong} == {}


@pytest.mark.slow
def test_no_module_uses_a_banned_name():
    used = [
        f"{_name(path)}: line {line}: {name}"
        for path in MODULES
        for name, line in assigned_names(path.read_text(encoding="utf-8"))
        if name in NAMES
    ]
    assert used == []


def test_a_banned_phrase_is_found_with_its_line_and_the_words_to_use():
    assert violations("Fine.\nIt tells what\nhappened.") == [
        "line 2: 'tells': write report, say, show, distinguish",
    ]


def test_a_banned_phrase_is_found_across_lines():
    assert violations("# It lasts for\n# good.") == ["line 1: 'for\\n# good': write permanently"]


def test_a_banned_name_is_found_in_assignments_parameters_and_definitions():
    source = "found = 1\nfor each in x:\n    pass\ndef told(beside): ...\n"
    assert {name for name, _ in assigned_names(source)} & NAMES == {"found", "each", "told", "beside"}
