"""The certificates of the HTTPS replica and of its authority. They are created in each process."""

import ssl
from functools import cache

import trustme

NAMES = ("www.altmetric.com", "bmc.altmetric.com", "*.altmetric.com", "web.archive.org", "localhost", "127.0.0.1")


@cache
def _authority():
    return trustme.CA()


def server_context():
    """Return the TLS context of a server for `NAMES`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _authority().issue_cert(*NAMES).configure_cert(context)
    return context


def authority_pem():
    """Return the certificate of the authority in PEM. A client that trusts it trusts the replica."""
    return _authority().cert_pem.bytes()
