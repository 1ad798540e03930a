"""A site, and which redirects stay within it."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import SplitResult, quote, unquote, urljoin, urlsplit

from altdetails._arguments import shown_address, without_secrets
from altdetails.errors import RedirectRefused, SettingsError

__all__ = ["ALTMETRIC", "ALTMETRIC_API", "ApiSite", "Site"]

ALTMETRIC = "https://www.altmetric.com"
ALTMETRIC_API = "https://api.altmetric.com/v1"

_ALTMETRIC_DOMAIN = "altmetric.com"
_DEFAULT_PORTS = {"http": 80, "https": 443}
_URL_CHARACTERS = "!#$%&'()*+,/:;=?@[]~"
_LONGEST_SHOWN = 200
_LONGEST_ADDRESS = 16 * 2**10
"""Characters of an address. Readers of web archives refuse much longer ones."""
_UNSAFE = re.compile(r"[\x00-\x20\x7f-\x9f\\]")
"""Control characters, white space, and backslashes, which some programs read as slashes."""

_VERSION = "/v1"
_DOT_SEGMENTS = "its path contains . or .."


@dataclass(frozen=True, slots=True)
class Site:
    """altmetric.com with its subdomains, or one other host that serves the same pages: a replica or a mirror."""

    base_url: str
    """Scheme, host, port if it is not the default port, and path, without a slash at the end."""
    host: str
    port: int
    schemes: frozenset[str]
    """The allowed schemes of its addresses."""

    @classmethod
    def at(cls, base_url: str) -> Site:
        """Return the site of a base URL.

        Raises:
            SettingsError: if it is not a valid base URL, or is altmetric.com without HTTPS.
        """
        try:
            parts = urlsplit(base_url)
            host, port = _host(parts), parts.port
        except ValueError as error:
            raise _site_error(base_url, without_secrets(str(error), base_url)) from None
        if parts.scheme not in _DEFAULT_PORTS or not host:
            raise _site_error(base_url, "it does not begin with https:// or http:// and a host")
        if "@" in parts.netloc or parts.query or parts.fragment or _UNSAFE.search(base_url):
            raise _site_error(base_url, "it contains a user, a query, a fragment or white space")
        if not base_url.isascii() or "" in host.split("."):
            raise _site_error(base_url, "it contains two dots in a row or non-ASCII characters (write a host as xn--…)")
        if _has_dot_segments(parts.path):
            raise _site_error(base_url, _DOT_SEGMENTS)
        port = port or _DEFAULT_PORTS[parts.scheme]
        if _is_altmetric(host) and (parts.scheme, port) != ("https", _DEFAULT_PORTS["https"]):
            raise _site_error(base_url, "altmetric.com requires https:// and the default port")
        shown = f"[{host}]" if ":" in host else host
        authority = shown if port == _DEFAULT_PORTS[parts.scheme] else f"{shown}:{port}"
        return cls(f"{parts.scheme}://{authority}{parts.path.rstrip('/')}", host, port, frozenset({parts.scheme}))

    @property
    def is_altmetric(self) -> bool:
        """Whether this is altmetric.com: then a contact, HTTPS and the minimum interval are required."""
        return _is_altmetric(self.host)

    @property
    def is_local(self) -> bool:
        """Whether it is on this machine."""
        with suppress(ValueError):
            return ip_address(self.host).is_loopback
        return self.host == "localhost"

    @property
    def is_api(self) -> bool:
        """Whether the base URL is one of the API: it ends with its version."""
        return self.base_url.endswith(_VERSION)

    @property
    def name(self) -> str:
        """The name of the clock: one for all hosts of altmetric.com, or one for each other host and port."""
        return _ALTMETRIC_DOMAIN if self.is_altmetric else f"{self.host}:{self.port}"

    def _has(self, host: str) -> bool:
        """Whether a host belongs to the site."""
        return _is_altmetric(host) if self.is_altmetric else host == self.host

    def follow(self, url: str, location: str) -> str:
        """Return the target of a redirect, without its fragment.

        Args:
            url: the address of the request.
            location: the `Location` header of the response.

        Raises:
            RedirectRefused: if it leaves the site, drops HTTPS, contains a user name, or is not a web address.
        """
        if _UNSAFE.search(location):
            raise _redirect_error(url, location, "it contains control characters, white space or backslashes")
        try:
            target = urljoin(url, quote(location, safe=_URL_CHARACTERS, encoding="latin-1"))
            parts = urlsplit(target)
            host, port = _host(parts), parts.port
        except ValueError as error:
            raise _redirect_error(url, location, f"it is not a web address ({error})") from None
        if len(target) > _LONGEST_ADDRESS:
            raise _redirect_error(url, location, f"it has more than {_LONGEST_ADDRESS:,} characters")
        if parts.scheme not in self.schemes:
            raise _redirect_error(url, location, f"its scheme is {parts.scheme!r}, not {min(self.schemes)!r}")
        if "@" in parts.netloc:
            raise _redirect_error(url, location, "it contains a user name")
        if (port or _DEFAULT_PORTS[parts.scheme]) != self.port:
            raise _redirect_error(url, location, "it leads to another port")
        if not self._has(host):
            reason = "it leads to an IP address" if _is_ip_address(host) else "it leaves the site"
            raise _redirect_error(url, location, reason)
        if _has_dot_segments(parts.path):
            raise _redirect_error(url, location, _DOT_SEGMENTS)
        return parts._replace(fragment="").geturl()


@dataclass(frozen=True, slots=True)
class ApiSite(Site):
    """The API, or another host that answers as it does. Its addresses are sent with a key, so it is one host alone."""

    @classmethod
    def at(cls, base_url: str) -> ApiSite:
        """Return the API at a base URL. `/v1` is added at its end if it is missing.

        Raises:
            SettingsError: if it is not a valid base URL, or sends the key without HTTPS to another machine.
        """
        site = Site.at(base_url)
        if site.schemes != {"https"} and not site.is_local:
            raise _site_error(base_url, "the key of the API is sent by https:// only, except to this machine")
        if site.is_altmetric and site.host != urlsplit(ALTMETRIC_API).hostname:
            raise _site_error(base_url, f"the API is at {ALTMETRIC_API}")
        return cls(f"{site.base_url.removesuffix(_VERSION)}{_VERSION}", site.host, site.port, site.schemes)

    @property
    def name(self) -> str:
        """The name of the clock: the API has one of its own."""
        return self.host if self.is_altmetric else f"{self.host}:{self.port}{_VERSION}"

    def _has(self, host: str) -> bool:
        return host == self.host

    def follow(self, url: str, location: str) -> str:
        """Return the target of a redirect, without its fragment and without a key."""
        target = urlsplit(Site.follow(self, url, location))
        parameters = [part for part in target.query.split("&") if unquote(part.partition("=")[0]).lower() != "key"]
        return target._replace(query="&".join(parameters)).geturl()


def _has_dot_segments(path: str) -> bool:
    """Whether a path has . or .. segments. A client removes them, so robots.txt would be checked for another path."""
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


def _site_error(base_url: str, reason: str) -> SettingsError:
    return SettingsError(
        f"{shown_address(base_url)!r} is not a base URL: {reason}; give one such as http://localhost:8000"
    )


def _redirect_error(url: str, location: str, reason: str) -> RedirectRefused:
    shown = ascii(location[:_LONGEST_SHOWN]) + ("…" if len(location) > _LONGEST_SHOWN else "")
    return RedirectRefused(f"{url} redirects to {shown}, which is not followed: {reason}")
