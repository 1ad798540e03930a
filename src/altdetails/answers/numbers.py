"""The numbers of an answer: the score, mentions, readers and demographics."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import Any

from altdetails.answers.taking import Taker, plain_text
from altdetails.record import SOURCES, Count, Demographics, Group, Inconsistency, MendeleyReaders, TwitterUsers

__all__ = [
    "COHORTS",
    "PRIMARY_NAMES",
    "accounts_of",
    "cohorts_of",
    "demographics_of",
    "readers_of",
    "score_of",
    "sum_finding",
    "typed_readers_of",
    "users_of",
]

_USERS = "unique_users"
"""The people of a source."""
_OF_SOURCE = frozenset({"unique_users_count", "posts_count", _USERS})
_OF_DEMOGRAPHICS = frozenset({"users", "geo", "poster_types"})
_OF_USERS = frozenset({"twitter", "mendeley", "bluesky"})
_OF_GEO = frozenset({"twitter", "mendeley"})
_OF_TWITTER = frozenset({"cohorts"})
_OF_MENDELEY = frozenset({"by_status", "by_discipline"})
_OF_TOTAL = frozenset({"posts_count"})

PRIMARY_NAMES = {
    "msm": "news",
    "feeds": "blogs",
    "policies": "policy",
    "tweeters": "twitter",
    "patents": "patent",
    "peer_review_sites": "peer_reviews",
    "weibo": "weibo",
    "fbwalls": "facebook",
    "wikipedia": "wikipedia",
    "gplus": "googleplus",
    "rdts": "reddit",
    "rh": "f1000",
    "videos": "video",
    "qna": "q&a",
    "bluesky": "bluesky",
    "podcasts": "podcast",
    "guidelines": "guideline",
    "syllabi": "syllabi",
    "linkedin": "linkedin",
    "pinners": "pinterest",
}
"""The source of each name in `cited_by_<name>_count`, in the page's order."""
_SOURCES = {
    **{name: name for name in SOURCES["mentions"] if name not in {"forum", "book_reviews", "misc"}},
    **PRIMARY_NAMES,
    "qs": "q&a",
    "q_and_a": "q&a",
}
"""The same, with old names and those of `counts`."""
_POSITIONS = {name: at for at, name in enumerate((*SOURCES["mentions"], *SOURCES["readers"]))}
_COUNT_KEYS = {f"cited_by_{name}_count": name for name in _SOURCES}
_COUNT_KEY = re.compile(r"cited_by_(?!posts_count|accounts_count)(.{1,100})_count", re.DOTALL)
_MAX_DIGITS = 15
_NOT_SOURCES = frozenset({"total", "readers", "downloads"})
_NOT_READERS = frozenset({"downloads"})

COHORTS = {
    "pub": "Members of the public",
    "sci": "Scientists",
    "com": "Science communicators (journalists, bloggers, editors)",
    "doc": "Practitioners (doctors, other healthcare professionals)",
}
_BADGE_SCORE = re.compile(r"[?&]score=([0-9]{1,15}|%3F|\?)(?=&|\Z)", re.IGNORECASE)
_SIZES = ("small", "medium", "large")
_NOISE_DIGITS = 6
"""The digits after the point that a score has: the weights of mentions have at most three. The rest is binary noise."""


def score_of(
    value: Any,  # noqa: ANN401 -- any JSON
    images: Any,  # noqa: ANN401 -- any JSON
    take: Taker,
) -> tuple[int | None, float | None, list[Inconsistency]]:
    """Return the score as the badge shows it, the exact score, and whether the badge of the answer has another one.

    The badge rounds up. The score of an answer has binary noise, which must not be rounded up: unless the badge of the
    answer itself did so, 114.0000000001 is 114.
    """
    exact = take.number(value, "attention", "", "score")
    if exact is None:
        return None, None, []
    score = math.ceil(round(exact, _NOISE_DIGITS))
    badge = _badge_score(images)
    if badge is None or badge == score:
        return score, exact, []
    if badge == math.ceil(exact):
        return badge, exact, []
    return score, exact, [Inconsistency("score_of_answer_and_badge", None, [str(score), str(badge)])]


def _badge_score(images: Any) -> int | None:  # noqa: ANN401 -- any JSON
    """Return the score in the addresses of the badge; a score of 0 is `?` there. None if there is none."""
    if type(images) is dict:
        for size in _SIZES:
            url = images.get(size)
            if type(url) is str and (match := _BADGE_SCORE.search(url)):
                return int(match[1]) if match[1].isdigit() else 0
    return None


def accounts_of(values: dict[str, Any], known: frozenset[str], take: Taker) -> list[Count] | None:
    """Return the accounts that mention the output, by source; None if none of the counts is a number.

    Args:
        values: the answer. Its unknown keys are left unread.
        known: the keys of other values.
        take: takes the values.
    """
    counts = []
    has_any = False
    for key, value in values.items():
        if key in known:
            continue
        name = _COUNT_KEYS.get(key)
        if name is None and (match := _COUNT_KEY.fullmatch(key)):
            name = match[1]
        if name is None:
            take.leave("answer", key, value)
        elif value is not None:
            has_any = True
            count = take.whole(value, "mentions", "", key)
            if count is not None:
                counts.append(_count(name, count, take))
    return _in_order(counts) if counts or not has_any else None


def _count(name: str, count: int, take: Taker) -> Count:
    source = _SOURCES.get(name)
    if source is None:
        take.note("mentions", name)
    return Count(source or name.lower(), count, None, None)


def _in_order(counts: list[Count]) -> list[Count]:
    """Return counts in the page's order, with unknown sources in the order of their names at the end."""
    last = len(_POSITIONS)
    keys = [(_POSITIONS.get(count.source, last), count.source, at) for at, count in enumerate(counts)]
    return [counts[at] for _, _, at in sorted(keys)]


def sum_finding(what: str, counts: Iterable[Count], total: int | None) -> list[Inconsistency]:
    """Return a finding if the counts of the sources do not add up to their total. `what` is what they count."""
    if total is None or (sum_of_counts := sum([count.count for count in counts])) == total:
        return []
    return [Inconsistency("sum_of_sources_and_total", what, [str(sum_of_counts), str(total)])]


def users_of(values: dict[str, Any], take: Taker) -> tuple[list[Count] | None, list[Inconsistency]]:
    """Return the users of each source, and whether the sources have other posts than all of them."""
    total_values = take.mapping(values.get("total"), "mentions", "counts.total") or {}
    take.leave_unknown("mentions", "counts.total.", total_values, _OF_TOTAL)
    total = take.whole(total_values.get("posts_count"), "mentions", "counts.total.", "posts_count")
    counts, posts = [], 0
    is_complete = True
    for name, value in values.items():
        if name in _NOT_SOURCES:
            continue
        prefix = f"counts.{name}."
        source = take.mapping(value, "mentions", prefix[:-1]) or {}
        take.leave_unknown("mentions", prefix, source, _OF_SOURCE)
        users = take.whole(source.get("unique_users_count"), "mentions", prefix, "unique_users_count")
        of_source = take.whole(source.get("posts_count"), "mentions", prefix, "posts_count")
        if users is not None:
            counts.append(_count(name, users, take))
        elif value:
            is_complete = False
            if type(value) is dict and source.get("unique_users_count") is None:
                take.leave("mentions", prefix[:-1], {key: value[key] for key in value if key != _USERS})
        if of_source is None:
            is_complete = is_complete and users is None and not value
        posts += of_source or 0
    findings = []
    if total is not None and is_complete and total != posts:
        findings.append(Inconsistency("sum_of_sources_and_total", "posts", [str(posts), str(total)]))
    return (_in_order(counts) if counts or (is_complete and not total) else None), findings


def readers_of(
    values: dict[str, Any],
    total_value: Any,  # noqa: ANN401 -- any JSON
    take: Taker,
) -> tuple[list[Count] | None, list[Inconsistency]]:
    """Return the readers by source, and a finding if they do not add up to their total."""
    readers = take.mapping(values.get("readers"), "readers", "readers")
    total = take.whole(total_value, "readers", "", "readers_count")
    if readers is None:
        return None, []
    counts = []
    for name, value in readers.items():
        is_text = type(value) is str and value.isascii() and value.isdigit() and len(value) <= _MAX_DIGITS
        if name in _NOT_READERS:
            take.leave("readers", f"readers.{name}", value)
        elif (count := take.whole(int(value) if is_text else value, "readers", "readers.", name)) is not None:
            if name not in _POSITIONS:
                take.note("readers", name)
            counts.append(Count(name.lower(), count, None, None))
    is_complete = len(counts) == len(readers)
    findings = sum_finding("readers", counts, total) if is_complete else []
    return (_in_order(counts) if counts or not readers else None), findings


def typed_readers_of(
    readers: dict[str, int | str] | None, total: int | None
) -> tuple[list[Count] | None, list[Inconsistency]]:
    """Return the same for readers that are all known and numbers."""
    if readers is None:
        return None, []
    counts = [Count(name, int(readers[name]), None, None) for name in SOURCES["readers"] if name in readers]
    return counts, sum_finding("readers", counts, total)


def cohorts_of(value: Any, take: Taker) -> Demographics | None:  # noqa: ANN401 -- any JSON
    """Return the demographics of X users in a counts answer."""
    cohorts = take.mapping(value, "demographics", "cohorts")
    if cohorts is None:
        return None
    for name in cohorts:
        if name not in COHORTS:
            take.note("demographics", f"cohorts.{name}")
    groups = _groups({COHORTS.get(name, name): count for name, count in cohorts.items()}, "cohorts", take)
    return Demographics(TwitterUsers(None, None, groups), None)


def demographics_of(value: Any, take: Taker) -> Demographics | None:  # noqa: ANN401 -- any JSON
    """Return the demographics of X users and Mendeley readers. Totals are not known: the sums are mostly lower."""
    values = take.mapping(value, "demographics", "demographics")
    if not values:
        return None
    take.leave_unknown("demographics", "demographics.", values, _OF_DEMOGRAPHICS)
    users = take.mapping(values.get("users"), "demographics", "users") or {}
    take.leave_unknown("demographics", "users.", users, _OF_USERS)
    geo = take.mapping(values.get("geo"), "demographics", "geo") or {}
    take.leave_unknown("demographics", "geo.", geo, _OF_GEO)
    of_twitter = take.mapping(users.get("twitter"), "demographics", "users.twitter") or {}
    take.leave_unknown("demographics", "users.twitter.", of_twitter, _OF_TWITTER)
    of_mendeley = take.mapping(users.get("mendeley"), "demographics", "users.mendeley") or {}
    take.leave_unknown("demographics", "users.mendeley.", of_mendeley, _OF_MENDELEY)

    def table(box: dict[str, Any], prefix: str, name: str) -> list[Group] | None:
        return _groups(take.mapping(box.get(name), "demographics", prefix + name), prefix + name, take)

    types, by_country = table(of_twitter, "users.twitter.", "cohorts"), table(geo, "geo.", "twitter")
    statuses = table(of_mendeley, "users.mendeley.", "by_status")
    disciplines = table(of_mendeley, "users.mendeley.", "by_discipline")
    reader_countries = table(geo, "geo.", "mendeley")
    is_twitter = types is not None or by_country is not None
    is_mendeley = statuses is not None or disciplines is not None or reader_countries is not None
    if not (is_twitter or is_mendeley):
        return None
    return Demographics(
        TwitterUsers(None, by_country, types) if is_twitter else None,
        MendeleyReaders(None, reader_countries, statuses, disciplines) if is_mendeley else None,
    )


def _groups(table: dict[str, Any] | None, path: str, take: Taker) -> list[Group] | None:
    """Return the groups of a table, in the answer's order; None if there is none that is a number."""
    if table is None:
        return None
    groups = []
    for name, value in table.items():
        plain = plain_text(name)
        count = take.whole(value, "demographics", f"{path}.", name)
        if count is not None and plain is not None:
            groups.append(Group(plain, count, None))
        elif count is not None:
            take.leave("demographics", path, {name: value})
    return groups if groups or not table else None
