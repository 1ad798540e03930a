"""What users import, and what each module says it holds."""

import importlib
import inspect
import pkgutil
import subprocess
import sys

import pytest

import altdetails
from altdetails import errors, identifiers, page, record

PUBLIC = {
    *("parse", "parse_file", "schema", "PageKind"),
    *("Record", "Count", "Date", "Demographics", "Group", "Highlight", "Inconsistency", "MendeleyReaders"),
    *("Provenance", "Ranking", "TwitterUsers", "Unread"),
    *("scrape", "Outcome"),
    *("AltdetailsError", "IdentifierError", "InputError", "NotADetailsPage", "PageError", "UndecodablePage"),
    *("ExportError", "FetchError", "RunStopped", "StoreError", "RunDamaged", "RunLocked"),
    *("Address", "Identifier", "details_url", "identify"),
}
MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(altdetails.__path__, "altdetails.")
    if not module.name.endswith("__main__")
)


def test_the_package_exports_what_users_import_and_nothing_else():
    assert set(altdetails.__all__) == PUBLIC
    assert len(altdetails.__all__) == len(PUBLIC)


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_an_exported_name_is_there_and_has_a_docstring(name):
    assert inspect.getdoc(getattr(altdetails, name))


def test_a_star_import_and_a_listing_give_the_exported_names():
    names = {}
    exec("from altdetails import *", names)  # noqa: S102 - this is what is tested
    assert set(names) >= PUBLIC
    assert set(dir(altdetails)) >= PUBLIC


def test_a_name_that_is_not_exported_is_missed_with_its_name():
    with pytest.raises(AttributeError, match="no attribute 'prase'"):
        altdetails.prase  # noqa: B018


def test_an_exported_name_is_the_one_of_its_module():
    assert altdetails.parse is page.parse
    assert altdetails.Record is record.Record
    assert altdetails.PageError is errors.PageError is page.PageError
    assert altdetails.identify is identifiers.identify


@pytest.mark.parametrize("name", MODULES)
def test_every_module_names_what_it_holds(name):
    module = importlib.import_module(name)
    assert module.__doc__
    assert [each for each in module.__all__ if not hasattr(module, each)] == []
    assert sorted(set(module.__all__)) == sorted(module.__all__)


@pytest.mark.parametrize("name", MODULES)
def test_no_module_names_what_is_private(name):
    assert [each for each in importlib.import_module(name).__all__ if each.startswith("_")] == []


def test_importing_the_package_loads_no_parser():
    code = "import sys, altdetails; print(*sorted({'lxml', 'bs4', 'rich', 'click'} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert run.stdout.strip() == ""


@pytest.mark.parametrize("library", ["httpx", "requests", "urllib.request", "click", "rich"])
def test_parsing_loads_neither_network_nor_terminal(library):
    code = f"import sys, altdetails; altdetails.parse; print({library!r} in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert run.stdout.strip() == "False"
