"""Responses that are not HTTP, or have too many headers."""

from dataclasses import dataclass

GARBAGE = {
    "another protocol": b"SSH-2.0-OpenSSH_9.6\r\n",
    "a status in words": b"HTTP/1.1 two hundred OK\r\nContent-Length: 0\r\n\r\n",
    "a status of two digits": b"HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n",
    "a version of the future": b"HTTP/7.3 200 OK\r\nContent-Length: 0\r\n\r\n",
    "a header without colon": b"HTTP/1.1 200 OK\r\nContent-Length 0\r\n\r\n",
    "a header with a NUL": b"HTTP/1.1 200 OK\r\nX-Seen: a\0b\r\nContent-Length: 0\r\n\r\n",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 9\r\n\r\nfour nine",
    "a length below zero": b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
    "a length in words": b"HTTP/1.1 200 OK\r\nContent-Length: four\r\n\r\nfour",
    "an unknown transfer coding": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: rot13\r\n\r\nuryyb",
    "HTTP/0.9": b"<html><title>HTTP/0.9</title><p>A page without headers.</p></html>\n",
    "bytes": bytes(range(256)),
}
"""Invalid responses by their error. After such a response, the connection is closed."""

ENDLESS = -1


@dataclass(frozen=True)
class Raw:
    """Bytes instead of a response, then the end of the connection. `wire`: the bytes, or a key of `heads.GARBAGE`."""

    wire: str | bytes = "another protocol"

    def __call__(self, visit):
        visit.send(self.wire if isinstance(self.wire, bytes) else GARBAGE[self.wire])
        visit.connection.close()


@dataclass(frozen=True)
class HeaderFlood:
    """Endless headers. `line`: 1 for one endless header."""

    line: bool = False

    def __call__(self, visit):
        visit.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n" + (b"X-Flood: " if self.line else b""))
        flood = b"a" * 4096 if self.line else b"X-Flood: a header among many\r\n" * 128
        while True:
            visit.send(flood)


@dataclass(frozen=True)
class Interim:
    """A number of informational responses (1xx), or an endless number with -1; then the page."""

    count: int = 1000
    code: int = 103

    def __call__(self, visit):
        interim = f"HTTP/1.1 {self.code} Interim\r\nX-Number: one of many\r\n\r\n".encode()
        while self.count == ENDLESS:
            visit.send(interim * 64)
        visit.send(interim * self.count)
        visit.give(visit.answer())
