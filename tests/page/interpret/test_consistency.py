"""The checks of consistency: each inconsistency with its code, its place and its two values."""

import pytest
from tests.page.material import edit, everyday, fields_of
from tests.support.cases import for_each

from altdetails.page import parse

PAGE = "https://www.altmetric.com/details/990000100"
CONTRADICTIONS = {
    "score_of_badge_and_sentence": ([("score=18", "score=19")], None, ["19", "18"]),
    "total_of_box_and_paragraph all": (
        [("of 22,010,655 outputs", "of 22,010,656 outputs")],
        "all",
        ["22010656", "22010655"],
    ),
    "total_of_box_and_paragraph source": ([("of 577 outputs", "of 578 outputs")], "source", ["578", "577"]),
    "total_of_box_and_paragraph age": (
        [("of 340,116 outputs", "of 340,117 outputs")],
        "similar_age",
        ["340117", "340116"],
    ),
    "total_of_box_and_paragraph both": ([("of 23 outputs", "of 24 outputs")], "similar_age_and_source", ["24", "23"]),
    "rank_above_total": ([("#88<", "#578<")], "source", ["578", "577"]),
    "highlight_top_and_ranking_percentile": (
        [("in the 86th percentile", "in the 74th percentile")],
        "all",
        ["25", "74"],
    ),
    "highlight_and_ranking_percentile age": ([("(88th percentile", "(87th percentile")], "similar_age", ["87", "88"]),
    "highlight_and_ranking_percentile both": (
        [("(70th percentile", "(69th percentile")],
        "similar_age_and_source",
        ["69", "70"],
    ),
    "rank_of_highest_scoring": (
        [
            (
                "Good Attention Score compared to outputs of the same age and source (70th percentile)",
                "One of the highest-scoring outputs from this source (#88 of 577)",
            )
        ],
        "source",
        ["10", "88"],
    ),
    "highlight_and_ranking_rank": (
        [
            (
                "Good Attention Score compared to outputs of the same age and source (70th percentile)",
                "Among the highest-scoring outputs from this source (#87 of 577)",
            )
        ],
        "source",
        ["87", "88"],
    ),
    "highlight_and_ranking_total": (
        [
            (
                "Good Attention Score compared to outputs of the same age and source (70th percentile)",
                "Among the highest-scoring outputs from this source (#88 of 576)",
            )
        ],
        "source",
        ["576", "577"],
    ),
    "count_and_demographics_total x": (
        [("profiles of <strong>14<", "profiles of <strong>15<")],
        "twitter",
        ["14", "15"],
    ),
    "count_and_demographics_total mendeley": (
        [("statistics for <strong>73<", "statistics for <strong>74<")],
        "mendeley",
        ["73", "74"],
    ),
    "table_sum_above_total x countries": (
        [('<td>Unknown</td>\n<td class="num">10</td>', '<td>Unknown</td>\n<td class="num">11</td>')],
        "twitter.countries",
        ["15", "14"],
    ),
    "table_sum_above_total x types": (
        [('<td>Scientists</td>\n<td class="num">2</td>', '<td>Scientists</td>\n<td class="num">3</td>')],
        "twitter.types",
        ["15", "14"],
    ),
    "table_sum_above_total countries": (
        [('<td>Unknown</td>\n<td class="num">72</td>', '<td>Unknown</td>\n<td class="num">73</td>')],
        "mendeley.countries",
        ["74", "73"],
    ),
    "table_sum_above_total statuses": (
        [('<td>Researcher</td>\n<td class="num">12</td>', '<td>Researcher</td>\n<td class="num">13</td>')],
        "mendeley.statuses",
        ["74", "73"],
    ),
    "table_sum_above_total disciplines": (
        [('<td>Psychology</td>\n<td class="num">6</td>', '<td>Psychology</td>\n<td class="num">7</td>')],
        "mendeley.disciplines",
        ["74", "73"],
    ),
}


@for_each("name", CONTRADICTIONS)
def test_a_contradiction_gives_one_inconsistency_with_both_values(name):
    changes, where, values = CONTRADICTIONS[name]
    inconsistencies = fields_of(edit(everyday(), *changes))["inconsistencies"]
    assert inconsistencies == [{"code": name.partition(" ")[0], "where": where, "values": values}]


@for_each("letters", ["Ã©", "â€", "Ð¹", "Â°", "\ufffd"])
@for_each(("place", "field"), [("Hedges beside playgrounds", "title"), ("Ines Fernhill", "authors_text")])
def test_letters_that_were_misread_or_lost_before_the_page_was_saved_are_named(place, field, letters):
    changed = everyday().replace(place, f"Anna {letters} {place}")
    assert fields_of(changed)["inconsistencies"] == [{"code": "misread_letters", "where": field, "values": [letters]}]


def test_half_of_a_misread_letter_is_named_on_a_page_with_other_letters():
    record = fields_of(everyday(title="Light â\x80\x93 health © 清"))
    assert record["title"] == "Light â\ufffd health © 清"
    assert [item["code"] for item in record["inconsistencies"]] == ["misread_letters"]


@for_each("title", ["MANHÃ – ÂNGELA «ESPAÑA»", "Über naïve Ð and ñ", "“CAFÉ”"])
def test_letters_of_other_languages_are_not_misread(title):
    assert fields_of(everyday(title=title))["inconsistencies"] == []


def test_a_consistent_page_has_no_inconsistencies():
    assert fields_of(everyday(), url=PAGE)["inconsistencies"] == []


@for_each(
    ("url", "expected"),
    [
        ("https://www.altmetric.com/details/5", [("altmetric_id_mismatch", ["5", "990000100"])]),
        ("https://www.altmetric.com/details/5/news/page:2?src=x", [("altmetric_id_mismatch", ["5", "990000100"])]),
        ("https://www.altmetric.com/details.php?citation_id=5", [("altmetric_id_mismatch", ["5", "990000100"])]),
        (
            "https://www.altmetric.com/details/doi/10.5555/other",
            [("doi_mismatch", ["10.5555/other", "10.5555/jhe.2019.204"])],
        ),
        (
            "https://www.altmetric.com/details.php?doi=10.5555/OTHER",
            [("doi_mismatch", ["10.5555/other", "10.5555/jhe.2019.204"])],
        ),
        ("https://www.altmetric.com/details/doi/10.5555/JHE.2019.204", []),
        (PAGE, []),
        (f"{PAGE}/twitter", []),
        ("https://bmc.altmetric.com/details/990000100?src=x#score", []),
        ("https://example.org/details/5", []),
        ("no address", []),
        ("", []),
    ],
)
def test_a_page_that_differs_from_the_request_is_an_inconsistency(url, expected):
    record = parse(everyday(), url=url)
    assert [(inconsistency.code, inconsistency.values) for inconsistency in record.inconsistencies] == expected
    assert record.altmetric_id == 990000100


def test_a_percentile_at_the_edge_of_the_top_is_consistent():
    assert fields_of(edit(everyday(), ("in the 86th percentile", "in the 75th percentile")))["inconsistencies"] == []


def test_missing_numbers_are_consistent():
    html = everyday(bullets=None, mentions=None, readers=None, ranks=None)
    assert fields_of(html)["inconsistencies"] == []


def test_a_table_below_its_total_is_consistent():
    html = edit(everyday(), ('<td>Unknown</td>\n<td class="num">72</td>', '<td>Unknown</td>\n<td class="num">1</td>'))
    assert fields_of(html)["inconsistencies"] == []


@pytest.mark.parametrize("rank", [1, 10])
def test_one_of_the_highest_scoring_is_right_up_to_rank_10(rank):
    bullet = f"One of the highest-scoring outputs from this source (#{rank} of 577)"
    changes = [("Good Attention Score compared to outputs of the same age and source (70th percentile)", bullet)]
    assert fields_of(edit(everyday(), *changes, ("#88<", f"#{rank}<")))["inconsistencies"] == []
