"""Records of pages, of the API and of exports are compared by what both have, and only if it means the same."""

import json
from pathlib import Path

from tests.support.cases import for_each

from altdetails import diff, export, parse, parse_file, report, to_arrow

SAMPLES = Path(__file__).parents[2] / "samples"
PAGE = parse_file(SAMPLES / "article-2023.html")
NAMES = {
    "news": "msm", "blogs": "feeds", "policy": "policies", "twitter": "tweeters", "patent": "patents",
    "peer_reviews": "peer_review_sites", "facebook": "fbwalls", "wikipedia": "wikipedia", "reddit": "rdts",
    "video": "videos",
}  # fmt: skip
SCOPES = {"all": "all", "source": "journal", "similar_age": "similar_age_3m"}
SCOPES["similar_age_and_source"] = "similar_age_journal_3m"


def counts(**values):
    """Return the record of an answer about the output of the page."""
    answer = {
        "altmetric_id": PAGE.altmetric_id, "title": PAGE.title, "doi": PAGE.doi, "pmid": PAGE.pmid,
        "journal": PAGE.source, "score": 640.25, "readers": {"mendeley": str(PAGE.count("mendeley"))},
        **{f"cited_by_{NAMES[count.source]}_count": count.count for count in PAGE.mentions},
        "context": {
            SCOPES[ranking.scope]: {
                "rank": ranking.rank, "count": ranking.total, "mean": (ranking.mean_score or 7) + 0.04999,
                "pct": ranking.percentile or ranking.higher_than_percent, "higher_than": 1,
            }
            for ranking in PAGE.rankings
        },
    }  # fmt: skip
    return parse(json.dumps(answer | values))


def fetched(**users):
    counts = {source: {"unique_users_count": count, "posts_count": count} for source, count in users.items()}
    return parse(json.dumps({"altmetric_id": PAGE.altmetric_id, "citation": {"doi": PAGE.doi}, "counts": counts}))


def exported(**columns):
    head = ["Altmetric Attention Score", "DOI", "Details Page URL", *columns]
    row = [str(PAGE.score), PAGE.doi, PAGE.url, *map(str, columns.values())]
    return parse(f"{','.join(head)}\n{','.join(row)}\n")


def changes(old, new):
    return [(measure.field, measure.old, measure.new) for change in diff([old], [new]) for measure in change.measures]


@for_each(
    "other",
    [
        counts(), counts(readers=None, context=None), exported(), exported(**{"News mentions": 3, "X mentions": 999}),
        exported(**{"Number of Dimensions citations": PAGE.count("dimensions")}),
        fetched(**{count.source: count.count for count in PAGE.mentions}),
    ],
)  # fmt: skip
def test_what_one_of_them_does_not_have_is_no_change(other):
    assert changes(PAGE, other) == changes(other, PAGE) == []
    assert [change.change for change in diff([PAGE], [other])] == ["same"]


def test_what_both_have_is_compared():
    other = counts(score=700, cited_by_msm_count=65, cited_by_patents_count=None, readers={"mendeley": 190})
    assert changes(PAGE, other) == [
        ("score", 641, 700), ("mentions.news", 64, 65), ("mentions.patent", 1, None), ("readers.mendeley", 187, 190),
    ]  # fmt: skip


def test_a_mean_is_compared_as_exactly_as_the_page_shows_it():
    context = {"journal": {"mean": 99, "count": 1204, "rank": 3}}
    old = next(ranking.mean_score for ranking in PAGE.rankings if ranking.scope == "source")
    assert changes(PAGE, counts(context=context)) == [("rankings.source.mean_score", old, 99.0)]


def test_two_answers_of_different_shape_are_compared_by_what_both_have():
    assert changes(counts(), fetched(news=64)) == [
        (f"mentions.{count.source}", count.count, None) for count in PAGE.mentions if count.source != "news"
    ]


def test_both_are_rows_of_one_table_with_one_output():
    records = [PAGE, counts(), exported(**{"X mentions": 3})]
    table = to_arrow(records, table="records")
    assert len(set(table["record_key"].to_pylist())) == 3
    assert len(set(table["output_key"].to_pylist())) == 1
    assert table["score_exact"].to_pylist() == [None, 640.25, None]
    assert table["provenance_format"].to_pylist() == ["html", "json", "csv"]


def test_both_are_in_an_export_and_in_a_report(tmp_path):
    records = [PAGE, counts(doi="10.5555/other", altmetric_id=990000099), exported()]
    for name in ("records.csv", "records.xlsx", "records.parquet"):
        export(records, tmp_path / name)
    report(records, tmp_path / "report.html")
    rows = (tmp_path / "records.csv").read_text("utf-8-sig").splitlines()
    assert any("640.25" in row and ",json," in row for row in rows)
