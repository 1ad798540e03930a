"""The HTML of a report: what it may load, hostile texts, its size and its words."""

import base64
import hashlib
import json
import re
from pathlib import Path

import pytest
from tests.reporting.material import HOSTILE, hostile_records, page_of_records, record_of, tree_of, two_snapshots
from tests.support.records import generated

from altdetails import Record, report
from altdetails.exporting.outcome_rows import PENDING
from altdetails.reporting.page import CODES, UNREAD_PARTS, environment, group_of
from altdetails.results import STATUSES

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted((ROOT / "src" / "altdetails" / "reporting" / "templates").iterdir())


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    records = [*hostile_records()]
    folder = tmp_path_factory.mktemp("hostile")
    return page_of_records(records, folder, since=records, title=" ".join(HOSTILE))


def digest(text):
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def test_only_the_style_and_the_scripts_of_the_page_may_run(hostile):
    tree = tree_of(hostile)
    (policy,) = tree.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    (style,), (early, script) = (
        re.findall(f"<{name}>(.*?)</{name}>", hostile, re.DOTALL) for name in ("style", "script")
    )
    assert policy == (
        f"default-src 'none'; style-src '{digest(style)}'; script-src '{digest(early)}' '{digest(script)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    assert (len(tree.cssselect("script")), len(tree.cssselect("style"))) == (2, 1)


def test_no_element_has_a_handler_or_a_style(hostile):
    names = {name for element in tree_of(hostile).iter("*") for name in element.attrib}
    assert [name for name in names if name.startswith("on") or name == "style"] == []


def test_links_lead_to_doi_org_and_to_details_pages_only(hostile):
    links = set(tree_of(hostile).xpath("//@href | //@src"))
    assert {re.match(r"https://[a-z.]+/|#|data:,", link)[0] for link in links} == {
        *("https://doi.org/", "https://www.altmetric.com/", "#", "data:,")
    }
    assert not [link for link in links if re.search(r"[\s\"'<>{}]", link)]


def test_hostile_texts_are_shown_as_text(hostile):
    titles = {item.text for item in tree_of(hostile).cssselect("#table th bdi")}
    assert {text for text in HOSTILE if "\u202e" not in text} <= titles
    assert " gnp.exe " in titles
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x00-\x08]", hostile)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_turns_off_the_escaping(path):
    text = path.read_text("utf-8")
    assert not re.search(r"\|\s*safe|autoescape|\bstyle=|\bon[a-z]+=|innerHTML|eval\(", text)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_judges_outputs_or_uses_words_of_a_badge(path):
    assert not re.search(r"\b(impact|quality|donut)\b", path.read_text("utf-8"), re.IGNORECASE)


def test_a_missing_value_in_a_template_is_an_error():
    with pytest.raises(Exception, match="'missing' is undefined"):
        environment().from_string("{{ missing }}").render()


@pytest.mark.slow
def test_a_report_has_at_most_110_kb_and_750_bytes_a_row(tmp_path):
    new, old = ([Record.from_json(line) for line in lines] for lines in two_snapshots(generated(300)))
    report(new, tmp_path / "report.html", since=old)
    assert (tmp_path / "report.html").stat().st_size <= 110_000 + 750 * 300
    report([], tmp_path / "report.html")
    assert (tmp_path / "report.html").stat().st_size <= 110_000


def test_a_report_credits_the_data_and_is_not_for_search_engines(hostile):
    assert hostile.count("Data: Altmetric.com") >= 3
    assert '<meta name="robots" content="noindex">' in hostile
    assert "Altmetric restricts redistribution of its data" in hostile


def test_every_code_and_part_that_the_docs_list_has_words():
    text = (ROOT / "docs" / "record.md").read_text("utf-8")
    listed = text[text.index("## Inconsistency") : text.index("## Provenance")]
    names = set(re.findall(r"`(\w+)`", " ".join(re.findall(r"^- (`.*?):", listed, re.MULTILINE))))
    assert names | {"header"} == set(CODES) | set(UNREAD_PARTS)


@pytest.mark.parametrize("outcome", [*STATUSES, PENDING])
def test_every_outcome_is_in_a_group(outcome):
    assert group_of(outcome)


def test_old_years_are_lumped(tmp_path):
    records = [
        record_of(
            altmetric_id=990000001 + year,
            score=year,
            published={"text": None, "year": year, "month": None, "day": None},
        )
        for year in range(1990, 2020)
    ]
    tree = tree_of(page_of_records(records, tmp_path))
    years = tree.cssselect("table.years tr:last-child th[scope=col]")
    assert [year.text for year in years][:2] == ["≤ 2002", "2003"]
    assert len(years) == 18
    assert tree.cssselect("table.years tr")[3][1].text == "13"


class TestScoresOverTime:
    """Dots at the days of captures, and nothing between them."""

    @staticmethod
    def captured(day, score, doi="10.5555/a"):
        record = json.loads(record_of(doi=doi, score=score, title="A title").to_json())
        record["provenance"] |= {"captured_at": f"{day}T00:00:00Z"}
        return Record.from_json(json.dumps(record).encode())

    def test_a_dot_for_each_capture(self, tmp_path):
        records = [self.captured("2016-01-01", 10), self.captured("2019-12-31", 40), self.captured("2018-01-01", 20)]
        tree = tree_of(page_of_records(records, tmp_path))
        (line,) = tree.cssselect("#over-time tbody tr")
        dots = [(float(dot.get("cx")[:-1]), float(dot.get("cy")[:-1])) for dot in line.cssselect("circle")]
        assert dots == [(0.0, 70.0), (50.0, 50.0), (pytest.approx(99.9, abs=0.1), 10.0)]
        assert [cell.text for cell in line.cssselect("td.n")] == ["10", "40"]
        assert line.cssselect("svg")[0].get("aria-label") == "1 Jan 2016: 10; 1 Jan 2018: 20; 31 Dec 2019: 40"
        assert [text.text for text in tree.cssselect("#over-time thead text")] == ["2016", "2017", "2018", "2019"]

    def test_a_capture_without_a_score_has_no_dot(self, tmp_path):
        records = [self.captured("2016-01-01", 10), self.captured("2017-01-01", None), self.captured("2018-01-01", 20)]
        tree = tree_of(page_of_records(records, tmp_path))
        assert len(tree.cssselect("#over-time circle")) == 2

    def test_records_to_compare_with_have_dots_too(self, tmp_path):
        since = [self.captured("2014-01-01", 5), self.captured("2015-01-01", 7)]
        tree = tree_of(page_of_records([self.captured("2016-01-01", 10)], tmp_path, since=since))
        assert len(tree.cssselect("#over-time circle")) == 3

    def test_without_several_captures_there_is_no_section(self, tmp_path):
        records = [
            self.captured("2016-01-01", 10),
            self.captured("2016-01-01", 10),
            self.captured("2016-01-01", 4, "10.5555/b"),
        ]
        assert not tree_of(page_of_records(records, tmp_path)).cssselect("#over-time")

    def test_at_most_100_outputs_are_drawn(self, tmp_path):
        records = [
            self.captured(day, number, f"10.5555/{number}")
            for number in range(101)
            for day in ("2016-01-01", "2017-01-01")
        ]
        tree = tree_of(page_of_records(records, tmp_path))
        assert len(tree.cssselect("#over-time tbody tr")) == 100
        assert "The 100 highest scores of 101 outputs" in tree.cssselect("#over-time .notes")[0].text_content()
