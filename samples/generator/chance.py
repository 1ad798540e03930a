"""Random facts with the frequencies of real pages. The same seed always gives the same facts."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, TypeVar

from . import words
from .model import Bullet, Facts, Profiles, Published, Rank, Readers, Row, Style, Tally, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .model import LevelName, ScopeName

Thing = TypeVar("Thing")

FIRST_ID = 900_000_000
ABOVE_HALF = 51
SMALL_GROUP = 9
LEVELS: tuple[tuple[int, LevelName], ...] = ((80, "high"), (65, "good"), (ABOVE_HALF, "above_average"))
TOPS = ((95, 5), (75, 25))
SCOPES: tuple[ScopeName, ...] = ("all", "source", "similar_age", "similar_age_and_source")
TYPICAL = ("a little more attention", "more attention", "a lot more attention")


def facts(seed: int) -> Facts:
    """Return the facts of one invented page."""
    chance = Random(seed)  # noqa: S311 - not used for secrets
    old = chance.random() < 0.25  # noqa: PLR2004
    score = min(int(chance.lognormvariate(2.3, 1.6)), 9000)
    ranked = score > 0 and chance.random() < 0.9  # noqa: PLR2004
    source = chance.choice(words.SOURCES)
    ranks = _ranks(chance, score) if ranked else None
    mentions = _maybe(chance, 0.92, _mentions(chance, score, old=old)) or None
    readers = _maybe(chance, 0.95, _readers(chance))
    year = chance.randrange(2009, 2024)
    doi = f"10.5555/{source[:3].lower()}.{year}.{seed:07d}"
    return Facts(
        id=FIRST_ID + seed,
        host=chance.choice(words.HOSTS),
        title=f"{chance.choice(words.TOPICS)} {chance.choice(words.SETTINGS)}: {chance.choice(words.STUDIES)}",
        publisher_url=f"https://doi.org/{doi}",
        source=source,
        published=_published(chance, year),
        doi=doi,
        pmid=_maybe(chance, 0.6, str(99_000_000 + seed)),
        authors=_authors(chance),
        abstract=_maybe(chance, 0.92, _abstract(chance)),
        score=score,
        bullets=_bullets(ranks) if ranks is not None and chance.random() < 0.97 else None,  # noqa: PLR2004
        mentions=mentions,
        citations=_maybe(chance, 0.84, (Tally("dimensions_citation", _many(chance, 3.0), "Dimensions"),)),
        readers=readers,
        twitter=_profiles(chance, mentions),
        mendeley=_library(chance, readers),
        last_mentioned=_last_mentioned(chance) if ranked else None,
        ranks=ranks,
        limited=chance.random() < 0.5,  # noqa: PLR2004
        style=Style(
            doubled=not old,
            years="twitter" if old else "x",
            badge=chance.choice(
                ("url(https://badges.altmetric.com/?{query})", "url('//badges.altmetric.com/?{query}')")
            ),
            ampersand=chance.choice(("&amp;", "&")),
            timeline=old,
            separators=chance.random() < 0.2,  # noqa: PLR2004
        ),
    )


def _maybe(chance: Random, share: float, thing: Thing) -> Thing | None:
    return thing if chance.random() < share else None


def _many(chance: Random, middle: float) -> int:
    return max(1, int(chance.lognormvariate(middle, 1.0)))


def _published(chance: Random, year: int) -> Published:
    month, day = chance.randrange(1, 13), chance.randrange(1, 29)
    name = words.MONTHS[month - 1]
    shape = chance.random()
    if shape < 0.04:  # noqa: PLR2004
        return Published(str(year), year)
    if shape < 0.08:  # noqa: PLR2004
        return Published(f"{day} {name} {year}", year, month, day)
    return Published(f"{name} {year}", year, month)


def _last_mentioned(chance: Random) -> Published:
    year, month, day = chance.randrange(2012, 2026), chance.randrange(1, 13), chance.randrange(1, 29)
    return Published(f"{day:02d} {words.MONTHS[month - 1]} {year}", year, month, day)


def _authors(chance: Random) -> tuple[str, ...]:
    number = min(1 + int(chance.expovariate(0.25)), 40)
    return tuple(f"{chance.choice(words.GIVEN)} {chance.choice(words.FAMILY)}" for _ in range(number))


def _abstract(chance: Random) -> tuple[str, ...]:
    def sentence() -> str:
        numbers = {"n": chance.randrange(12, 4000), "m": chance.randrange(2, 12), "p": chance.randrange(3, 98)}
        return chance.choice(words.SENTENCES).format(**numbers)

    return tuple(
        " ".join(sentence() for _ in range(chance.randrange(5, 14))) for _ in range(chance.choice((1, 1, 1, 2, 4)))
    )


def _mentions(chance: Random, score: int, *, old: bool) -> tuple[Tally, ...]:
    found = []
    for key, (share, growth) in words.FREQUENCY.items():
        if chance.random() < share and not (old and key == "bluesky"):
            size = 1 + int(chance.lognormvariate(0, 0.8) * growth * score / 10)
            units = words.OLD_UNITS.get(key, words.UNITS[key]) if old else words.UNITS[key]
            found.append(Tally(key, size, units[size > 1]))
    return tuple(found)


def _readers(chance: Random) -> tuple[Tally, ...]:
    found = [Tally("mendeley", _many(chance, 4.3), "Mendeley")]
    for key, share, unit in (("citeulike", 0.29, "CiteULike"), ("connotea", 0.04, "Connotea")):
        if chance.random() < share:
            found.append(Tally(key, chance.randrange(1, 9), unit))
    return tuple(found)


def _rows(chance: Random, names: Sequence[str], total: int, *, rest: bool = True) -> tuple[Row, ...] | None:
    left, rows = total, []
    for name in chance.sample(names, chance.randrange(2, len(names) + 1)):
        count = int(left * chance.uniform(0.05, 0.45))
        if count:
            rows.append((name, count))
            left -= count
    rows.sort(key=lambda row: -row[1])
    if rest:
        other = int(left * chance.random() / 2)
        rows += [("Other", other)] if other else []
        rows += [("Unknown", left - other)] if left - other else []
    return tuple(Row(name, count, round(100 * count / total)) for name, count in rows) or None


def _profiles(chance: Random, mentions: tuple[Tally, ...] | None) -> Profiles | None:
    total = next((tally.count for tally in mentions or () if tally.key == "twitter"), None)
    if total is None:
        return None
    return Profiles(total, _rows(chance, words.COUNTRIES, total), _rows(chance, words.TYPES, total, rest=False))


def _library(chance: Random, readers: tuple[Tally, ...] | None) -> Readers | None:
    if readers is None:
        return None
    total = readers[0].count
    return Readers(
        total,
        _rows(chance, words.COUNTRIES, total),
        _rows(chance, words.STATUSES, total),
        _rows(chance, words.DISCIPLINES, total),
    )


def _ranks(chance: Random, score: int) -> tuple[Rank, ...]:
    high = min(99, max(3, int(100 * score / (score + 6) + chance.gauss(0, 4))))
    totals = (
        chance.randrange(3_500_000, 26_000_000),
        _many(chance, 7.5) + 20,
        chance.randrange(60_000, 420_000),
        _many(chance, 3.2) + 2,
    )
    return tuple(
        _rank(chance, scope, total, min(99, max(1, high + chance.randrange(-12, 6) * (scope != "all"))))
        for scope, total in zip(SCOPES, totals, strict=True)
    )


def _rank(chance: Random, scope: ScopeName, total: int, percentile: int) -> Rank:
    rank = max(1, total - total * percentile // 100)
    mean = round(chance.lognormvariate(2, 0.6), 1) if scope == "source" else None
    typical = chance.choice(TYPICAL) if mean is not None and mean > SMALL_GROUP / 2 else ""
    if scope == "all":
        top = next((top for floor, top in TOPS if percentile >= floor), None)
        form = "top" if top else "most" if percentile >= ABOVE_HALF else "lower"
        return Rank(scope, rank, total, Verdict(form, percentile, top))
    if scope == "similar_age_and_source" and total <= SMALL_GROUP:
        return Rank(scope, rank, total, Verdict("count", total - rank))
    form = "higher" if percentile >= ABOVE_HALF else "lower"
    return Rank(scope, rank, total, Verdict(form, percentile), typical, mean)


def _bullets(ranks: tuple[Rank, ...]) -> tuple[Bullet, ...]:
    everything, source, *aged = ranks
    found = []
    if everything.verdict.top is not None:
        found.append(Bullet("all", top=everything.verdict.top))
    if source.rank is not None and source.rank * 50 <= source.total:
        found.append(Bullet("source", rank=source.rank, total=source.total))
    for rank in aged:
        value = rank.verdict.value
        level = next((name for floor, name in LEVELS if value >= floor), None)
        if rank.verdict.form == "higher" and level is not None:
            found.append(Bullet(rank.scope, level=level, percentile=value))
        elif rank.verdict.form == "lower":
            found.append(Bullet(rank.scope, level="average"))
    return tuple(found)
