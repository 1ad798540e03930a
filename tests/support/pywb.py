"""A real web archive for tests: pywb, in a process of its own, on a free port of this machine.

pywb has licence GPL, and needs older versions of libraries that the tests use. So it is in a virtual environment of its
own, and is never imported. `make .venv/pywb` installs it. Without it, its tests are skipped.
"""

import gzip
import os
import socket
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.warc.warcs import http, packed, record, sha1

ROOT = Path(__file__).parents[2]


def programs():
    """The folder of pywb's programs; skip the test if there is none."""
    folder = Path(os.environ.get("PYWB") or ROOT / ".venv" / "pywb", "bin")
    if not (folder / "wayback").exists():
        pytest.skip("pywb is not installed: make .venv/pywb, or set PYWB to a virtual environment with it")
    return folder


class Crawl:
    """A WARC file, written capture by capture."""

    def __init__(self, path):
        self.path = path
        self._records = []

    def keep(self, url, at, body, *headers, status="200 OK"):
        """Add a capture."""
        block = http(body, *headers, status=status)
        number = len(self._records) + 1
        self._records.append(record(number, block, url=url, WARC_Date=at, WARC_Payload_Digest=sha1(body)))

    def write(self):
        """Write the file, and return its path."""
        self.path.write_bytes(packed(*self._records))
        return self.path


class Server:
    """A running pywb, and the requests that it got."""

    def __init__(self, folder, port):
        self._log = folder / "log"
        self._read = 0
        self._requests = []
        self.address = f"http://127.0.0.1:{port}"

    def requests(self):
        """The paths of requests in order, without those of pywb to itself."""
        with self._log.open("rb") as log:
            log.seek(self._read)
            lines, _, _ = log.read().rpartition(b"\n")
        self._read += len(lines) + bool(lines)
        paths = [line.split('"')[1].split(" ")[1] for line in lines.decode().splitlines() if '"GET /' in line]
        self._requests += [path for path in paths if not path.startswith("/robots.txt") and "/index?" not in path]
        return self._requests

    def pages(self):
        """The captures that were asked for."""
        return [path for path in self.requests() if "id_/" in path]


@contextmanager
def serving(folder):
    """Run pywb in a folder with collections, until the end of the block."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [programs() / "wayback", "-b", "127.0.0.1", "-p", str(port)], cwd=folder, stdout=log, stderr=log
        )
        try:
            for _ in range(600):
                assert process.poll() is None, (folder / "log").read_text()
                try:
                    socket.create_connection(("127.0.0.1", port), timeout=1).close()
                    break
                except OSError:
                    time.sleep(0.05)
            yield Server(folder, port)
        finally:
            process.kill()
            process.wait()


def make_collection(folder, name, archive, *, blocked):
    """Make a collection of a WARC file, which does not give the page with a key, and return the lines of its index."""
    done = subprocess.run(
        [programs() / "cdx-indexer", "-j", "-s", archive], cwd=folder, capture_output=True, text=True, check=True
    )
    collection = folder / "collections" / name
    for part in ("archive", "indexes", "acl"):
        (collection / part).mkdir(parents=True)
    archive.rename(collection / "archive" / archive.name)
    (collection / "indexes" / "index.cdxj").write_text(done.stdout)
    (collection / "acl" / "access-rules.aclj").write_text(f'{blocked} - {{"access": "block"}}\n')
    return [line for line in done.stdout.splitlines(keepends=True) if not line.startswith("!meta")]


def make_compressed_index(folder, name, lines, archives, *, rows=5):
    """Make a collection in the form of Common Crawl: an index of several pages (ZipNum), at `/NAME-index`."""
    members, cluster, offset = [], [], 0
    for start in range(0, len(lines), rows):
        block = lines[start : start + rows]
        member = gzip.compress("".join(block).encode())
        key, timestamp, _ = block[0].split(" ", 2)
        cluster.append(f"{key} {timestamp}\tcdx-00000.gz\t{offset}\t{len(member)}\t{len(members) + 1}\n")
        offset += len(member)
        members.append(member)
    (folder / "cdx-00000.gz").write_bytes(b"".join(members))
    (folder / "cluster.idx").write_text("".join(cluster))
    (folder / "cluster.loc").write_text(f"cdx-00000.gz\t{folder / 'cdx-00000.gz'}\n")
    index = f"{{type: zipnum, path: {folder / 'cluster.idx'}, max_blocks: 10}}"
    (folder / "config.yaml").write_text(
        f"cdx_api_endpoint: -index\ncollections:\n  {name}:\n    index: {index}\n    archive_paths: {archives}/\n"
    )
