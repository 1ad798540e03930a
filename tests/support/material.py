"""What the tests of faults are made of: a page, and the answers to a client that asks for it."""

import gzip

from tests.support.client import fetched, parts
from tests.support.pages import ROOT

PATH = "/details/990000001"
PAGE = (ROOT / "samples" / "article-2023.html").read_bytes()
ZIPPED = gzip.compress(PAGE, mtime=0)
MEBIBYTE = 1 << 20


def met(replica, fault, path=PATH, at_most=None):
    """The bytes of an answer that meets a fault, and how the connection ends."""
    replica.fail(path, fault)
    return fetched(replica, path, at_most=at_most)


def answer(replica, fault):
    """Status, headers and body of an answer that meets a fault."""
    return parts(met(replica, fault)[0])
