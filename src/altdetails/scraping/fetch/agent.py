"""How altdetails presents itself to a site."""

from __future__ import annotations

import re

from altdetails import __version__
from altdetails.errors import SettingsError

__all__ = ["NAME", "checked_contact", "user_agent"]

NAME = "altdetails"
"""The product token that robots.txt files address."""

_MAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?P<domain>(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,63})")
_NO_DOMAIN = re.compile(
    r"(?:.*\.)?(?:example(?:\.[a-z]+)?|test|invalid|localhost|local|altmetric\.com"
    r"|(?:your-?(?:domain|university|institution|company)|your-(?:uni|mail|email|host))(?:\.[a-z]+)+)",
    re.IGNORECASE,
)
"""Names that are reserved (RFC 2606, 6761, 6762), the site's own, and templates.

Words such as mail.com, email.com or uni.edu are domains of real people.
"""
_NOBODY = re.compile(
    r"no-?reply|nobody|none|test|you|your[._-]?(?:name|e?mail|address)?|user(?:name)?|first(?:\.?last|name)|xxx+",
    re.IGNORECASE,
)
"""Names of templates, and of mailboxes that nobody reads; Foo is a family name."""
_WAY_OUT = "give your own with --contact or in ALTDETAILS_CONTACT: the site's operators must be able to reach you"


def checked_contact(contact: str) -> str:
    """A mail address under which the person who scrapes can be reached.

    Raises:
        SettingsError: if it is none, or a placeholder.
    """
    contact = contact.strip().removeprefix("mailto:")
    found = _MAIL.fullmatch(contact)
    if not found:
        raise SettingsError(f"{contact!r} is no mail address; {_WAY_OUT}")
    local = contact.partition("@")[0]
    if _NO_DOMAIN.fullmatch(found["domain"]) or _NOBODY.fullmatch(local):
        raise SettingsError(f"{contact!r} is a placeholder; {_WAY_OUT}")
    return contact


def user_agent(contact: str | None) -> str:
    """The one User-Agent of all requests."""
    product = f"{NAME}/{__version__}"
    return f"{product} (mailto:{contact})" if contact else product
