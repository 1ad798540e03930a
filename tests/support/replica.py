"""The replica: a server on the loopback interface that imitates the site, including its faults.

    python tests/support/replica.py --fault "/details/990000001=503:retry-after=1"

In a test: `with Replica() as replica: … replica.base_url … replica.fail("/robots.txt", Status(500))`.
"""

import sys
from pathlib import Path

if __name__ == "__main__":  # a script can import only modules of its own folder
    sys.path.insert(0, str(Path(__file__).parents[2]))

import json
import socket
import threading
from contextlib import suppress
from dataclasses import asdict

from tests.support.answers import HTML, Answer
from tests.support.faults import Normal, Schedule
from tests.support.pages import Site, invented_id
from tests.support.visit import Visit
from tests.support.wire import Connection, Left

HOST = "127.0.0.1"
_NORMAL = Normal()
_ONLY_GET = Answer(405, (("Allow", "GET"), ("Content-Type", HTML), ("Connection", "close")), b"<h1>405</h1>")
_PATIENCE = 60
"""Seconds in which every thread must end after the replica is closed."""


class Replica:
    """A context manager that serves the site on a free port of 127.0.0.1. Each connection has a thread.

    Args:
        port: the port; 0 for any free port.
        tls: use HTTPS, with a certificate for `certificate.NAMES`.
        padding: bytes of navigation, scripts and styles in each invented page; real pages have about 50,000.
        log: a file to which a JSON line is appended for each request.
    """

    def __init__(self, *, port=0, tls=False, padding=0, log=None):
        self._port = port
        self._tls = tls
        self._log = log
        self._site = Site(padding)
        self._lock = threading.Lock()
        self._schedules = []
        self._requests = []
        self._served = {}
        self._closing = False

    def __enter__(self):
        if self._tls:
            from tests.support.certificate import server_context  # noqa: PLC0415 -- only tests need trustme

            self._context = server_context()
        self._listener = socket.create_server((HOST, self._port), backlog=128)
        self._port = self._listener.getsockname()[1]
        self._accepting = threading.Thread(target=self._accept, name="replica", daemon=True)
        self._accepting.start()
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """End every connection, and wait for its thread."""
        if self._closing:
            return
        self._closing = True
        with suppress(OSError):
            socket.create_connection((HOST, self._port), timeout=_PATIENCE).close()  # wakes accept()
        self._accepting.join(_PATIENCE)
        self._listener.close()
        with self._lock:
            served = dict(self._served)
        for connection in served:
            connection.abandon()
        for thread in served.values():
            thread.join(_PATIENCE)
        if running := [thread.name for thread in (self._accepting, *served.values()) if thread.is_alive()]:
            raise RuntimeError(f"the replica is closed, but these threads still run: {', '.join(running)}")

    @property
    def port(self):
        """The port, once the replica is running."""
        return self._port

    @property
    def base_url(self):
        """The address of the site, without a trailing slash."""
        return f"{'https' if self._tls else 'http'}://{HOST}:{self._port}"

    @property
    def requests(self):
        """The requests so far (`Arrival`), in their order."""
        with self._lock:
            return list(self._requests)

    @property
    def robots(self):
        """The response for robots.txt: status, headers (a dict) and body (text or bytes)."""
        answer = self._site.robots
        return answer.status, dict(answer.headers), answer.body

    @robots.setter
    def robots(self, answer):
        status, headers, body = answer
        self._site.robots = Answer(status, tuple(headers.items()), body.encode() if isinstance(body, str) else body)

    def add(self, doi, altmetric_id, content, *, content_type=HTML):
        """Add a page (text or bytes) at `/details/<id>`, and a redirect to it from its DOI unless that is None."""
        self._site.add(doi, altmetric_id, content, content_type)

    def add_list(self, altmetric_id, tab, mentions):
        """Add the list of a tab (`tests.support.tabs.MentionList`) at `/details/<id>/<tab>`."""
        self._site.add_list(altmetric_id, tab, mentions)

    def prepare(self, count):
        """Render and compress the first invented pages, so that they are served fast."""
        for number in range(count):
            self._site.answer(f"/details/{invented_id(number)}", zipped=True)

    def fail(self, pattern, *faults):
        """Plan faults for the requests to a path, or to all paths that match a pattern with `*`.

        The nth request gets the nth fault. After the last fault, requests get the normal response, unless that fault is
        a `Forever`. Earlier plans are used first; a later one counts only the requests without a fault of these.
        """
        with self._lock:
            self._schedules.append(Schedule(pattern, faults))

    def fail_each(self, pattern, *faults):
        """Like `fail`, but count the requests to each path separately."""
        with self._lock:
            self._schedules.append(Schedule(pattern, faults, each=True))

    def _accept(self):
        number = 0
        while True:
            accepted, _ = self._listener.accept()
            if self._closing:
                accepted.close()
                return
            number += 1
            try:
                accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                if self._tls:
                    accepted = self._context.wrap_socket(accepted, server_side=True, do_handshake_on_connect=False)
            except OSError:  # the client has left
                accepted.close()
                continue
            connection = Connection(accepted, number)
            thread = threading.Thread(
                target=self._serve, args=(connection,), name=f"replica, connection {number}", daemon=True
            )
            with self._lock:
                self._served[connection] = thread
            thread.start()

    def _serve(self, connection):
        try:
            connection.begin()
            while connection.is_open:
                arrival = connection.request()
                fault = self._note(arrival)
                if arrival.method != "GET":
                    connection.send(_ONLY_GET.wire())
                    connection.close()
                    return
                fault(Visit(arrival, connection, self._site))
                if connection.is_open and arrival.headers.get("connection", "").lower() == "close":
                    connection.close()
        except Left:
            pass
        finally:
            connection.close()
            with self._lock:
                del self._served[connection]

    def _note(self, arrival):
        """Record a request, and return its fault."""
        with self._lock:
            self._requests.append(arrival)
            if self._log:
                with Path(self._log).open("a", encoding="utf-8") as log:
                    log.write(json.dumps(asdict(arrival)) + "\n")
            planned = (schedule.next(arrival.path) for schedule in self._schedules)
            return next((fault for fault in planned if fault is not None), _NORMAL)


if __name__ == "__main__":
    from tests.support.command import main

    main(sys.argv[1:])
