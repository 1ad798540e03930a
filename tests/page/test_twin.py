"""A page and its text give the record written here, which neither the parser nor the generator of samples made."""

from tests.page.material import DATA, fields_of

HTML = (DATA / "pages" / "twin.html").read_bytes()
TEXT = (DATA / "pages" / "twin.txt").read_text("utf-8")
SOURCE = "Bulletin of Neighbourhood Walking Systems"
TITLE = (
    "Bus stops and evening walks around gated courtyards in Tarnmouth by tenants of new and renovated houses: "
    "a diary study"
)
PAGE = "https://www.altmetric.com/details/990000900"
ABSTRACT = TEXT.partition("\nAbstract\n\n")[2].partition("\n")[0]
PARAGRAPHS = TEXT.splitlines()[-4:]


def rows(*cells):
    return [dict(zip(("name", "count", "percent"), row, strict=True)) for row in cells]


def counts(*cells):
    return [dict(zip(("source", "count", "unit", "url"), row, strict=True)) for row in cells]


def highlight(scope, text, **numbers):
    empty = dict.fromkeys(("level", "top_percent", "rank", "total", "percentile"))
    return {"scope": scope, "kind": "level", **empty, **numbers, "text": text}


def ranking(scope, **numbers):
    empty = ("source", "rank", "total", "mean_score", "percentile", "top_percent")
    return {"scope": scope, **dict.fromkeys((*empty, "higher_than_percent", "higher_than_count")), **numbers}


MENDELEY = {
    "total": 213,
    "countries": rows(("Norway", 1, 0), ("Unknown", 212, 100)),
    "statuses": rows(
        ("Student > Master", 47, 22),
        ("Student > Ph. D. Student", 33, 15),
        ("Researcher", 21, 10),
        ("Student > Bachelor", 21, 10),
        ("Student > Doctoral Student", 14, 7),
        ("Other", 17, 8),
        ("Unknown", 60, 28),
    ),
    "disciplines": rows(
        ("Psychology", 39, 18),
        ("Social Sciences", 39, 18),
        ("Medicine and Dentistry", 27, 13),
        ("Nursing and Health Professions", 8, 4),
        ("Business, Management and Accounting", 7, 3),
        ("Other", 22, 10),
        ("Unknown", 71, 33),
    ),
}
TWITTER = {
    "total": 7,
    "countries": rows(("Norway", 3, 43), ("Unknown", 4, 57)),
    "types": rows(
        ("Members of the public", 5, 71),
        ("Scientists", 1, 14),
        ("Practitioners (doctors, other healthcare professionals)", 1, 14),
    ),
}
RANKINGS = [
    ranking("all", rank=4_183_220, total=26_118_904, percentile=83, top_percent=25),
    ranking("source", source=SOURCE, rank=187, total=644, mean_score=9.3, higher_than_percent=70),
    ranking("similar_age", rank=51_306, total=288_411, higher_than_percent=82),
    ranking("similar_age_and_source", source=SOURCE, rank=2, total=15, higher_than_percent=92),
]
RECORD = {
    "schema_version": 2,
    "altmetric_id": 990000900,
    "url": PAGE,
    "output_type": "article",
    "title": TITLE,
    "publisher_url": "https://doi.org/10.5555/b99033-016-0021-4",
    "source": SOURCE,
    "published": {"text": "April 2016", "year": 2016, "month": 4, "day": None},
    "doi": "10.5555/b99033-016-0021-4",
    "pmid": "99000900",
    "identifiers": [
        {"scheme": "doi", "value": "10.5555/b99033-016-0021-4"},
        {"scheme": "pmid", "value": "99000900"},
    ],
    "authors": ["Ottoline Brackwater", "Jory Penhallow"],
    "authors_text": "Ottoline Brackwater, Jory Penhallow",
    "editors": None,
    "abstract": ABSTRACT,
    "score": 12,
    "score_exact": None,
    "highlights": [
        highlight(
            "all", "In the top 25% of all research outputs scored by Altmetric", kind="top_percent", top_percent=25
        ),
        highlight(
            "similar_age",
            "High Attention Score compared to outputs of the same age (82nd percentile)",
            level="high",
            percentile=82,
        ),
        highlight(
            "similar_age_and_source",
            "High Attention Score compared to outputs of the same age and source (92nd percentile)",
            level="high",
            percentile=92,
        ),
    ],
    "mentions": counts(
        ("policy", 1, "policy source", f"{PAGE}/policy-documents"),
        ("twitter", 7, "X users", f"{PAGE}/twitter"),
        ("facebook", 3, "Facebook pages", f"{PAGE}/facebook"),
    ),
    "citations": counts(("dimensions", 31, "Dimensions", f"{PAGE}/citations")),
    "readers": counts(("mendeley", 213, "Mendeley", f"{PAGE}#mendeley-demographics")),
    "demographics": {"twitter": TWITTER, "mendeley": MENDELEY},
    "last_mentioned": "2024-02-05",
    "rankings": [row | {"text": text} for row, text in zip(RANKINGS, PARAGRAPHS, strict=True)],
    "limited_access": True,
    "notices": [],
    "sections": [
        "header",
        "attention",
        "mentions",
        "citations",
        "readers",
        "details",
        "twitter_demographics",
        "mendeley_demographics",
        "context",
    ],
    "inconsistencies": [],
    "unread": [],
}
IN_NO_TEXT = {
    "altmetric_id": None,
    "url": None,
    "publisher_url": None,
    "pmid": None,
    "identifiers": RECORD["identifiers"][:1],
    "mentions": [count | {"url": None} for count in RECORD["mentions"]],
    "citations": [count | {"url": None} for count in RECORD["citations"]],
    "readers": [count | {"url": None} for count in RECORD["readers"]],
}
TEXT_RECORD = (
    RECORD
    | IN_NO_TEXT
    | {"demographics": {"twitter": {"total": 7, "countries": None, "types": None}, "mendeley": MENDELEY}}
)


def test_the_page_gives_every_field():
    assert fields_of(HTML) == RECORD


def test_its_text_gives_every_field_but_addresses_and_the_x_tables():
    assert fields_of(TEXT) == TEXT_RECORD
