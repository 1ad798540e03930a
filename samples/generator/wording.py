"""The fixed sentences of pages, with the facts. The page and the expected record both quote them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .model import Bullet, Facts, Rank, Verdict

LEVELS = {"high": "High", "good": "Good", "above_average": "Above-average", "average": "Average"}
ONE_OF_THE_HIGHEST = 9
PARTICULARLY_WELL = 90
WELL = 75

SLUGS = {
    "policy": "policy-documents",
    "googleplus": "google",
    "dimensions_citation": "citations",
    "mendeley": "#mendeley-demographics",
    "patent": "patents",
    "peer_reviews": "peer-reviews",
}
WITHOUT_LINK = {"citeulike", "connotea"}

LIMITED = (
    "You are seeing a free-to-access but limited selection of the activity Altmetric has collected about this "
    "research output."
)


def ordinal(number: int) -> str:
    """Return an ordinal number: `83rd`, `11th`."""
    teens = number % 100 in {11, 12, 13}
    return f"{number}{'th' if teens else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def tagline(facts: Facts) -> str:
    """Return the line under the heading."""
    line = f"Overview of attention for {facts.type}"
    if facts.book_title is None and facts.source is not None:
        line += f" published in {published_in(facts)}"
    return line


def published_in(facts: Facts) -> str:
    """Return the source and the date."""
    return ", ".join(part for part in (facts.source, facts.published and facts.published.text) if part)


def bullet(fact: Bullet) -> str:
    """Return a bullet of About this Attention Score."""
    if fact.top is not None:
        return f"In the top {fact.top}% of all research outputs scored by Altmetric"
    if fact.rank is not None:
        degree = "One of" if fact.rank <= ONE_OF_THE_HIGHEST else "Among"
        return f"{degree} the highest-scoring outputs from this source (#{fact.rank:,} of {fact.total:,})"
    whom = {"similar_age": "the same age", "similar_age_and_source": "the same age and source"}[fact.scope]
    text = f"{LEVELS[fact.level or 'average']} Attention Score compared to outputs of {whom}"
    return text if fact.percentile is None else f"{text} ({ordinal(fact.percentile)} percentile)"


def slug(key: str) -> str | None:
    """Return the part of a count's link after the address of the page."""
    if key in WITHOUT_LINK:
        return None
    part = SLUGS.get(key, key)
    return part if part.startswith("#") else f"/{part}"


def score_sentence(facts: Facts) -> str:
    """Return the first paragraph of Attention Score in Context, as HTML."""
    when = facts.last_mentioned.text if facts.last_mentioned else ""
    return (
        "This research output has an <strong>Altmetric Attention Score</strong> of "
        f"<strong>{facts.score}</strong>. This is our high-level measure of "
        "the quality and quantity of online attention that it has received. This Attention Score, as well as the "
        "ranking and number of research outputs shown below, was calculated when the research output was last "
        f"mentioned on {when}."
    )


def label(facts: Facts, rank: Rank) -> str:
    """Return the label of a rank's block."""
    return {
        "all": "All research outputs",
        "source": f"Outputs from {facts.source}",
        "similar_age": "Outputs of similar age",
        "similar_age_and_source": f"Outputs of similar age from {facts.source}",
    }[rank.scope]


def paragraph(rank: Rank) -> str:
    """Return the paragraph about a rank."""
    total = f"{rank.total:,}"
    start = {
        "all": f"Altmetric has tracked {total} research outputs across all sources so far.",
        "source": f"So far Altmetric has tracked {total} research outputs from this source.",
        "similar_age": (
            "Older research outputs will score higher simply because they've had more time to accumulate mentions. "
            f"To account for age we can compare this Altmetric Attention Score to the {total} tracked outputs that "
            "were published within six weeks on either side of this one in any source."
        ),
        "similar_age_and_source": (
            f"We're also able to compare this research output to {total} others from the same source and published "
            "within six weeks on either side of this one."
        ),
    }[rank.scope]
    middle = ""
    if rank.mean is not None:
        typical = f"typically receive {rank.typical} than average, with" if rank.typical else "receive"
        middle = f" They {typical} a mean Attention Score of {rank.mean:.1f}."
    return f"{start}{middle} {_verdict(rank.verdict, rank.scope)}"


def _verdict(verdict: Verdict, scope: str) -> str:
    others = {"all": "other outputs", "source": "its peers"}.get(scope, "its contemporaries")
    value = verdict.value
    well = "done particularly well" if value >= PARTICULARLY_WELL else "done well"
    if verdict.form == "top":
        return (
            f"Compared to these this one has {well} and is in the {ordinal(value)} percentile: it's in the top "
            f"{verdict.top}% of all research outputs ever tracked by Altmetric."
        )
    if verdict.form == "most":
        return f"This one has received more attention than most of these and is in the {ordinal(value)} percentile."
    if verdict.form == "lower":
        return (
            f"This one is in the {ordinal(value)} percentile – i.e., {value}% of {others} scored the same or lower "
            "than it."
        )
    if verdict.form == "count":
        return f"This one has scored higher than {value} of them."
    done = well if value >= WELL else "gotten more attention than average,"
    return f"This one has {done.rstrip(',')}, scoring higher than {value}% of {others}."


def profiles(facts: Facts) -> tuple[str, str]:
    """Return the sentence about X users, as the parts before and after the number."""
    total = facts.twitter.total if facts.twitter else 0
    user = {"x": "X user", "twitter": "tweeter"}[facts.style.years]
    if total == 1:
        return "The data shown below were collected from the profile of ", f" {user} who shared this research output."
    return "The data shown below were collected from the profiles of ", f" {user}s who shared this research output."


def readers(total: int) -> tuple[str, str]:
    """Return the sentence about Mendeley readers, as the parts before and after the number."""
    plural = "" if total == 1 else "s"
    return (
        "The data shown below were compiled from readership statistics for ",
        f" Mendeley reader{plural} of this research output.",
    )
