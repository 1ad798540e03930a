"""`report()`: its arguments, what counts, coverage of run folders, and the file."""

import shutil

import msgspec
import pytest
from tests.exporting.runs import missing, scraped, tracked
from tests.reporting.material import counts, page_of_records, record_of, rows_of, tree_of, words_of
from tests.support.records import fetched, generated, samples, written

from altdetails import ExportError, InputError, Ranking, Record, SettingsError, report, scrape
from altdetails.records.files import RecordSource
from altdetails.reporting.making import figures_of


def figures(records, old=None, **options):
    return figures_of(RecordSource(records), None if old is None else RecordSource(old), **options)


def part(records, name):
    return figures(records).parts[name]


def test_zero_empty_and_not_shown_are_three_things():
    records = [
        record_of(altmetric_id=990000001, mentions=None, score=None),
        record_of(altmetric_id=990000002, mentions=[], score=0),
        record_of(altmetric_id=990000003, mentions=counts(news=0), score=0),
        record_of(altmetric_id=990000004, mentions=counts(news=4), score=8),
    ]
    assert part(records, "mentions") == [1, 2, 1]
    assert part(records, "score") == [1, 2, 1]
    done = figures(records)
    assert (done.mentions.sum, done.mentions.pages) == (4, 3)
    assert done.scores.values == [0, 0, 8]
    assert done.scores.quartile(2) == 0
    assert done.sources["news"].pages == 1


@pytest.mark.parametrize(
    ("scores", "quartiles"),
    [
        ([], (None, None, None)),
        ([5], (5, 5, 5)),
        ([1, 2], (1.25, 1.5, 1.75)),
        ([4, 1, 3, 2], (1.75, 2.5, 3.25)),
        ([9, 1, 5], (3, 5, 7)),
    ],
)
def test_quartiles_are_interpolated(scores, quartiles):
    records = [record_of(altmetric_id=990000001 + number, score=score) for number, score in enumerate(scores)]
    assert tuple(figures(records).scores.quartile(number) for number in (1, 2, 3)) == quartiles


def test_only_the_newest_snapshot_counts_wherever_it_is_read():
    line = generated(1)[0]
    lines = [fetched(line, f"2026-0{month}-01T00:00:00Z", score=month) for month in (2, 3, 1)]
    done = figures([Record.from_json(line) for line in lines])
    assert (done.outputs, done.superseded, done.scores.values) == (1, 2, [3])
    assert done.days == ["2026-03-01", "2026-03-01"]


def test_pages_without_identifiers_count_once_for_each_content():
    page, other = (record_of(score=score) for score in (1, 2))
    other = msgspec.structs.replace(other, provenance=msgspec.structs.replace(other.provenance, sha256="b" * 64))
    assert sorted(figures([page, page, other]).scores.values) == [1, 2]


def test_a_source_that_a_page_lists_twice_with_different_counts_is_in_no_sum():
    twice = [*counts(news=3), *counts(news=5), *counts(blogs=1)]
    done = figures([record_of(altmetric_id=990000001, mentions=twice)])
    assert done.mentions.sum == 1
    assert set(done.sources) == {"blogs"}


@pytest.mark.parametrize(
    ("old", "new", "rise", "first"),
    [
        (counts(news=3), counts(news=5), 2, 0),
        (counts(news=3), counts(news=5, blogs=2), 2, 2),
        (None, counts(news=5), 0, 0),
        ([], counts(news=5), 0, 5),
        (counts(news=3), None, 0, 0),
        (counts(news=3), [], 0, 0),
        (counts(news=5), counts(news=3), -2, 0),
    ],
)
def test_a_difference_needs_two_numbers(old, new, rise, first):
    done = figures([record_of(altmetric_id=990000001, mentions=new)], [record_of(altmetric_id=990000001, mentions=old)])
    assert done.mentions.rise == rise
    assert sum(change.first for change in done.source_changes.values()) == first


@pytest.mark.parametrize(
    ("old", "new", "trend"),
    [(1, 2, "rose"), (2, 1, "fell"), (2, 2, "same"), (None, 2, "unknown"), (2, None, "unknown")],
)
def test_the_trend_of_a_score(old, new, trend):
    done = figures([record_of(altmetric_id=990000001, score=new)], [record_of(altmetric_id=990000001, score=old)])
    assert dict(done.trends) == {trend: 1}
    assert len(done.rises) == (trend == "rose")


def test_outputs_are_new_or_gone():
    done = figures([record_of(altmetric_id=990000001, score=3)], [record_of(altmetric_id=990000002, score=3)])
    assert dict(done.trends) == {"new": 1}
    assert done.gone.total() == 1


@pytest.mark.parametrize(
    ("ranking", "column", "top"),
    [
        ({"percentile": 85}, [8, 0], True),
        ({"higher_than_percent": 74}, [7, 1], False),
        ({"percentile": 100}, [9, 0], True),
        ({"percentile": 0}, [0, 0], False),
        ({"percentile": 75}, [7, 0], True),
    ],
)
def test_percentiles_of_outputs_of_similar_age(ranking, column, top):
    empty = dict.fromkeys(Ranking.__struct_fields__)
    rankings = [{**empty, "scope": "all", "percentile": 3}, {**empty, "scope": "similar_age", **ranking}]
    done = figures([record_of(altmetric_id=990000001, rankings=rankings)])
    place, form = column
    assert done.percentile_columns[place][form] == 1
    assert sum(map(sum, done.percentile_columns)) == 1
    assert done.top_quarter == top


def test_the_table_has_the_highest_scores_and_says_so(tmp_path):
    records = [record_of(altmetric_id=990000001 + score, score=score, doi=f"10.5555/{score}") for score in range(9)]
    page = tree_of(page_of_records(records, tmp_path, top=3))
    assert [words_of(row[2]) for row in page.cssselect("#table tbody tr")] == ["8", "7", "6"]
    assert "the 3 outputs with the highest scores, of 9" in words_of(page.cssselect("#outputs")[0])
    assert "At least half of the 9 outputs" in words_of(page.cssselect(".lead")[0])


def test_outputs_without_a_score_come_last(tmp_path):
    records = [record_of(altmetric_id=990000001 + place, score=score) for place, score in enumerate((None, 0, 7))]
    page = tree_of(page_of_records(records, tmp_path))
    assert [words_of(row[2]) for row in page.cssselect("#table tbody tr")] == ["7", "0", "not shown"]


@pytest.mark.parametrize(
    "records",
    [[], [record_of()], [record_of(altmetric_id=990000001), record_of(altmetric_id=990000002)]],
    ids=["none", "one", "all null"],
)
def test_a_report_without_numbers_says_so(records, tmp_path):
    page = tree_of(page_of_records(records, tmp_path))
    lead = words_of(page.cssselect(".lead")[0])
    assert (
        "No page shows its Altmetric Attention Score. No page shows who mentions it." if records else "no records"
    ) in lead
    (missing,) = rows_of(page, "Mentions, and outputs with a mention, by source")
    assert missing[-1] == str(len(records))
    assert "None" not in page.text_content()


def test_unknown_mentions_of_a_journal_are_not_zero(tmp_path):
    pages = {"Shown": [counts(news=4), None], "None": [[], None], "Unknown": [None, None]}
    records = [
        record_of(altmetric_id=990000001 + 10 * at + place, source=name, mentions=mentions)
        for at, (name, blocks) in enumerate(pages.items())
        for place, mentions in enumerate(blocks)
    ]
    page = tree_of(page_of_records(records, tmp_path))
    assert [row[:4] for row in rows_of(page, "Outputs, scores and mentions by journal")] == [
        ["Shown", "2", "–", "4"],
        ["None", "2", "–", "0"],
        ["Unknown", "2", "–", "not shown"],
    ]


@pytest.mark.parametrize(
    ("totals", "words"),
    [
        ([187, 3], "2 of 2 pages have the tables; they cover 190 readers."),
        ([187, None], "2 of 2 pages have the tables; they cover 187 readers on the 1 page with a total."),
        ([None], "1 of 1 page has the tables."),
    ],
)
def test_readers_of_tables_without_a_total_are_not_zero(totals, words, tmp_path):
    groups = [{"name": "Researcher", "count": 3, "percent": None}]
    records = [
        record_of(
            altmetric_id=990000001 + place,
            demographics={
                "twitter": None,
                "mendeley": {"total": total, "countries": None, "statuses": groups, "disciplines": None},
            },
        )
        for place, total in enumerate(totals)
    ]
    page = tree_of(page_of_records(records, tmp_path))
    assert words in words_of(page.cssselect("#readers .notes")[0])


def test_a_report_about_one_output_does_not_speak_of_pages(tmp_path):
    page = tree_of(page_of_records([Record.from_json(samples()[0])], tmp_path))
    assert [words_of(item) for item in page.cssselect(".tiles dd:not(.big)")] == [
        *(["on 1 page"] * 4),
        "1 of the 1 page that says",
    ]


def test_a_report_about_one_output_does_not_speak_of_half(tmp_path):
    page = tree_of(page_of_records([record_of(altmetric_id=990000001, score=7, mentions=counts(news=1))], tmp_path))
    assert words_of(page.cssselect(".lead")[0]) == (
        "One output has a known Altmetric Attention Score: 7. 1 page shows who mentions it: 1 mention, "
        "100% of them from News."
    )


def test_numbers_of_any_length_are_written(tmp_path):
    records = [
        record_of(altmetric_id=990000001 + place, score=10**place, mentions=counts(news=10**place))
        for place in (0, 18, 25, 300, 400)
    ]
    page = tree_of(page_of_records(records, tmp_path, since=records[:2]))
    assert words_of(page.cssselect(".tiles .big")[1]) == f"{10**25:,}"


@pytest.fixture
def run(replica, tmp_path):
    """A run folder with two records, an output that is not tracked, and a text that is no identifier."""
    identifiers = ["10.5555/lhs.2023.0417", "10.5555/jhe.2012.118", "10.5555/nothing.mentions.this", "no identifier"]
    folder = tmp_path / "run"
    list(scrape(identifiers, folder, contact="a.librarian@uni-somewhere.edu", base_url=replica.base_url, interval=0))
    return folder


def test_a_run_folder_adds_its_coverage(run, tmp_path):
    page = tree_of(page_of_records(run, tmp_path))
    assert [words_of(item) for item in page.cssselect("#glance .keys li")] == [
        "2 with a page",
        "1 not tracked by Altmetric",
        "1 no identifier",
    ]
    assert "of 4 identifiers" in words_of(page.cssselect(".tiles div")[0])
    assert "from run (records by" in words_of(page.cssselect(".rights")[0])


def test_identifiers_of_two_runs_count_once(run, tmp_path):
    shutil.copytree(run, tmp_path / "other")
    done = figures([run, tmp_path / "other"])
    assert done.coverage.asked == 4
    assert (done.outputs, done.superseded) == (2, 2)


def test_an_identifier_that_waits_in_one_run_counts_with_its_outcome_in_another(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    both = [missing("10.5555/a"), tracked(1)]
    scraped(*both, path="done")
    scraped(path="waiting", pending=["10.5555/a", both[1][0].identifier, "10.5555/b"])
    for runs in (["done", "waiting"], ["waiting", "done"]):
        assert figures(runs).coverage.counts == {"ok": 1, "not_tracked": 1, "pending": 1}


def test_records_files_have_no_coverage(tmp_path):
    path = written(tmp_path / "records.jsonl", generated(2))
    assert figures(path).coverage is None


def test_a_records_file_that_is_a_link_is_no_run(tmp_path):
    (tmp_path / "records.jsonl").symlink_to(written(tmp_path / "all.jsonl", generated(2)))
    assert figures(tmp_path / "records.jsonl").outputs == 2


def test_damaged_lines_are_skipped_and_counted(tmp_path):
    path = written(tmp_path / "records.jsonl", [generated(1)[0], b"{}"])
    lines = []
    done = report(path, tmp_path / "report.html", damaged=lines.append)
    assert (done.outputs, done.damaged, lines[0].line) == (1, 1, 2)
    assert "lines of the input are not valid records" in (tmp_path / "report.html").read_text("utf-8")


def test_records_newer_than_those_to_compare_with_are_expected(tmp_path):
    old, new = (Record.from_json(fetched(generated(1)[0], f"202{year}-01-01T00:00:00Z")) for year in (5, 6))
    assert report([new], tmp_path / "report.html", since=[old]).is_older is False
    assert report([old], tmp_path / "report.html", since=[new]).is_older is True


def test_pages_without_a_known_date_are_not_said_to_be_of_a_day(tmp_path):
    lines = [fetched(line, day) for line, day in zip(generated(3), ("2026-01-01T00:00:00Z", None, None), strict=True)]
    page = tree_of(page_of_records(map(Record.from_json, lines), tmp_path))
    assert "pages of 1 January 2026, 2 without a known date" in words_of(page.cssselect(".facts")[0])
    assert "it on 1 January 2026; the date of 2 pages is not known." in words_of(page.cssselect("#method .notes")[0])


def test_the_same_input_gives_the_same_bytes_on_the_same_day(tmp_path, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767225600")
    path = written(tmp_path / "records.jsonl", generated(30))
    pages = {page_of_records(path, tmp_path) for _ in range(2)}
    assert len(pages) == 1
    assert "on 1 January 2026" in pages.pop()


@pytest.mark.parametrize("value", ["yesterday", "", "1e5", str(10**30)])
def test_a_source_date_that_is_not_a_time_is_refused(tmp_path, monkeypatch, value):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", value)
    with pytest.raises(SettingsError, match=r"SOURCE_DATE_EPOCH is .* not a number of seconds"):
        report([], tmp_path / "report.html")


@pytest.mark.parametrize("top", [0, -1, 10_001])
def test_a_table_has_from_1_to_10000_rows(tmp_path, top):
    with pytest.raises(SettingsError, match="choose a number from 1 to 10,000"):
        report([], tmp_path / "report.html", top=top)


@pytest.mark.parametrize(("name", "value"), [("title", 5), ("top", "5"), ("damaged", 5), ("since", 5)])
def test_a_wrong_type_is_named(tmp_path, name, value):
    with pytest.raises(TypeError):
        report([], tmp_path / "report.html", **{name: value})


@pytest.mark.parametrize("name", ["report.pdf", "report", "records.jsonl"])
def test_a_report_is_an_html_file(tmp_path, name):
    with pytest.raises(ExportError, match=r"choose a name that ends in \.html"):
        report([], tmp_path / name)


def test_an_input_is_not_overwritten(tmp_path):
    path = written(tmp_path / "records.html", generated(1))
    with pytest.raises(ExportError, match="is one of the input files"):
        report(path, path)
    with pytest.raises(ExportError, match="is one of the input files"):
        report([], path, since=path)


def test_a_report_that_fails_leaves_the_old_file(tmp_path):
    target = tmp_path / "report.html"
    target.write_text("old")

    def records():
        yield Record.from_json(generated(1)[0])
        raise InputError("the end")

    with pytest.raises(InputError, match="the end"):
        report(records(), target)
    assert [file.name for file in tmp_path.iterdir()] == ["report.html"]
    assert target.read_text() == "old"


def test_a_folder_that_does_not_exist_is_named(tmp_path):
    with pytest.raises(ExportError, match=r"missing/report\.html: output cannot be written"):
        report([], tmp_path / "missing" / "report.html")
