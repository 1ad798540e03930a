"""The public names of the package and of each module."""

import ast
import importlib
import inspect
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.support.cases import for_each

import altdetails
from altdetails import errors
from altdetails.cli import GROUPS

ROOT = Path(__file__).parents[1]
OF_COMMANDS = {name: name for commands in GROUPS.values() for name in commands} | {
    "history": "collect_history",
    "show": "parse_file",
    "status": "Run",
}
"""The function or class behind each command."""
MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(altdetails.__path__, "altdetails.")
    if not module.name.endswith("__main__")
)


def said(code):
    """Return the output of code in a new process."""
    command = [sys.executable, "-c", code]
    run = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60, cwd=ROOT)
    return run.stdout.strip()


def imported_for_types():
    """The names that type checkers see, each with its module."""
    tree = ast.parse(Path(altdetails.__file__).read_text("utf-8"))
    for block in tree.body:
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING":
            for line in block.body:
                yield from ((alias.name, line.module) for alias in line.names)


def test_every_error_is_exported():
    assert set(errors.__all__) <= set(altdetails.__all__)


def test_every_exported_name_is_in_the_typing_test():
    tree = ast.parse((ROOT / "tests" / "typing" / "api.py").read_text("utf-8"))
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert set(altdetails.__all__) - used == {"__version__"} & set(altdetails.__all__)


@for_each("command", sorted(OF_COMMANDS))
def test_every_command_has_a_function_or_class(command):
    name = OF_COMMANDS[command]
    assert name in altdetails.__all__
    assert callable(getattr(altdetails, name))


@for_each("name", altdetails.__all__)
def test_an_exported_name_exists_and_has_a_docstring(name):
    assert inspect.getdoc(getattr(altdetails, name))


@for_each("name", altdetails.__all__)
def test_an_exported_name_is_the_object_of_its_module(name):
    value = getattr(altdetails, name)
    if not isinstance(value, str):
        assert value is getattr(importlib.import_module(value.__module__), name)
        assert value.__name__ == name


def test_type_checkers_see_the_same_names_as_the_program():
    assert dict(imported_for_types()) == altdetails._MODULE_OF
    assert sorted(set(altdetails.__all__)) == sorted(altdetails.__all__)
    assert {name for name in altdetails.__all__ if name not in vars(altdetails)} <= set(altdetails._MODULE_OF)
    assert set(altdetails._MODULE_OF) <= set(altdetails.__all__)


def test_no_module_has_the_name_of_an_exported_object():
    modules = {module.name for module in pkgutil.iter_modules(altdetails.__path__)}
    assert modules & set(altdetails.__all__) == set()


@pytest.mark.slow
def test_functions_stay_functions_when_every_module_is_imported():
    for name in MODULES:
        importlib.import_module(name)
    assert [name for name in altdetails.__all__ if inspect.ismodule(getattr(altdetails, name))] == []


def test_a_star_import_and_a_listing_give_the_exported_names():
    names = {}
    exec("from altdetails import *", names)  # noqa: S102 -- this is what is tested
    assert set(names) - {"__builtins__"} == set(altdetails.__all__)
    assert set(dir(altdetails)) == set(altdetails.__all__)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'prase'"):
        altdetails.prase  # noqa: B018


@for_each("name", MODULES)
def test_every_module_exports_its_public_names_only(name):
    module = importlib.import_module(name)
    assert module.__doc__
    names = getattr(module, "__all__", [])
    assert names or not [value for value in vars(module).values() if getattr(value, "__module__", None) == name]
    assert [item for item in names if not hasattr(module, item) or item.startswith("_")] == []
    assert len(set(names)) == len(names)


def test_importing_the_package_imports_no_dependency():
    others = {"lxml", "bs4", "rich", "click", "httpx", "pyarrow", "msgspec", "fastwarc", "tenacity", "protego"}
    code = f"import sys, altdetails; dir(altdetails); print(*sorted({others} & set(sys.modules)))"
    assert said(code) == ""


def test_parsing_imports_neither_network_nor_terminal_libraries():
    others = {
        "httpx",
        "requests",
        "urllib.request",
        "click",
        "rich",
        "pyarrow",
        "altdetails.scraping",
        "altdetails.cli",
    }
    code = f"""
import sys, altdetails
altdetails.parse(open("samples/article-2023.html", "rb").read())
altdetails.parse_file("samples/article-2023.html")
print(*sorted({others} & set(sys.modules)))
"""
    assert said(code) == ""


def test_the_api_reference_has_every_exported_name():
    reference = (ROOT / "docs" / "api.md").read_text("utf-8")
    assert {f"::: altdetails.{name}" for name in altdetails.__all__} <= set(reference.splitlines())
