"""Files of mentions as input of `export`, `load`, `diff` and `report`: what is said, and what is written."""

import csv
import json
from pathlib import Path

import pytest
from tests.support.calling import call
from tests.support.cases import for_each
from tests.support.mentions import LICENSED, POLICY, SUMMER, mention, mentions_file, page
from tests.support.records import samples, written

STORY = mention()
LATER = mention("https://b.example/later", title="Later", published_at="2026-05-01T08:00:00Z", at=SUMMER)


@pytest.fixture
def mentions():
    return mentions_file("mentions.jsonl", STORY, LICENSED, POLICY, page(2))


def run(path, *items):
    Path(path).mkdir()
    written(f"{path}/records.jsonl", samples()[:1])
    if items:
        mentions_file(f"{path}/mentions.jsonl", *items)
    return path


@for_each(
    "words",
    [
        ("export", "mentions.jsonl", "-o", "out.csv"),
        ("load", "mentions.jsonl"),
        ("diff", "mentions.jsonl", "mentions.jsonl"),
        ("report", "mentions.jsonl", "-o", "out.html"),
        ("doctor", "mentions.jsonl"),
    ],
)
@pytest.mark.usefixtures("mentions")
def test_a_file_of_mentions_among_records_says_what_it_is_and_what_to_do(words):
    done = call(*words)
    assert done.returncode == 2
    assert "mentions.jsonl is not a records file: it has single mentions; " in done.err
    assert (
        "`altdetails export --table mention_items` makes a table of them, and `load`, `diff` and `report`" in done.err
    )


def test_export_writes_a_table_of_mentions(mentions):
    done = call("export", mentions, "--table", "mention_items", "-o", "out.csv")
    assert (done.returncode, done.out) == (0, "")
    assert done.err.startswith("3 mentions in out.csv (")
    with Path("out.csv").open(encoding="utf-8") as file:
        assert [row["outlet"] for row in csv.DictReader(file)] == [item.outlet for item in (STORY, LICENSED, POLICY)]


def test_export_of_pages_counts_them_or_the_mentions_next_to_them(mentions):
    done = [call("export", mentions, "--table", "mention_pages", "-o", name).err for name in ("out.csv", "out.xlsx")]
    assert done[0].startswith("1 page in out.csv (")
    assert done[1].startswith("3 mentions in out.xlsx (")


def test_export_says_that_a_line_is_not_a_mention(mentions):
    Path("damaged.jsonl").write_bytes(Path(mentions).read_bytes() + b"{}\n")
    done = call("export", "damaged.jsonl", "--table", "mention_items", "-o", "out.csv")
    assert done.returncode == 1
    assert ", 1 line skipped: not a valid mention, " in done.err


def test_export_reads_mentions_from_a_pipe(mentions):
    done = call("export", "-", "--table", "mention_items", "-o", "out.tsv", stdin=Path(mentions).read_bytes())
    assert done.err.startswith("3 mentions in out.tsv (")


def test_export_says_how_many_mentions_a_workbook_has():
    assert call("export", run("run", STORY), "-o", "out.xlsx").err.startswith("1 record and 1 mention in out.xlsx (")


def test_export_of_a_run_without_mentions_says_how_to_get_them():
    done = call("export", run("run"), "--table", "mention_items", "-o", "out.csv")
    assert done.returncode == 2
    assert "run has no mentions.jsonl: scrape it with `altdetails scrape -o run --mentions news`" in done.err


def test_load_needs_records_or_mentions():
    assert "give records, run folders or --mentions FILE." in call("load").err


def test_diff_of_two_runs_counts_and_lists_new_mentions():
    done = call("diff", run("old", STORY, page(1)), run("new", STORY, LATER, page(2, at=SUMMER)))
    assert done.returncode == 0
    assert "1 new mention of 1 output, 0 gone" in done.out
    assert "2026-05-01   News     The Harbour Gazette: Later" in done.out


def test_diff_says_that_a_side_has_no_mentions():
    done = call("diff", run("old"), run("new", STORY))
    assert "single mentions are not compared: OLD has none" in done.err


def test_diff_of_mentions_writes_lines_and_tables():
    old, new = mentions_file("old.jsonl", STORY, page(1)), mentions_file("new.jsonl", LATER, page(1, at=SUMMER))
    done = call("diff", "--mentions", old, new, "-o", "-")
    changes = [json.loads(line) for line in done.out.splitlines()]
    assert [(change["change"], change["mention"]["url"]) for change in changes] == [
        ("new", LATER.url),
        ("gone", STORY.url),
    ]
    assert done.err == "1 new mention of 1 output, 1 gone\n"
    assert call("diff", "--mentions", old, new, "-o", "out.csv").err == done.err
    with Path("out.csv").open(encoding="utf-8") as file:
        rows = [*csv.DictReader(file)]
    assert [(row["change"], row["old_list"], row["title"]) for row in rows] == [
        ("new", "complete", "Later"),
        ("gone", "complete", "Lamps and sleep"),
    ]


def test_diff_with_a_file_says_how_to_list_the_mentions():
    done = call("diff", run("old", STORY, page(1)), run("new", STORY, LATER), "-o", "out.jsonl")
    assert "1 new mention of 1 output, 0 gone" in done.err
    assert "`altdetails diff --mentions old/mentions.jsonl new/mentions.jsonl -o FILE` lists the mentions" in done.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("old", "--by", "month", "--mentions", "a", "b"), "--by has no mentions"),
        (("--mentions", "-", "-"), "standard input can be read only once"),
        (("--mentions", "a"), "requires 2 arguments"),
        (("--mentions", "mentions.jsonl", "mentions.jsonl", "-o", "mentions.jsonl"), "would be overwritten"),
    ],
)
def test_wrong_usage_of_diff_is_2_with_a_message(mentions, words, message):
    before = Path(mentions).read_bytes()
    done = call("diff", *words)
    assert done.returncode == 2
    assert message in done.err
    assert Path(mentions).read_bytes() == before


def test_schema_prints_the_schema_of_mentions():
    assert set(json.loads(call("schema", "mentions").out)["$defs"]) >= {"Mention", "MentionPage"}
    assert 'CREATE TABLE "mention_items"' in call("schema", "mentions", "--format", "duckdb").out
