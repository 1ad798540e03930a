"""Addresses of the API, and the output that they ask about."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import unquote

from altdetails import identifiers, links
from altdetails.errors import IdentifierError
from altdetails.identifiers import Identifier

__all__ = ["JSON_TYPES", "is_api_address", "requested_in"]

JSON_TYPES = frozenset({"application/json", "application/javascript", "text/javascript"})
"""The media types of answers."""
_HOST = re.compile(r"(?:https?:)?//api\.altmetric\.com(?::[0-9]{1,5})?/v[0-9]{1,2}/", re.IGNORECASE)
_PATH = re.compile(r"(?:(?:https?:)?//[^/?#]*)?/v1/(?:fetch/)?(?P<type>[a-z_]{2,30})/(?P<id>[^?#]{1,8192})")
_READERS: dict[str, tuple[str, Callable[[str], str]]] = {
    "id": ("altmetric_id", lambda text: str(identifiers.altmetric_id(text))),
    "doi": ("doi", identifiers.doi),
    "pmid": ("pmid", identifiers.pmid),
    "arxiv": ("arxiv", identifiers.arxiv),
    "isbn": ("isbn", identifiers.isbn),
    "handle": ("handle", str),
    "nct_id": ("clinical_trial", str),
}
"""The schemes of identifiers, with their readers, by the type in an address."""


def is_api_address(address: str) -> bool:
    """Whether an address, also one of a web archive, is one of Altmetric's API."""
    return "api.altmetric.com" in address.lower() and _HOST.match(links.unwrap(address) or "") is not None


def requested_in(address: str) -> Identifier | None:
    """Return the identifier in an address of the API on any host; None for a list and any other address."""
    match = _PATH.fullmatch((links.unwrap(address) or "").partition("?")[0].partition("#")[0])
    if match is None or match["type"] not in _READERS:
        return None
    scheme, read = _READERS[match["type"]]
    try:
        return Identifier(scheme, read(unquote(match["id"])))
    except IdentifierError:
        return None
