"""One request to the network → one Exchange. The only module that knows httpx."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any, Literal, Self
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

from altdetails.errors import NetworkFailure, SettingsError, Unreachable
from altdetails.results import Exchange, Headers, timestamp
from altdetails.scraping.fetch.content import MAX_WIRE_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

__all__ = ["EXCHANGE_SECONDS", "Transport"]

EXCHANGE_SECONDS = 60.0
"""The longest that a request may take from its start to the last byte of the response."""
_CONNECT_SECONDS = 10.0
_SILENCE_SECONDS = 30.0
_KEPT_SECONDS = 60.0
_LOOKS = 60  # at the clock, while an exchange has its time

_NOT_CONNECTED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)


class Transport:
    """One connection, kept open between requests; no cookies, redirects or retries; TLS verified."""

    def __init__(self, user_agent: str, base_url: str, *, exchange_seconds: float = EXCHANGE_SECONDS) -> None:
        """Connect where a request is made.

        Args:
            user_agent: the header of every request.
            base_url: the site; a proxy is used where the environment names one for it.
            exchange_seconds: the longest that a request may take as a whole.

        Raises:
            SettingsError: if the environment names a proxy or certificates that cannot be used.
        """
        self._exchange_seconds = exchange_seconds
        self._headers = {
            "User-Agent": user_agent,
            "Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.1",
            "Accept-Encoding": "gzip",
        }
        self._http = _http_transport(base_url)
        self._extensions = {
            "timeout": httpx.Timeout(_SILENCE_SECONDS, connect=_CONNECT_SECONDS).as_dict(),
            "trace": self._watch,
        }
        self._socket: socket.socket | None = None
        self._watchdog = _Watchdog(exchange_seconds, self._hang_up)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._watchdog.close()
        self.disconnect()

    def disconnect(self) -> None:
        """Give up the connection; the next request makes another. For when it may hold bytes of no request."""
        self._http.close()

    def get(self, url: str) -> Exchange:
        """The response to a GET request, whatever its status; one whose body breaks off or is too long says so.

        Raises:
            Unreachable: where there was no connection.
            NetworkFailure: where the connection gave no whole head of a response.
        """
        at = timestamp()
        with self._watchdog as limit:
            try:
                request = httpx.Request("GET", url, headers=self._headers, extensions=self._extensions)
                response = self._http.handle_request(request)
            except _NOT_CONNECTED as error:
                raise Unreachable(f"{url}: no connection: {_words(error)}") from error
            except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
                why = f"more than {self._exchange_seconds:g} s" if limit.passed else _words(error)
                raise NetworkFailure(f"{url}: no answer: {why}") from error
            with closing(response):
                body, truncated = _body_of(response)
        return Exchange(
            url=url,
            at=at,
            request_headers=_headers(request),
            http_version=response.http_version,
            status=response.status_code,
            phrase=response.reason_phrase,
            headers=_headers(response),
            body=body,
            truncated="time" if limit.passed and truncated else truncated,
        )

    def _watch(self, event: str, info: dict[str, Any]) -> None:
        """Keep hold of the socket of a new connection: to hang up is the one way to end a read that drips on.

        TLS, through a proxy too, is spoken on a socket of its own that takes the place of the first.
        """
        if event.endswith((".connect_tcp.complete", ".start_tls.complete")):
            self._socket = info["return_value"].get_extra_info("socket")

    def _hang_up(self) -> None:
        if self._socket:
            with suppress(OSError):
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


class _Watchdog:
    """A limit on the time of all that is done inside `with`, kept by a thread: no single read can tell of it."""

    def __init__(self, seconds: float, hang_up: Callable[[], None]) -> None:
        self.passed = False
        self._seconds = seconds
        self._hang_up = hang_up
        self._until: float | None = None
        self._closed = threading.Event()
        threading.Thread(target=self._watch, name="altdetails watchdog", daemon=True).start()

    def __enter__(self) -> Self:
        self.passed = False
        self._until = time.monotonic() + self._seconds
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._until = None

    def close(self) -> None:
        """End the thread."""
        self._closed.set()

    def _watch(self) -> None:
        while not self._closed.wait(self._seconds / _LOOKS):
            until = self._until
            if until is not None and time.monotonic() >= until:
                self.passed = True
                self._hang_up()


def _body_of(response: httpx.Response) -> tuple[bytes, Literal["length", "time", "disconnect"] | None]:
    body = bytearray()
    try:
        for part in response.iter_raw():
            body += part
            if len(body) > MAX_WIRE_BYTES:
                return bytes(body[:MAX_WIRE_BYTES]), "length"
    except httpx.TimeoutException:
        return bytes(body), "time"
    except httpx.HTTPError:
        return bytes(body), "disconnect"
    return bytes(body), None


def _http_transport(base_url: str) -> httpx.HTTPTransport:
    limits = httpx.Limits(max_connections=1, keepalive_expiry=_KEPT_SECONDS)
    try:
        return httpx.HTTPTransport(limits=limits, proxy=_proxy_for(base_url))
    except OSError as error:
        raise SettingsError(
            f"certificates cannot be read: {error.strerror or error}; see to SSL_CERT_FILE and SSL_CERT_DIR"
        ) from error


def _proxy_for(base_url: str) -> httpx.Proxy | None:
    """The proxy that the environment prescribes for a site, as the standard library reads it.

    Raises:
        SettingsError: if it is none that speaks HTTP.
    """
    parts = urlsplit(base_url)
    if proxy_bypass(parts.netloc):
        return None
    proxies = getproxies()
    named = proxies.get(parts.scheme) or proxies.get("all")
    if not named:
        return None
    address = named if "://" in named else f"http://{named}"
    if address.partition("://")[0] in {"http", "https"}:
        with suppress(httpx.InvalidURL):
            return httpx.Proxy(address)
    raise SettingsError(
        f"the proxy that {parts.scheme.upper()}_PROXY or ALL_PROXY names cannot be used: name one as "
        f"http://host:port, or {parts.hostname} in NO_PROXY"
    )


def _headers(message: httpx.Request | httpx.Response) -> Headers:
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in message.headers.raw)


def _words(error: Exception) -> str:
    return str(error) or type(error).__name__
