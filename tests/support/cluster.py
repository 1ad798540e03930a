"""A Ray cluster on 127.0.0.1 for tests: a head and another node, with one CPU each."""

import os
import signal
import time
from contextlib import contextmanager
from pathlib import Path

_NODE = {
    "num_cpus": 1,
    "object_store_memory": 80 * 2**20,
    "node_ip_address": "127.0.0.1",
    "include_dashboard": False,
    "include_log_monitor": False,
    "no_monitor": True,
}
_SETTINGS = {
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # Ray then stays on the loopback
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_health_check_period_ms": "1000",
    "RAY_health_check_failure_threshold": "3",
}


class RayCluster:
    """The cluster, with methods to damage it."""

    def __init__(self, cluster, machine):
        self.address = cluster.address
        self._cluster = cluster
        self._machine = machine

    def kill_worker(self):
        """Kill a worker process."""
        os.kill(_wait_for(lambda: next(_parsing(), None)), signal.SIGKILL)

    def kill_machine(self):
        """Kill the node that is not the head, with all its processes."""
        self._cluster.remove_node(self._machine, allow_graceful=False)


@contextmanager
def ray_cluster(environment):
    """Start a cluster with environment variables for its processes, and stop it at the end of the block."""
    before = dict(os.environ)
    os.environ.update(_SETTINGS | environment)
    try:
        from ray.cluster_utils import Cluster  # noqa: PLC0415 -- reads the environment

        cluster = Cluster(initialize_head=True, head_node_args=_NODE)
        try:
            machine = cluster.add_node(**_NODE)
            cluster.wait_for_nodes()
            yield RayCluster(cluster, machine)
        finally:
            cluster.shutdown()
    finally:
        os.environ.clear()
        os.environ.update(before)


def _parsing():
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if path.read_bytes().startswith(b"ray::UDFActor.eval_input"):
                yield int(path.parent.name)
        except OSError:
            continue


def _wait_for(look, seconds=300):
    end = time.monotonic() + seconds
    while not (result := look()):
        assert time.monotonic() < end
        time.sleep(0.1)
    return result
