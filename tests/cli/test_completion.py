"""The completion of shells, which Click makes: its scripts, and what they ask the command."""

import os
import shutil
import subprocess
import sys

import pytest
from click.shell_completion import get_completion_class

from altdetails.cli import cli

CODE = "import sys; sys.argv[0] = 'altdetails'; from altdetails.cli import main; main()"
VARIABLE = "_ALTDETAILS_COMPLETE"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_a_script(shell):
    script = get_completion_class(shell)(cli, {}, "altdetails", VARIABLE).source()
    assert VARIABLE in script
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=script, text=True, check=True)


def test_the_command_prints_the_script_and_answers_it():
    for asked, expected in (("bash_source", "_altdetails_completion()"), ("bash_complete", "plain,export")):
        environment = os.environ | {VARIABLE: asked, "COMP_WORDS": "altdetails ex", "COMP_CWORD": "1"}
        done = subprocess.run([sys.executable, "-c", CODE], env=environment, capture_output=True, text=True, check=True)
        assert expected in done.stdout
        assert done.stderr == ""


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("altdetails sc", ["plain,scrape", "plain,schema"]),
        ("altdetails export --outp", ["plain,--output"]),
        ("altdetails schema --format d", ["plain,duckdb"]),
        ("altdetails export ru", ["file,ru"]),
        ("altdetails export run -o tab", ["file,tab"]),
    ],
)
def test_a_word_is_completed(words, expected, monkeypatch):
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(len(words.split()) - 1))
    completion = get_completion_class("bash")(cli, {}, "altdetails", VARIABLE)
    assert completion.complete().splitlines() == expected
