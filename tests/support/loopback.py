"""Nothing of a test leaves this machine, and what is meant for the site itself reaches a replica."""

import socket
import tempfile
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path

from tests.support.certificate import authority_pem
from tests.support.replica import HOST

_INTERNET = {socket.AF_INET, socket.AF_INET6}


@contextmanager
def altmetric_stand_in(monkeypatch, replica):
    """Connections to port 443 of altmetric.com and its subdomains reach this replica, which speaks TLS, and is trusted.

    Only the connection is another one: the client still checks the certificate for the name that it asks for. Any other
    connection that is not to this machine fails with an AssertionError, as does asking for the address of a name.
    """
    with monkeypatch.context() as patch, trusted(patch):
        only_loopback(patch)
        connect = socket.create_connection

        def create_connection(address, *arguments, **options):
            host, port = address
            ours = port == 443 and f".{host}".endswith(".altmetric.com")
            return connect((HOST, replica.port) if ours else address, *arguments, **options)

        patch.setattr(socket, "create_connection", create_connection)
        yield


def only_loopback(monkeypatch):
    """From now on a connection beyond this machine, or a look-up of a name for one, fails with an AssertionError."""
    connect, connect_ex, getaddrinfo = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def guarded_connect(self, address):
        _check(self, address)
        return connect(self, address)

    def guarded_connect_ex(self, address):
        _check(self, address)
        return connect_ex(self, address)

    def guarded_getaddrinfo(host, *arguments, **options):
        assert host is None or _is_here(host), f"the address of {host} was asked for"
        return getaddrinfo(host, *arguments, **options)

    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(socket.socket, "connect", guarded_connect)
    monkeypatch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
    monkeypatch.setattr(socket, "getaddrinfo", guarded_getaddrinfo)


@contextmanager
def trusted(monkeypatch):
    """The environment says that the certificates of replicas are to be trusted, and no others."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "authority.pem")
        path.write_bytes(authority_pem())
        monkeypatch.setenv("SSL_CERT_FILE", str(path))
        yield


def _check(connecting, address):
    assert connecting.family not in _INTERNET or _is_here(address[0]), f"a connection to {address} was tried"


def _is_here(host):
    name = host.decode() if isinstance(host, bytes) else host
    try:
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False
