"""The posts in an answer of Altmetric's API → mentions, and a line for each source."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

import msgspec

from altdetails.answers.decoding import unwrapped
from altdetails.mentions.disclosure import Article, mention_of, page_line, web_address
from altdetails.mentions.published import at_second, published
from altdetails.mentions.tab_sources import TabSource, has_clock, properties_of, source_of_class
from altdetails.page.flow import on_one_line
from altdetails.record import Inconsistency, Unread

if TYPE_CHECKING:
    from altdetails.mention import Mention, MentionPage
    from altdetails.record import Record

__all__ = ["POST_ADDRESS", "mentions_in_answer"]

_MAX_POSTS = 200_000
_MAX_SOURCES = 100
POST_ADDRESS = "https://twitter.com/i/web/status/{}"
"""The address of a post on X by its number, for posts that the API gives by their number alone."""
_NUMBER = re.compile(r"[0-9]{1,20}")
_BLUESKY = re.compile(r"at://(?P<user>[\w:.-]{1,300})/app\.bsky\.feed\.post/(?P<post>[\w-]{1,100})", re.ASCII)


class _Answer(msgspec.Struct):
    posts: dict[str, Any] | list[Any] | None = None
    counts: dict[str, Any] | list[Any] | None = None


_DECODER = msgspec.json.Decoder(_Answer)


def mentions_in_answer(content: bytes, record: Record, *, people: bool) -> Iterator[MentionPage | Mention]:
    """Yield the posts of an answer, each source after a line about it.

    The line has the number of posts that the answer counts as its total, and the number of accounts as its users. An
    answer without the section `posts` has no lines.

    Args:
        content: the answer, as received.
        record: its record.
        people: whether to include people, as in `read_tab`.
    """
    try:
        answer = _DECODER.decode(unwrapped(content))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return
    posts = answer.posts if isinstance(answer.posts, dict) else {}
    counts = answer.counts if isinstance(answer.counts, dict) else {}
    for name, items in islice(posts.items(), _MAX_SOURCES):
        if isinstance(items, list):
            yield from _of_source(name, items, counts.get(name), record, people=people)


def _of_source(
    name: str, items: list[Any], counts: object, record: Record, *, people: bool
) -> Iterator[MentionPage | Mention]:
    source = source_of_class([name])
    shown = [item for item in items[:_MAX_POSTS] if isinstance(item, dict)]
    total, users = (_count(counts, key) for key in ("posts_count", "unique_users_count"))
    notes = [] if source else [Unread("list", f"unknown source {name[:100]!r}")]
    if len(shown) < len(items):
        notes.append(Unread("list", f"{len(items) - len(shown):,} entries are not posts, or more than can be read"))
    line = page_line(
        record.provenance,
        altmetric_id=record.altmetric_id,
        doi=record.doi,
        source=source,
        tab_total=total,
        tab_users=users,
        rows=len(shown),
        ended=True,
        inconsistencies=_contradictions(source, len(shown), total, users),
        unread=notes,
    )
    yield line
    for place, item in enumerate(shown, 1):
        yield mention_of(_article(item, source), line, place, people=people)


def _contradictions(source: str | None, rows: int, total: int | None, users: int | None) -> list[Inconsistency]:
    contradictions = []
    if total is not None and rows != total:
        code = "rows_above_total" if rows > total else "rows_below_total"
        contradictions.append(Inconsistency(code, source, [str(rows), str(total)]))
    if total is not None and users is not None and users > total:
        contradictions.append(Inconsistency("users_above_total", source, [str(users), str(total)]))
    return contradictions


def _count(counts: object, key: str) -> int | None:
    value = counts.get(key) if isinstance(counts, dict) else None
    return value if type(value) is int and value >= 0 else None


def _article(post: dict[str, Any], source: str | None) -> Article:
    known = properties_of(source)
    author = cast("dict[str, Any]", post["author"]) if isinstance(post.get("author"), dict) else {}
    publisher = cast("dict[str, Any]", post["source"]) if isinstance(post.get("source"), dict) else {}
    read = Article(source)
    read.title = _text(post, "title", read)
    read.url = _address(post, "url", read) or _address_by_number(post, source, read)
    read.text = _text(post, "summary", read)
    publisher_name, name = _text(publisher, "name", read), _text(author, "name", read)
    if known.name_is == "outlet":
        read.outlet = publisher_name or name or _text(post, "jurisdiction", read)
    else:
        read.author = name
        if source is not None:
            read.outlet = publisher_name if known.name_is == "either" else None
        elif name is None:
            read.author = publisher_name
        elif publisher_name:
            read.unread.append(publisher_name)
        _add_person(read, author)
    _add_time(read, post.get("posted_on"), known, source)
    return read


def _add_person(read: Article, author: dict[str, Any]) -> None:
    read.author_url = _address(author, "url", read)
    followers = author.get("followers")
    if type(followers) is int and followers >= 0:
        read.followers = followers
    elif followers is not None:
        read.unread.append(f"followers: {followers}")
    if read.source == "twitter":
        handle = author.get("id_on_source")
        read.handle = handle.removeprefix("@") or None if isinstance(handle, str) else None


def _add_time(read: Article, value: object, known: TabSource, source: str | None) -> None:
    written = at_second(value) if type(value) is int else value
    if isinstance(written, str):
        when = published(written, None, has_clock=has_clock(source, known))
        read.published_at = when.at
        read.notes += [when.doubt] if when.doubt else []
    if value is not None and read.published_at is None:
        read.notes.append(f"posted_on: {value}"[:200])


def _address_by_number(post: dict[str, Any], source: str | None, read: Article) -> str | None:
    """Return the address of a post that the answer gives by its number alone."""
    number = post.get("tweet_id")
    if source == "twitter" and type(number) in {str, int} and _NUMBER.fullmatch(str(number)):
        read.notes.append("the address is made from the number of the post")
        return POST_ADDRESS.format(number)
    name = post.get("bluesky_post_id")
    if source == "bluesky" and isinstance(name, str):
        if match := _BLUESKY.fullmatch(name):
            read.notes.append("the address is made from the number of the post")
            return f"https://bsky.app/profile/{match['user']}/post/{match['post']}"
        read.notes.append(f"bluesky_post_id: {name}")
    return None


def _text(values: dict[str, Any], key: str, read: Article) -> str | None:
    value = values.get(key)
    if isinstance(value, str):
        return on_one_line(html.unescape(value)) or None
    if value is not None:
        read.unread.append(f"{key}: {value}"[:500])
    return None


def _address(values: dict[str, Any], key: str, read: Article) -> str | None:
    value = values.get(key)
    if not isinstance(value, str) or not value.strip():
        return None
    address = web_address(value, is_wrapped=False)
    if address is None:
        read.unread.append(f"link {value}"[:500])
    return address
