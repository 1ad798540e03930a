"""One connection of the replica: requests come in, bytes go out, time goes by, until one of the two leaves."""

import socket
import ssl
import struct
import time
from contextlib import suppress
from dataclasses import dataclass

LONGEST_HEAD = 65_536
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Left(Exception):
    """The client is gone, or the replica is closing: whatever is being answered ends here."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A request, as it came."""

    time: float
    """Of the monotonic clock, in seconds."""
    wall: float
    """Seconds since 1970."""
    method: str
    path: str
    """With its query, as sent."""
    headers: dict[str, str]
    """Names in lower case; the values of a name that stands twice are joined by a comma."""
    connection: int
    """Which connection it came by; they are counted from 1."""


class Connection:
    """A client's connection. Every method but `abandon` belongs to the one thread that serves it, and raises `Left`."""

    def __init__(self, accepted, number):
        self.number = number
        self.is_open = True
        self._socket = accepted
        self._unread = b""

    def begin(self):
        """Agrees on TLS, where it is spoken here."""
        if isinstance(self._socket, ssl.SSLSocket):
            try:
                self._socket.do_handshake()
            except OSError as error:
                raise Left from error

    def request(self):
        """The next request. What is no HTTP request counts as leaving."""
        while (end := self._unread.find(b"\r\n\r\n")) < 0:
            if len(self._unread) > LONGEST_HEAD:
                raise Left
            self._receive()
        head, self._unread = self._unread[:end].decode("latin-1"), self._unread[end + 4 :]
        request_line, *lines = head.split("\r\n")
        words = request_line.split(" ")
        if len(words) != 3 or not words[2].startswith("HTTP/1."):
            raise Left
        headers = {}
        for line in lines:
            name, _, value = line.partition(":")
            name, value = name.lower(), value.strip()
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        return Arrival(time.monotonic(), time.time(), words[0], words[1], headers, self.number)

    def send(self, data):
        """Sends all of it, however long the client takes to read it."""
        try:
            self._socket.sendall(data)
        except OSError as error:
            raise Left from error

    def wait(self, seconds):
        """Lets time go by, no longer than the client stays."""
        end = time.monotonic() + seconds
        try:
            while (left := end - time.monotonic()) > 0:
                self._socket.settimeout(left)
                with suppress(TimeoutError):
                    self._receive()
        finally:
            self._socket.settimeout(None)

    def close(self):
        """Ends the connection in order: what was sent arrives."""
        self.is_open = False
        with suppress(OSError):
            if isinstance(self._socket, ssl.SSLSocket):
                self._socket.settimeout(0)  # the client's good-bye is not waited for
                with suppress(ssl.SSLWantReadError):
                    self._socket.unwrap()
            socket.socket.shutdown(self._socket, socket.SHUT_WR)
        self._socket.close()

    def reset(self):
        """Breaks the connection off: the client's system reports a reset."""
        self.is_open = False
        with suppress(OSError):
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        self._socket.close()

    def abandon(self):
        """Wakes the serving thread, wherever it waits, and makes it leave. For any thread."""
        with suppress(OSError):
            socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def _receive(self):
        try:
            received = self._socket.recv(65_536)
        except TimeoutError:
            raise
        except OSError as error:
            raise Left from error
        if not received:
            raise Left
        self._unread += received
