"""The address of a link on a tab, without what archives and proxies added to it."""

from __future__ import annotations

from contextlib import suppress
from urllib.parse import urlsplit

from altdetails import links
from altdetails.page.interpret import tidied

__all__ = ["web_address"]

_MAX_LENGTH = 4096


def web_address(href: str, *, is_wrapped: bool) -> str | None:
    """Return the address that a link leads to; None if it is not an address of the web, or too long.

    Redirects of aggregators stay as they are.

    Args:
        href: the link.
        is_wrapped: whether an archive or proxy put an address of its own around the links of the page.
    """
    address: str | None = tidied(href).strip()
    if is_wrapped and address:
        address = links.unwrap(address)
    if address and address.startswith("//"):
        address = f"https:{address}"
    with suppress(ValueError):
        parts = urlsplit(address or "")
        if address and parts.scheme in {"http", "https"} and parts.hostname and len(address) <= _MAX_LENGTH:
            return address
    return None
