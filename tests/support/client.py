"""A client that returns the raw bytes of a response, valid or not."""

import re
import socket
import ssl
from contextlib import contextmanager

PATIENCE = 60
"""Seconds after which a test that waits for bytes fails."""


@contextmanager
def connected(replica):
    """Connect to a replica, over TLS if it uses HTTPS."""
    plain = socket.create_connection(("127.0.0.1", replica.port), timeout=PATIENCE)
    if not replica.base_url.startswith("https:"):
        with plain:
            yield plain
        return
    with ssl.create_default_context().wrap_socket(plain, server_hostname="www.altmetric.com") as secure:
        yield secure


def ask(connection, path, *lines, method="GET"):
    """Send a request that accepts gzip, with more header lines."""
    head = (f"{method} {path} HTTP/1.1", "Host: www.altmetric.com", "Accept-Encoding: gzip", *lines)
    connection.sendall("\r\n".join((*head, "", "")).encode())


def until_end(connection, at_most=None):
    """Read until the connection ends or there are `at_most` bytes. Return the bytes and `closed`, `reset` or `full`."""
    received = b""
    while at_most is None or len(received) < at_most:
        try:
            part = connection.recv(65_536)
        except ConnectionResetError:
            return received, "reset"
        if not part:
            return received, "closed"
        received += part
    return received, "full"


def fetched(replica, path, *lines, at_most=None):
    """Return the bytes of a response on a new connection with `Connection: close`, and how the connection ended."""
    with connected(replica) as connection:
        ask(connection, path, "Connection: close", *lines)
        return until_end(connection, at_most)


def parts(wire):
    """Split a response into status, headers and body. The headers are lists of values by name in lower case."""
    head, _, body = wire.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {}
    for line in lines:
        name, _, value = line.partition(": ")
        headers.setdefault(name.lower(), []).append(value)
    return int(first.split()[1]), headers, body


def unchunked(body):
    """Return the data of a chunked body, and the bytes after its last complete chunk."""
    data = b""
    while True:
        size, mark, rest = body.partition(b"\r\n")
        length = int(size, 16) if re.fullmatch(rb"[0-9a-f]{1,8}", size) else 0
        if not mark or length == 0 or len(rest) < length + 2:
            return data, body
        data, body = data + rest[:length], rest[length + 2 :]
