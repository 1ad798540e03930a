"""Invented answers of the API, made from facts together with the record that they must give."""

import random
from pathlib import Path

ANSWERS = Path(__file__).parents[1] / "data" / "answers"
WORDS = ["Harbour", "Ferry", "Lamp", "Tide", "Curtain", "Hour", "Winter", "Street", "Sleep", "Town"]
SOURCES = {
    "news": "msm", "blogs": "feeds", "policy": "policies", "twitter": "tweeters", "patent": "patents",
    "peer_reviews": "peer_review_sites", "weibo": "weibo", "facebook": "fbwalls", "wikipedia": "wikipedia",
    "googleplus": "gplus", "reddit": "rdts", "f1000": "rh", "video": "videos", "q&a": "qna", "bluesky": "bluesky",
    "podcast": "podcasts", "guideline": "guidelines", "syllabi": "syllabi", "linkedin": "linkedin",
    "pinterest": "pinners",
}  # fmt: skip
IN_FETCH = {"podcast": "podcasts", "guideline": "guidelines"}
SCOPES = ("all", "source", "similar_age", "similar_age_and_source")
SCOPES_OF_COUNTS = ("all", "journal", "similar_age_3m", "similar_age_journal_3m")
SCOPES_OF_FETCH = ("all", "this_journal", "similar_age_3m", "similar_age_this_journal_3m")
COHORTS = {
    "pub": "Members of the public",
    "sci": "Scientists",
    "com": "Science communicators (journalists, bloggers, editors)",
    "doc": "Practitioners (doctors, other healthcare professionals)",
}
NUMBERS = ("rank", "total", "mean_score", "percentile", "higher_than_count")


def facts(seed):
    """Return the facts of an output. What is None or empty is not in the answers."""
    dice = random.Random(seed)  # noqa: S311 -- invented facts

    def perhaps(value, share=0.8):
        return value if dice.random() < share else None

    quarters = dice.randrange(4000)
    day = perhaps(dice.randrange(-3000, 20000))
    sources = dice.sample(list(SOURCES), dice.randrange(8))
    journal = perhaps(" ".join(dice.sample(WORDS, 2)))
    rankings = {}
    for scope in SCOPES:
        total = dice.randrange(2, 10**7)
        rank = dice.randint(1, total)
        below = dice.randrange(total - rank + 1)
        share = min(max(100 * below // total, 1), 99)
        mean = dice.choice([dice.randrange(50), dice.randrange(5000) / 97])
        if journal and dice.random() < 0.7:
            rankings[scope] = dict(zip(NUMBERS, (rank, total, mean, share, below), strict=True))
    return {
        "altmetric_id": 990000001 + seed,
        "title": " ".join(dice.sample(WORDS, 5)),
        "doi": perhaps(f"10.5555/Gen.{seed}"),
        "pmid": perhaps(str(99000001 + seed), 0.5),
        "arxiv": perhaps(f"{dice.randrange(1501, 1512)}.{dice.randrange(10000, 99999)}", 0.3),
        "handles": [f"20.500/{seed}.{number}" for number in range(dice.randrange(3))],
        "journal": journal,
        "type": perhaps(dice.choice(["article", "book", "chapter", "dataset", "news"])),
        "authors": [f"{dice.choice(WORDS)} {dice.choice(WORDS)}" for _ in range(dice.randrange(5))],
        "abstract": perhaps("On " + " ".join(dice.sample(WORDS, 6)) + "."),
        "day": day,
        "score": quarters / 4,
        "mentions": {source: dice.randint(1, 5000) for source in sources},
        "readers": {name: dice.randrange(500) for name in ("mendeley", "citeulike", "connotea")},
        "cohorts": {key: dice.randint(1, 99) for key in COHORTS if dice.random() < 0.6},
        "rankings": rankings,
        "countries": {code: dice.randint(1, 9) for code in dice.sample(["GB", "US", "DE", "IR"], dice.randrange(4))},
        "statuses": {name: dice.randint(1, 9) for name in dice.sample(["Student  > Master", "Unspecified"], 1)},
        "last": perhaps(dice.randrange(15000, 20000)),
    }


def date_of(day):
    """Return a day, counted from 1970, as `YYYY-MM-DD`, by the calendar of the Gregorian rules."""
    year = 1970
    while day < 0:
        year -= 1
        day += 365 + _is_leap(year)
    while day >= (length := 365 + _is_leap(year)):
        day -= length
        year += 1
    for month, length in enumerate((31, 28 + _is_leap(year), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31), 1):
        if day < length:
            return f"{year:04}-{month:02}-{day + 1:02}"
        day -= length
    raise AssertionError


def _is_leap(year):
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def counts_answer(of):
    """Return the facts as a counts answer, shuffled."""
    answer = {
        "altmetric_id": of["altmetric_id"], "title": of["title"], "doi": of["doi"], "pmid": of["pmid"],
        "arxiv_id": of["arxiv"], "handles": of["handles"], "isbns": [], "journal": of["journal"], "type": of["type"],
        "authors": of["authors"], "abstract": of["abstract"], "score": of["score"], "cohorts": of["cohorts"] or [],
        "published_on": None if of["day"] is None else of["day"] * 86400,
        "cited_by_posts_count": 3 * sum(of["mentions"].values()),
        "cited_by_accounts_count": sum(of["mentions"].values()),
        "readers": {name: str(count) for name, count in of["readers"].items()},
        "readers_count": sum(of["readers"].values()),
        "context": {
            there: dict(
                zip(("rank", "count", "mean", "pct", "higher_than"), of["rankings"][here].values(), strict=True)
            )
            for here, there in zip(SCOPES, SCOPES_OF_COUNTS, strict=True)
            if here in of["rankings"]
        } or [],
        **{f"cited_by_{SOURCES[source]}_count": count for source, count in of["mentions"].items()},
    }  # fmt: skip
    items = [(key, value) for key, value in answer.items() if value is not None]
    random.Random(of["altmetric_id"]).shuffle(items)  # noqa: S311 -- an invented order
    return dict(items)


def fetch_answer(of):
    """Return the facts as a fetch answer."""
    date = None if of["day"] is None else f"{date_of(of['day'])}T00:00:00+00:00"
    citation = {
        "title": of["title"], "doi": of["doi"], "pmid": of["pmid"], "arxiv_id": of["arxiv"], "handles": of["handles"],
        "journal": of["journal"], "type": of["type"], "authors": of["authors"], "abstract": of["abstract"],
        "published_on": date, "pubdate": date,
        "last_mentioned_on": None if of["last"] is None else of["last"] * 86400 + 4711,
    }  # fmt: skip
    long_names = (
        *("rank", "total_number_of_other_articles", "mean", "percentile", "this_scored_higher_than"),
        *("this_scored_higher_than_pct", "sample_size", "rank_type"),
    )
    context = {}
    for here, there in zip(SCOPES, SCOPES_OF_FETCH, strict=True):
        if here in of["rankings"]:
            numbers = of["rankings"][here]
            more = (numbers["percentile"], numbers["total"], "exact")
            context[there] = dict(zip(long_names, (*numbers.values(), *more), strict=True))
    return {
        "altmetric_id": of["altmetric_id"],
        "citation": {key: value for key, value in citation.items() if value is not None},
        "counts": {
            "readers": of["readers"],
            "total": {"posts_count": 2 * sum(of["mentions"].values())},
            **{
                IN_FETCH.get(source, source): {
                    "unique_users_count": count,
                    "posts_count": 2 * count,
                    "unique_users": [],
                }
                for source, count in of["mentions"].items()
            },
        },
        "altmetric_score": {"score": of["score"], "context_for_score": context or None},
        "demographics": {
            "users": {
                "twitter": {"cohorts": {COHORTS[key]: count for key, count in of["cohorts"].items()}},
                "mendeley": {"by_status": of["statuses"]},
            },
            "geo": {"twitter": of["countries"]},
        },
        "posts": {"twitter": [{"tweet_id": "1", "author": {"tweeter_id": "2"}}] * 5},
    }


def expected(of, shape):
    """Return the fields of the record of the facts that follow from an answer of a shape."""
    day = None if of["day"] is None else date_of(of["day"])
    ids = [("doi", of["doi"] and of["doi"].lower()), ("pmid", of["pmid"]), ("arxiv", of["arxiv"])]
    ids += [("handle", handle) for handle in of["handles"]]

    def groups(table):
        return [{"name": " ".join(name.split()), "count": count, "percent": None} for name, count in table.items()]

    is_fetch = shape == "fetch"
    mendeley = {"total": None, "countries": None, "statuses": groups(of["statuses"]), "disciplines": None}
    return {
        "schema_version": 2,
        "altmetric_id": of["altmetric_id"],
        "url": f"https://www.altmetric.com/details/{of['altmetric_id']}",
        "output_type": of["type"],
        "title": of["title"],
        "publisher_url": None,
        "source": of["journal"],
        "published": day and {"text": day, "year": int(day[:4]), "month": int(day[5:7]), "day": int(day[8:])},
        "doi": of["doi"] and of["doi"].lower(),
        "pmid": of["pmid"],
        "identifiers": [{"scheme": scheme, "value": value} for scheme, value in ids if value],
        "authors": of["authors"] or None,
        "authors_text": None,
        "editors": None,
        "abstract": of["abstract"],
        "score": int(-(-of["score"] // 1)),
        "score_exact": of["score"],
        "highlights": None,
        "mentions": _counts(of["mentions"]),
        "citations": None,
        "readers": _counts(of["readers"]),
        "demographics": {
            "twitter": {
                "total": None,
                "countries": groups(of["countries"]) if is_fetch else None,
                "types": groups({COHORTS[key]: count for key, count in of["cohorts"].items()}),
            },
            "mendeley": mendeley if is_fetch else None,
        },
        "last_mentioned": date_of(of["last"]) if is_fetch and of["last"] is not None else None,
        "rankings": [
            {
                "scope": scope,
                "source": of["journal"] if "source" in scope else None,
                "rank": numbers["rank"],
                "total": numbers["total"],
                "mean_score": numbers["mean_score"],
                "percentile": numbers["percentile"],
                "top_percent": None,
                "higher_than_percent": numbers["percentile"] if is_fetch else None,
                "higher_than_count": numbers["higher_than_count"],
                "text": None,
            }
            for scope, numbers in of["rankings"].items()
        ]
        or None,
        "limited_access": None,
        "notices": [],
        "unread": [],
    }  # fmt: skip


def _counts(table):
    order = [*SOURCES, "mendeley", "citeulike", "connotea"]
    names = sorted(table, key=order.index)
    return [{"source": name, "count": table[name], "unit": None, "url": None} for name in names]
