"""Load mentions into a DuckDB file and into PostgreSQL: each is there once, however often it was loaded."""

from contextlib import closing
from pathlib import Path

import pytest
from tests.support.mentions import LICENSED, POLICY, SUMMER, mention, mentions_file, page
from tests.support.records import samples, written

from altdetails import ExportError, InputError, load, mention_key
from altdetails.record import Unread
from altdetails.schemas.tables import mention_tables

pytestmark = pytest.mark.slow

STORY = mention(unread=[Unread("list", "Shared")])
LATER = mention("https://b.example/later", at=SUMMER)


def duckdb_asked(sql):
    import duckdb  # noqa: PLC0415 -- heavy

    with closing(duckdb.connect("library.db")) as database:
        return database.execute(sql).fetchall()


@pytest.fixture(params=["duckdb", "postgresql"])
def warehouse(request):
    """The URL of an empty warehouse, and a function that asks it."""
    if request.param == "duckdb":
        return "duckdb:///library.db", duckdb_asked
    server = request.getfixturevalue("server")
    url = server.database()
    return url, lambda sql: server.run(url, sql)


def test_each_mention_is_there_once_however_often_it_is_loaded(warehouse):
    to, ask = warehouse
    done = load([], to, mentions=mentions_file("winter.jsonl", STORY, LICENSED, POLICY, STORY, page(2)))
    assert (done.records, done.mentions, done.new_mentions) == (0, 3, 3)
    assert done.notices == ["1 mention skipped: read more than once, or equal to another"]
    moved = mention(position=2, page=2, at=SUMMER, title="Corrected")
    done = load([], to, mentions=[moved, LATER, POLICY, page(3, at=SUMMER)])
    assert (done.mentions, done.new_mentions) == (3, 1)
    rows = ask("SELECT mention_key, title, published_day FROM altdetails.mention_items ORDER BY url IS NULL, url")
    assert [row[:2] for row in rows] == [
        (mention_key(LATER), LATER.title),
        (mention_key(POLICY), POLICY.title),
        (mention_key(STORY), "Corrected"),
        (mention_key(LICENSED), None),
    ]
    assert str(rows[1][2]) == "2023-11-02"
    assert ask("SELECT count(*), sum(tab_total) FROM altdetails.mention_pages") == [(2, 5)]
    columns = "SELECT column_name FROM information_schema.columns WHERE table_name = 'mention_items'"
    assert {name for (name,) in ask(columns)} >= {column.name for column in mention_tables()[0].columns}


def test_a_run_gives_its_records_and_its_mentions_without_what_a_warehouse_cannot_store():
    Path("run").mkdir()
    written("run/records.jsonl", samples()[:2])
    mentions_file("run/mentions.jsonl", mention("https://a.example/nul", text="a\0b"), STORY)
    damaged = []
    done = load("run", "duckdb:///library.db", damaged=damaged.append)
    assert (done.records, done.new, done.mentions, done.new_mentions, done.dataset) == (2, 2, 1, 1, "altdetails")
    joined = "SELECT outlet FROM altdetails.current_records JOIN altdetails.mention_items USING (altmetric_id)"
    assert duckdb_asked(joined) == [("The Harbour Gazette",)]
    assert [(line.file, line.line, line.reason.partition(" (")[0]) for line in damaged] == [
        (str(Path("run", "mentions.jsonl")), 1, "contains the character NUL")
    ]
    assert done.damaged == 1


def test_damaged_mentions_stop_a_load_before_its_records():
    written("records.jsonl", samples()[:1])
    Path("m.jsonl").write_bytes(STORY.to_json().replace(b'"position":1', b'"position":0'))
    with pytest.raises(InputError, match="no line of it is a valid mention"):
        load("records.jsonl", "duckdb:///library.db", mentions="m.jsonl")
    assert not Path("library.db").exists()


def test_a_destination_that_is_not_there_is_named():
    with pytest.raises(ExportError, match=r"^postgresql://127\.0\.0\.1:1/library: nothing was loaded: "):
        load([], "postgresql://me:hush@127.0.0.1:1/library", mentions=[STORY])
