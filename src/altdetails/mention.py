"""Single mentions: the rows of a details page's tabs, and a line for each page of a tab.

A file of mentions has two kinds of lines, and `kind` names them. A `mention` is one row of a tab. A `page` is one page
of a tab: what its sentence says, how many rows it has, and whether the list goes on. So an empty, limited or ended tab
leaves a line too. As in a `Record`, every key is always present, and `null` means that the page does not show it.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from altdetails.record import Natural, Part, Positive, Provenance, Unread

__all__ = ["MENTION_SCHEMA_VERSION", "Mention", "MentionPage"]

MENTION_SCHEMA_VERSION = 1


class Mention(Part, frozen=True):
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


class MentionPage(Part, frozen=True):
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
    rows: Annotated[Natural, Meta(description="Number of mentions in the list of this page.")]
    ended: Annotated[bool | None, Meta(description="Whether the list ends with this page; null if this is not known.")]
    limited_access: Annotated[bool | None, Meta(description="Whether the tab says that it shows a limited selection.")]
    unread: list[Unread]
    provenance: Provenance
