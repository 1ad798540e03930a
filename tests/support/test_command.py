"""The replica as a command: its output, its options, and its end by an interruption."""

import argparse
import json
import signal
import ssl
import subprocess
import sys
from contextlib import contextmanager

import httpx
import pytest
from tests.support.cases import for_each
from tests.support.command import CATALOGUE, plan
from tests.support.faults import Drip, Forever, Redirect, Status
from tests.support.pages import ROOT

pytestmark = pytest.mark.slow

SCRIPT = ("tests/support/replica.py",)
MODULE = ("-m", "tests.support.replica")
PATH = "/details/990000001"


@contextmanager
def running(*arguments, start=SCRIPT, end=signal.SIGINT):
    """Start the command, yield its first line and its process, and interrupt it at the end."""
    with subprocess.Popen(
        [sys.executable, *start, *arguments], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process.stdout.readline().strip(), process
        finally:
            process.send_signal(end)
            errors = process.communicate(timeout=60)[1]
    assert (process.returncode, errors) == (0, "")


@for_each(
    ("start", "end"),
    [(SCRIPT, signal.SIGINT), (MODULE, signal.SIGTERM), (("-S", "-E", *SCRIPT), signal.SIGINT)],
    ids=["script", "module", "library alone"],
)
def test_the_command_serves_until_it_is_interrupted(start, end):
    with running(start=start, end=end) as (url, _), httpx.Client(trust_env=False) as client:
        assert url.startswith("http://127.0.0.1:")
        assert client.get(url + PATH).status_code == 200


def test_faults_and_a_log_can_be_given(tmp_path):
    log = tmp_path / "log.jsonl"
    planned = ("--fault", f"{PATH}=503:retry-after=1", "--fault", f"{PATH}=404")
    with running(*planned, "--log", log, "--pages", "2") as (url, _), httpx.Client(trust_env=False) as client:
        answers = [client.get(url + PATH) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [503, 404, 200]
    assert answers[0].headers["retry-after"] == "1"
    assert [json.loads(line)["path"] for line in log.read_text().splitlines()] == [PATH] * 3


@pytest.mark.parametrize("named", [True, False], ids=["a given file", "a temporary file"])
def test_with_tls_the_certificate_file_is_printed(tmp_path, named):
    options = ("--ca", tmp_path / "ca.pem") if named else ()
    with running("--tls", *options) as (url, process):
        name, _, path = process.stdout.readline().strip().partition("=")
        assert name == "SSL_CERT_FILE"
        with httpx.Client(trust_env=False, verify=ssl.create_default_context(cafile=path)) as client:
            assert client.get(url + PATH).status_code == 200
    assert (tmp_path / "ca.pem").exists() == named


@for_each(
    ("spec", "pattern", "faults"),
    [
        ("/details/1=503", "/details/1", [Status(503)]),
        ("/details/1=503:retry-after=1,times=2", "/details/1", [Status(503, retry_after=1)] * 2),
        ("*=429:retry-after-date=-60,times=forever", "*", [Forever(Status(429, retry_after_date=-60))]),
        ("/details.php?citation_id=503=410", "/details.php?citation_id=503", [Status(410)]),
        ("/details/*=drip:part=head,every=0.5", "/details/*", [Drip("head", 0.5)]),
        ("/a=redirect:to=http://other.invalid/?a=b", "/a", [Redirect("http://other.invalid/?a=b")]),
    ],
)
def test_a_fault_can_be_given_as_an_argument(spec, pattern, faults):
    assert plan(spec) == (pattern, faults)


@pytest.fixture(scope="module")
def help_text():
    return subprocess.run(
        [sys.executable, *SCRIPT, "--help"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    ).stdout


@for_each("name", CATALOGUE)
def test_every_fault_is_in_the_help(help_text, name):
    assert f"\n  {name}" in help_text
    assert plan(f"/={name}") == ("/", [CATALOGUE[name]()])


@for_each("spec", ["", "503", "/details/1", "/=", "/=flood", "/=600", "/=reset:where=body", "/=503:1"])
def test_an_unknown_fault_is_refused(spec):
    with pytest.raises(argparse.ArgumentTypeError, match=r"no fault|not of the form"):
        plan(spec)
