"""docs/cli.md contains the help of every command, as printed in a terminal of 80 columns."""

import re
from pathlib import Path

import click
import pytest
from tests.support.calling import call
from tests.support.cases import for_each

from altdetails import documents
from altdetails.cli import GROUPS, cli
from altdetails.cli.ui import Exit
from altdetails.documents import ARCHIVE_ENDINGS, COMPRESSED_ENDINGS, PLAIN_ENDINGS

COMMANDS = [name for group in GROUPS.values() for name in group]
DOCUMENT = (Path(__file__).parents[2] / "docs" / "cli.md").read_text(encoding="utf-8")


@pytest.fixture
def printed_help(capsys):
    def run(*command):
        cli.main([*command, "--help"], prog_name="altdetails", standalone_mode=False)
        return capsys.readouterr().out

    return run


@for_each("name", [None, *COMMANDS])
def test_the_help_of_every_command_is_documented_as_it_is_printed(printed_help, name):
    command = [name] if name else []
    call = " ".join(["altdetails", *command, "--help"])
    assert f"```console\n$ {call}\n{printed_help(*command)}```\n" in DOCUMENT


def test_no_other_help_is_documented():
    assert len(re.findall(r"^\$ altdetails.* --help$", DOCUMENT, re.MULTILINE)) == 1 + len(COMMANDS)


@for_each("ending", [*ARCHIVE_ENDINGS, *PLAIN_ENDINGS, *COMPRESSED_ENDINGS])
def test_every_ending_is_documented_and_in_the_help(printed_help, ending):
    assert f"`{ending}`" in DOCUMENT
    assert ending in printed_help("parse")


@for_each("code", [0, *Exit])
def test_every_exit_code_is_documented(code):
    assert f"| {int(code)} |" in DOCUMENT


@pytest.mark.parametrize(
    "limit",
    [f"{documents.MAX_DOCUMENT_BYTES >> 20} MiB", f"{documents.MAX_MEMBERS:,} members", f"{documents.MAX_RATIO} times"],
)
def test_every_limit_is_documented(limit):
    assert limit in DOCUMENT


@for_each("name", COMMANDS)
def test_every_option_has_an_environment_variable_of_its_own(name):
    command = cli.get_command(click.Context(cli), name)
    options = [option for option in command.params if isinstance(option, click.Option) and not option.is_eager]
    own = [option.envvar for option in options if option.envvar != "ALTDETAILS_CONTACT"]
    assert len({*own}) == len(own)
    for option in options:
        long = max(option.opts, key=len).lstrip("-")
        expected = f"ALTDETAILS_{name}_{long}".replace("-", "_").upper()
        assert option.envvar in {expected, "ALTDETAILS_CONTACT"}


def test_an_option_is_taken_from_the_environment(monkeypatch, tmp_path):
    sample = str(Path(__file__).parents[2] / "samples" / "article-2023.html")
    monkeypatch.setenv("ALTDETAILS_PARSE_OUTPUT", str(tmp_path / "out.jsonl"))
    assert call("parse", sample).out == ""
    assert (tmp_path / "out.jsonl").stat().st_size > 0
    assert call("parse", sample, "-o", "-").out
