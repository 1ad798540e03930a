"""A page for the tests of faults, and the responses to requests for it."""

import gzip

from tests.support.client import fetched, parts
from tests.support.pages import ROOT

PATH = "/details/990000001"
PAGE = (ROOT / "samples" / "article-2023.html").read_bytes()
ZIPPED = gzip.compress(PAGE, mtime=0)
MEBIBYTE = 1 << 20


def met(replica, fault, path=PATH, at_most=None):
    """Plan a fault, fetch the page, and return the bytes of the response and how the connection ended."""
    replica.fail(path, fault)
    return fetched(replica, path, at_most=at_most)


def answer(replica, fault):
    """Plan a fault, fetch the page, and return status, headers and body of the response."""
    return parts(met(replica, fault)[0])
