"""Keep the connections of tests on this machine, and redirect those to altmetric.com to a replica."""

import socket
import tempfile
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path

from tests.support.certificate import authority_pem
from tests.support.replica import HOST

_INTERNET = {socket.AF_INET, socket.AF_INET6}


@contextmanager
def altmetric_stand_in(monkeypatch, replica, domain="altmetric.com"):
    """Redirect connections to port 443 of altmetric.com and its subdomains to a replica with TLS, and trust it.

    The client still checks the name in the certificate. Any other connection that leaves this machine fails with an
    AssertionError, and so does a name look-up.
    """
    with monkeypatch.context() as patch, trusted(patch):
        only_loopback(patch)
        connect = socket.create_connection

        def create_connection(address, *arguments, **options):
            host, port = address
            ours = port == 443 and f".{host}".endswith(f".{domain}")
            return connect((HOST, replica.port) if ours else address, *arguments, **options)

        patch.setattr(socket, "create_connection", create_connection)
        yield


def only_loopback(monkeypatch):
    """Make every connection that leaves this machine, and every name look-up, fail with an AssertionError."""
    connect, connect_ex, getaddrinfo = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def guarded_connect(self, address):
        _check(self, address)
        return connect(self, address)

    def guarded_connect_ex(self, address):
        _check(self, address)
        return connect_ex(self, address)

    def guarded_getaddrinfo(host, *arguments, **options):
        assert host is None or _is_local(host), f"the address of {host} was looked up"
        return getaddrinfo(host, *arguments, **options)

    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(socket.socket, "connect", guarded_connect)
    monkeypatch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
    monkeypatch.setattr(socket, "getaddrinfo", guarded_getaddrinfo)


@contextmanager
def trusted(monkeypatch):
    """Set the environment so that clients trust the certificates of replicas, and no others."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "authority.pem")
        path.write_bytes(authority_pem())
        monkeypatch.setenv("SSL_CERT_FILE", str(path))
        yield


def _check(connecting, address):
    assert connecting.family not in _INTERNET or _is_local(address[0]), f"a connection to {address} was tried"


def _is_local(host):
    name = host.decode() if isinstance(host, bytes) else host
    try:
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False
