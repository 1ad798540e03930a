"""The key of the API: added to an address when the request is sent, and taken out of everything that comes back."""

from __future__ import annotations

import gzip
import logging
import os
import re
import stat
import zlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, Self
from urllib.parse import quote

from altdetails._arguments import path_text
from altdetails.documents import Budget, Inflated, OverBudgetError
from altdetails.errors import SettingsError
from altdetails.scraping.fetch.content import GZIP, MAX_CONTENT_BYTES, coding_of

if TYPE_CHECKING:
    from altdetails.results import Exchange

__all__ = ["KEY_VARIABLE", "ApiKey"]

KEY_VARIABLE = "ALTMETRIC_API_KEY"
"""The environment variable with the key."""
_KEY = re.compile(r"[!-~]{6,512}")
_MAX_FILE_BYTES = 4096
_LOGGERS = ("httpx", *(f"httpcore.{part}" for part in ("connection", "http11", "http2", "proxy", "socks")))
"""The loggers that can print headers of a response, at the level DEBUG."""
_NAMED = {"&": "amp", "<": "lt", ">": "gt", '"': "quot", "'": "apos"}
_FOR_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_SHORTEST_PART = 4
_GZIP_BEGINNING = b"\x1f\x8b"
_GZIP_TRAILER_BYTES = 8
_NOT_KEPT = b"[not kept: compressed in a way in which the key cannot be found]"


class ApiKey:
    """A key of the API. Its value is in no text of this object: `repr`, messages and tracebacks show its origin."""

    __slots__ = ("_as_bytes", "_fault", "_pattern", "_query", "_value", "is_open", "origin")

    def __init__(self, text: object, origin: str, *, is_open: bool = False) -> None:
        """Take any value. `refuse_fault` checks it, so that no traceback has a frame with the value."""
        self.origin = origin
        """Where the key is from: `ALTMETRIC_API_KEY`, `the file key.txt` or `the argument key`."""
        self.is_open = is_open
        """Whether other users of this computer can read its file."""
        self._fault = _fault(text)
        self._value = text.strip() if isinstance(text, str) and not self._fault else ""
        self._query = f"key={quote(self._value, safe='')}"
        pattern = "".join(map(_forms, self._value)) or r"(?!)"
        self._pattern = re.compile(pattern)
        self._as_bytes = re.compile(pattern.encode("ascii", "replace"))

    def __repr__(self) -> str:
        return f"<ApiKey from {self.origin}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a key cannot be copied to a file or to another process")

    @classmethod
    def find(cls, key: ApiKey | None, key_file: str | os.PathLike[str] | None) -> Self | ApiKey | None:
        """Return a given key, or the key of a file or of the environment; None if there is none.

        Raises:
            TypeError: if an argument has another type.
            SettingsError: if there are two keys, or the file cannot be read.
        """
        if key is not None and key_file is not None:
            raise SettingsError("there is a key, and a file with a key: give one of them")
        if key is not None:
            return key
        if key_file is not None:
            return cls._of_file(Path(path_text(key_file, "a path (str or os.PathLike) as key_file")))
        return cls(os.environ[KEY_VARIABLE], KEY_VARIABLE) if os.environ.get(KEY_VARIABLE) else None

    @classmethod
    def _of_file(cls, path: Path) -> Self:
        try:
            with path.open("rb") as file:
                is_open = os.name == "posix" and bool(os.fstat(file.fileno()).st_mode & _FOR_OTHERS)
                content = file.read(_MAX_FILE_BYTES)
                return cls(content.decode("utf-8-sig", "replace"), f"the file {path.name}", is_open=is_open)
        except OSError as error:
            reason = error.strerror or type(error).__name__
        raise SettingsError(  # without the name, because it may be the key itself
            f"the file with the key cannot be read: {reason}; --key-file and key_file take the name of a file with"
            f" the key in one line, not the key itself"
        )

    def refuse_fault(self) -> None:
        """Check the value.

        Raises:
            TypeError: if it is not text.
            SettingsError: if it cannot be a key.
        """
        if self._fault == "type":
            raise TypeError("expected text as key")
        if self._fault:
            raise SettingsError(f"the key from {self.origin} {self._fault}; give the key as Altmetric sent it")

    def added_to(self, url: str) -> str:
        """Return an address with the key in its query."""
        return f"{url}{'&' if '?' in url else '?'}{self._query}"

    def removed_from(self, text: str) -> str:
        """Replace the key in a text, in any usual encoding, by as many `x`."""
        return self._pattern.sub(lambda match: "x" * len(match[0]), text)

    def removed_from_response(self, exchange: Exchange) -> Exchange:
        """Replace the key in phrase, headers and body. A body without it is unchanged."""
        headers = ((self.removed_from(name), self.removed_from(value)) for name, value in exchange.headers)
        coding = coding_of(exchange)
        return replace(
            exchange,
            phrase=self.removed_from(exchange.phrase),
            headers=tuple(headers),
            body=self._body(exchange.body, coding, is_cut=exchange.truncated is not None),
        )

    def _body(self, body: bytes, coding: str, *, is_cut: bool) -> bytes:
        is_packed = coding in GZIP or body.startswith(_GZIP_BEGINNING)
        if not is_packed and coding != "identity" and body:
            return _NOT_KEPT
        if not is_packed:
            return self._content(body, is_cut=is_cut)
        content, is_whole = _unpack(body)
        clean = self._content(content, is_cut=not is_whole)
        if is_whole and clean == content and not self._as_bytes.search(body):
            return body
        packed = gzip.compress(clean, mtime=0)
        return packed if is_whole else packed[:-_GZIP_TRAILER_BYTES]

    def _content(self, content: bytes, *, is_cut: bool) -> bytes:
        """Replace the key in a body, and the beginning of the key at the end of a body that is cut off."""
        clean = self._as_bytes.sub(lambda match: b"x" * len(match[0]), content)
        for length in range(len(self._value) - 1, _SHORTEST_PART - 1, -1) if is_cut else ():
            if clean.endswith(self._value[:length].encode()):
                return clean[:-length] + b"x" * length
        return clean

    def watch_logs(self) -> KeyFilter:
        """Take the key out of the log lines of the libraries, until the filter is closed."""
        return KeyFilter(self)


class KeyFilter(logging.Filter):
    """Takes the key out of log lines."""

    def __init__(self, key: ApiKey) -> None:
        super().__init__()
        self._key = key
        for name in _LOGGERS:
            logging.getLogger(name).addFilter(self)

    def filter(self, record: logging.LogRecord) -> bool:
        """Replace the key in a line."""
        record.msg, record.args = self._key.removed_from(record.getMessage()), ()
        return True

    def close(self) -> None:
        """Remove the filter from the loggers."""
        for name in _LOGGERS:
            logging.getLogger(name).removeFilter(self)


def _fault(text: object) -> str | None:
    if not isinstance(text, str):
        return "type"
    if not text.strip():
        return "is empty"
    if _KEY.fullmatch(text.strip()):
        return None
    return "is not 6 to 512 printable ASCII characters without white space"


def _forms(character: str) -> str:
    """Return a pattern for a character as it is, or as addresses, JSON and HTML encode it."""
    code = ord(character)
    digits = "".join(f"[{digit}{digit.upper()}]" if digit.isalpha() else digit for digit in f"{code:02x}")
    forms = [re.escape(character), f"%(?:25)*{digits}", rf"\\+u00{digits}", f"&#0*{code};", f"&#[xX]0*{digits};"]
    if character in _NAMED:
        forms.append(f"&{_NAMED[character]};")
    if character in '"/\\':
        forms.append(rf"\\{re.escape(character)}")
    return f"(?:{'|'.join(forms)})"


def _unpack(body: bytes) -> tuple[bytes, bool]:
    """Decompress gzip as far as possible, up to a byte more than a response may have; and say whether it is whole."""
    stream = Inflated(body, Budget(len(body)))
    content = bytearray()
    try:
        while len(content) <= MAX_CONTENT_BYTES and (piece := stream.read(MAX_CONTENT_BYTES + 1 - len(content))):
            content += piece
    except (zlib.error, EOFError, OverBudgetError):
        return bytes(content), False
    return bytes(content), len(content) <= MAX_CONTENT_BYTES
