"""The package as users get it: built, installed outside the checkout, and run as the README says."""

import re
import shlex
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
PLACEHOLDER = "you@example.org"
ADDRESS = "a.librarian@uni-somewhere.edu"
FIRST_BLOCK = re.compile(r"^```text\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def run(*command, cwd):
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(cwd), "no_proxy": "*", "LANG": "C.UTF-8"}
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)


def first_commands():
    """The arguments of the commands on the first screen of the README."""
    (block, *_) = FIRST_BLOCK.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    return [shlex.split(line, comments=True) for line in block.splitlines()]


@pytest.fixture(scope="module")
def distributions(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT]
    subprocess.run(command, check=True, capture_output=True)
    (wheel,), (sdist,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    return wheel, sdist


@pytest.fixture(scope="module")
def installed(distributions, tmp_path_factory):
    """The scripts of a new environment with the wheel, without the checkout."""
    wheel, _ = distributions
    folder = tmp_path_factory.mktemp("clean")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    scripts = folder / ("Scripts" if sys.platform == "win32" else "bin")
    install = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--python", scripts / "python"]
    subprocess.run([*install, f"{wheel}[export,report]"], check=True, capture_output=True)
    return scripts


def test_the_wheel_has_every_module_and_template_and_the_mark_of_types(distributions):
    wheel, _ = distributions
    names = set(zipfile.ZipFile(wheel).namelist())
    source = ROOT / "src"
    modules = {path.relative_to(source).as_posix() for path in source.rglob("*.py")}
    templates = {path.relative_to(source).as_posix() for path in source.glob("altdetails/reporting/templates/*")}
    assert len(templates) > 1
    assert modules | templates | {"altdetails/py.typed"} <= names


def test_the_source_distribution_has_all_that_the_tests_and_the_docs_need(distributions):
    _, sdist = distributions
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    needed = [
        "pyproject.toml",
        "Makefile",
        "mkdocs.yml",
        "noxfile.py",
        "SECURITY.md",
        "docs/index.md",
        "samples/dois.txt",
    ]
    assert set(needed) <= names
    assert {name.partition("/")[0] for name in names} >= {"src", "tests", "cassettes", "samples", "docs", "benchmarks"}


def test_the_first_commands_of_the_readme_run_from_the_wheel(installed, replica, tmp_path):
    (tmp_path / "dois.txt").write_text((ROOT / "samples" / "dois.txt").read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "saved-pages").mkdir()
    shutil.copy(ROOT / "samples" / "article-2023.html", tmp_path / "saved-pages")
    commands = first_commands()
    assert [arguments[:2] for arguments in commands] == [
        ["altdetails", command] for command in ("scrape", "parse", "export", "diff", "report")
    ]
    for _, *arguments in commands:
        ours = [ADDRESS if argument == PLACEHOLDER else argument for argument in arguments]
        site = ["--base-url", replica.base_url, "--interval", "0"] if arguments[0] == "scrape" else []
        result = run(installed / "altdetails", *ours, *site, cwd=tmp_path)
        assert result.returncode == 0, result.stderr
    assert (tmp_path / "records.jsonl").read_text(encoding="utf-8").count("\n") == 1
    assert (tmp_path / "table.xlsx").stat().st_size > 5000
    assert "Data: Altmetric.com" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_the_address_in_the_readme_is_refused_with_what_to_give_instead(installed, tmp_path):
    (tmp_path / "dois.txt").write_text("10.5555/lhs.2023.0417\n", encoding="utf-8")
    (_, *arguments), *_ = first_commands()
    result = run(installed / "altdetails", *arguments, cwd=tmp_path)
    assert result.returncode == 2
    assert "give your own with --contact" in result.stderr


def test_the_installed_package_is_that_of_the_wheel(installed, tmp_path):
    result = run(installed / "python", "-c", "import altdetails; print(altdetails.__file__)", cwd=tmp_path)
    assert Path(result.stdout.strip()).is_relative_to(installed.parent)
