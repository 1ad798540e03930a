"""The structure of the source: number, length and names of modules, and imports of commands."""

import ast
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from altdetails.cli import GROUPS, cli

SOURCE = Path(__file__).parents[1] / "src" / "altdetails"
MODULES = sorted(SOURCE.rglob("*.py"))
TREES = {path.relative_to(SOURCE).as_posix(): ast.parse(path.read_text("utf-8")) for path in MODULES}
FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef


def places_by_name(names):
    by_name = defaultdict(list)
    for name, place in names:
        by_name[name].append(place)
    return {name: places for name, places in by_name.items() if len(places) > 1}


def imports_inside_functions():
    return {
        (path, inner.lineno)
        for path, tree in TREES.items()
        for outer in ast.walk(tree)
        if isinstance(outer, FUNCTIONS)
        for inner in ast.walk(outer)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    }


def test_there_are_at_most_125_modules_of_at_most_450_lines():
    assert len(MODULES) <= 125
    assert [path.name for path in MODULES if len(path.read_text("utf-8").splitlines()) > 450] == []


def test_no_two_modules_have_the_same_name():
    names = ((Path(path).stem, path) for path in TREES if not path.endswith("__.py"))
    assert places_by_name(names) == {}


def test_no_two_classes_have_the_same_name():
    classes = (
        (node.name, path) for path, tree in TREES.items() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)
    )
    assert places_by_name(classes) == {}


def test_at_most_12_imports_are_inside_functions_each_with_a_reason():
    inside = imports_inside_functions()
    assert len(inside) <= 12
    lines = {path: (SOURCE / path).read_text("utf-8").splitlines() for path, _ in inside}
    assert [f"{path}:{number}" for path, number in inside if "# noqa: PLC0415 -- " not in lines[path][number - 1]] == []


@pytest.mark.parametrize(("name", "summary"), [pair for commands in GROUPS.values() for pair in commands.items()])
def test_the_summary_of_a_command_is_the_first_line_of_its_help(name, summary):
    command = cli.get_command(None, name)
    assert command.name == name
    assert command.help.partition("\n\n")[0] == summary


def loaded_by(*arguments):
    code = (
        "import sys; from altdetails.cli import cli; "
        f"cli.main({list(arguments)}, standalone_mode=False); print(*sys.modules, file=sys.stderr)"
    )
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    ).stderr.split()


@pytest.mark.parametrize("arguments", [["--version"], ["--help"]])
def test_version_and_help_import_only_click(arguments):
    assert not {"bs4", "lxml", "msgspec", "rich", "httpx", "pyarrow"} & set(loaded_by(*arguments))


def test_the_help_of_a_command_imports_neither_network_libraries_nor_arrow():
    assert not {"httpx", "pyarrow", "rich", "duckdb", "daft", "dlt"} & set(loaded_by("parse", "--help"))


def test_parsing_an_ordinary_page_does_not_import_beautiful_soup():
    sample = SOURCE.parents[1] / "samples" / "article-2023.html"
    code = f"import sys, altdetails; altdetails.parse_file({str(sample)!r}); print('bs4' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert run.stdout.strip() == "False"
