"""Which addresses may be asked for: those of one site."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import SplitResult, quote, unquote, urljoin, urlsplit

from altdetails.errors import RedirectRefused, SettingsError

__all__ = ["ALTMETRIC", "Site"]

ALTMETRIC = "https://www.altmetric.com"

_ALTMETRIC_DOMAIN = "altmetric.com"
_DEFAULT_PORTS = {"http": 80, "https": 443}
_URL_CHARACTERS = "!#$%&'()*+,/:;=?@[]~"
_LONGEST_SHOWN = 200
_STRAY = re.compile(r"[\x00-\x20\x7f-\x9f\\]")
"""Control characters, white space, and backslashes, which some programs take for slashes."""

_CLIMBING = "a step . or .. is in its path"


@dataclass(frozen=True, slots=True)
class Site:
    """altmetric.com with its subdomains, or one other host that stands for it: a replica, a mirror."""

    base_url: str
    """Scheme, host, port where it is not the usual one, and path, without a slash at the end."""
    host: str
    port: int
    schemes: frozenset[str]
    """Those that its addresses may have."""

    @classmethod
    def at(cls, base_url: str) -> Site:
        """The site of an address.

        Raises:
            SettingsError: if the address is no web address to build others on, or altmetric.com's without HTTPS.
        """
        try:
            parts = urlsplit(base_url)
            host, port = _host(parts), parts.port
        except ValueError as error:
            raise _unfit(base_url, str(error)) from error
        if parts.scheme not in _DEFAULT_PORTS or not host:
            raise _unfit(base_url, "it does not begin with https:// or http:// and a host")
        if "@" in parts.netloc or parts.query or parts.fragment or _STRAY.search(base_url):
            raise _unfit(base_url, "a user, a query, a fragment or white space is in it")
        if not base_url.isascii() or "" in host.split("."):
            raise _unfit(base_url, "it is not in ASCII (a host can be: xn--…), or two dots are side by side")
        if _climbs(parts.path):
            raise _unfit(base_url, _CLIMBING)
        port = port or _DEFAULT_PORTS[parts.scheme]
        if _is_altmetric(host) and (parts.scheme, port) != ("https", _DEFAULT_PORTS["https"]):
            raise _unfit(base_url, "altmetric.com is asked by https:// alone, at its usual port")
        shown = f"[{host}]" if ":" in host else host
        authority = shown if port == _DEFAULT_PORTS[parts.scheme] else f"{shown}:{port}"
        return cls(f"{parts.scheme}://{authority}{parts.path.rstrip('/')}", host, port, frozenset({parts.scheme}))

    @property
    def is_altmetric(self) -> bool:
        """Whether requests go to Altmetric itself: then the rules of politeness cannot be loosened."""
        return _is_altmetric(self.host)

    @property
    def name(self) -> str:
        """What shares one clock: all hosts of altmetric.com, or another host with its port."""
        return _ALTMETRIC_DOMAIN if self.is_altmetric else f"{self.host}:{self.port}"

    def follow(self, url: str, location: str) -> str:
        """The address that a redirect leads to, without its fragment.

        Args:
            url: the address that was asked for.
            location: the header of the response.

        Raises:
            RedirectRefused: where it leaves the site, drops HTTPS, names a user, or is no web address.
        """
        if _STRAY.search(location):
            raise _refused(url, location, "control characters, white space or backslashes are in it")
        try:
            target = urljoin(url, quote(location, safe=_URL_CHARACTERS, encoding="latin-1"))
            parts = urlsplit(target)
            host, port = _host(parts), parts.port
        except ValueError as error:
            raise _refused(url, location, f"it is no web address ({error})") from error
        if parts.scheme not in self.schemes:
            raise _refused(url, location, f"{parts.scheme or 'no scheme'} stands in place of {min(self.schemes)}")
        if "@" in parts.netloc:
            raise _refused(url, location, "a user name is in it")
        if (port or _DEFAULT_PORTS[parts.scheme]) != self.port:
            raise _refused(url, location, "it leads to another port")
        if not (_is_altmetric(host) if self.is_altmetric else host == self.host):
            why = "it leads to an IP address" if _is_ip_address(host) else "it leaves the site"
            raise _refused(url, location, why)
        if _climbs(parts.path):
            raise _refused(url, location, _CLIMBING)
        return parts._replace(fragment="").geturl()


def _climbs(path: str) -> bool:
    """Whether a client would take steps out of a path, and ask for another one than robots.txt was looked up for."""
    return not {".", ".."}.isdisjoint(unquote(path).split("/"))


def _host(parts: SplitResult) -> str:
    return (parts.hostname or "").removesuffix(".")


def _is_altmetric(host: str) -> bool:
    return f".{host}".endswith(f".{_ALTMETRIC_DOMAIN}")


def _is_ip_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return host.isdigit()
    return True


def _unfit(base_url: str, why: str) -> SettingsError:
    return SettingsError(f"{base_url!r} is no address of a site: {why}; give one such as http://localhost:8000")


def _refused(url: str, location: str, why: str) -> RedirectRefused:
    shown = ascii(location[:_LONGEST_SHOWN]) + ("…" if len(location) > _LONGEST_SHOWN else "")
    return RedirectRefused(f"{url} redirects to {shown}, which is not followed: {why}")
