"""Daft on a real Ray cluster, with a machine that is killed. Each process of Ray takes two seconds to start."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from tests.scale.material import ROOT, failures, lines
from tests.support.cluster import ray_cluster

THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"

_SLOW_WORKER = """
import sys, time, urllib.request

def record_request(*arguments, **options):
    open({requested!r}, "a").close()
    raise OSError("no telemetry in tests")

urllib.request.urlopen = record_request
if any("worker" in word for word in sys.orig_argv):  # not in each of Ray's other processes: to import it takes long
    import altdetails.page

    real = altdetails.page.prepare

    def prepare(content, **options):
        time.sleep(0.15)
        return real(content, **options)

    altdetails.page.prepare = prepare
"""


@pytest.fixture(scope="module")
def telemetry(tmp_path_factory):
    """The path of a file that a process creates if it tries to send telemetry."""
    return tmp_path_factory.mktemp("telemetry") / "requested"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory, telemetry):
    """A cluster whose workers are slow."""
    patch = tmp_path_factory.mktemp("patch")
    (patch / "sitecustomize.py").write_text(_SLOW_WORKER.format(requested=str(telemetry)))
    with ray_cluster({"PYTHONPATH": str(patch)}) as running:
        yield running


def wait_for_parts(count):
    end = time.monotonic() + 300
    while len(list(Path("out", "_unfinished").glob("part-*"))) < count:
        assert time.monotonic() < end
        time.sleep(0.1)


def recipe(heading):
    text = (ROOT / "docs" / "scale.md").read_text("utf-8")
    code = re.search(rf"^### {heading}\n.*?^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)[1]
    return code.replace("/data", str(Path.cwd()))


@pytest.mark.slow
def test_rows_equal_the_local_engines_after_a_machine_dies_with_its_processes(cluster, crawl, expected, telemetry):
    run_ray_data(cluster, crawl)
    assert lines(pq.read_table("records")) == expected[0]

    output = parse_during_failures(cluster, crawl)
    assert re.search(rf"^{len(expected[0])} records in out, 3 failures .*; see out/_failures$", output, re.MULTILINE)
    assert lines(pq.read_table("out")) == expected[0]
    assert failures("out/_failures") == expected[1]
    assert not telemetry.exists()


def run_ray_data(cluster, crawl):
    """Run the recipe of docs/scale.md."""
    Path("archives").symlink_to(crawl)
    environment = os.environ | {"RAY_ADDRESS": cluster.address, "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}
    command = [sys.executable, "-c", recipe("Ray Data")]
    done = subprocess.run(command, env=environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()


def parse_during_failures(cluster, crawl):
    """Run the command, and kill a machine meanwhile; if the tests are thorough, a process before."""
    command = [sys.executable, "-m", "altdetails", "parse", "--engine", "daft", str(crawl), "-o", "out"]
    environment = os.environ | {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}
    with subprocess.Popen([*command, "--ray", cluster.address], env=environment, stderr=subprocess.PIPE) as process:
        try:
            wait_for_parts(1)
            if THOROUGH:
                cluster.kill_worker()
                wait_for_parts(2)
            assert not [*Path("out", "_ledger").glob("*.json")]
            cluster.kill_machine()
            output = process.communicate(timeout=400)[1].decode()
        finally:
            process.kill()
    assert process.returncode == 1, output
    return output
