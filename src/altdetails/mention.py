"""Single mentions: the rows of a details page's tabs, and a line for each page of a tab.

A file of mentions has two kinds of lines, and `kind` names them. A `mention` is one row of a tab. A `page` is one page
of a tab: what its sentence says, how many rows it has, and whether the list goes on. So an empty, limited or ended tab
leaves a line too. As in a `Record`, every key is always present, and `null` means that the page does not show it.
"""

from __future__ import annotations

import re
from hashlib import sha256
from inspect import cleandoc
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from altdetails._arguments import check
from altdetails.errors import InputError
from altdetails.record import Inconsistency, Natural, Part, Positive, Provenance, Unread

__all__ = ["MENTION_SCHEMA_VERSION", "Mention", "MentionPage", "mention_key", "mention_line", "mention_schema"]

MENTION_SCHEMA_VERSION = 1
_KEY_LENGTH = 32
"""The length of a key in hexadecimal digits. 128 bits make collisions practically impossible."""


class _Line(Part, frozen=True):
    def to_json(self) -> bytes:
        """Return this as one line of JSON in UTF-8, without a line break."""
        return _ENCODER.encode(self)


_ENCODER = msgspec.json.Encoder()


class Mention(_Line, frozen=True):
    """One mention of an output: a news story, a blog post, a policy document, a post of a person."""

    schema_version: Annotated[int, Meta(description="Version of this layout.")]
    kind: Literal["mention"]
    altmetric_id: Annotated[Positive | None, Meta(description="Altmetric's number of the output.")]
    doi: Annotated[str | None, Meta(description="DOI of the output, if the tab or its record shows it.")]
    tab: Annotated[str | None, Meta(description="Name of the tab in its address, for instance `policy-documents`.")]
    page: Annotated[Positive | None, Meta(description="Page of the tab.")]
    position: Annotated[Positive, Meta(description="Place in the list of this page; 1 is the first.")]
    source: Annotated[str | None, Meta(description="Altmetric's key, as in the counts of a record: `news`, `twitter`.")]
    title: Annotated[str | None, Meta(description="Headline or title; null for posts, and for licensed stories.")]
    url: Annotated[str | None, Meta(description="Address of the mention as the page gives it; never followed.")]
    outlet: Annotated[str | None, Meta(description="The organisation that published the mention.")]
    author: Annotated[str | None, Meta(description="Name of the person; only if people are included.")]
    author_url: Annotated[str | None, Meta(description="Profile of the person; only if people are included.")]
    handle: Annotated[str | None, Meta(description="Handle of the person; only if people are included.")]
    followers: Annotated[Natural | None, Meta(description="Followers of the person; only if people are included.")]
    published_at: Annotated[
        str | None, Meta(description="When it was published: an instant in UTC (RFC 3339), or a day (YYYY-MM-DD).")
    ]
    published_text: Annotated[str | None, Meta(description="The date as written on the page.")]
    text: Annotated[str | None, Meta(description="The snippet that the page shows; often cut.")]
    limited_access: Annotated[bool | None, Meta(description="Whether the tab says that it shows a limited selection.")]
    unread: list[Unread]
    provenance: Provenance


class MentionPage(_Line, frozen=True):
    """One page of a tab: its sentence, and what its list has."""

    schema_version: Annotated[int, Meta(description="Version of this layout.")]
    kind: Literal["page"]
    altmetric_id: Annotated[Positive | None, Meta(description="Altmetric's number of the output.")]
    doi: Annotated[str | None, Meta(description="DOI of the output, if the tab or its record shows it.")]
    tab: Annotated[str | None, Meta(description="Name of the tab in its address, for instance `policy-documents`.")]
    source: Annotated[str | None, Meta(description="Altmetric's key of the source.")]
    page: Annotated[Positive | None, Meta(description="Page of the tab.")]
    sentence: Annotated[str | None, Meta(description="The sentence with the totals.")]
    tab_total: Annotated[Natural | None, Meta(description="Number of mentions that the sentence gives.")]
    tab_users: Annotated[Natural | None, Meta(description="Number of outlets or accounts that the sentence gives.")]
    tab_followers: Annotated[Natural | None, Meta(description="Upper bound of followers that the sentence gives.")]
    next_page: Annotated[Positive | None, Meta(description="Number of the page that follows; null on the last.")]
    rows: Annotated[
        Natural | None,
        Meta(description="Number of mentions in the list of this page; null in text, which has no list."),
    ]
    ended: Annotated[bool | None, Meta(description="Whether the list ends with this page; null if this is not known.")]
    limited_access: Annotated[bool | None, Meta(description="Whether the tab says that it shows a limited selection.")]
    inconsistencies: Annotated[list[Inconsistency], Meta(description="Numbers that contradict each other.")]
    unread: list[Unread]
    provenance: Provenance


def mention_line(line: bytes | str) -> Mention | MentionPage:
    """Read a line of a file of mentions.

    Raises:
        InputError: if it is not a valid line of such a file.
    """
    try:
        kind = _KIND_DECODER.decode(line).kind
        return _DECODERS[kind].decode(line)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise InputError(f"this is not a mention: {error}; make it again with `altdetails parse --mentions`") from error


class _Kind(msgspec.Struct):
    kind: Literal["mention", "page"]


_KIND_DECODER = msgspec.json.Decoder(_Kind)
_DECODERS: dict[str, msgspec.json.Decoder[Mention] | msgspec.json.Decoder[MentionPage]] = {
    "mention": msgspec.json.Decoder(Mention),
    "page": msgspec.json.Decoder(MentionPage),
}


_POST_ON_X = re.compile(
    r"https?://(?:www\.|mobile\.)?(?:twitter|x)\.com/(?:#!/)?[^/]{1,100}(?:/web)?/status(?:es)?/([0-9]{1,20})(?:[/?#].*)?",
    re.IGNORECASE | re.DOTALL,
)


def mention_key(mention: Mention) -> str:
    """Return the key of a mention: the same however often it is read, and on whatever page of the list it is.

    Examples:
        >>> [mention_key(mention)[:8] for mention in read_mentions("mentions.jsonl")]
        ['c70bfecb', '5c2ff4ae']

    The key is a digest of the output, the source, and the address of the mention; of a post on X, which has several
    addresses, its number. A mention without an address is known by its outlet, date, title and text instead. Its place
    in the list is not in the key, because a new one moves all others.

    Returns:
        32 hexadecimal digits.

    Raises:
        TypeError: if it is not a Mention.
    """
    check(mention, Mention, "a Mention")
    output = mention.altmetric_id or mention.doi
    post = _POST_ON_X.fullmatch(mention.url) if mention.url else None
    what: tuple[str | None, ...] = (post[1] if post else mention.url,)
    if mention.url is None:
        what = (mention.outlet, mention.published_at or mention.published_text, mention.title, mention.text)
    values = (output, mention.source or mention.tab, *what)
    return sha256(repr(values).encode("utf-8", "replace")).hexdigest()[:_KEY_LENGTH]


def mention_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a line of a file of mentions: a mention, or a page of a tab."""
    references, components = msgspec.json.schema_components([Mention, MentionPage], ref_template="#/$defs/{name}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"altdetails mention, version {MENTION_SCHEMA_VERSION}",
        "anyOf": [*references],
        "$defs": {
            name: schema | {"description": cleandoc(schema["description"])} for name, schema in components.items()
        },
    }
