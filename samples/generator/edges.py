"""The facts of the samples that each show one difficult case."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from .article import PRACTITIONERS, PUBLIC
from .model import Bullet, Facts, Profiles, Published, Rank, Readers, Row, Style, Tally, Verdict

EVERYDAY = Facts(
    id=990000100,
    title="Hedges beside playgrounds: shade, birds and the sound of play",
    publisher_url="https://doi.org/10.5555/jhe.2019.204",
    source="Journal of Hedgerow Ecology",
    published=Published("August 2019", 2019, 8),
    doi="10.5555/jhe.2019.204",
    pmid="99000204",
    authors=("Ines Fernhill", "Søren Lindqvist", "Wei Nakagawa-Lund"),
    abstract=(
        (
            "Forty playgrounds were watched for a summer. Those with a hedge were cooler by 1.9 °C, held twice as many "
            "songbirds, and were not louder. We recommend mixed hedges of 1.2 m."
        ),
    ),
    score=18,
    bullets=(
        Bullet("all", top=25),
        Bullet("similar_age", level="high", percentile=88),
        Bullet("similar_age_and_source", level="good", percentile=70),
    ),
    mentions=(
        Tally("news", 1, "news outlet"),
        Tally("policy", 1, "policy source"),
        Tally("twitter", 14, "X users"),
        Tally("facebook", 1, "Facebook page"),
    ),
    citations=(Tally("dimensions_citation", 19, "Dimensions"),),
    readers=(Tally("mendeley", 73, "Mendeley"),),
    twitter=Profiles(
        14,
        (Row("Denmark", 3, 21), Row("Portugal", 1, 7), Row("Unknown", 10, 71)),
        (Row(PUBLIC, 11, 79), Row("Scientists", 2, 14), Row(PRACTITIONERS, 1, 7)),
    ),
    mendeley=Readers(
        73,
        (Row("Denmark", 1, 1), Row("Unknown", 72, 99)),
        (Row("Student > Master", 17, 23), Row("Researcher", 12, 16), Row("Other", 11, 15), Row("Unknown", 33, 45)),
        (Row("Environmental Science", 20, 27), Row("Psychology", 6, 8), Row("Other", 9, 12), Row("Unknown", 38, 52)),
    ),
    last_mentioned=Published("16 May 2024", 2024, 5, 16),
    ranks=(
        Rank("all", 2_899_204, 22_010_655, Verdict("top", 86, top=25)),
        Rank("source", 88, 577, Verdict("higher", 84), "more attention", 8.4),
        Rank("similar_age", 41_288, 340_116, Verdict("higher", 88)),
        Rank("similar_age_and_source", 7, 23, Verdict("higher", 70)),
    ),
    limited=True,
)


def everyday(number: int, title: str, **changes: Any) -> Facts:  # noqa: ANN401 - any field of the facts
    """Return the facts of the everyday page with another number and title, and with changes."""
    doi = f"10.5555/jhe.2019.{number % 1000}"
    own = {"doi": doi, "publisher_url": f"https://doi.org/{doi}", "pmid": str(99_000_000 + number % 1000)}
    return replace(EVERYDAY, id=number, title=title, **(own | changes))


NO_ABSTRACT = everyday(
    990000004,
    "A correction to the map of village wells",
    doi="10.5555/qp.2014.9",
    publisher_url="https://doi.org/10.5555/qp.2014.9",
    pmid=None,
    source="Quiet Places",
    published=Published("2014", 2014),
    authors=None,
    authors_text="Lindqvist, Søren, Oduya, Amara, Iyer, Arjun",
    abstract=None,
    score=1,
    bullets=(Bullet("similar_age", level="average"), Bullet("similar_age_and_source", level="average")),
    mentions=(Tally("twitter", 1, "X user"),),
    citations=None,
    readers=(Tally("mendeley", 1, "Mendeley"),),
    twitter=Profiles(1, (Row("Norway", 1, 100),), (Row(PUBLIC, 1, 100),)),
    mendeley=Readers(
        1, (Row("Unknown", 1, 100),), (Row("Professor", 1, 100),), (Row("Earth and Planetary Sciences", 1, 100),)
    ),
    ranks=(
        Rank("all", 14_195_754, 22_755_127, Verdict("lower", 35)),
        Rank("source", 4_721, 7_269, Verdict("lower", 31), "a little more attention", 5.4),
        Rank("similar_age", 120_354, 227_074, Verdict("lower", 44)),
        Rank("similar_age_and_source", 77, 146, Verdict("lower", 44)),
    ),
)

NO_MENTIONS = everyday(
    990000005,
    "The long tail of lending: which library books wait for years",
    score=212,
    bullets=(
        Bullet("all", top=5),
        Bullet("source", rank=13, total=27_780),
        Bullet("similar_age", level="high", percentile=99),
        Bullet("similar_age_and_source", level="high", percentile=99),
    ),
    mentions=None,
    citations=None,
    readers=(Tally("mendeley", 600, "Mendeley"), Tally("citeulike", 3, "CiteULike")),
    twitter=Profiles(933, None, None),
    mendeley=Readers(600, None, None, None),
    ranks=(
        Rank("all", 120_377, 20_109_553, Verdict("top", 99, top=5)),
        Rank("source", 13, 27_780, Verdict("higher", 99), "more attention", 9.9),
        Rank("similar_age", 1_822, 233_901, Verdict("higher", 99)),
        Rank("similar_age_and_source", 4, 611, Verdict("higher", 99)),
    ),
    style=Style(doubled=False),
)

NO_CONTEXT = everyday(
    990000006,
    "Notes on drying apples indoors",
    score=0,
    bullets=None,
    mentions=(Tally("patent", 1, "patent"),),
    citations=(Tally("dimensions_citation", 7, "Dimensions"),),
    readers=(Tally("mendeley", 21, "Mendeley"),),
    twitter=None,
    mendeley=Readers(
        21,
        (Row("Unknown", 21, 100),),
        (Row("Student > Bachelor", 6, 29), Row("Unknown", 15, 71)),
        (Row("Engineering", 8, 38), Row("Unknown", 13, 62)),
    ),
    last_mentioned=None,
    ranks=None,
    limited=False,
)

SMALL_GROUP = everyday(
    990000007,
    "Counting swifts above a single school roof",
    score=9,
    bullets=(Bullet("all", top=25), Bullet("similar_age", level="good", percentile=76)),
    ranks=(
        Rank("all", 1_974_369, 13_020_439, Verdict("top", 84, top=25)),
        Rank("source", 147, 453, Verdict("higher", 65), "a little more attention", 6.5),
        Rank("similar_age", 62_978, 271_578, Verdict("higher", 76)),
        Rank("similar_age_and_source", 6, 9, Verdict("count", 3)),
    ),
)

TWO_OTHERS = everyday(
    990000008,
    "Who reads about pond snails? A look at one shelf of saved papers",
    readers=(Tally("mendeley", 1_312, "Mendeley"),),
    mendeley=Readers(
        1_312,
        (
            Row("Virgin Islands, U.S.", 1, 0),
            Row("Korea, Republic of", 12, 0),
            Row("Iceland", 0, 0),
            Row("Unknown", 1_299, 99),
        ),
        (
            Row("Student > Ph. D. Student", 310, 24),
            Row("Other", 12, 0),
            Row("Professor > Associate Professor", 40, 3),
            Row("Other", 25, 2),
            Row("Unspecified", 0, 0),
            Row("Unknown", 925, 71),
        ),
        (
            Row("Agricultural and Biological Sciences", 1_004, 77),
            Row("Immunology and Microbiology", 2, 0),
            Row("Other", 56, 4),
            Row("Other", 250, 19),
        ),
    ),
)

LIMITED_ACCESS = everyday(
    990000013,
    "Warm rooms in cold museums",
    mentions=(Tally("news", 88, "news outlets"), Tally("twitter", 6, "X users")),
    twitter=Profiles(6, None, None),
    mendeley=Readers(73, None, None, None),
    pmid=None,
    style=Style(badge="url( https://badges.altmetric.com/?{query} )"),
)

NON_LATIN = everyday(
    990000014,
    "清晨的茶馆：三座小城的邻里谈话",
    source="人文与日常生活",
    published=Published("April 2021", 2021, 4),
    pmid=None,
    authors=("李雨晴", "Анна Соколовская", "ليلى الحداد"),
    abstract=(
        "我们在三座小城的茶馆里记录了清晨的谈话。百分之四十的话题与天气有关。",
        "Мы записали утренние разговоры в чайных трёх небольших городов. О погоде говорили чаще всего.",
        "سجلنا أحاديث الصباح في مقاهي الشاي في ثلاث مدن صغيرة، وكان الطقس أكثر الموضوعات حضورًا.",
    ),
)

WINDOWS_1252 = everyday(
    990000015,
    "“Café culture” – what’s in a name? Prices of 1 € breakfasts",
    authors=("Léa Moreau", "Søren Sørholt", "Tomás Ó Ceallaigh"),
    abstract=("The word ‘café’ costs 0.30 €… or so we’d say – naïvely – after 48 breakfasts.",),
    style=Style(charset="windows-1252"),
)

UTF_16 = everyday(
    990000016,
    "Łódź to Žilina by slow train: ten windows",
    authors=("Zofia Kowalik", "Dmitri Żeller"),
    style=Style(charset="utf-16"),
)

MARKUP = everyday(
    990000018,
    "Growth of Primula veris under CO2 & shade: 5 < 9 – a note for R&D gardens",
    title_markup=(
        "Growth of <i>Primula  veris</i> under CO<sub>2</sub> & shade: 5 &lt; 9 &#8211; "
        "a <em>note</em>\n for R&D gardens"
    ),
    heading="Growth of Primula veris under CO2",
    abstract=(
        "Cowslips (Primula veris) grew 12% taller under 2 × 10−3 mol CO2 than in open air; see the data for all pots.",
        "Shade, by contrast, did nothing.",
    ),
    abstract_markup=(
        (
            "Cowslips (<i>Primula veris</i>) grew <b>12%</b> taller under 2 × 10<sup>−3</sup> mol CO<sub>2</sub> than "
            'in open air; see <a href="https://doi.org/10.5555/pots">the data</a> for all <em>pots</em>.'
        ),
        "Shade, <em>by contrast</em>, did nothing.",
    ),
    source="Plants & Walls",
)

TRAPS = everyday(
    990000019,
    "Mentioned by: how guest books quote one another",
    abstract=(
        "Background",
        "Mendeley readers",
        "Citations",
        "23 Dimensions",
        "DOI 10.1000/wrong",
        "1 policy source",
        "twitter",
        "6 X users",
        "Country Count As %",
        "Germany 12 40%",
        "Other 3 <1%",
        "Attention Score in Context",
        "This research output has an Altmetric Attention Score of 99999.",
        "#12",
        "of 900 outputs",
        "Altmetric has tracked 12 research outputs across all sources so far.",
        "Guest books of forty inns were read aloud. See https://www.altmetric.com/details/12 on Twitter, or not.",
    ),
)

SOURCE_RANK = everyday(
    990000020,
    "One thousand and one rain gauges, read by neighbours",
    source="Proceedings of the Lakeland Academy of Sciences",
    score=2_874,
    bullets=(
        Bullet("all", top=5),
        Bullet("source", rank=43, total=79_429),
        Bullet("similar_age", level="high", percentile=99),
        Bullet("similar_age_and_source", level="high", percentile=99),
    ),
    mentions=(
        Tally("news", 1_227, "news outlets"),
        Tally("blogs", 120, "blogs"),
        Tally("twitter", 11_524, "X users"),
        Tally("weibo", 1, "weibo user"),
    ),
    citations=(Tally("dimensions_citation", 1_024, "Dimensions"),),
    readers=(Tally("mendeley", 4_187, "Mendeley"), Tally("connotea", 1, "Connotea")),
    twitter=Profiles(11_524, (Row("United States", 1_902, 17), Row("Unknown", 9_622, 83)), (Row(PUBLIC, 11_524, 100),)),
    mendeley=Readers(
        4_187,
        (Row("Germany", 26, 0), Row("Unknown", 4_161, 99)),
        (Row("Researcher", 1_187, 28), Row("Unknown", 3_000, 72)),
        (Row("Environmental Science", 2_187, 52), Row("Unknown", 2_000, 48)),
    ),
    ranks=(
        Rank("all", 1_903, 25_604_118, Verdict("top", 99, top=5)),
        Rank("source", 43, 79_429, Verdict("higher", 99), "a lot more attention", 36.2),
        Rank("similar_age", 61, 361_480, Verdict("higher", 99)),
        Rank("similar_age_and_source", 2, 1_011, Verdict("higher", 99)),
    ),
    style=Style(separators=True),
)

VERDICTS_LOW = everyday(
    990000021,
    "Small talk in large lifts",
    score=1,
    bullets=(Bullet("similar_age", level="average"), Bullet("similar_age_and_source", level="average")),
    ranks=(
        Rank("all", 2_051_974, 3_686_760, Verdict("lower", 38)),
        Rank("source", 391, 747, Verdict("lower", 30), "", 2.8),
        Rank("similar_age", 48_877, 94_154, Verdict("lower", 26)),
        Rank("similar_age_and_source", 26, 52, Verdict("lower", 1)),
    ),
)

VERDICTS_MIDDLE = everyday(
    990000022,
    "Door bells and dogs: an even-handed account",
    score=4,
    bullets=(
        Bullet("similar_age", level="above_average", percentile=63),
        Bullet("similar_age_and_source", level="above_average", percentile=51),
    ),
    ranks=(
        Rank("all", 4_400_110, 13_020_439, Verdict("most", 66)),
        Rank("source", 150, 453, Verdict("higher", 66), "a lot more attention", 12.0),
        Rank("similar_age", 62_978, 171_578, Verdict("higher", 63)),
        Rank("similar_age_and_source", 17, 35, Verdict("higher", 51)),
    ),
)

PROSE_ONLY = everyday(
    990000023,
    "Lamps left on for cats",
    ranks=tuple(replace(rank, rank=None) for rank in EVERYDAY.ranks or ()),
)

EMPTY_BLOCKS = everyday(
    990000024,
    "Unread letters in a reading room",
    score=1,
    bullets=(),
    mentions=(),
    citations=(),
    readers=(),
    twitter=None,
    mendeley=None,
    last_mentioned=None,
    ranks=None,
)

NOTICES = everyday(
    990000025,
    "Withdrawn: the weight of a wish",
    notices=("This research output has been retracted by its publisher. Mentions may be older than the retraction.",),
)

SHORT = everyday(
    990000030,
    "What lighthouse keepers wrote about dusk",
    pmid=None,
    authors=("Farida Quillfeather", "Léa Ó Ceallaigh", "Noor van Dremmel", "Miguel Brennock", "Yuki Duarte"),
    doi="10.5555/tideline.2014.17",
    publisher_url="https://doi.org/10.5555/tideline.2014.17",
    source="Tideline",
    published=Published("October 2014", 2014, 10),
    abstract=(
        (
            "The lamps were lit at dusk and put out at dawn, and each of the six keepers wrote down the colours of the "
            "sky. Participants of a reading circle sorted the 2,108 entries. Most keepers had one word for grey, one "
            "had eleven."
        ),
    ),
    score=0,
    bullets=None,
    mentions=(Tally("facebook", 1, "Facebook page"),),
    citations=None,
    readers=None,
    twitter=None,
    mendeley=None,
    last_mentioned=None,
    ranks=None,
    limited=False,
    style=Style(doubled=False, timeline=True),
)

MANY_AUTHORS = everyday(
    990000031,
    "A shared diary of first frosts",
    doi="10.5555/bulletin.2019.31",
    publisher_url="https://doi.org/10.5555/bulletin.2019.31",
    pmid=None,
    authors=(
        *("Farida Quillfeather", "Léa Ó Ceallaigh", "Noor van Dremmel", "Miguel Brennock", "Yuki Duarte", "J. Marlow"),
        *("Wei Banerjee", "Elif Oduya", "Callum Wexford", "Zofia Moreau", "the Frost Diary Group", "Hana Kowalik"),
    ),
)
