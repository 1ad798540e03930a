"""The section Attention Score in Context: four scopes, all forms of verdicts, boxes and paragraphs."""

import re
from pathlib import Path

import pytest
from samples.generator.edges import EVERYDAY
from samples.generator.layouts import layout_d
from samples.generator.model import Rank, Verdict
from tests.page.material import edit, everyday, everyday_text, facts_of, fields_of
from tests.support.cases import for_each

VERDICT = "This one has done well, scoring higher than 84% of its peers."
SOURCE = EVERYDAY.source
PROSE = Path(__file__).parents[3] / "samples" / "prose-only.html"


def source_ranking(verdict):
    record = fields_of(edit(everyday(bullets=None), (VERDICT, verdict)))
    ranking = next(ranking for ranking in record["rankings"] if ranking["scope"] == "source")
    numbers = {key: value for key, value in ranking.items() if key.startswith(("percentile", "top", "higher"))}
    return {key: value for key, value in numbers.items() if value is not None}, record["unread"]


@for_each(
    ("verdict", "numbers"),
    [
        ("This one has done well, scoring higher than 84% of its peers.", {"higher_than_percent": 84}),
        ("This one has done particularly well, scoring higher than 99% of its peers.", {"higher_than_percent": 99}),
        (
            "This one has gotten more attention than average, scoring higher than 71% of its peers.",
            {"higher_than_percent": 71},
        ),
        ("This one has scored higher than 3 of them.", {"higher_than_count": 3}),
        ("This one has scored higher than 1,003 of them.", {"higher_than_count": 1003}),
        (
            "This one is in the 26th percentile – i.e., 26% of its peers scored the same or lower than it.",
            {"percentile": 26},
        ),
        (
            "This one is in the 1st percentile - i.e., 1% of its peers scored the same or lower than it.",
            {"percentile": 1},
        ),
        (
            "Compared to these this one has done well and is in the 85th percentile: it's in the top 25% of them.",
            {"percentile": 85, "top_percent": 25},
        ),
        ("This one has received more attention than most of these and is in the 62nd percentile.", {"percentile": 62}),
        ("This one is in the 43rd percentile.", {"percentile": 43}),
        ("This one is in the 0th percentile.", {"percentile": 0}),
        ("This one is in the 100th percentile.", {"percentile": 100}),
    ],
)
def test_all_forms_of_verdicts_are_read(verdict, numbers):
    assert source_ranking(verdict) == (numbers, [])


@for_each(
    "verdict",
    [
        "This one has done its best.",
        "This one has done well, scoring higher than 84.5% of its peers.",
        "This one has done well, scoring higher than most of its peers.",
        "This one has scored higher than 1.5k of them.",
        "This one is in the 85 percentile.",
    ],
)
def test_the_paragraph_of_a_verdict_of_an_unknown_form_is_unread(verdict):
    numbers, unread = source_ranking(verdict)
    assert numbers == {}
    assert [item["part"] for item in unread] == ["context"]
    assert unread[0]["text"].endswith(verdict) or len(unread[0]["text"]) >= 100


@for_each(
    ("text", "replacement"),
    [
        ("We're also able to compare this", "We are also able to compare this"),
        ("has tracked 577 research", "has tracked 5.77 research"),
    ],
)
def test_a_paragraph_of_an_unknown_form_is_unread(text, replacement):
    record = fields_of(edit(PROSE.read_text("utf-8"), (text, replacement)))
    assert [item["part"] for item in record["unread"]] == ["context"]


@pytest.mark.parametrize(
    "verdict",
    ["This one is in the 850th percentile.", "This one has done well, scoring higher than 400% of its peers."],
)
def test_an_impossible_percent_is_null(verdict):
    assert source_ranking(verdict)[0] == {}


@for_each(
    ("sentence", "mean"),
    [
        ("They receive a mean Attention Score of 2.8.", 2.8),
        ("They typically receive more attention than average, with a mean Attention Score of 8.9.", 8.9),
        ("They typically receive a little more attention than average, with a mean Attention Score of 6.5.", 6.5),
        ("They typically receive a lot more attention than average, with a mean Attention Score of 1,036.2.", 1036.2),
        ("They receive a mean Attention Score of 12.", 12.0),
        ("They receive a mean Attention Score of 0.0.", 0.0),
        ("They receive a mean Attention Score of about 12.", None),
        ("They receive a mean Attention Score of 12k.", None),
        ("They receive attention.", None),
    ],
)
def test_the_mean_is_read_with_its_decimal_point_and_without_the_full_stop(sentence, mean):
    old = "They typically receive more attention than average, with a mean Attention Score of 8.4."
    rankings = fields_of(edit(everyday(), (old, sentence)))["rankings"]
    (ranking,) = [ranking for ranking in rankings if ranking["scope"] == "source"]
    assert ranking["mean_score"] == mean


@for_each("scopes", [("all",), ("source",), ("similar_age",), ("similar_age_and_source",), ("all", "similar_age")])
@for_each("with_boxes", [True, False])
def test_a_scope_can_appear_without_the_other_scopes(scopes, with_boxes):
    ranks = tuple(
        Rank(rank.scope, rank.rank if with_boxes else None, rank.total, rank.verdict, rank.typical, rank.mean)
        for rank in EVERYDAY.ranks
        if rank.scope in scopes
    )
    changes = {"ranks": ranks, "bullets": None}
    assert fields_of(everyday(**changes))["rankings"] == facts_of(**changes)["rankings"]
    if with_boxes:
        assert fields_of(everyday_text(**changes))["rankings"] == facts_of(**changes)["rankings"]


def test_a_block_without_its_paragraph_gives_rank_and_total():
    html = edit(
        everyday(bullets=None),
        (VERDICT, ""),
        ("So far Altmetric has tracked 577 research outputs from this source.", ""),
    )
    html = edit(html, ("They typically receive more attention than average, with a mean Attention Score of 8.4.", ""))
    ranking = fields_of(html)["rankings"][1]
    assert (ranking["scope"], ranking["source"], ranking["rank"], ranking["total"]) == ("source", SOURCE, 88, 577)
    assert (ranking["text"], ranking["mean_score"], ranking["higher_than_percent"]) == (None, None, None)


@for_each("source", ["Moss, Fern & Art", "Outputs", "Proceedings (Online), 2019", "All research outputs"])
def test_the_source_of_a_block_is_read_from_its_label(source):
    rankings = fields_of(layout_d(EVERYDAY).replace(SOURCE, source))["rankings"]
    assert [ranking["source"] for ranking in rankings] == [None, source, None, source]


def test_a_rank_and_a_total_with_and_without_commas_are_the_same():
    plain = edit(everyday(), ("#2,899,204", "#2899204"), ("of 22,010,655 outputs", "of 22010655 outputs"))
    assert fields_of(plain)["rankings"] == facts_of()["rankings"]


@for_each("rank", ["#2.899.204", "#2 899 204", "#2,89", "#1.5k", "2,899,204", "#", "#12,34"])
def test_a_rank_that_is_not_a_whole_number_is_null(rank):
    assert fields_of(edit(everyday(), ("#2,899,204", rank)))["rankings"][0]["rank"] is None


@pytest.mark.parametrize("gap", [" ", "   ", "\t"], ids=["a space", "spaces", "a tab"])
def test_a_block_on_one_line_is_a_block(gap):
    text, changed = re.subn(r"\n(#[\d,]+)\n(of [\d,]+ outputs)", rf"{gap}\1{gap}\2", everyday_text())
    assert changed == 4
    assert fields_of(text)["rankings"] == facts_of()["rankings"]


def test_a_page_without_the_section_has_no_rankings():
    record = fields_of(everyday(ranks=None, bullets=None))
    assert record["rankings"] is None
    assert "context" not in record["sections"]


def test_a_sentence_about_a_small_group_gives_a_count_not_a_percent():
    ranks = (Rank("similar_age_and_source", 6, 9, Verdict("count", 3)),)
    (ranking,) = fields_of(everyday(ranks=ranks, bullets=None))["rankings"]
    assert (ranking["higher_than_count"], ranking["higher_than_percent"]) == (3, None)


@pytest.mark.parametrize("dash", ["–", "-", "—"])
def test_paragraphs_joined_by_a_tool_are_split(dash):
    text = layout_d(EVERYDAY)
    *rest, first, second, third, fourth = text.split("\n")
    joined = "\n".join([*rest, f"{first} {second} {third} {fourth}".replace("–", dash)])
    assert fields_of(joined)["rankings"] == fields_of(text)["rankings"]
