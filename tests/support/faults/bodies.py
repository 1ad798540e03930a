"""Faults of the body: chunked, truncated, too large or with a wrong length."""

import gzip
from dataclasses import dataclass, replace
from random import Random

from tests.support.answers import HTML, LAST_CHUNK, Answer, chunks

MEBIBYTE = 1 << 20
_GZIP_TRAILER = 8


@dataclass(frozen=True)
class Chunked:
    """The page in chunks; this is not a fault."""

    def __call__(self, visit):
        visit.send(visit.answer().chunked())


@dataclass(frozen=True)
class UntilClose:
    """The page without a length: it ends with the connection. `share`: the part that is sent, from 0 to 1."""

    share: float = 1.0

    def __call__(self, visit):
        answer = visit.answer()
        visit.send(answer.head(("Connection", "close")) + answer.body[: int(len(answer.body) * self.share)])
        visit.connection.close()


@dataclass(frozen=True)
class CutPage:
    """A truncated page in a valid response. `at`: `middle`, or `end` for a page without its end tags."""

    at: str = "middle"

    def __call__(self, visit):
        page = visit.plain()
        end = len(page.body) // 2 if self.at == "middle" else page.body.rindex(b"</body>")
        cut = replace(page, body=page.body[:end])
        visit.give(_zipped(cut, cut.body) if visit.takes_gzip else cut)


@dataclass(frozen=True)
class CutGzip:
    """Truncated gzip data, in a body with the right length.

    `without`: `trailer`, or `half` for half of the data · `chunked`: 1 for chunks instead of Content-Length.
    """

    without: str = "trailer"
    chunked: bool = False

    def __call__(self, visit):
        page = visit.plain()
        zipped = _zipped(page, page.body)
        kept = {"trailer": len(zipped.body) - _GZIP_TRAILER, "half": len(zipped.body) // 2}[self.without]
        cut = replace(zipped, body=zipped.body[:kept])
        visit.send(cut.chunked() if self.chunked else cut.wire())


@dataclass(frozen=True)
class WrongLength:
    """A Content-Length that is wrong by a number of bytes.

    If the length is too large, the connection ends after the body. If it is too small, the connection stays open, with
    the rest of the body on it.
    """

    by: int = 100

    def __call__(self, visit):
        answer = visit.answer()
        visit.send(answer.with_length(len(answer.body) + self.by) + answer.body)
        if self.by > 0:
            visit.connection.close()


@dataclass(frozen=True)
class NoLastChunk:
    """All chunks except the last, empty one; then the end of the connection."""

    def __call__(self, visit):
        answer = visit.answer()
        visit.send(answer.head(("Transfer-Encoding", "chunked")) + chunks(answer.body))
        visit.connection.close()


@dataclass(frozen=True)
class BrokenChunk:
    """A valid chunk, and a chunk with this text as its size; then the end of the connection."""

    size: str = "zz"

    def __call__(self, visit):
        answer = visit.answer()
        first = chunks(answer.body[:100])
        rest = b"%b\r\n%b\r\n" % (str(self.size).encode(), answer.body[100:])
        visit.send(answer.head(("Transfer-Encoding", "chunked")) + first + rest + LAST_CHUNK)
        visit.connection.close()


@dataclass(frozen=True)
class Bomb:
    """A few bytes that decompress to 16 MiB. `coding`: `gzip`, `br` or `zstd`, whatever the client accepts."""

    coding: str = "gzip"

    def __call__(self, visit):
        body = {"gzip": _gzip_bomb, "br": _brotli_bomb, "zstd": _zstd_bomb}[self.coding]()
        visit.give(Answer(200, (("Content-Type", HTML), ("Content-Encoding", self.coding)), body))


@dataclass(frozen=True)
class Large:
    """The page followed by many bytes. `chunked`: 1 for chunks instead of Content-Length."""

    size: int = 5 * MEBIBYTE
    chunked: bool = False

    def __call__(self, visit):
        page = visit.plain()
        noise = Random(0).randbytes(self.size // 2).hex().encode()  # noqa: S311 -- not a secret
        large = replace(page, body=(page.body + b"<!-- " + noise)[: self.size])
        visit.send(large.chunked() if self.chunked else large.wire())


@dataclass(frozen=True)
class Endless:
    """A page that never ends, in chunks."""

    def __call__(self, visit):
        page = visit.plain()
        visit.send(page.head(("Transfer-Encoding", "chunked")) + chunks(page.body))
        more = chunks(b"<p>And so on, and on.</p>\n" * 150)
        while True:
            visit.send(more)


def _zipped(answer, content):
    headers = (*answer.headers, ("Content-Encoding", "gzip"))
    return Answer(answer.status, headers, gzip.compress(content, mtime=0))


def _gzip_bomb():
    return gzip.compress(b" " * 16 * MEBIBYTE, mtime=0)


def _zstd_bomb():
    """Return a frame of 128 blocks of 128 KiB of spaces each (RFC 8878, sections 3.1.1.1 and 3.1.1.2)."""
    magic, plain_frame, window = b"\x28\xb5\x2f\xfd", b"\x00", b"\x38"
    size = 128 * 1024
    blocks = [(size << 3 | 1 << 1 | (number == 127)).to_bytes(3, "little") + b" " for number in range(128)]
    return magic + plain_frame + window + b"".join(blocks)


def _brotli_bomb():
    """Return 16 MiB of spaces, as the encoder of brotli compresses them."""
    return bytes.fromhex("cbffff3ff82540e2b14020f7fe8fffff7ff04b00c4611180eefddf")
