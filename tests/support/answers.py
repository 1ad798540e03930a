"""HTTP responses of the replica: a status, headers and a body, and their bytes."""

from dataclasses import dataclass
from email.utils import formatdate
from functools import cached_property, lru_cache
from http import HTTPStatus
from time import time

HTML = "text/html; charset=utf-8"
LAST_CHUNK = b"0\r\n\r\n"
_WITHOUT_BODY = {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}


@dataclass(frozen=True)
class Answer:
    """An HTTP response. `Date` and the length of the body are added when it is sent."""

    status: int
    headers: tuple[tuple[str, str | bytes], ...] = ()
    body: bytes = b""

    def wire(self):
        """The bytes of the response, with Content-Length."""
        return b"".join((self._status_line, _date_line(int(time())), self._header_lines, self.body))

    def head(self, *framing):
        """The bytes before the body, with these headers instead of Content-Length."""
        return b"".join((self._status_line, _date_line(int(time())), *map(_line, (*self.headers, *framing)), b"\r\n"))

    def with_length(self, length):
        """The bytes before the body, with this Content-Length."""
        return self.head(("Content-Length", str(length)))

    def chunked(self):
        """The bytes of the response, in chunks."""
        return self.head(("Transfer-Encoding", "chunked")) + chunks(self.body) + LAST_CHUNK

    @cached_property
    def _status_line(self):
        try:
            phrase = HTTPStatus(self.status).phrase
        except ValueError:
            phrase = "Unknown"
        return f"HTTP/1.1 {self.status} {phrase}\r\n".encode()

    @cached_property
    def _header_lines(self):
        framing = () if self.status in _WITHOUT_BODY else (("Content-Length", str(len(self.body))),)
        return b"".join((*map(_line, (*self.headers, *framing)), b"\r\n"))


def chunks(body, size=4096):
    """Split a body into chunks of `size` bytes, without the last, empty chunk."""
    parts = (body[start : start + size] for start in range(0, len(body), size))
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts)


def _line(header):
    name, value = header
    return b"%b: %b\r\n" % (name.encode(), value if isinstance(value, bytes) else value.encode())


@lru_cache(maxsize=2)
def _date_line(now):
    return f"Date: {formatdate(now, usegmt=True)}\r\nServer: replica\r\n".encode()
