"""The address of a page behind the address that a tool made of it.

Web archives, library proxies, translators, search engines and mail filters put an address of their own in place of the
page's address. The tables below list their forms. An address that does not certainly name the page is unknown: None.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

__all__ = ["unwrap", "without_key"]

_MAX_LEVELS = 2
_MAX_LENGTH = 32_768

_ADDRESS = re.compile(r"(?:(?P<scheme>https?:)?//)?(?P<host>[^/?#\s@]*)(?P<rest>.*)", re.IGNORECASE | re.DOTALL)
_INNER = r"(?=https?(?::/|%3a%2f))"
_MOMENT = r"[0-9]{14}[a-z_]{0,8}|[0-9]{4}\.[0-9]{2}\.[0-9]{2}-[0-9]{6}"
_ARCHIVE_TODAY = r"(?:www\.)?archive\.(?:ph|is|li|vn|fo|md|today)"
_TOP_LEVEL = r"(?:com|org|net|edu|gov|int|io|info|[a-z]{2})"
_PROXY = (
    r"(?:[a-z0-9-]+\.idm\.oclc\.org|(?:[a-z0-9-]+\.)?proxy\.openathens\.net"
    r"|[a-z0-9-]*(?:proxy|ezp)[a-z0-9-]*\.[a-z0-9.-]+)"
)


def _compile(table: tuple[tuple[str, str], ...]) -> tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]:
    return tuple((re.compile(host, re.IGNORECASE), re.compile(path, re.IGNORECASE)) for host, path in table)


_PREFIXES = _compile(
    (
        (
            r".*",
            rf"(?:/[\w.~-]{{1,100}}){{0,4}}/(?:{_MOMENT}|o/[a-z0-9]{{5}}|warc/[\w-]{{1,40}})/{_INNER}",
        ),
        (r"", r"/web/[0-9]{1,14}(?:[a-z]{2}_)?/"),
        (r"web\.archive\.org(?::[0-9]+)?", r"/(?:web|save)/(?:[0-9*]{1,15}(?:[a-z]{2}_)?/)?"),
        (_ARCHIVE_TODAY, rf"/(?:[a-z]{{1,20}}/)?{_INNER}"),
        (r"ghostarchive\.org", rf"/[a-z]{{1,20}}(?:/[0-9]{{4,14}})?/{_INNER}"),
        (
            r"(?:[a-z]+\.)?mementoweb\.org",
            rf"/[a-z]{{1,20}}(?:/[a-z]{{1,20}})?(?:/[0-9]{{4,14}})?/{_INNER}",
        ),
    )
)
"""Hosts and beginnings of paths; the address follows to the end."""

_QUERIES = _compile(
    (
        (r".+", r"(?:/[\w-]{1,40}){0,3}/login/?\?(?:[^#]*&)?(?:qurl|url)="),
        (r"go\.openathens\.net", r"/redirector/[\w.-]{1,100}\?(?:[^#]*&)?url="),
        (r"(?:[\w-]+\.)*safelinks\.protection\.outlook\.com", r"/[\w/]{0,40}\?(?:[^#]*&)?url="),
        (r"(?:www\.)?google\.[a-z.]{2,6}", r"/url\?(?:[^#]*&)?(?:q|url)="),
        (r"scholar\.google\.[a-z.]{2,6}", r"/scholar_url\?(?:[^#]*&)?url="),
        (r"translate\.google(?:usercontent)?\.[a-z.]{2,6}", r"/[a-z_]{1,20}\?(?:[^#]*&)?u="),
        (r"(?:webcache\.googleusercontent\.com|cc\.bingj\.com)", r"/[a-z.]{1,20}\?(?:[^#]*&)?u="),
        (r"webcache\.googleusercontent\.com", r"/search\?(?:[^#]*&)?q=cache(?::|%3a)(?:[\w-]{12}(?::|%3a))?"),
        (r"(?:www\.)?duckduckgo\.com", r"/l/\?(?:[^#]*&)?uddg="),
        (r"linkprotect\.cudasvc\.com", r"/url\?(?:[^#]*&)?a="),
        (r"l\.facebook\.com", r"/l\.php\?(?:[^#]*&)?u="),
    )
)
"""Hosts and beginnings of paths with a parameter; its value is the address."""

_AFTER_VALUE = re.compile(r"[&+\s].*", re.DOTALL)
_LOG_IN = re.compile(r"/login/?\?", re.IGNORECASE)
_SLASHES = re.compile(r"\A(https?):/+", re.IGNORECASE)
_WEB = re.compile(r"(?:https?:)?//[^/?#\s]|[a-z0-9][a-z0-9.-]*\.[a-z]{2,}(?:/|\Z)", re.IGNORECASE)

_TRANSLATED_HOST = re.compile(r"(?P<name>[a-z0-9]+(?:--?[a-z0-9]+)+)\.translate\.goog", re.IGNORECASE)
_TRANSLATED_PARAMETER = re.compile(r"_x_tr_[a-z]+=[^&#]*&?", re.IGNORECASE)
_KNOWN_HOSTS = (
    r"(?:[a-z0-9]+\.)?altmetric\.com|(?:dx\.|www\.)?doi\.org|(?:pubmed|www)\.ncbi\.nlm\.nih\.gov|(?:www\.)?arxiv\.org"
    r"|hdl\.handle\.net"
)
_KNOWN_HYPHENATED_HOSTS = _KNOWN_HOSTS.replace(r"\.", "-")
_HYPHENATED_HOST = re.compile(
    rf"(?:[0-9]-)?(?P<name>{_KNOWN_HYPHENATED_HOSTS})\.[a-z0-9-]+\.[a-z0-9.-]+(?::[0-9]+)?",
    re.IGNORECASE,
)
_DOTTED_HOST = re.compile(
    rf"(?P<name>(?:[a-z0-9-]+\.){{1,8}}{_TOP_LEVEL})\.{_PROXY}(?::[0-9]+)?"
    rf"|[0-9]-(?P<marked>(?:[a-z0-9-]+\.){{0,8}}?(?:{_KNOWN_HOSTS}))\.[a-z0-9-]+\.[a-z0-9.-]+(?::[0-9]+)?",
    re.IGNORECASE,
)
_MAIL_FILTER = r"urldefense\.[a-z.]+|(?:.*\.)?mimecast\.com|secure-web\.cisco\.com|linkprotect\.cudasvc\.com"
_UNCERTAIN_HOST = re.compile(
    rf"{_ARCHIVE_TODAY}|ghostarchive\.org|.*\.translate\.goog|.*safelinks\.protection\.outlook\.com|webcache\.googleusercontent\.com"
    rf"|translate\.googleusercontent\.com|{_MAIL_FILTER}|(?:.*\.)?{_PROXY}(?::[0-9]+)?",
    re.IGNORECASE,
)
"""Hosts of such tools. The address behind any other path of theirs is unknown."""

_SIGNS = (
    *("/web/", "/save/", "login", "cache", "translate", "proxy", "ezp", "oclc", "openathens", "archive."),
    *("-com.", "-org.", "-gov.", "-net.", "googleusercontent", "safelinks", "urldefense"),
    *("mimecast", "cudasvc", "secure-web", "ghostarchive"),
)
_MARKED_HOST = re.compile(r"(?:https?:)?(?://)?[0-9]-", re.IGNORECASE)
"""Every address in the tables has a second `http`, one of the signs, or such a host. To look for them is faster than to
try all tables."""


def unwrap(address: str) -> str | None:
    """Return the address of the page behind the address that a tool made of it.

    Examples:
        >>> unwrap("https://web.archive.org/web/20240305091112/https://www.altmetric.com/details/990000001")
        'https://www.altmetric.com/details/990000001'
        >>> unwrap("https://doi-org.ezproxy.example.edu/10.5555/lhs.2023.0417")
        'https://doi.org/10.5555/lhs.2023.0417'

    Any other address is returned unchanged. The result is None if the address is one of a tool's but does not name the
    page, or if more than two tools are nested.
    """
    for _ in range(_MAX_LEVELS + 1):
        inner = _unwrapped(address) if _has_sign(address) else address
        if inner is None or inner == address:
            return inner
        address = inner
    return None


_KEY = re.compile(r"(?P<mark>[?&;])key=[^&;#\s]*&?", re.IGNORECASE)
_ENCODED_KEY = re.compile(r"(?P<mark>%3F|%26)key(?:=|%3D)(?:(?!%26|%23)[^&#\s])*(?:%26)?", re.IGNORECASE)


def without_key(text: str) -> str:
    """Return an address, or a text with addresses, without the parameter `key`: the API takes its secret key there.

    Examples:
        >>> without_key("https://api.altmetric.com/v1/doi/10.5555/lhs.2023.0417?key=0123abcd&page=2")
        'https://api.altmetric.com/v1/doi/10.5555/lhs.2023.0417?page=2'

    Keys of percent-encoded addresses inside another address are removed too.
    """
    if "key" not in text and "key" not in text.lower():
        return text
    for pattern in (_KEY, _ENCODED_KEY):
        while (shorter := pattern.sub(r"\g<mark>", text)) != text:
            text = shorter
    return _EMPTY_QUERY.sub("", text)


_EMPTY_QUERY = re.compile(r"(?:[?&;]|%3F|%26)(?=[#\s]|%23|\Z)", re.IGNORECASE)


def _has_sign(address: str) -> bool:
    lower = address.lower()
    if "http" in lower[1:] or _MARKED_HOST.match(lower):
        return True
    for sign in _SIGNS:  # noqa: SIM110 -- twice as fast as any()
        if sign in lower:
            return True
    return False


def _unwrapped(address: str) -> str | None:
    """Return the address one level further in, or the same address, or None if it is unknown."""
    parts = _ADDRESS.fullmatch(address) if len(address) <= _MAX_LENGTH else None
    if parts is None:
        return None
    scheme, host, rest = parts.groups()
    inner = _inside(host, rest) or _behind(scheme or "https:", host, rest)
    if inner:
        return inner
    return None if _UNCERTAIN_HOST.fullmatch(host) else address


def _inside(host: str, rest: str) -> str | None:
    """Return the address that a path or a query contains, decoded, with both of its slashes."""
    for hosts, prefix in _PREFIXES:
        if hosts.fullmatch(host) and (match := prefix.match(rest)):
            inner = rest[match.end() :]
            return _SLASHES.sub(r"\1://", inner if _SLASHES.match(inner) or inner[:4] != "http" else unquote(inner))
    for hosts, prefix in _QUERIES:
        if hosts.fullmatch(host) and (match := prefix.match(rest)):
            value = rest[match.end() :]
            if not (_LOG_IN.search(match[0]) and _SLASHES.match(value)):
                value, mark, fragment = value.partition("#")
                value = f"{unquote(_AFTER_VALUE.sub('', value))}{mark}{fragment}"
            return value if _WEB.match(value) else None
    return None


def _behind(scheme: str, host: str, rest: str) -> str | None:
    """Return the address whose host is a part of another host, as library proxies and translators write it."""
    if match := _TRANSLATED_HOST.fullmatch(host):
        return _untranslated(match["name"], rest)
    if match := _HYPHENATED_HOST.fullmatch(host):
        return f"{scheme}//{match['name'].replace('-', '.')}{rest}"
    match = _DOTTED_HOST.fullmatch(host)
    return f"{scheme}//{match['name'] or match['marked']}{rest}" if match else None


def _untranslated(name: str, rest: str) -> str | None:
    """Return an address behind translate.goog: its host has `-` for `.`, and `--` for `-`."""
    if "_x_tr_enc=" in rest:
        return None
    scheme = "http" if "_x_tr_sch=http&" in f"{rest}&" else "https"
    host = ".".join(label.replace("\0", "-") for label in name.replace("--", "\0").split("-"))
    path, mark, fragment = _TRANSLATED_PARAMETER.sub("", rest).partition("#")
    return f"{scheme}://{host}{path.rstrip('?&')}{mark}{fragment}"
