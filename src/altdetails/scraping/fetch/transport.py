"""Make one request. The only module that imports httpx."""

from __future__ import annotations

import logging
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

    from altdetails.scraping.fetch.key import ApiKey

__all__ = ["EXCHANGE_SECONDS", "Transport"]

EXCHANGE_SECONDS = 60.0
"""Time limit of a request, from its start to the last byte of the response."""
_MAX_HEAD_BYTES = 60 * 2**10
"""The longest head of a response. The reader of web archives reads 64 KiB."""
_ARCHIVED_PREFIX = len("X-Archive-Orig-")
_CONNECT_SECONDS = 10.0
_READ_SECONDS = 30.0
_KEEPALIVE_SECONDS = 60.0
_CHECKS = 60  # of the clock, within the time limit

_LOG = logging.getLogger(__name__)
_NOT_CONNECTED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)


class Transport:
    """One connection, kept open between requests. No cookies, redirects or retries; TLS is verified."""

    def __init__(
        self,
        user_agent: str,
        base_url: str,
        *,
        accept: str = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.1",
        key: ApiKey | None = None,
        exchange_seconds: float = EXCHANGE_SECONDS,
    ) -> None:
        """Set up without connecting: the first request connects.

        Args:
            user_agent: the User-Agent header of every request.
            base_url: the site. If the environment has a proxy for it, that is used.
            accept: the Accept header of every request.
            key: added to the addresses below `base_url` when they are sent. It is in no exchange and in no error.
            exchange_seconds: the time limit of a request.

        Raises:
            SettingsError: if the proxy or the certificates of the environment cannot be used.
        """
        self.requests = 0
        """Requests with a response."""
        self.bytes = 0
        """Bytes of their bodies, as received."""
        self._exchange_seconds = exchange_seconds
        self._headers = {
            "User-Agent": user_agent,
            "Accept": accept,
            "Accept-Encoding": "gzip",
        }
        self._key = key
        self._keyed = f"{base_url}/"
        self._log_filter = key.watch_logs() if key else None
        self._http = _http_transport(base_url, has_key=key is not None)
        self._extensions = {
            "timeout": httpx.Timeout(_READ_SECONDS, connect=_CONNECT_SECONDS).as_dict(),
            "trace": self._watch,
        }
        self._socket: socket.socket | None = None
        self._watchdog = _Watchdog(exchange_seconds, self._shut_down_socket)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._watchdog.close()
        self.disconnect()
        if self._log_filter:
            self._log_filter.close()

    def disconnect(self) -> None:
        """Close the connection, because it may contain unread bytes of a response. The next request opens a new one."""
        self._http.close()

    def get(self, url: str) -> Exchange:
        """Make a GET request, and return it with its response, whatever the status.

        If the body is incomplete or too large, `Exchange.truncated` says why.

        Raises:
            Unreachable: if there is no connection.
            NetworkFailure: if no complete response header arrives.
        """
        at = timestamp()
        with self._watchdog as limit:
            answer = self._send(url, limit)
            if isinstance(answer, NetworkFailure):
                raise answer
            response, request_headers = answer
            with closing(response):
                body, truncated = _read_body(response)
            if _has_unread_bytes(response):
                self.disconnect()
            if _head_length(response) > _MAX_HEAD_BYTES:
                raise NetworkFailure(f"{url}: no response: its head is longer than {_MAX_HEAD_BYTES >> 10} KiB")
        exchange = Exchange(
            url=url,
            at=at,
            request_headers=request_headers,
            http_version=response.http_version,
            status=response.status_code,
            phrase=response.reason_phrase,
            headers=_headers(response),
            body=body,
            truncated="time" if limit.expired and truncated else truncated,
        )
        self.requests += 1
        self.bytes += len(body)
        if self._key:
            exchange = self._key.removed_from_response(exchange)
        fields = {"url": url, "http_status": exchange.status, "bytes": len(body)}
        _LOG.debug("%s: HTTP %d, %d bytes", url, exchange.status, len(body), extra={"fields": fields})
        return exchange

    def _send(self, url: str, limit: _Watchdog) -> tuple[httpx.Response, Headers] | NetworkFailure:
        """Send a request, and return its response with its own headers, or the error.

        No error is raised here, and none has the error of httpx as its cause: the frames in their tracebacks have the
        whole address, with the key.
        """
        request = None
        try:
            address = self._key.added_to(url) if self._key and url.startswith(self._keyed) else url
            request = httpx.Request("GET", address, headers=self._headers, extensions=self._extensions)
            return self._http.handle_request(request), _headers(request)
        except _NOT_CONNECTED as error:
            return Unreachable(f"{url}: no connection: {self._describe(error)}")
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            reason = f"timed out after {self._exchange_seconds:g} s" if limit.expired else self._describe(error)
            return NetworkFailure(f"{url}: no response: {reason}")
        except BaseException as error:
            if not self._key:
                raise
            request, address = None, ""
            raise error.with_traceback(None) from None

    def _describe(self, error: Exception) -> str:
        text = str(error) or type(error).__name__
        return self._key.removed_from(text) if self._key else text

    def _watch(self, event: str, info: dict[str, Any]) -> None:
        """Remember the socket of a new connection: only its shutdown ends a read that gets byte after byte.

        TLS, also through a proxy, has its own socket, which replaces the first one.
        """
        if event.endswith((".connect_tcp.complete", ".start_tls.complete")):
            self._socket = info["return_value"].get_extra_info("socket")

    def _shut_down_socket(self) -> None:
        if self._socket:
            with suppress(OSError):
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


class _Watchdog:
    """A time limit on a `with` block, enforced by a thread: timeouts of single reads cannot limit a whole request."""

    def __init__(self, seconds: float, on_timeout: Callable[[], None]) -> None:
        self.expired = False
        self._seconds = seconds
        self._on_timeout = on_timeout
        self._until: float | None = None
        self._closed = threading.Event()
        threading.Thread(target=self._watch, name="altdetails watchdog", daemon=True).start()

    def __enter__(self) -> Self:
        self.expired = False
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
        while not self._closed.wait(self._seconds / _CHECKS):
            until = self._until
            if until is not None and time.monotonic() >= until:
                self.expired = True
                self._on_timeout()


def _read_body(response: httpx.Response) -> tuple[bytes, Literal["length", "time", "disconnect"] | None]:
    body = bytearray()
    try:
        for chunk in response.iter_raw():
            body += chunk
            if len(body) > MAX_WIRE_BYTES:
                return bytes(body[:MAX_WIRE_BYTES]), "length"
    except httpx.TimeoutException:
        return bytes(body), "time"
    except httpx.HTTPError:
        return bytes(body), "disconnect"
    return bytes(body), None


def _head_length(response: httpx.Response) -> int:
    """Return the most bytes that the head of a response can have in an archive."""
    lines = sum(len(name) + len(value) + len(": \r\n") + _ARCHIVED_PREFIX for name, value in response.headers.raw)
    return lines + len(response.reason_phrase)


def _has_unread_bytes(response: httpx.Response) -> bool:
    """Whether the connection has received more than the response.

    httpx has no function for this, so private attributes are read. If another version lacks one of them, return True:
    a new connection is always safe.
    """
    inside: Any = response.stream
    for name in ("_httpcore_stream", "_stream", "_connection", "_h11_state", "trailing_data"):
        inside = getattr(inside, name, None)
    return inside is None or bool(inside[0])


def _http_transport(base_url: str, *, has_key: bool) -> httpx.HTTPTransport:
    limits = httpx.Limits(max_connections=1, keepalive_expiry=_KEEPALIVE_SECONDS)
    try:
        # a proxy reads the addresses of http, and so the key
        proxy = None if has_key and base_url.startswith("http:") else _proxy_for(base_url)
        return httpx.HTTPTransport(limits=limits, proxy=proxy)
    except OSError as error:
        raise SettingsError(
            f"certificates cannot be read: {error.strerror or error}; check SSL_CERT_FILE and SSL_CERT_DIR"
        ) from error


def _proxy_for(base_url: str) -> httpx.Proxy | None:
    """Return the proxy that the environment sets for a site, as the standard library reads it.

    Raises:
        SettingsError: if it is not an HTTP proxy.
    """
    parts = urlsplit(base_url)
    if proxy_bypass(parts.netloc):
        return None
    proxies = getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    if not proxy:
        return None
    address = proxy if "://" in proxy else f"http://{proxy}"
    if address.partition("://")[0] in {"http", "https"}:
        with suppress(httpx.InvalidURL):
            return httpx.Proxy(address)
    raise SettingsError(
        f"the proxy in {parts.scheme.upper()}_PROXY or ALL_PROXY cannot be used: set it as http://host:port, "
        f"or add {parts.hostname} to NO_PROXY"
    )


def _headers(message: httpx.Request | httpx.Response) -> Headers:
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in message.headers.raw)
