"""The User-Agent of requests, and the contact in it."""

from __future__ import annotations

import re

from altdetails import __version__
from altdetails.errors import SettingsError

__all__ = ["NAME", "check_contact", "user_agent"]

NAME = "altdetails"
"""The product token: robots.txt files use it for rules about altdetails."""

_MAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?P<domain>(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,63})")
_PLACEHOLDER_DOMAIN = re.compile(
    r"(?:.*\.)?(?:example(?:\.[a-z]+)?|test|invalid|localhost|local|altmetric\.com"
    r"|(?:your-?(?:domain|university|institution|company)|your-(?:uni|mail|email|host))(?:\.[a-z]+)+)",
    re.IGNORECASE,
)
"""Reserved names (RFC 2606, 6761, 6762), the domain of the site itself, and template domains.

mail.com, email.com and uni.edu are not placeholders: real people have addresses there.
"""
_PLACEHOLDER_MAILBOX = re.compile(
    r"no(?:-?reply|body|ne)|test|you|your[._-]?(?:name|e?mail|address)?|user(?:name)?|first(?:\.?last|name)|xxx+",
    re.IGNORECASE,
)
"""Template names and mailboxes that are not read. Foo is not one of them: it is a family name."""
_ADVICE = "give your own with --contact or ALTDETAILS_CONTACT: the operators of the site must be able to reach you"


def check_contact(contact: str) -> str:
    """Check an email address, and return it without white space and `mailto:`.

    Raises:
        SettingsError: if it is not an email address, or is a placeholder.
    """
    contact = contact.strip().removeprefix("mailto:")
    match = _MAIL.fullmatch(contact)
    if not match:
        raise SettingsError(f"{contact!r} is not an email address; {_ADVICE}")
    mailbox = contact.partition("@")[0]
    if _PLACEHOLDER_DOMAIN.fullmatch(match["domain"]) or _PLACEHOLDER_MAILBOX.fullmatch(mailbox):
        raise SettingsError(f"{contact!r} is a placeholder; {_ADVICE}")
    return contact


def user_agent(contact: str | None) -> str:
    """Return the User-Agent of all requests."""
    product = f"{NAME}/{__version__}"
    return f"{product} (mailto:{contact})" if contact else product
