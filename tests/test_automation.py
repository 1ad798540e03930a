"""The page "Every night": its commands have the options that it names, and its Python runs without the schedulers."""

import configparser
import re
import shlex
import sys
from types import ModuleType, SimpleNamespace

import pytest
import yaml
from tests.support.cases import for_each
from tests.support.pages import ROOT

from altdetails import Loaded, Run
from altdetails.cli import cli
from altdetails.scraping import route

PAGE = (ROOT / "docs" / "automation.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
COMMANDS = [
    shlex.split(command)
    for _, block in BLOCKS
    for command in re.findall(r"(?:^|[/' ])altdetails ((?:scrape|load|parse) [^;'\n]*)", block)
] + [COMPOSE["services"][name]["command"] for name in ("scrape", "load")]


def blocks(language, word):
    return next(block for name, block in BLOCKS if name == language and word in block)


@for_each("command", COMMANDS, ids=" ".join)
def test_a_command_of_the_page_has_these_options(command):
    name, *arguments = command
    context = cli.make_context("altdetails", [name], resilient_parsing=True)
    given = cli.get_command(context, name).make_context(name, [*arguments], context, resilient_parsing=True)
    assert given.args == []


def test_the_page_has_commands_for_cron_systemd_and_containers():
    assert len(COMMANDS) >= 8


def test_the_units_of_systemd_can_be_read():
    for word in ("[Service]", "[Timer]"):
        parser = configparser.RawConfigParser(strict=False)
        parser.optionxform = str
        parser.read_string(blocks("ini", word))
        assert word.strip("[]") in parser.sections()


@pytest.fixture
def nightly(tmp_path, monkeypatch):
    """The folder of the example, with a list. The replica answers for the site; there are no schedulers."""
    monkeypatch.setitem(route.DEFAULT_INTERVALS, "site", 0)
    monkeypatch.setenv("ALTDETAILS_STATE", str(tmp_path / "state"))
    monkeypatch.syspath_prepend(ROOT / "docs" / "examples")
    monkeypatch.delitem(sys.modules, "nightly", raising=False)
    (tmp_path / "dois.txt").write_text("10.5555/lhs.2023.0417\n\n10.5555/jhe.2012.118\n", encoding="utf-8")
    return tmp_path


@pytest.fixture
def stand_in(monkeypatch):
    """Put a module in the place of a scheduler."""

    def put(name, **content):
        module = ModuleType(name)
        vars(module).update(content)
        monkeypatch.setitem(sys.modules, name, module)

    return put


def run(code, folder):
    names = {}
    exec(code.replace("/srv/altdetails", str(folder)), names)  # noqa: S102 -- this is what is tested
    return names


@pytest.fixture
def loads(monkeypatch):
    """The arguments of each load. Nothing is loaded: tests of `load` do that."""
    given = []

    def load(run, to):
        given.append((run, to))
        return Loaded(2, 1, 0, to, "altdetails", [])

    monkeypatch.setattr("altdetails.loading.warehouse.load", load)
    return given


@pytest.mark.usefixtures("altmetric")
def test_the_tasks_of_airflow_fetch_and_load(nightly, stand_in, loads):
    def task(function=None, **_options):
        return function or task

    stand_in("airflow", __path__=[])
    stand_in("airflow.sdk", task=task, dag=lambda **_options: task)
    run(blocks("python", "airflow"), nightly)
    assert loads == [(f"{nightly}/run", f"duckdb:///{nightly}/library.duckdb")]
    assert Run(nightly / "run").status().counts["ok"] == 2


@pytest.mark.usefixtures("altmetric")
def test_the_assets_of_dagster_fetch_and_then_load(nightly, stand_in, loads):
    def asset(function=None, **_options):
        return function or asset

    kinds = ("Definitions", "MaterializeResult", "RetryPolicy", "ScheduleDefinition")
    stand_in("dagster", asset=asset, **dict.fromkeys(kinds, SimpleNamespace))
    names = run(blocks("python", "dagster"), nightly)
    pages, tables = (step() for step in names["defs"].assets)
    assert pages.metadata == {"ok": 2}
    assert tables.metadata == {"records": 2, "new": 1, "damaged": 0}
    assert loads == [(f"{nightly}/run", f"duckdb:///{nightly}/library.duckdb")]
