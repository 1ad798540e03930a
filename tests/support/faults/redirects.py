"""Redirects: too many of them, and unsafe ones."""

from dataclasses import dataclass

from tests.support.answers import Answer

UNSAFE_LOCATIONS = {
    "another host": "http://other.invalid/details/990000001",
    "another host over https": "https://other.invalid/details/990000001",
    "another host without scheme": "//other.invalid/details/990000001",
    "another host behind backslashes": r"\\other.invalid/details/990000001",
    "another host behind one slash and one backslash": r"/\other.invalid/details/990000001",
    "a host that begins like the site": "https://www.altmetric.com.evil.example/details/990000001",
    "a host that ends like the site": "https://evil-altmetric.com/details/990000001",
    "the site without https": "http://www.altmetric.com/details/990000001",
    "the site at another port": "https://www.altmetric.com:8443/details/990000001",
    "an IPv4 address": "https://127.0.0.2/details/990000001",
    "an IPv6 address": "https://[::1]/details/990000001",
    "an IPv4 address as one number": "https://2130706434/details/990000001",
    "an IPv4 address in hexadecimal": "https://0x7f.0.0.2/details/990000001",
    "an address of a cloud's metadata": "http://169.254.169.254/latest/meta-data/",
    "a user": "https://user@www.altmetric.com/details/990000001",
    "a user and a password": "https://user:secret@www.altmetric.com/details/990000001",
    "the site as a user": "https://www.altmetric.com@other.invalid/details/990000001",
    "a file": "file:///etc/passwd",
    "FTP": "ftp://www.altmetric.com/details/990000001",
    "a script": "javascript:alert(1)",
    "data": "data:text/html,<title>a page</title>",
    "a control character": b"/details/990000001\x01",
    "a tabulator in the host": b"https://www.altmet\tric.com/details/990000001",
    "bytes that are not ASCII": b"/details/\xff\xfe990000001",
    "a host that is not ASCII": "https://www.аltmetric.com/details/990000001",
    "nothing": "",
    "blanks": "   ",
    "no location": None,
    "a port that is not a number": "https://www.altmetric.com:port/details/990000001",
}
"""Locations that a client must not follow, by their error.

By the rules of addresses, `nothing` and `blanks` are the page itself: a client that follows them fetches it again.
"""


@dataclass(frozen=True)
class Redirect:
    """A redirect to this location, unchanged. With None, a redirect without a location."""

    to: str | bytes | None = None
    code: int = 302

    def __call__(self, visit):
        visit.give(Answer(self.code, () if self.to is None else (("Location", self.to),)))


@dataclass(frozen=True)
class RedirectChain:
    """A chain of redirects on the site that ends at the requested address."""

    hops: int = 3
    code: int = 302

    def __call__(self, visit):
        path = visit.arrival.path
        location = f"{path}?hop={self.hops - 1}" if self.hops > 1 else path
        visit.give(Answer(self.code, (("Location", location),)))


@dataclass(frozen=True)
class RedirectLoop:
    """A redirect to two addresses that redirect to each other."""

    def __call__(self, visit):
        visit.give(Answer(302, (("Location", f"{visit.arrival.path}?turn=0"),)))
