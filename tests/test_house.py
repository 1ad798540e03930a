"""The structure of the source: number, length and names of modules, and imports of commands."""

import ast
import re
import subprocess
import sys
from collections import defaultdict
from functools import cache
from pathlib import Path

from tests.support.cases import for_each

from altdetails.cli import GROUPS, cli

SOURCE = Path(__file__).parents[1] / "src" / "altdetails"
MODULES = sorted(SOURCE.rglob("*.py"))
FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef
NAMES = {
    line
    for line in (Path(__file__).parent / "data" / "banned_names.txt").read_text("utf-8").splitlines()
    if line and not line.startswith("#")
}


@cache
def trees():
    """Return the syntax trees of all modules, by their paths."""
    return {path.relative_to(SOURCE).as_posix(): ast.parse(path.read_text("utf-8")) for path in MODULES}


def places_by_name(names):
    by_name = defaultdict(list)
    for name, place in names:
        by_name[name].append(place)
    return {name: places for name, places in by_name.items() if len(places) > 1}


def imports_inside_functions():
    inside = set()
    for path, tree in trees().items():
        nodes = [*ast.walk(tree)]
        functions = [(node.lineno, node.end_lineno) for node in nodes if isinstance(node, FUNCTIONS)]
        imports = [node.lineno for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)]
        inside |= {(path, line) for line in imports if any(first < line <= last for first, last in functions)}
    return inside


def test_there_are_at_most_230_modules_of_at_most_450_lines():
    assert len(MODULES) <= 230
    assert [path.name for path in MODULES if len(path.read_text("utf-8").splitlines()) > 450] == []


def test_no_two_modules_have_the_same_name():
    names = ((Path(path).stem, path) for path in trees() if not path.endswith("__.py"))
    assert places_by_name(names) == {}


def test_no_two_classes_have_the_same_name():
    classes = (
        (node.name, path) for path, tree in trees().items() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)
    )
    assert places_by_name(classes) == {}


def test_at_most_15_imports_are_inside_functions_each_with_a_reason():
    inside = imports_inside_functions()
    assert len(inside) <= 15
    lines = {path: (SOURCE / path).read_text("utf-8").splitlines() for path, _ in inside}
    assert [f"{path}:{number}" for path, number in inside if "# noqa: PLC0415 -- " not in lines[path][number - 1]] == []


def assigned_names(tree):
    """Yield the names that a module gives to variables, parameters, functions and classes, with their lines."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
                yield name, node.lineno
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name, node.lineno


def test_no_module_uses_a_banned_name():
    used = [
        f"{path}: line {line}: {name}"
        for path, tree in trees().items()
        for name, line in assigned_names(tree)
        if name in NAMES
    ]
    assert used == []


def test_a_banned_name_is_found_in_assignments_parameters_and_definitions():
    source = "found = 1\nfor each in x:\n    pass\ndef told(beside): ...\n"
    assert {name for name, _ in assigned_names(ast.parse(source))} & NAMES == {"found", "each", "told", "beside"}


TERMINAL = re.compile(
    r"(.*\.)?(print|input|breakpoint|echo|secho|echo_via_pager|prompt|confirm|pause|getpass|pprint|lastResort)"
    r"|.*\bConsole|.*\.(StreamHandler|RichHandler|basicConfig|captureWarnings|warn|warn_explicit)"
    r"|traceback\.print_\w+|os\.(write|dup2|system)|sys\.(__)?std(out|err)(__)?|sys\.excepthook"
)
"""Names of code that can write to a terminal."""
match_terminal = cache(TERMINAL.fullmatch)
AROUND_THE_GATE = {
    "_files.py": {"sys.stdout"},  # records
    "cli/__init__.py": {"sys.stdout", "sys.stderr"},  # prepares the streams
    "cli/diff.py": {"sys.stdout"},  # is it a terminal?
    "cli/parse.py": {"sys.stdout"},  # is it a terminal?
    "cli/parse_folder.py": {"sys.stderr", "os.dup2"},  # Daft writes to standard output
    "lists/workbook.py": {"sys.stdout"},  # in a process of its own, to the process that started it
    "cli/ui.py": {
        *("sys.stderr", "os.dup2", "os.write"),
        *("Console", "click.echo", "console.print", "self.display.console.print"),
    },
}


def dotted(node):
    """Return the name of a function or value: `console.print`, and `().print` for that of a result."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=name):
            return f"{dotted(value)}.{name}"
    return "()"


def terminal_names(tree):
    """Yield the names in a module that can write to a terminal."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call | ast.Attribute | ast.Name):
            name = dotted(node.func if isinstance(node, ast.Call) else node)
            if match_terminal(name) and (isinstance(node, ast.Call) or "sys." in name):
                yield name
        elif isinstance(node, ast.ImportFrom) and node.module in {"sys", "click", "logging", "warnings", "traceback"}:
            yield from (alias.name for alias in node.names if TERMINAL.fullmatch(f"sys.{alias.name}"))


def test_only_the_gate_writes_to_a_terminal():
    found = {path: {*terminal_names(tree)} for path, tree in trees().items()}
    assert {path: names for path, names in found.items() if names} == AROUND_THE_GATE


@for_each(
    "code",
    [
        "print(1)",
        "click.echo('a', err=True)",
        "from click import echo",
        "from sys import stderr as out",
        "sys.stderr.write('a')",
        "out = sys.__stderr__",
        "logging.StreamHandler()",
        "warnings.warn('a', stacklevel=2)",
        "traceback.print_exc()",
        "os.write(2, b'a')",
        "rich.console.Console(stderr=True)",
        "progress.console.print('a')",
        "click.confirm('a')",
    ],
)
def test_code_that_writes_around_the_gate_is_found(code):
    assert [*terminal_names(ast.parse(code))]


@for_each(("name", "summary"), [pair for commands in GROUPS.values() for pair in commands.items()])
def test_the_summary_of_a_command_is_the_first_line_of_its_help(name, summary):
    command = cli.get_command(None, name)
    assert command.name == name
    assert command.help.partition("\n\n")[0] == summary


def loaded_by(*calls):
    code = (
        "import sys; from altdetails.cli import cli; "
        f"[cli.main(words, standalone_mode=False) for words in {calls}]; print(*sys.modules, file=sys.stderr)"
    )
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    ).stderr.split()


def test_version_and_help_import_only_click():
    modules = loaded_by(["--version"], ["--help"])
    assert not {"bs4", "lxml", "msgspec", "rich", "httpx", "pyarrow"} & set(modules)


def test_the_help_of_a_command_imports_neither_network_libraries_nor_arrow():
    modules = loaded_by(["parse", "--help"], ["scrape", "--help"])
    assert not {"bs4", "httpx", "pyarrow", "rich", "duckdb", "daft", "dlt"} & set(modules)


def test_parsing_an_ordinary_page_does_not_import_beautiful_soup():
    sample = SOURCE.parents[1] / "samples" / "article-2023.html"
    code = f"import sys, altdetails; altdetails.parse_file({str(sample)!r}); print('bs4' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert run.stdout.strip() == "False"
