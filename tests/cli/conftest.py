import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.support.forking import forked

processes = pytest.fixture(autouse=True)(forked)

SAMPLE = Path(__file__).parents[2] / "samples" / "article-2023.html"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """An empty working folder, and an environment without settings for colours."""
    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("PYTHONUTF8", "1")
    return tmp_path


@pytest.fixture
def command():
    """The command line of altdetails."""
    return [sys.executable, "-m", "altdetails"]


@pytest.fixture
def altdetails(command):
    """Run the command in a new process."""

    def run(*arguments, stdin=b"", **options):
        process = subprocess.run(
            [*command, *map(str, arguments)], input=stdin, capture_output=True, timeout=60, check=False, **options
        )
        process.out = process.stdout.decode()
        process.err = process.stderr.decode()
        assert "Traceback" not in process.err
        return process

    return run


@pytest.fixture(scope="session")
def page():
    """Make a page with a title."""
    content = SAMPLE.read_bytes()

    def make(title="A title"):
        return content.replace(b"Street lamps", title.encode())

    return make


@pytest.fixture
def pages(page, folder):
    """Make a folder of pages. Their titles are their numbers."""

    def make(count, name="pages"):
        (folder / name).mkdir()
        for number in range(count):
            (folder / name / f"{number:04}.html").write_bytes(page(f"Page {number}"))
        return name

    return make


@pytest.fixture
def patch_processes(folder, monkeypatch):
    """Return a function that lets every new process run some code first."""

    def patch(code, place=folder / "patch"):
        place.mkdir(exist_ok=True)
        (place / "sitecustomize.py").write_text(code)
        paths = [str(place), *filter(None, [os.environ.get("PYTHONPATH")])]
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join(paths))

    return patch


@pytest.fixture
def patch_server(patch_processes, new_processes):
    """Return a function that lets the server that starts the workers run some code first."""
    new_processes()
    return lambda code: patch_processes(
        f"import os, sys\nif any('forkserver' in word for word in sys.orig_argv): {code}\n"
    )


@pytest.fixture
def patched(patch_processes, tmp_path_factory):
    """Patch new processes, so that pages with certain words crash, fail or take long."""
    patch_processes(
        """
import os, signal, time
import altdetails.page
import msgspec

real_prepare, real_make_record = altdetails.page.prepare, altdetails.page.make_record
beyond = set()

def prepare(content, **options):
    if b"end the process" in content:
        os.kill(os.getpid(), signal.SIGKILL)
    if b"raise" in content:
        raise ZeroDivisionError("of a test")
    if b"take long" in content:
        open(f"started-{os.getpid()}", "w").close()
        time.sleep(60)
    page = real_prepare(content, **options)
    if b"score beyond 64 bits" in content:
        beyond.add(page.provenance.sha256)
    return page

def make_record(sheet, page):
    record = real_make_record(sheet, page)
    return msgspec.structs.replace(record, score=2**70) if page.provenance.sha256 in beyond else record

altdetails.page.prepare, altdetails.page.make_record = prepare, make_record
""",
        tmp_path_factory.getbasetemp() / "patch",
    )
