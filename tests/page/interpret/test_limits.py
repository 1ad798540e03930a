"""What leaves a page: no control characters, only links of the web, texts and records of limited length."""

import json
import re
from base64 import encodebytes
from quopri import encodestring

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.page.material import SAMPLES, everyday, everyday_text, insert_before
from tests.support.cases import for_each
from tests.support.records import record_of_capture

from altdetails.page import PageError, limit, make_record, parse, prepare, read
from altdetails.page.interpret import MAX_RECORD_BYTES, MAX_TEXT
from altdetails.record import CUT, Record
from altdetails.results import Capture

UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]")
CHARACTERS = [
    *range(0x20),
    *range(0x7F, 0xA0),
    *(0x061C, 0x200B, 0x200E, 0x200F, 0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A)),
    *(0xD800, 0xDFFF, 0xFEFF),
]
REFERENCES = "".join(f"&#{number};&#x{number:x};" for number in CHARACTERS)
RAW = "".join(chr(number) for number in CHARACTERS if not 0xD800 <= number <= 0xDFFF)


def texts_of(value, path=""):
    """Yield every text of a record with the path of its field."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from texts_of(item, f"{path}.{name}".lstrip("."))
    elif isinstance(value, list):
        for item in value:
            yield from texts_of(item, path)


def unsafe_texts(record):
    """Return the texts with a control character. An abstract has line breaks."""
    texts = texts_of(record.to_dict())
    return [
        (path, text) for path, text in texts if UNSAFE.search(text.replace("\n", "") if path == "abstract" else text)
    ]


def in_every_text(page, characters):
    """Put characters behind the first letter of every text and link of a page."""
    page = re.sub(r'(href="\w)', lambda link: link[1] + characters, page)
    return re.sub(r"(>[^\W\d_])(?=[^<>]{2,}<)", lambda text: text[1] + characters, page)


def shortened(record):
    return {finding.where: finding.values for finding in record.inconsistencies if finding.code == "shortened"}


@for_each("characters", [REFERENCES, RAW], ids=["references", "raw"])
@for_each("mark", ["<td>Denmark", '<div class="document-details-table">', "<li>High", "<dt>news"])
def test_no_field_has_a_control_character(mark, characters):
    page = insert_before(everyday(), mark, f"{characters}odd{characters}")
    assert unsafe_texts(parse(in_every_text(page, characters))) == []


@for_each("number", CHARACTERS)
def test_a_reference_to_a_control_character_is_not_in_the_title_or_its_link(number):
    page = everyday().replace("Hedges beside", f"Hedges&#{number};beside")
    page = page.replace('<h1><a href="https://doi.org/10.5555', f'<h1><a href="https://doi.org/10&#{number};.5555')
    record = parse(page)
    assert unsafe_texts(record) == []
    assert re.fullmatch(r"Hedges.?beside playgrounds.*", record.title)
    assert record.publisher_url.startswith("https://doi.org/10")


def test_a_text_without_markup_loses_its_control_characters():
    text = everyday_text().replace("Denmark", f"Den{RAW}mark").replace("Hedges", f"He{RAW.replace(chr(10), '')}dges")
    assert unsafe_texts(parse(text)) == []


def test_a_line_break_stays_only_between_the_paragraphs_of_an_abstract():
    page = everyday().replace("<p>Forty playgrounds", "<p>One\u202e.</p><p>&#13;Forty playgrounds")
    record = parse(page)
    assert record.abstract.startswith("One.\n\nForty playgrounds")


def test_the_source_of_a_captured_page_has_no_control_characters():
    url = "https://www.altmetric.com/details/990000100?\u202eq=\x85"
    capture = Capture(everyday().encode(), url, 200, "text/html", "2026-01-01T00:00:00Z", "a\x1bb")
    record = record_of_capture(capture)
    assert unsafe_texts(record) == []
    assert record.provenance.input == "ab"
    assert record.provenance.final_url == "https://www.altmetric.com/details/990000100?q="


def as_mhtml(encode, name):
    def wrapped(page):
        headers = f"MIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: {name}\n\n"
        return headers.encode() + encode(page)

    return wrapped


PAGES = [
    everyday().encode(),
    everyday_text().encode(),
    *(SAMPLES / "text" / f"article-2023.{name}" for name in ("html2text.md", "trafilatura-markdown.md", "lynx.txt")),
    *(SAMPLES / f"{name}.html" for name in ("article-2023", "chapter", "notices", "limited-access", "branded")),
]
WRAPPERS = [bytes, as_mhtml(encodestring, "quoted-printable"), as_mhtml(encodebytes, "base64"), as_mhtml(bytes, "8bit")]
ADDRESSES = ["javascript:alert(1)", "data:text/html,x", "https://a.example/x", "//a.example", "vbscript:x", " "]
HOSTILE = st.lists(
    st.one_of(
        st.sampled_from(CHARACTERS).map(lambda number: f"&#{number};"),
        st.sampled_from(RAW),
        st.sampled_from(["x", "\U0001f98b", "\u2026", " ", "&amp;#8238;", "\\u202e", "%0d", *ADDRESSES]),
    ),
    min_size=1,
    max_size=8,
).map("".join)


@st.composite
def hostile_pages(draw):
    """Make pages of any form with hostile text in any texts, attributes and links."""
    page = draw(st.sampled_from(PAGES))
    text = (page if isinstance(page, bytes) else page.read_bytes()).decode()
    places = [match.end() for match in re.finditer(r'(?:[>="(#]|href="|\b)(?=\w)', text)]
    chosen = draw(st.lists(st.sampled_from(places), min_size=1, max_size=40, unique=True))
    for place in sorted(chosen, reverse=True):
        text = text[:place] + draw(HOSTILE) + text[place:]
    return draw(st.sampled_from(WRAPPERS if text.lstrip().startswith("<") else WRAPPERS[:1]))(text.encode())


@pytest.mark.slow
@given(hostile_pages(), st.sampled_from([None, "https://www.altmetric.com/details/990000001?\u202ea=\x9b\ud800"]))
def test_no_field_of_any_page_has_a_control_character_or_another_link(content, url):
    try:
        record = parse(content, url=url)
    except PageError:
        return
    assert unsafe_texts(record) == []
    for path, text in texts_of(record.to_dict()):
        if path.endswith("url"):
            assert re.match("https?://[^/]", text, re.IGNORECASE), path
        assert len(text) <= (500 if path == "unread.text" else MAX_TEXT)


FIXED = {"code", "kind", "level", "part", "scope", "format", "fetched_at", "last_mentioned"}
"""Fields whose texts come from a list, or are dates."""


def texts_with(value, characters):
    """Return a value with characters behind the first one of each of its texts."""
    if isinstance(value, dict):
        return {name: item if name in FIXED else texts_with(item, characters) for name, item in value.items()}
    if isinstance(value, list):
        return [texts_with(item, characters) for item in value]
    return value[:1] + characters + value[1:] if isinstance(value, str) else value


def test_every_field_of_a_record_is_limited():
    fields = parse(everyday()).to_dict()
    for number in CHARACTERS:
        limited = limit(msgspec.convert(texts_with(fields, chr(number)), Record))
        assert unsafe_texts(limited) == [], hex(number)
        assert [path for path, _ in texts_of(limited.to_dict())] == [path for path, _ in texts_of(fields)]


@for_each("text", ['"a"', "C:\\new", "$\\beta$ and $\\nu$", "\\\\u0041", "a\\"])
def test_a_record_with_quotes_and_backslashes_is_not_made_again(text):
    record = msgspec.structs.replace(parse(everyday()), title=text, abstract=f"{text}\n{text}")
    assert limit(record) is record


LINKS = {
    "https://doi.org/10.5555/x": "https://doi.org/10.5555/x",
    "HTTP://journals.example/x": "HTTP://journals.example/x",
    " https://doi.org/10.5555/x&#10;": "https://doi.org/10.5555/x",
    "https://doi.org/&#13;=cmd|x": "https://doi.org/=cmd|x",
    "ht&#9;tps://doi.org/x": "https://doi.org/x",
    "//journals.example/x": "https://journals.example/x",
    "/x": "https://www.altmetric.com/x",
    "/web/20200101000000/https://doi.org/10.5555/x": "https://doi.org/10.5555/x",
    "javascript:alert(1)": None,
    "JaVaScRiPt&#58;alert(1)": None,
    "java&#10;script:alert(1)": None,
    "&#1;javascript:alert(1)": None,
    "data:text/html,x": None,
    "vbscript:x": None,
    "file:///etc/passwd": None,
    "ftp://journals.example/x": None,
    "mailto:someone@journals.example": None,
    "blob:https://journals.example/x": None,
    "https:///x": None,
    "http://[": None,
    "/web/20200101000000/javascript:alert(1)": None,
    "https://journals.example/" + "x" * 5_000: None,
}


@for_each(("href", "url"), LINKS.items(), ids=[href[:40] for href in LINKS])
def test_only_links_of_the_web_are_links(href, url):
    page = everyday().replace('<h1><a href="https://doi.org/10.5555/jhe.2019.204"', f'<h1><a href="{href}"')
    record = parse(page.replace('href="/details/990000100/news"', f'href="{href}"'))
    assert record.publisher_url == url
    assert record.mentions[0].url == url
    refused = [item for item in record.unread if item.part in {"header", "mentions"}]
    assert [item.part for item in refused] == ([] if url else ["mentions", "header"])


LONG = "x" * (MAX_TEXT + 5)
PLACES = {
    "title": (("Hedges beside playgrounds: shade, birds and the sound of play", LONG),),
    "source": (("Journal of Hedgerow Ecology", LONG),),
    "abstract": (("Forty playgrounds", LONG),),
    "authors_text": (("Ines Fernhill", LONG),),
    "demographics.mendeley.countries.name": (("<td>Unknown", f"<td>{LONG}"),),
    "mentions.unit": (("Facebook page", LONG),),
    "output_type": (("for article", f"for {LONG}"),),
}


@pytest.mark.slow
@for_each(("path", "changes"), PLACES.items(), ids=[*PLACES])
def test_a_text_beyond_the_limit_is_cut_and_reported(path, changes):
    page = everyday()
    for change in changes:
        page = page.replace(*change)
    record = parse(page)
    texts = [text for at, text in texts_of(record.to_dict()) if at == path and len(text) > 1_000]
    assert {len(text) for text in texts} == {MAX_TEXT}
    assert all(text.endswith(f"x{CUT}") for text in texts)
    before, after = map(int, shortened(record)[path])
    assert (before >= len(LONG), after) == (True, MAX_TEXT)


def test_a_text_within_the_limit_is_not_cut():
    record = parse(everyday().replace("Forty playgrounds", "x" * (MAX_TEXT - 1_000)))
    assert shortened(record) == {}
    assert CUT not in record.abstract


def rows_of_unknown_labels(count):
    row = f"<tr><th>Mood</th><td>{'€' * 500}</td></tr>"
    return insert_before(everyday(), "<tr><th>Title</th>", row * count)


def test_an_unread_text_says_that_it_is_cut():
    (item,) = parse(rows_of_unknown_labels(1)).unread
    assert item.text.endswith(f"€{CUT}")
    assert len(item.text) == 500


def sheet_of_many(**fields):
    """Return the record of a sheet with more content than a page may have."""
    page = prepare(everyday())
    sheet = read(page)
    for name, value in fields.items():
        setattr(sheet, name, value)
    return limit(make_record(sheet, page))


@pytest.mark.slow
def test_unread_texts_are_left_out_first_if_a_record_is_too_long():
    record = sheet_of_many(leftovers=[("details", f"{number} {'€' * 490}") for number in range(9_000)])
    assert MAX_RECORD_BYTES * 0.9 < len(record.to_json()) <= MAX_RECORD_BYTES
    assert record.unread[0].text.startswith("0 €")
    assert shortened(record) == {"unread": ["9000", str(len(record.unread))]}
    assert record.title == parse(everyday()).title


@pytest.mark.slow
@pytest.mark.parametrize(
    "fields",
    [
        {"notices": ["€" * MAX_TEXT] * 50},
        {"notices": ['"' * MAX_TEXT] * 50, "leftovers": [("details", "x" * 500)] * 9_000},
        {"bullets": [f"In the top 5% of all research outputs scored by Altmetric {'€' * 20_000}"] * 200},
    ],
    ids=["notices", "quotes", "bullets"],
)
def test_a_record_is_at_most_a_line_of_the_limit(fields):
    record = sheet_of_many(**fields)
    assert len(record.to_json()) <= MAX_RECORD_BYTES
    assert {"unread"} & {*shortened(record)} == ({"unread"} if "leftovers" in fields else set())
    assert {"notices", "highlights", "highlights.text"} & {*shortened(record)}
    assert record.doi == "10.5555/jhe.2019.204"
    assert json.loads(record.to_json()) == record.to_dict()


@pytest.mark.slow
def test_many_short_names_are_cut_and_reported():
    page = everyday().replace("Ines Fernhill, Søren Lindqvist, Wei Nakagawa-Lund", "A b; " * (MAX_TEXT + 10))
    record = parse(page)
    assert len(record.authors) == MAX_TEXT
    assert set(shortened(record)) == {"authors", "authors_text"}
    assert len(record.to_json()) <= MAX_RECORD_BYTES
