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
real = altdetails.page.parse

def parse(content, **options):
    time.sleep(0.15)
    return real(content, **options)

altdetails.page.parse = parse
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


def parts(count):
    end = time.monotonic() + 60
    while len(list(Path("out").glob("part-*"))) < count:
        assert time.monotonic() < end
        time.sleep(0.02)


def recipe(heading):
    text = (ROOT / "docs" / "scale.md").read_text("utf-8")
    found = re.search(rf"^### {heading}\n.*?^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)[1]
    return found.replace("/data", str(Path.cwd()))


def test_the_recipe_for_ray_data_gives_the_records_of_the_local_engine(cluster, crawl, expected):
    Path("archives").symlink_to(crawl)
    environment = {"RAY_ADDRESS": cluster.address, "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}
    done = subprocess.run(
        [sys.executable, "-c", recipe("Ray Data")], env=os.environ | environment, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    assert lines(pyarrow.dataset.dataset("records").to_table()) == expected[0]


def test_a_process_and_then_a_machine_that_die_cost_no_row_and_double_none(cluster, crawl, expected, told):
    command = [sys.executable, "-m", "altdetails", "parse", "--engine", "daft", str(crawl), "-o", "out"]
    environment = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}
    with subprocess.Popen(
        [*command, "--ray", cluster.address], env=os.environ | environment, stderr=subprocess.PIPE
    ) as process:
        parts(1)
        cluster.kill_worker()
        parts(2)
        assert not Path("out", "_SUCCESS").exists()
        cluster.kill_machine()
        said = process.communicate(timeout=60)[1].decode()
    assert process.returncode == 1, said
    assert re.search(rf"^{len(expected[0])} records, 3 without a record .*; see out/_failures$", said, re.MULTILINE)
    assert lines(pyarrow.dataset.dataset("out").to_table()) == expected[0]
    assert failures("out/_failures") == expected[1]
    assert not told.exists()
