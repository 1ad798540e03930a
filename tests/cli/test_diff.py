"""`altdetails diff`: the table, the lines and the messages for two scrapes and for a history."""

import csv
import gzip
import io
import json
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from rich.cells import cell_len
from rich.console import Console
from tests.cli.terminal import in_terminal
from tests.diffing.material import SUMMER, WINTER, counts, ranking, snapshot
from tests.support.calling import call
from tests.support.cases import for_each
from tests.support.records import changed, generated, written

from altdetails.cli.changes_report import table
from altdetails.diffing.change import Summary
from altdetails.diffing.compare import changes, changes_by_period

OLD = [
    snapshot("10.5555/up", 1, at=WINTER, title="Dusk", score=641, mentions=counts(news=64, twitter=418)),
    snapshot("10.5555/same", 2, at=WINTER, score=3),
    snapshot("10.5555/gone", 3, at=WINTER, requested="10.5555/gone", score=1),
]
NEW = [
    snapshot("10.5555/new", 4, at=SUMMER, score=2),
    snapshot("10.5555/same", 2, at=SUMMER, score=3),
    snapshot("10.5555/up", 1, at=SUMMER, title="Dusk", score=655, mentions=counts(news=70, twitter=417, bluesky=3)),
]
FAILURE = b'{"identifier":"10.5555/gone","outcome":"not_tracked","attempts":1,"at":"2026-07-12T09:00:00Z"}\n'
SENTENCE = "1 new, 1 gone, 1 changed, 1 same; 183 days between"


def lines(records):
    return b"".join(record.to_json() + b"\n" for record in records)


@pytest.fixture
def old(folder):
    (folder / "old.jsonl").write_bytes(lines(OLD))
    return "old.jsonl"


@pytest.fixture
def new(folder):
    (folder / "new.jsonl").write_bytes(lines(NEW))
    return "new.jsonl"


@pytest.fixture
def run(folder):
    """A run folder in which one output is no longer tracked."""
    (folder / "run").mkdir()
    (folder / "run" / "records.jsonl").write_bytes(lines(NEW))
    (folder / "run" / "failures.jsonl").write_bytes(FAILURE)
    return "run"


def summed(found, most=20):
    summary = Summary(most=most)
    for _ in summary.collect(found):
        pass
    return summary


def shown(found, *, width=80, most=20, by=None, arrows=True):
    console = Console(file=io.StringIO(), width=width, highlight=False, markup=False, emoji=False)
    console.print(table(summed(found, most), by=by, arrows=arrows))
    return console.file.getvalue()


def words(text):
    return [" ".join(line.split()) for line in text.splitlines()]


class TestTable:
    @for_each(
        "line",
        [
            SENTENCE,
            "Dusk 641 → 655 (+14) news 64 → 70 (+6)",
            "10.5555/up twitter 418 → 417 (-1)",
            "bluesky not listed → 3",
            "score +14 1 0 0 0",
            "mentions.news +6 1 0 0 0",
            "mentions.twitter -1 0 1 0 0",
            "mentions.bluesky 0 0 0 1 0",
            "Data: Altmetric.com",
        ],
    )
    def test_kinds_steps_and_sums_are_shown(self, line):
        assert line in words(shown(changes(OLD, NEW)))

    def test_a_number_that_is_missing_on_a_page_is_not_zero(self):
        text = shown(changes([snapshot(score=5, mentions=counts(news=2))], [snapshot()]))
        assert "5 → not shown" in text
        assert "news 2 → not shown" in text
        assert "score 0 0 0 0 1" in words(text)
        assert "-5" not in text

    def test_the_largest_changes_of_the_score_then_of_mentions_come_first(self):
        old = [snapshot(f"10.5555/{n}", n, score=100, mentions=counts(news=10)) for n in range(1, 6)]
        new = [
            snapshot("10.5555/1", 1, score=101, mentions=counts(news=10)),
            snapshot("10.5555/2", 2, score=100, mentions=counts(news=11)),
            snapshot("10.5555/3", 3, score=40, mentions=counts(news=10)),
            snapshot("10.5555/4", 4, score=100, mentions=counts(news=5)),
            snapshot("10.5555/5", 5, score=None, mentions=counts(news=10)),
        ]
        dois = [line for line in words(shown(changes(old, new))) if line.startswith("10.5555/")]
        assert dois == [f"10.5555/{n}" for n in (3, 1, 4, 2, 5)]
        text = shown(changes(old, new), most=2)
        assert [line for line in words(text) if line.startswith("10.5555/")] == ["10.5555/3", "10.5555/1"]
        assert "and 3 more: -o FILE lists all, --most 5 shows all" in text

    def test_at_most_three_counts_are_shown_and_the_rest_is_counted(self):
        many = {"news": 1, "blogs": 9, "policy": 5, "twitter": 7}
        found = changes(
            [snapshot(score=1, mentions=counts(**dict.fromkeys(many, 0)), rankings=[ranking(rank=3)])],
            [snapshot(score=1, mentions=counts(**many), rankings=[ranking(rank=2)])],
        )
        rows = words(shown(found))
        first = rows.index("Title not shown no change blogs 0 → 9 (+9)")
        assert rows[first + 1 : first + 4] == ["10.5555/a twitter 0 → 7 (+7)", "policy 0 → 5 (+5)", "and 2 more"]

    def test_ranks_have_no_sum(self):
        old, new = (snapshot(rankings=[ranking(rank=rank, percentile=99)]) for rank in (3, 2))
        rows = words(shown(changes([old], [new])))
        assert "rankings.all.rank 0 1 0 0" in rows
        assert "Title not shown no change none; 1 other number" in rows

    def test_numbers_have_thousands_separators(self):
        text = shown(changes([snapshot(score=1_000)], [snapshot(score=12_345_678)]))
        assert "1,000 → 12,345,678 (+12,344,678)" in text

    @pytest.mark.parametrize("width", [60, 80, 200])
    def test_no_line_is_wider_than_the_terminal(self, width):
        old, new = (
            snapshot("10.5555/" + "long" * 40, title="Word " * 60, score=n, mentions=counts(**{"source" * 20: n}))
            for n in (1, 10**30)
        )
        text = shown(changes([old], [new]), width=width)
        assert max(cell_len(line) for line in text.splitlines()) <= width

    def test_a_title_is_cut_to_a_line_and_a_doi_is_not_cut(self):
        doi = "10.5555/" + "long" * 40
        text = shown(changes([snapshot(doi, title="Word " * 60)], [snapshot(doi, title="Word " * 60, score=2)]))
        rows = words(text)
        first = rows.index(next(row for row in rows if row.startswith("10.5555/")))
        assert rows[first - 1].startswith("Word Word")
        assert "…" in rows[first - 1]
        assert "".join(rows[first : rows.index("", first)]) == doi

    def test_control_characters_and_markup_of_pages_are_not_interpreted(self):
        evil = "\x1b[1m[b]x[/] :smile:\u202e\x9b\x07"
        old, new = (snapshot(evil, title=evil, score=n, mentions=counts(**{evil: n})) for n in (1, 2))
        text = shown(changes([old], [new]), width=200)
        assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(text)
        assert text.count("[b]x[/] :smile:") == 4

    def test_no_tables_are_shown_without_changes(self):
        assert words(shown(changes(OLD, OLD))) == [
            "0 new, 0 gone, 0 changed, 3 same; 0 days between",
            "",
            "Data: Altmetric.com",
        ]

    def test_new_and_gone_outputs_are_counted_with_a_hint_to_list_them(self):
        assert words(shown(changes(OLD, OLD[:2])))[:2] == [
            "0 new, 1 gone, 0 changed, 2 same; 0 days between",
            "-o FILE lists the new and gone outputs",
        ]

    def test_a_history_shows_the_periods(self):
        text = shown(changes_by_period([*OLD, *NEW], by="quarter"), by="quarter")
        assert words(text)[0] == "1 changed, 1 same from one quarter to the next; 183 days between"
        assert any(line.startswith("2026-Q1 → 2026-Q3") for line in words(text))

    def test_an_output_without_a_doi_is_shown_by_its_altmetric_id(self):
        text = shown(changes([snapshot(None, 7, score=1)], [snapshot(None, 7, score=2)]), arrows=False)
        assert any(line.startswith("Altmetric id 7") for line in words(text))
        assert "1 -> 2 (+1)" in text


class TestSentence:
    @for_each(
        ("times", "said"),
        [
            ([(WINTER, SUMMER)], "; 183 days between"),
            ([(WINTER, SUMMER), ("2026-01-10", "2026-01-11T12:00:00Z")], "; 1.5 to 183 days between"),
            ([("2026-01-10", "2026-01-11"), (None, SUMMER)], "; 1 day between"),
            ([(SUMMER, WINTER)], "; -183 days between: OLD is newer than NEW"),
            ([(None, SUMMER)], ""),
        ],
    )
    def test_the_summary_has_the_days_between_if_known(self, times, said):
        old = [snapshot(f"10.5555/{n}", n, at=at) for n, (at, _) in enumerate(times, 1)]
        new = [snapshot(f"10.5555/{n}", n, at=at) for n, (_, at) in enumerate(times, 1)]
        assert summed(changes(old, new)).sentence(None) == f"0 new, 0 gone, 0 changed, {len(times)} same{said}"


class TestLines:
    def test_changes_are_written_as_lines_and_the_summary_on_standard_error(self, old, new):
        process = call("diff", old, new, "-o", "changes.jsonl")
        assert (process.returncode, process.out, process.err) == (0, "", f"{SENTENCE}\n")
        written = [json.loads(line) for line in Path("changes.jsonl").read_text("utf-8").splitlines()]
        assert [(each["change"], each["doi"]) for each in written] == [
            ("changed", "10.5555/up"),
            ("gone", "10.5555/gone"),
            ("new", "10.5555/new"),
        ]

    def test_all_also_writes_unchanged_outputs_and_a_dash_is_standard_output(self, old, new):
        process = call("diff", old, new, "--all", "-o", "-")
        written = [json.loads(line) for line in process.stdout.splitlines()]
        assert {"change": "same", "doi": "10.5555/same", "measures": []}.items() <= written[1].items()
        assert (len(written), process.err) == (4, f"{SENTENCE}\n")

    def test_outputs_that_are_gone_have_the_outcome_of_the_run(self, old, run):
        process = call("diff", old, run, "-o", "-")
        assert process.err == "1 new, 1 gone (1 not tracked), 1 changed, 1 same; 183 days between\n"
        assert [json.loads(line)["outcome"] for line in process.stdout.splitlines()] == [None, "not_tracked", None]

    def test_a_history_can_consist_of_any_number_of_files(self, old, new):
        process = call("diff", new, old, new, "--by", "month", "-o", "-")
        (change,) = map(json.loads, process.stdout.splitlines())
        assert (change["old_period"], change["new_period"], change["doi"]) == ("2026-01", "2026-07", "10.5555/up")
        assert process.err.splitlines() == [
            "3 snapshots skipped: there is a later one of the same output and month",
            "2 outputs not compared: a snapshot in one month only",
            "1 changed, 1 same from one month to the next; 183 days between",
        ]


class TestTables:
    """With the ending of a table, FILE has one row per number that differs."""

    @pytest.fixture
    def compared(self):
        before, after = generated(2), generated(3)
        score = json.loads(before[0])["score"]
        written("before.jsonl", before)
        written("after.jsonl", [changed(after[0], score=score + 5, title="=1+1"), *after[1:]])
        return score

    def rows(self, path):
        if path.endswith(".parquet"):
            return pq.read_table(path).to_pylist()
        if path.endswith(".xlsx"):
            header, *rows = openpyxl.load_workbook(path)["Changes"].iter_rows(values_only=True)
        else:
            with Path(path).open(encoding="utf-8", newline="") as file:
                header, *rows = csv.reader(file, delimiter="\t" if path.endswith(".tsv") else ",")
        return [dict(zip(header, row, strict=True)) for row in rows]

    @pytest.mark.parametrize("ending", [".csv", ".tsv", ".xlsx", ".parquet"])
    def test_a_table_has_the_numbers_of_the_json_lines(self, compared, ending):
        assert call("diff", "before.jsonl", "after.jsonl", "-o", f"out{ending}").returncode == 0
        assert call("diff", "before.jsonl", "after.jsonl", "-o", "out.jsonl").returncode == 0
        changes = [json.loads(line) for line in Path("out.jsonl").read_bytes().splitlines()]
        rows = self.rows(f"out{ending}")
        assert [row["field"] for row in rows] == [measure["field"] for one in changes for measure in one["measures"]]
        score = next(row for row in rows if row["field"] == "score" and row["change"] == "changed")
        assert [float(score[name]) for name in ("old", "new", "delta")] == [compared, compared + 5, 5]
        assert score["title"] == ("'=1+1" if ending in {".csv", ".tsv"} else "=1+1")

    @pytest.mark.usefixtures("compared")
    def test_outputs_that_are_the_same_have_a_row_if_they_are_chosen(self):
        assert call("diff", "before.jsonl", "after.jsonl", "-o", "out.csv", "--all").returncode == 0
        same = [row for row in self.rows("out.csv") if row["change"] == "same"]
        assert [(row["field"], row["old"]) for row in same] == [("", "")]


class TestInputs:
    def test_every_form_of_input_is_compared(self, old, run):
        Path("old.gz").write_bytes(gzip.compress(lines(OLD)))
        pq.write_table(pa.Table.from_pylist([record.to_dict() for record in NEW]), "new.parquet")
        for paths in ([old, run], ["old.gz", "new.parquet"], ["-", run]):
            process = call("diff", *paths, stdin=lines(OLD))
            assert (process.returncode, process.err) == (0, ""), paths
            assert "641 → 655 (+14)" in process.out, paths

    def test_damaged_lines_are_reported_and_the_rest_is_compared(self, run):
        Path("bad.jsonl").write_bytes(lines(OLD[:1]) + b"{\n" + lines(OLD[1:]))
        Path(run, "failures.jsonl").write_bytes(b"no outcome\n" + FAILURE)
        process = call("diff", "bad.jsonl", run)
        assert process.returncode == 1
        assert [line.split(" ")[0] for line in process.err.splitlines()] == ["bad.jsonl:2:", "run/failures.jsonl:1:"]
        assert "1 new, 1 gone (1 not tracked), 1 changed, 1 same" in process.out

    def test_ten_records_that_cannot_be_compared_are_reported_and_the_others_counted(self, old):
        Path("new.jsonl").write_bytes(lines([snapshot(None, None)] * 12))
        process = call("diff", old, "new.jsonl", "-o", "-")
        *named, more, _ = process.err.splitlines()
        assert process.returncode == 0
        assert [line.split(": ")[0] for line in named] == [f"new.jsonl:{number}" for number in range(1, 11)]
        assert more == "2 more records skipped: no DOI or Altmetric id to match it by"

    def test_a_history_reports_records_without_a_time(self, old):
        Path("more.jsonl").write_bytes(lines([snapshot()]))
        process = call("diff", old, "more.jsonl", "--by", "day")
        assert process.err.startswith("more.jsonl:1: record skipped: no time (provenance.captured_at, fetched_at)")

    def test_skipped_snapshots_are_counted(self, old):
        Path("new.jsonl").write_bytes(lines(OLD + NEW))
        process = call("diff", old, "new.jsonl")
        assert process.err == "NEW: 2 snapshots skipped: there is a later one of the same output\n"

    @for_each(
        ("arguments", "said"),
        [
            (
                ["old.jsonl"],
                "give two paths, OLD and NEW, not 1; for a history of any number of paths, add --by month",
            ),
            (["old.jsonl"] * 3, "give two paths, OLD and NEW, not 3"),
            (["-", "-"], "standard input can be read only once; give a file for the other path"),
            (["old.jsonl", "run", "--all"], "--all needs -o FILE; give both, or leave --all out"),
            (["old.jsonl", "run", "--by", "decade"], "'decade' is not one of"),
            (["old.jsonl", "nothing.jsonl"], "nothing.jsonl: no such file; give records"),
            (["old.jsonl", "."], ". is not a run folder: it has no records.jsonl"),
            (["old.jsonl", "page.html"], "page.html is not a records file: "),
            (
                ["old.jsonl", "run", "-o", "old.jsonl"],
                "old.jsonl: is one of the input files, and would be overwritten",
            ),
            (["old.jsonl", "run", "-o", "run/records.jsonl"], "run/records.jsonl: is one of the input files"),
            (["old.jsonl", "run", "-o", "run/failures.jsonl"], "run/failures.jsonl: is one of the input files"),
            (["old.jsonl", "run", "-o", "c.DUCKDB"], "c.DUCKDB: changes are not written in this format; choose a name"),
            (["old.jsonl", "run", "-o", "c.jsonl.gz"], "c.jsonl.gz: changes are not written in this format"),
            (["old.jsonl", "run", "-o", "no/folder"], "no/folder: output cannot be written: No such file or directory"),
        ],
    )
    @pytest.mark.usefixtures("old", "run")
    def test_wrong_usage_is_2_with_a_message(self, arguments, said):
        Path("page.html").write_text("<!doctype html>")
        process = call("diff", *arguments)
        assert (process.returncode, process.out) == (2, "")
        assert said in process.err
        assert Path("old.jsonl").read_bytes() == lines(OLD)

    def test_an_output_is_unchanged_if_reading_fails(self, old):
        Path("page.html").write_text("<!doctype html>")
        Path("changes.jsonl").write_text("before")
        assert call("diff", old, "page.html", "-o", "changes.jsonl").returncode == 2
        assert Path("changes.jsonl").read_text() == "before"
        assert sorted(path.name for path in Path().iterdir()) == ["changes.jsonl", "old.jsonl", "page.html"]


class TestOutput:
    def test_a_pipe_gets_no_colour_and_no_trailing_blanks(self, old, new):
        process = call("diff", old, new)
        assert (process.returncode, process.err) == (0, "")
        assert "\x1b" not in process.out
        assert not [line for line in process.out.splitlines() if line != line.rstrip()]
        assert max(map(cell_len, process.out.splitlines())) <= 80

    def test_a_terminal_gets_colours_and_progress(self, command, old, new):
        written, code = in_terminal([*command, "diff", old, new])
        assert code == 0
        assert "records read" in written
        assert "\x1b[32m(+14)" in written

    def test_lines_on_a_terminal_are_not_mixed_with_progress(self, command, old, new):
        written, _ = in_terminal([*command, "diff", old, new, "-o", "-"])
        assert "records read" not in written
        assert "\x1b" not in written

    def test_an_encoding_with_few_characters_is_not_an_error(self, old, new):
        process = call("diff", old, new, encoding="latin-1")
        assert process.returncode == 0
        assert "641 -> 655 (+14)" in process.out
