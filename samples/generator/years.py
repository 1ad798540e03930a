"""The facts of the samples that show how pages differ by year, host and type of output."""

from __future__ import annotations

from .article import COMMUNICATORS, PRACTITIONERS, PUBLIC
from .model import Bullet, Facts, Profiles, Published, Rank, Readers, Row, Style, Tally, Verdict

ARTICLE_2017 = Facts(
    id=990000002,
    title="Do allotment gardeners live near their plots? Distances walked in nine cities",
    publisher_url="https://doi.org/10.5555/jhe.2012.118",
    source="Journal of Hedgerow Ecology",
    published=Published("May 2012", 2012, 5),
    doi="10.5555/jhe.2012.118",
    pmid="99000118",
    authors=("Petra Kowalik", "Callum Brennock"),
    abstract=(
        (
            "Allotments are often said to be a walk away. We asked 611 gardeners in nine cities where they live and "
            "measured the way. The median walk was 870 m; one gardener in eight took a bus. Short waiting lists went "
            "together with long ways."
        ),
    ),
    score=38,
    bullets=(
        Bullet("all", top=5),
        Bullet("similar_age", level="high", percentile=95),
        Bullet("similar_age_and_source", level="good", percentile=78),
    ),
    mentions=(
        Tally("news", 2, "news outlets"),
        Tally("blogs", 3, "blogs"),
        Tally("twitter", 29, "tweeters"),
        Tally("weibo", 1, "weibo user"),
        Tally("facebook", 4, "Facebook pages"),
        Tally("googleplus", 2, "Google+ users"),
        Tally("f1000", 1, "research highlight platform"),
        Tally("video", 1, "video uploader"),
        Tally("q&a", 1, "Q&A thread"),
    ),
    citations=(Tally("dimensions_citation", 51, "Dimensions"),),
    readers=(
        Tally("mendeley", 132, "Mendeley"),
        Tally("citeulike", 2, "CiteULike"),
        Tally("connotea", 1, "Connotea"),
    ),
    twitter=Profiles(
        29,
        (Row("United Kingdom", 9, 31), Row("Netherlands", 4, 14), Row("Poland", 1, 3), Row("Unknown", 15, 52)),
        (Row(PUBLIC, 21, 72), Row("Scientists", 6, 21), Row(COMMUNICATORS, 1, 3), Row(PRACTITIONERS, 1, 3)),
    ),
    mendeley=Readers(
        132,
        (Row("United Kingdom", 3, 2), Row("Brazil", 1, 0), Row("Unknown", 128, 97)),
        (Row("Student > Ph. D. Student", 34, 26), Row("Researcher", 25, 19), Row("Unknown", 20, 15)),
        (Row("Environmental Science", 41, 31), Row("Social Sciences", 29, 22), Row("Unknown", 30, 23)),
    ),
    last_mentioned=Published("03 October 2017", 2017, 10, 3),
    ranks=(
        Rank("all", 401_882, 8_533_870, Verdict("top", 95, top=5)),
        Rank("source", 41, 402, Verdict("higher", 89), "a little more attention", 7.2),
        Rank("similar_age", 4_760, 101_544, Verdict("higher", 95)),
        Rank("similar_age_and_source", 2, 9, Verdict("higher", 78)),
    ),
    style=Style(
        doubled=False, years="twitter", badge="url('//badges.altmetric.com/?{query}')", ampersand="&", timeline=True
    ),
)

BLUESKY_2025 = Facts(
    id=990000003,
    title="Seed libraries in public libraries: what is borrowed, and what comes back",
    publisher_url="https://doi.org/10.5555/ogr.2025.0031",
    source="Open Garden Research",
    published=Published("14 January 2025", 2025, 1, 14),
    doi="10.5555/ogr.2025.0031",
    authors=("Greta Zeller", "Amara Oduya", "Yuki Takeda"),
    abstract=(
        "We counted the packets lent by 22 seed libraries over two years. Beans came back most often, carrots never.",
    ),
    unknown_rows=(("Registered protocol", "OGP-4471"),),
    score=57,
    bullets=(
        Bullet("all", top=5),
        Bullet("source", rank=12, total=640),
        Bullet("similar_age", level="high", percentile=97),
        Bullet("similar_age_and_source", level="high", percentile=88),
    ),
    mentions=(
        Tally("news", 4, "news outlets"),
        Tally("twitter", 17, "X users"),
        Tally("bluesky", 61, "Bluesky users"),
        Tally("podcasts", 1, "podcast episode"),
        Tally("garden_radio", 3, "garden radio stations", known=False),
    ),
    citations=(Tally("dimensions_citation", 1, "Dimensions"),),
    readers=(Tally("mendeley", 9, "Mendeley"),),
    twitter=Profiles(
        17, (Row("Japan", 2, 12), Row("Unknown", 15, 88)), (Row(PUBLIC, 13, 76), Row("Scientists", 4, 24))
    ),
    twitter_notice=(
        "As of 1 July 2024, you may notice a temporary increase in the numbers of X profiles with Unknown location."
    ),
    mendeley=Readers(
        9,
        (Row("Unknown", 9, 100),),
        (Row("Librarian", 4, 44), Row("Student > Bachelor", 1, 11), Row("Unknown", 4, 44)),
        (Row("Agricultural and Biological Sciences", 3, 33), Row("Unknown", 6, 67)),
    ),
    last_mentioned=Published("02 September 2025", 2025, 9, 2),
    ranks=(
        Rank("all", 702_019, 28_114_902, Verdict("top", 97, top=5)),
        Rank("source", 12, 640, Verdict("higher", 98), "more attention", 9.1),
        Rank("similar_age", 8_310, 301_733, Verdict("higher", 97)),
        Rank("similar_age_and_source", 2, 17, Verdict("higher", 88)),
    ),
    limited=True,
)

BRANDED = Facts(
    id=990000009,
    host="bmc.altmetric.com",
    brand=("BMC", "Article Metrics"),
    title="Bicycle repair cafés as places of learning",
    publisher_url="https://doi.org/10.5555/commons.2016.77",
    source="Commons & Cities (Online Edition)",
    published=Published("November 2016", 2016, 11),
    doi="10.5555/commons.2016.77",
    pmid="99000077",
    authors=("Elif Duarte", "Tomás Moreau", "Zofia Wexford"),
    abstract=("Visitors of five repair cafés were asked what they had learnt. Most had learnt to ask for help.",),
    score=3,
    bullets=(
        Bullet("similar_age", level="average"),
        Bullet("similar_age_and_source", level="above_average", percentile=62),
    ),
    mentions=(Tally("twitter", 4, "X users"), Tally("wikipedia", 1, "Wikipedia page")),
    citations=(Tally("dimensions_citation", 12, "Dimensions"),),
    readers=(Tally("mendeley", 55, "Mendeley"), Tally("citeulike", 1, "CiteULike")),
    twitter=Profiles(4, (Row("Unknown", 4, 100),), (Row(PUBLIC, 4, 100),)),
    mendeley=Readers(
        55,
        (Row("Unknown", 55, 100),),
        (Row("Student > Master", 12, 22), Row("Researcher", 9, 16), Row("Unknown", 20, 36)),
        (Row("Social Sciences", 17, 31), Row("Arts and Humanities", 6, 11), Row("Unknown", 22, 40)),
    ),
    last_mentioned=Published("25 June 2021", 2021, 6, 25),
    ranks=(
        Rank("all", 8_901_422, 18_233_011, Verdict("most", 51)),
        Rank("source", 133, 290, Verdict("higher", 53), "", 3.0),
        Rank("similar_age", 171_240, 316_409, Verdict("lower", 45)),
        Rank("similar_age_and_source", 10, 26, Verdict("higher", 62)),
    ),
    style=Style(one_list=False, badge='url("https://badges.altmetric.com/?{query}")'.replace('"', "&quot;")),
)

CHAPTER = Facts(
    id=990000011,
    book=990000010,
    type="chapter",
    title="Fog as a Neighbour",
    publisher_url="https://doi.org/10.5555/978-0-00-000000-2_7",
    source="Fernhill Academic",
    published=Published("June 2019", 2019, 6),
    doi="10.5555/978-0-00-000000-2_7",
    isbns=("978-0-00-000000-2", "978-0-00-000001-9"),
    editors=("Arjun Iyer", "Marta Castellane"),
    authors=("Farida Quillfeather", "Jonas Marlow"),
    abstract=("Three harbour towns describe their fog. The chapter asks what the words they use keep alive.",),
    book_title="Weather as Company: Essays from Small Ports",
    chapter_number=7,
    score=6,
    bullets=(Bullet("all", top=25), Bullet("similar_age", level="good", percentile=72)),
    mentions=(Tally("blogs", 1, "blog"), Tally("twitter", 3, "X users")),
    citations=(Tally("dimensions_citation", 2, "Dimensions"),),
    readers=(Tally("mendeley", 14, "Mendeley"),),
    twitter=Profiles(3, (Row("Ireland", 1, 33), Row("Unknown", 2, 67)), (Row(PUBLIC, 3, 100),)),
    mendeley=Readers(
        14,
        (Row("Unknown", 14, 100),),
        (Row("Student > Ph. D. Student", 5, 36), Row("Unknown", 9, 64)),
        (Row("Arts and Humanities", 6, 43), Row("Unknown", 8, 57)),
    ),
    last_mentioned=Published("11 February 2020", 2020, 2, 11),
    ranks=(
        Rank("all", 3_702_118, 17_441_900, Verdict("top", 78, top=25)),
        Rank("similar_age", 88_201, 318_007, Verdict("higher", 72)),
    ),
)

DATASET = Facts(
    id=990000012,
    type="dataset",
    title="Daily bread prices in 31 villages, 1998 to 2018",
    publisher_url="https://doi.org/10.5555/data.bread31",
    doi="10.5555/data.bread31",
    authors=("Hana Banerjee",),
    abstract=("Prices of one loaf, written down every day by the bakers themselves.",),
    score=2,
    mentions=(Tally("twitter", 3, "X users"),),
    twitter=Profiles(3, None, None),
    last_mentioned=Published("30 April 2019", 2019, 4, 30),
    ranks=(
        Rank("all", 12_010_733, 15_902_177, Verdict("lower", 24)),
        Rank("similar_age", 190_702, 288_940, Verdict("lower", 33)),
    ),
    style=Style(doubled=False),
)
