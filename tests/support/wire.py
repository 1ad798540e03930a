"""One connection of the replica: read requests, send bytes, wait, and close."""

import socket
import ssl
import struct
import time
from contextlib import suppress
from dataclasses import dataclass

LONGEST_HEAD = 65_536
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Left(Exception):
    """The client has left, or the replica is closing: stop answering."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A received request."""

    time: float
    """Seconds of the monotonic clock."""
    wall: float
    """Seconds since 1970."""
    method: str
    path: str
    """The path with its query, as sent."""
    headers: dict[str, str]
    """Values by name in lower case; repeated headers are joined by a comma."""
    connection: int
    """The number of the connection, from 1."""


class Connection:
    """A connection of a client. All methods except `abandon` are for the serving thread, and raise `Left`."""

    def __init__(self, accepted, number):
        self.number = number
        self.is_open = True
        self._socket = accepted
        self._unread = b""

    def begin(self):
        """Do the TLS handshake, if the replica uses TLS."""
        if isinstance(self._socket, ssl.SSLSocket):
            try:
                self._socket.do_handshake()
            except OSError as error:
                raise Left from error

    def request(self):
        """Read the next request. Bytes that are not an HTTP request count as leaving."""
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
        """Send all bytes, without a time limit."""
        try:
            self._socket.sendall(data)
        except OSError as error:
            raise Left from error

    def wait(self, seconds):
        """Wait, at most until the client leaves."""
        end = time.monotonic() + seconds
        try:
            while (left := end - time.monotonic()) > 0:
                self._socket.settimeout(left)
                with suppress(TimeoutError):
                    self._receive()
        finally:
            self._socket.settimeout(None)

    def close(self):
        """Close the connection in order, so that the client receives everything that was sent."""
        self.is_open = False
        with suppress(OSError):
            if isinstance(self._socket, ssl.SSLSocket):
                self._socket.settimeout(0)  # do not wait for the close notification of the client
                with suppress(ssl.SSLWantReadError):
                    self._socket.unwrap()
            socket.socket.shutdown(self._socket, socket.SHUT_WR)
        self._socket.close()

    def reset(self):
        """Reset the connection."""
        self.is_open = False
        with suppress(OSError):
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        self._socket.close()

    def abandon(self):
        """Wake the serving thread, and make it leave. Any thread may call this."""
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
