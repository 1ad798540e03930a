"""The facts of the samples that show complete articles of one year."""

from __future__ import annotations

from .model import Bullet, Facts, Profiles, Published, Rank, Readers, Row, Tally, Verdict

PUBLIC = "Members of the public"
COMMUNICATORS = "Science communicators (journalists, bloggers, editors)"
PRACTITIONERS = "Practitioners (doctors, other healthcare professionals)"

ARTICLE_2023 = Facts(
    id=990000001,
    title="Street lamps, curtains and the first hour of sleep: evening light in 14 coastal towns, a cohort study",
    publisher_url="https://doi.org/10.5555/lhs.2023.0417",
    source="Light, Health & Society",
    published=Published("March 2023", 2023, 3),
    doi="10.5555/lhs.2023.0417",
    pmid="99000417",
    authors=("Maren Aldous", "Tobias Okonjo-Reyes", "Ilse van Dremmel", "J. P. Hartwick", "Noor Sabbagh"),
    abstract=(
        (
            "People who live under bright street lamps say that they fall asleep late. How much of this is the lamp, "
            "and how much the street, is an old question. We followed 2,318 adults in 14 coastal towns over three "
            "winters, while seven of the towns replaced white lamps by amber ones that dim after 22:00."
        ),
        (
            "The time from lights-out to sleep fell by 9 minutes (95% CI 6 to 12) where lamps were replaced, and "
            "stayed as it was elsewhere. Half of the change went together with a new habit: residents of the "
            "amber towns left their curtains open more often. Steps counted by wristbands between 20:00 and "
            "midnight did not change. Dimmer lamps may help people rest, and they cost little; whether the same "
            "holds for inland cities remains to be seen."
        ),
    ),
    score=641,
    bullets=(
        Bullet("all", top=5),
        Bullet("source", rank=3, total=1204),
        Bullet("similar_age", level="high", percentile=99),
        Bullet("similar_age_and_source", level="high", percentile=96),
    ),
    mentions=(
        Tally("news", 64, "news outlets"),
        Tally("blogs", 9, "blogs"),
        Tally("policy", 2, "policy sources"),
        Tally("twitter", 418, "X users"),
        Tally("patent", 1, "patent"),
        Tally("peer_reviews", 1, "peer review site"),
        Tally("facebook", 5, "Facebook pages"),
        Tally("wikipedia", 3, "Wikipedia pages"),
        Tally("reddit", 2, "Redditors"),
        Tally("video", 1, "YouTube creator"),
    ),
    citations=(Tally("dimensions_citation", 42, "Dimensions"),),
    readers=(Tally("mendeley", 187, "Mendeley"),),
    twitter=Profiles(
        total=418,
        countries=(
            Row("United States", 97, 23),
            Row("United Kingdom", 41, 10),
            Row("Spain", 22, 5),
            Row("Canada", 15, 4),
            Row("Iran, Islamic Republic of", 3, 0),
            Row("Other", 48, 11),
            Row("Unknown", 192, 46),
        ),
        types=(
            Row(PUBLIC, 351, 84),
            Row("Scientists", 39, 9),
            Row(PRACTITIONERS, 18, 4),
            Row(COMMUNICATORS, 10, 2),
        ),
    ),
    mendeley=Readers(
        total=187,
        countries=(Row("Germany", 2, 1), Row("Portugal", 1, 0), Row("Unknown", 184, 98)),
        statuses=(
            Row("Researcher", 31, 17),
            Row("Student > Ph. D. Student", 26, 14),
            Row("Student > Master", 22, 12),
            Row("Student > Bachelor", 14, 7),
            Row("Other", 19, 10),
            Row("Unknown", 75, 40),
        ),
        disciplines=(
            Row("Medicine and Dentistry", 34, 18),
            Row("Psychology", 22, 12),
            Row("Nursing and Health Professions", 12, 6),
            Row("Biochemistry, Genetics and Molecular Biology", 9, 5),
            Row("Business, Management and Accounting", 5, 3),
            Row("Other", 25, 13),
            Row("Unknown", 80, 43),
        ),
    ),
    last_mentioned=Published("19 November 2023", 2023, 11, 19),
    ranks=(
        Rank("all", 41_207, 25_604_118, Verdict("top", 99, top=5)),
        Rank("source", 3, 1204, Verdict("higher", 99), "a lot more attention", 21.7),
        Rank("similar_age", 1377, 361_480, Verdict("higher", 99)),
        Rank("similar_age_and_source", 1, 31, Verdict("higher", 96)),
    ),
    limited=True,
)
