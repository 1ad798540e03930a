"""The two routes to the data: the pages of the site, and the API. What differs between them in a run."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args
from urllib.parse import quote

from altdetails import identifiers
from altdetails.errors import SettingsError, StoreError
from altdetails.remote import NO_RUN_AT_ADDRESS, refuse_address
from altdetails.scraping import store
from altdetails.scraping.fetch import (
    ALTMETRIC,
    ALTMETRIC_API,
    KEY_VARIABLE,
    SHORTEST_INTERVAL,
    ApiKey,
    ApiMeaning,
    ApiSite,
    Meaning,
    PageMeaning,
    Site,
    check_contact,
)

if TYPE_CHECKING:
    from altdetails.scraping.store import Pending

__all__ = ["DEFAULT_INTERVALS", "Route", "Via", "choose_route"]

Via = Literal["site", "api"]
"""`site`: the details pages. `api`: the API, with a key."""

DEFAULT_INTERVALS: dict[Via, float] = {"site": 2.0, "api": 1.0}
"""Seconds between two requests."""
_API_TYPES = {"doi": "doi", "altmetric_id": "id", "pmid": "pmid", "arxiv": "arxiv", "isbn": "isbn"}
_API_TYPES |= {"handle": "handle", "clinical_trial": "nct_id"}
"""The type of each scheme in an address of the API."""
_HAVE_NO_KEY = (
    f"the API requires a key: set {KEY_VARIABLE}, or give a file with --key-file, or in Python the argument key;"
    " docs/politeness.md says how to ask Altmetric for one"
)


@dataclass(frozen=True, slots=True)
class Route:
    """A route to the data, and the site at its end."""

    via: Via
    site: Site

    def address(self, identifier: str) -> str:
        """Return the address of the page or the answer of an identifier."""
        if self.via == "site":
            return identifiers.details_url(identifier, base_url=self.site.base_url)
        parsed = identifiers.identify(identifier)
        if parsed.scheme == "address":  # of a chapter
            parsed = identifiers.Identifier("altmetric_id", str(identifiers.altmetric_id(parsed.value)))
        return f"{self.site.base_url}/{_API_TYPES[parsed.scheme]}/{quote(parsed.value, safe='/:()')}"

    def requests(self, pending: Pending) -> int:
        """Return the least number of requests. The site redirects a DOI to its page."""
        return pending.identifiers + (pending.dois if self.via == "site" else 0)

    def meaning(self, key: ApiKey | None) -> Meaning:
        """Return what the responses mean."""
        return ApiMeaning(key.origin) if key else PageMeaning()

    def interval(self, seconds: float | None) -> float:
        """Return the seconds between two requests.

        Raises:
            SettingsError: if they are not allowed.
        """
        if seconds is None:
            return DEFAULT_INTERVALS[self.via]
        shortest = SHORTEST_INTERVAL if self.site.is_altmetric else 0.0
        if not shortest <= seconds < float("inf"):
            raise SettingsError(
                f"an interval of {seconds:g} s is not allowed for {self.site.name}: give {shortest:g} or more"
            )
        return seconds

    def contact(self, contact: str | None) -> str | None:
        """Return the contact, checked.

        Raises:
            SettingsError: if it is missing, or is not an email address.
        """
        if contact:
            return check_contact(contact)
        if self.site.is_altmetric:
            raise SettingsError(
                "altmetric.com requires a contact: give your email address with --contact or ALTDETAILS_CONTACT, "
                "or in Python as the argument contact"
            )
        return None

    def key(self, key: ApiKey | None, key_file: str | os.PathLike[str] | None) -> ApiKey | None:
        """Return the key, checked; None if the route needs none.

        Raises:
            TypeError: if the key has another type.
            SettingsError: if the route needs a key and there is none, or the other way round, or it cannot be a key.
        """
        if self.via == "site":
            if key is not None or key_file is not None:
                raise SettingsError("a key is for the API alone: add --via api, or in Python via='api'")
            return None
        own = ApiKey.find(key, key_file)
        if own is None:
            raise SettingsError(_HAVE_NO_KEY)
        own.refuse_fault()
        return own

    def refuse_tabs(self, mentions: object) -> None:
        """Refuse to fetch tabs by the API, which has none.

        Raises:
            SettingsError: if tabs are chosen, and the route is the API.
        """
        if mentions and self.via == "api":
            raise SettingsError(
                "the API has no tabs: leave out --mentions, or in Python the argument mentions; if answers include "
                "posts, `altdetails parse RUN/pages.warc.gz --mentions FILE` reads them"
            )


def choose_route(run: str | os.PathLike[str], via: str | None, base_url: str | None) -> Route:
    """Return the route of a run: a given one, that of an existing run, or the site. A run cannot change its route.

    Args:
        run: the run folder.
        via: the route; None for that of an existing run.
        base_url: the site; None for that of an existing run, or altmetric.com.

    Raises:
        SettingsError: if a setting is not allowed.
        StoreError: if the folder holds a run of another site or route, or cannot be read.
    """
    refuse_address(os.fspath(run), NO_RUN_AT_ADDRESS)
    if store.is_history(run):
        raise StoreError(
            f"{os.fspath(run)}: holds captures of a web archive; go on with `altdetails history`, or choose another "
            "folder"
        )
    if via not in {None, *get_args(Via)}:
        raise SettingsError(f"via={via!r} is not allowed: give 'site' or 'api'")
    current = store.site_of(run)
    is_api = via == "api" or (via is None and current is not None and Site.at(current).is_api)
    base_url = base_url or _base_url_of(run, current, is_api=is_api)
    route = Route("api", ApiSite.at(base_url)) if is_api else Route("site", Site.at(base_url))
    if not is_api and (route.site.is_api or route.site.host == ApiSite.at(ALTMETRIC_API).host):
        raise SettingsError(f"{route.site.base_url} is an address of the API: add --via api, or in Python via='api'")
    if current and current != route.site.base_url:
        advice = "choose another folder"
        if Site.at(current).is_api != is_api:
            advice = f"a run keeps its route: leave out --via to go on with it, or {advice}"
        raise StoreError(f"{os.fspath(run)}: holds a run of {current}, not of {route.site.base_url}; {advice}")
    return route


def _base_url_of(run: str | os.PathLike[str], current: str | None, *, is_api: bool) -> str:
    """Return the site of an existing run, or altmetric.com. A key is not sent to a host that only the run names."""
    if not is_api:
        return ALTMETRIC if current is None or Site.at(current).is_api else current
    if current is None or not Site.at(current).is_api:
        return ALTMETRIC_API
    site = ApiSite.at(current)
    if not (site.is_altmetric or site.is_local):
        raise SettingsError(
            f"{os.fspath(run)}: was made from {current}: add --base-url {current} if your key may be sent there"
        )
    return current
