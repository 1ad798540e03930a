"""The certificate of a replica that speaks HTTPS, and of the authority that signed it: made anew in each process."""

import ssl
from functools import cache

import trustme

NAMES = ("www.altmetric.com", "bmc.altmetric.com", "*.altmetric.com", "localhost", "127.0.0.1")


@cache
def _authority():
    return trustme.CA()


def server_context():
    """TLS for a server of `NAMES`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _authority().issue_cert(*NAMES).configure_cert(context)
    return context


def authority_pem():
    """The authority's certificate, in PEM: who trusts it, trusts the replica."""
    return _authority().cert_pem.bytes()
