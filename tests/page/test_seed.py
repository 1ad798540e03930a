"""The one page whose text is known to the letter gives the record that the design shows, as HTML and as text."""

import re

import pytest
from tests.page.material import edit, fields_of

SOURCE = "International Journal of Mental Health Systems"
TITLE = (
    "Access to mental health and psychosocial services in Cambodia by survivors of trafficking and exploitation: "
    "a qualitative study"
)
PAGE = "https://www.altmetric.com/details/1234567"
LIMITED = (
    "You are seeing a free-to-access but limited selection of the activity Altmetric has collected about this "
    "research output. Click here to find out more."
)


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
    "total": 209,
    "countries": rows(("United Kingdom", 1, 0), ("Unknown", 208, 100)),
    "statuses": rows(
        ("Student > Master", 45, 22),
        ("Student > Ph. D. Student", 31, 15),
        ("Researcher", 22, 11),
        ("Student > Bachelor", 22, 11),
        ("Student > Doctoral Student", 15, 7),
        ("Other", 16, 8),
        ("Unknown", 58, 28),
    ),
    "disciplines": rows(
        ("Psychology", 41, 20),
        ("Social Sciences", 41, 20),
        ("Medicine and Dentistry", 25, 12),
        ("Nursing and Health Professions", 9, 4),
        ("Business, Management and Accounting", 6, 3),
        ("Other", 20, 10),
        ("Unknown", 67, 32),
    ),
}
TWITTER = {
    "total": 6,
    "countries": rows(("United Kingdom", 3, 50), ("Unknown", 3, 50)),
    "types": rows(
        ("Members of the public", 4, 67),
        ("Scientists", 1, 17),
        ("Practitioners (doctors, other healthcare professionals)", 1, 17),
    ),
}
RANKINGS = [
    ranking("all", rank=3_683_859, total=25_081_505, percentile=85, top_percent=25),
    ranking("source", source=SOURCE, rank=212, total=751, mean_score=8.9, higher_than_percent=71),
    ranking("similar_age", rank=49_542, total=292_327, higher_than_percent=83),
    ranking("similar_age_and_source", source=SOURCE, rank=2, total=11, higher_than_percent=90),
]
RECORD = {
    "schema_version": 1,
    "altmetric_id": 1234567,
    "url": PAGE,
    "output_type": "article",
    "title": TITLE,
    "publisher_url": "https://doi.org/10.1186/s13033-015-0008-8",
    "source": SOURCE,
    "published": {"text": "March 2015", "year": 2015, "month": 3, "day": None},
    "doi": "10.1186/s13033-015-0008-8",
    "pmid": "12345678",
    "identifiers": [
        {"scheme": "doi", "value": "10.1186/s13033-015-0008-8"},
        {"scheme": "pmid", "value": "12345678"},
    ],
    "authors": ["Charlotte Aberdein", "Cathy Zimmerman"],
    "authors_text": "Charlotte Aberdein, Cathy Zimmerman",
    "editors": None,
    "abstract": "Emerging evidence …",
    "score": 10,
    "highlights": [
        highlight(
            "all", "In the top 25% of all research outputs scored by Altmetric", kind="top_percent", top_percent=25
        ),
        highlight(
            "similar_age",
            "High Attention Score compared to outputs of the same age (83rd percentile)",
            level="high",
            percentile=83,
        ),
        highlight(
            "similar_age_and_source",
            "High Attention Score compared to outputs of the same age and source (90th percentile)",
            level="high",
            percentile=90,
        ),
    ],
    "mentions": counts(
        ("policy", 1, "policy source", f"{PAGE}/policy-documents"),
        ("twitter", 6, "X users", f"{PAGE}/twitter"),
        ("facebook", 2, "Facebook pages", f"{PAGE}/facebook"),
    ),
    "citations": counts(("dimensions", 23, "Dimensions", f"{PAGE}/citations")),
    "readers": counts(("mendeley", 209, "Mendeley", f"{PAGE}#mendeley-demographics")),
    "demographics": {"twitter": TWITTER, "mendeley": MENDELEY},
    "last_mentioned": "2023-12-08",
    "rankings": RANKINGS,
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
    | {"demographics": {"twitter": {"total": 6, "countries": None, "types": None}, "mendeley": MENDELEY}}
)


@pytest.fixture
def abstract(seed_text):
    """The one paragraph under the label Abstract."""
    return seed_text.partition("\nAbstract\n")[2].partition("\nX Demographics")[0].strip()


@pytest.fixture
def paragraphs(seed_text):
    """The four paragraphs that end the page, which are the rankings' texts."""
    return seed_text.strip().splitlines()[-4:]


@pytest.fixture
def completed(abstract, paragraphs):
    """An expected record with the long texts of the page filled in."""

    def complete(record):
        rankings = [ranking | {"text": text} for ranking, text in zip(record["rankings"], paragraphs, strict=True)]
        return record | {"abstract": record["abstract"] and abstract, "rankings": rankings}

    return complete


def layout_b(text):
    gone = {"policy", "twitter", "facebook", "dimensions_citation", "mendeley", "Title", "Authors", "Abstract"}
    return "\n".join("" if line in gone | {"Citations"} else line for line in text.splitlines())


def layout_c(text):
    """The record as a table with pipes, behind words of the navigation; neither heading nor sidebar."""
    text = text[text.index(LIMITED) :]
    text = edit(
        text,
        (f"Title\n{TITLE}\n", f"Title |\n{TITLE} |\n|---|---|\n"),
        (f"Published in\n{SOURCE}, March 2015\n", f"Published in |\n{SOURCE}, March 2015 |\n"),
        ("DOI 10.1186/s13033-015-0008-8\nPubmed ID\n", "DOI | 10.1186/s13033-015-0008-8 |\nPubmed ID | |\n"),
        ("Authors\n\nCharlotte Aberdein, Cathy Zimmerman\n", "Authors |\nCharlotte Aberdein, Cathy Zimmerman |\n"),
        ("Abstract\n\n", "Abstract |\n"),
        ("Cambodian public.\n", "Cambodian public. |\n"),
    )
    text = re.sub(r"(?m)^(.+) Count As %$", r"\1 | Count | As % |\n|---|---|---|", text)
    text = re.sub(r"(?m)^(\S.*) (\d+) (<1%|\d+%)$", r"\1 | \2 | \3 |", text)
    return "Summary\nNews\nPolicy documents\nX\nFacebook\n" + re.sub(r"\n\n+", "\n", text)


def layout_d(text):
    return text[text.index("This research output has an Altmetric Attention Score of") :]


def test_the_page_gives_every_field(seed_html, completed):
    assert fields_of(seed_html) == completed(RECORD)


def test_its_text_gives_every_field_but_addresses_and_the_x_tables(seed_text, completed):
    assert fields_of(seed_text) == completed(TEXT_RECORD)


def test_its_text_given_as_bytes_says_the_same(seed_text):
    assert fields_of(seed_text.encode()) == fields_of(seed_text)


def test_its_text_with_windows_line_ends_says_the_same(seed_text):
    assert fields_of(seed_text.replace("\n", "\r\n")) == fields_of(seed_text)


def test_text_without_the_keys_and_four_labels_says_the_same(seed_text):
    assert fields_of(layout_b(seed_text)) == fields_of(seed_text)


def test_a_table_with_pipes_lacks_only_the_header_and_the_side_panel(seed_text, completed):
    dropped = dict.fromkeys(("output_type", "highlights", "mentions", "citations", "readers"))
    sections = ["details", "twitter_demographics", "mendeley_demographics", "context"]
    assert fields_of(layout_c(seed_text)) == completed(TEXT_RECORD | dropped | {"sections": sections})


def test_the_ranking_section_alone_gives_the_rankings_and_takes_its_id_from_the_address(seed_text, completed):
    kept = {"schema_version", "score", "last_mentioned", "rankings", "source", "unread", "inconsistencies", "notices"}
    nothing = {key: None for key in RECORD if key not in kept}
    expected = completed({**RECORD, **nothing, "identifiers": [], "sections": ["context"], "altmetric_id": 1234567})
    assert fields_of(layout_d(seed_text), url=PAGE) == expected | {"url": PAGE}


def test_the_ranking_section_alone_without_address_gives_the_same_without_id(seed_text):
    with_address = fields_of(layout_d(seed_text), url=PAGE)
    assert fields_of(layout_d(seed_text)) == with_address | {"altmetric_id": None, "url": None}
