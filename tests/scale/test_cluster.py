"""Daft on a real cluster of Ray, whose processes and machines die."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.dataset
import pytest
from tests.scale.material import ROOT, failures, lines
from tests.support.cluster import ray_cluster

_SLOW = """
import time, urllib.request
import altdetails.page

def told(*arguments, **options):
    open({told!r}, "a").close()
    raise OSError("nobody is told anything")

urllib.request.urlopen = told
real = altdetails.page.prepared

def prepared(content, **options):
    time.sleep(0.15)
    return real(content, **options)

altdetails.page.prepared = prepared
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """What a process makes that would send something to somebody."""
    return tmp_path_factory.mktemp("told") / "told"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory, told):
    """A cluster whose processes take their time for each page."""
    patch = tmp_path_factory.mktemp("patch")
    (patch / "sitecustomize.py").write_text(_SLOW.format(told=str(told)))
    with ray_cluster({"PYTHONPATH": str(patch)}) as running:
        yield running


def wait_for_parts(count):
    end = time.monotonic() + 60
    while len(list(Path("out").glob("part-*"))) < count:
        assert time.monotonic() < end
        time.sleep(0.02)


def recipe(heading):
    text = (ROOT / "docs" / "scale.md").read_text("utf-8")
    found = re.search(rf"^### {heading}\n.*?^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)[1]
    return found.replace("/data", str(Path.cwd()))


def test_rows_are_those_of_the_local_engine_also_where_a_process_and_then_a_machine_die(cluster, crawl, expected, told):
    run_ray_data(cluster, crawl)
    assert lines(pyarrow.dataset.dataset("records").to_table()) == expected[0]

    said = parse_while_some_die(cluster, crawl)
    assert re.search(rf"^{len(expected[0])} records, 3 without a record .*; see out/_failures$", said, re.MULTILINE)
    assert lines(pyarrow.dataset.dataset("out").to_table()) == expected[0]
    assert failures("out/_failures") == expected[1]
    assert not told.exists()


def run_ray_data(cluster, crawl):
    """Runs the document's recipe."""
    Path("archives").symlink_to(crawl)
    environment = os.environ | {"RAY_ADDRESS": cluster.address, "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}
    command = [sys.executable, "-c", recipe("Ray Data")]
    done = subprocess.run(command, env=environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()


def parse_while_some_die(cluster, crawl):
    """Runs the command, and kills a process and then a machine in the middle of its work."""
    command = [sys.executable, "-m", "altdetails", "parse", "--engine", "daft", str(crawl), "-o", "out"]
    environment = os.environ | {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}
    with subprocess.Popen([*command, "--ray", cluster.address], env=environment, stderr=subprocess.PIPE) as process:
        try:
            wait_for_parts(1)
            cluster.kill_worker()
            wait_for_parts(2)
            assert not Path("out", "_SUCCESS").exists()
            cluster.kill_machine()
            said = process.communicate(timeout=90)[1].decode()
        finally:
            process.kill()
    assert process.returncode == 1, said
    return said
