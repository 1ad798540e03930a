"""`altdetails parse --engine daft` on this machine: tables of web archives."""

import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest
from tests.support.calling import call
from tests.warc.warcs import http, record, write

pytestmark = pytest.mark.slow

PAGE = (Path(__file__).parents[2] / "samples" / "article-2023.html").read_bytes()


def archive(*contents, name="pages.warc.gz"):
    """Write an archive of pages with some words at the end of each page."""
    pages = [record(number, http(PAGE + b"<!-- %s -->" % words)) for number, words in enumerate(contents, 1)]
    return write(name, *pages)


@pytest.fixture
def parse(altdetails):
    def run(*arguments):
        return altdetails("parse", "--engine", "daft", *arguments, "--jobs", 1)

    return run


@pytest.fixture
def watched(patched, patch_processes, new_processes, tmp_path_factory, monkeypatch):  # noqa: ARG001 -- patches further
    """Patch new processes, so that they also record attempts to send something."""
    new_processes()
    patch_processes(
        f"""{(tmp_path_factory.getbasetemp() / "patch" / "sitecustomize.py").read_text()}
import urllib.request

def sent(*arguments, **options):
    open(os.path.join(os.path.dirname(__file__), "sent"), "a").close()
    raise OSError("no telemetry is sent")

urllib.request.urlopen = sent
"""
    )
    for name in ("DO_NOT_TRACK", "SCARF_NO_ANALYTICS", "DAFT_ANALYTICS_ENABLED"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def catalog(folder, monkeypatch):
    """A catalog of tables that the settings of pyiceberg name."""
    from pyiceberg.catalog import load_catalog  # noqa: PLC0415 -- takes long

    settings = {"uri": f"sqlite:///{folder}/catalog.db", "warehouse": (folder / "warehouse").as_uri()}
    for name, value in settings.items():
        monkeypatch.setenv(f"PYICEBERG_CATALOG__DEFAULT__{name.upper()}", value)
    with load_catalog("default", **settings) as catalog:
        catalog.create_namespace("library")
        yield catalog


@pytest.mark.usefixtures("watched")
def test_pages_without_a_record_are_counted_and_listed_and_no_telemetry_is_sent(parse, catalog):
    Path("empty.warc.gz").touch()
    pages = archive(b"one", b"score beyond 64 bits", b"raise")
    process = parse(pages, "empty.warc.gz", "-o", "library.records", "--format", "iceberg", "--failures", "failures")
    assert (process.returncode, process.out) == (2, "")
    before, counts, after = re.split("[()]", process.err)
    assert (before, sorted(counts.split(", "))) == (
        "1 record in library.records, 3 failures ",
        ["1 error", "1 missing", "1 no_column"],
    )
    assert call("parse", "pages.warc.gz", "empty.warc.gz").returncode == 2, "with the local engine too"
    assert after.endswith(" s; see failures\n")
    lines = [json.loads(line) for path in Path("failures").iterdir() for line in path.read_text().splitlines()]
    assert sorted((line["kind"], line["file"][:14]) for line in lines) == [
        ("error", "pages.warc.gz!"),
        ("missing", "empty.warc.gz"),
        ("no_column", "pages.warc.gz!"),
    ]
    assert catalog.load_table("library.records").scan().to_arrow().num_rows == 1
    assert not Path("patch/sent").exists()


@pytest.mark.usefixtures("watched")
def test_daft_alone_sends_telemetry(command, folder):
    code = "import daft, os, time\nwhile not os.path.exists('patch/sent'): time.sleep(0.01)"
    subprocess.run([command[0], "-c", code], check=True, cwd=folder, timeout=60)


@pytest.mark.usefixtures("patched")
def test_a_page_that_crashes_its_process_ends_the_run_without_output(parse):
    process = parse(archive(b"one", b"end the process"), "-o", "out")
    assert process.returncode == 2
    assert process.err.startswith("Error: out: nothing was written: a worker process died")
    assert "--engine local" in process.err
    assert list(Path("out").rglob("*")) == []


@pytest.mark.usefixtures("patched")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_leaves_no_process_and_no_output(command, number, folder):
    archive(b"take long")
    arguments = [*command, "parse", "--engine", "daft", "pages.warc.gz", "-o", "out"]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        wait_for(lambda: list(folder.glob("started-*")))
        process.send_signal(number)
        out, said = process.communicate()
    assert (process.returncode, out, said) == (
        (130, b"", b"Interrupted.\n") if number == signal.SIGINT else (143, b"", b"")
    )
    worker = int(next(folder.glob("started-*")).name.partition("-")[2])
    wait_for(lambda: not is_running(worker))
    assert not Path("out").exists()


def test_a_file_that_is_no_web_archive_is_2_and_ray_is_not_imported(altdetails, folder, monkeypatch, new_processes):
    new_processes()
    (folder / "patch").mkdir()
    (folder / "patch" / "ray.py").write_text("open('loaded', 'a').close()")
    monkeypatch.setenv("PYTHONPATH", str(folder / "patch"))
    Path("page.html").touch()
    process = altdetails("parse", "--engine", "daft", "page.html", "-o", "out")
    assert process.returncode == 2
    assert "page.html: is not a web archive" in process.err
    assert not Path("out").exists()
    assert not Path("loaded").exists()


def test_a_folder_that_cannot_be_created_is_reported(parse):
    process = parse(archive(b"one"), "-o", "pages.warc.gz/out")
    assert process.returncode == 2
    assert process.err.startswith("Error: pages.warc.gz/out: ")
    assert "pages.warc.gz is not a writable folder" in process.err
    assert process.err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--engine", "daft", "pages.warc.gz"], "--engine daft: needs an output folder; give its path or address"),
        (["--ray", "auto", "pages.warc.gz"], "--ray: works only with --engine daft; add it."),
        (["--format", "delta", "pages.warc.gz"], "--format delta: works only with --engine daft; add it."),
        (
            ["--engine", "daft", "--page-timeout", "5", "pages.warc.gz", "-o", "out"],
            "--page-timeout: has no effect with --engine daft; leave it out.",
        ),
    ],
)
def test_wrong_usage_is_2_with_a_message(arguments, words):
    archive(b"one")
    process = call("parse", *arguments)
    assert process.returncode == 2
    assert words in process.err
    assert not Path("out").exists()


def wait_for(look, seconds=60):
    end = time.monotonic() + seconds
    while not look():
        assert time.monotonic() < end
        time.sleep(0.05)


def is_running(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True
