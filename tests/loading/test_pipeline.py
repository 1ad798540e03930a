"""Load into a DuckDB file and into a real PostgreSQL: once, again, later, and with errors."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest
from tests.support.postgres import LIBRARIAN, PASSWORD
from tests.support.records import VERSION_1, changed, decoded, fetched, generated, samples, written

from altdetails.errors import ExportError, InputError
from altdetails.loading.warehouse import load
from altdetails.schemas.tables import RECORDS, tables

TYPES = {
    "duckdb": {
        "text": "VARCHAR",
        "texts": "JSON",
        "integer": "BIGINT",
        "number": "DOUBLE",
        "boolean": "BOOLEAN",
        "date": "DATE",
        "timestamp": "TIMESTAMP WITH TIME ZONE",
    },
    "postgresql": {
        "text": "character varying",
        "texts": "json",
        "integer": "bigint",
        "number": "double precision",
        "boolean": "boolean",
        "date": "date",
        "timestamp": "timestamp with time zone",
    },
}


class Duckdb:
    """A DuckDB file as a warehouse."""

    name = "duckdb"
    to = "duckdb:///library.db"

    def ask(self, sql):
        with duckdb.connect("library.db") as database:
            return database.execute(sql).fetchall()


class Postgresql:
    """A database of the server as a warehouse."""

    name = "postgresql"

    def __init__(self, server):
        self._server = server
        self.to = server.database()

    def ask(self, sql):
        return self._server.run(self.to, sql)


@pytest.fixture(params=["duckdb", "postgresql"])
def warehouse(request):
    return Duckdb() if request.param == "duckdb" else Postgresql(request.getfixturevalue("server"))


@pytest.fixture
def postgresql(server):
    return Postgresql(server)


@pytest.fixture(scope="session")
def lines():
    return [*samples(), *generated(40)]


@pytest.fixture
def source(lines):
    return written("records.jsonl", lines)


def everything(warehouse, dataset="altdetails"):
    """Return all rows of all tables."""
    return {
        table.name: sorted(warehouse.ask(f'SELECT * FROM {dataset}."{table.name}"'), key=repr) for table in tables()
    }


def test_the_tables_have_the_values_of_the_lines(warehouse, lines, source):
    done = load([source], warehouse.to)
    assert (done.records, done.new, done.damaged, done.notices) == (len(lines), len(lines), 0, [])
    records = decoded(lines)
    assert warehouse.ask("SELECT count(*), sum(score), count(abstract), count(doi) FROM altdetails.records") == [
        (
            len(records),
            sum(record["score"] or 0 for record in records),
            sum(record["abstract"] is not None for record in records),
            sum(record["doi"] is not None for record in records),
        )
    ]
    for block in ("mentions", "citations", "readers"):
        counts = [count["count"] for record in records for count in record[block] or ()]
        assert warehouse.ask(f'SELECT count(*), sum("count") FROM altdetails.{block}') == [(len(counts), sum(counts))]
        shown = sum(record[block] is not None for record in records)
        assert warehouse.ask(f"SELECT count(*) FROM altdetails.records WHERE {block}_shown") == [(shown,)]
    groups = [
        (source, breakdown, group["name"], group["count"], group["percent"])
        for record in records
        for source, breakdowns in (record["demographics"] or {}).items()
        for breakdown, groups in (breakdowns or {}).items()
        if breakdown != "total"
        for group in groups or ()
    ]
    rows = warehouse.ask('SELECT source, breakdown, name, "count", percent FROM altdetails.demographics')
    assert sorted(rows, key=repr) == sorted(groups, key=repr)


def test_types_come_from_the_schema_and_not_from_the_values(warehouse, lines):
    bare = changed(lines[0], score=None, authors=None, published=None, last_mentioned=None, rankings=[], mentions=[])
    load([written("records.jsonl", [bare])], warehouse.to)
    for table in tables():
        columns = warehouse.ask(
            "SELECT column_name, data_type, is_nullable FROM information_schema.columns "
            f"WHERE table_schema = 'altdetails' AND table_name = '{table.name}'"
        )
        types = TYPES[warehouse.name]
        expected = {
            (column.name, types[column.kind], "YES" if column.is_nullable else "NO") for column in table.columns
        }
        row_key = {("row_key", types["text"], "NO")} if table.name != RECORDS else set()
        assert set(columns) == expected | row_key


def test_lists_of_texts_are_json_and_null_stays_null(warehouse, lines):
    record = changed(lines[0], authors=None, editors=[], notices=['“Ünïcode”, "quotes"\nand more'])
    load([written("records.jsonl", [record])], warehouse.to)
    ((authors, editors, notices),) = warehouse.ask("SELECT authors, editors, notices FROM altdetails.records")
    assert authors is None
    plain = [json.loads(value) if isinstance(value, str) else value for value in (editors, notices)]
    assert plain == [[], ['“Ünïcode”, "quotes"\nand more']]


def test_an_empty_text_is_not_null(warehouse, lines):
    load([written("records.jsonl", [changed(lines[0], abstract="", source=None)])], warehouse.to)
    assert warehouse.ask("SELECT abstract, source FROM altdetails.records") == [("", None)]


def test_loading_twice_changes_nothing(warehouse, lines, source):
    load([source], warehouse.to)
    before = everything(warehouse)
    done = load([source, source], warehouse.to)
    assert (done.records, done.new) == (2 * len(lines), 0)
    assert done.notices == [f"{len(lines)} records skipped: the same snapshot was read before"]
    assert everything(warehouse) == before


def test_a_record_that_is_parsed_again_replaces_the_earlier_one_and_all_its_items(warehouse, lines, source):
    load([source], warehouse.to)
    count = {"source": "news", "count": 77, "unit": None, "url": None}
    again = changed(lines[0], mentions=[count], score=78)
    assert load([written("again.jsonl", [again])], warehouse.to).new == 0
    sha = json.loads(lines[0])["provenance"]["sha256"]
    assert warehouse.ask(
        'SELECT score, m.source, m."count" FROM altdetails.records JOIN altdetails.mentions m USING (record_key) '
        f"WHERE provenance_sha256 = '{sha}'"
    ) == [(78, "news", 77)]
    assert warehouse.ask("SELECT count(*) FROM altdetails.records") == [(len(lines),)]


def test_a_later_scrape_adds_snapshots_and_the_view_shows_the_newest(warehouse, lines):
    winter = [fetched(line, "2026-01-05T08:00:00Z", score=1) for line in lines[-3:]]
    summer = [fetched(line, "2026-07-05T08:00:00Z", score=2) for line in lines[-2:]]
    load([written("winter.jsonl", winter)], warehouse.to)
    assert load([written("summer.jsonl", summer)], warehouse.to).new == 2
    assert warehouse.ask("SELECT score, count(*) FROM altdetails.records GROUP BY 1 ORDER BY 1") == [(1, 3), (2, 2)]
    assert warehouse.ask("SELECT score, count(*) FROM altdetails.current_records GROUP BY 1 ORDER BY 1") == [
        (1, 1),
        (2, 2),
    ]


def test_a_key_of_a_newer_altdetails_becomes_a_json_column(warehouse, lines, source):
    load([source], warehouse.to)
    newer = fetched(lines[0], "2026-09-01T00:00:00Z", mood={"calm": 1}, trend=2)
    newer = json.dumps(
        json.loads(newer) | {"mentions": [{"source": "news", "count": 1, "unit": None, "url": None, "tone": 5}]}
    ).encode()
    done = load([written("newer.jsonl", [newer, *lines[1:3]])], warehouse.to)
    assert done.notices == [
        "unknown keys were loaded into new columns: mood, trend",
        "unknown keys were ignored: mentions.tone",
    ]
    rows = warehouse.ask("SELECT mood, trend FROM altdetails.records WHERE mood IS NOT NULL")
    ((mood, trend),) = [[json.loads(value) if isinstance(value, str) else value for value in row] for row in rows]
    assert (mood, trend) == ({"calm": 1}, 2)
    done = load([written("later.jsonl", [fetched(lines[1], "2026-10-01T00:00:00Z")])], warehouse.to)
    assert done.new == 1
    assert warehouse.ask("SELECT count(*) FROM altdetails.records") == [(len(lines) + 2,)]
    assert warehouse.ask("SELECT count(*) FROM altdetails.current_records WHERE mood IS NOT NULL") == [(1,)]


def test_keys_with_the_same_column_name_are_reported_and_their_records_are_loaded(warehouse, lines):
    odd = {"Title": 1, "mood": 2, "Mood": 3, "a b": 4, "a-b": 5, "_dlt_id": 6, "": 7, "2nd": 8, "x" * 300: 9}
    done = load([written("records.jsonl", [changed(lines[0], **odd), changed(lines[1], Mood=10)])], warehouse.to)
    assert done.new == 2
    rows = warehouse.ask(f"SELECT mood, a_b, dlt_id, key, key_2nd, {'x' * 60} FROM altdetails.records ORDER BY mood")
    assert rows == [("10", None, None, None, None, None), ("3", "4", "6", "7", "8", "9")]
    assert done.notices[1] == "unknown keys were ignored: Title, a-b, mood"


def test_a_notice_lists_some_of_very_many_new_keys_and_counts_the_rest(lines):
    many = {f"{number:04}{'x' * 1_000}": number for number in range(3_000)}
    new, ignored = load([written("records.jsonl", [changed(lines[0], **many)])], "duckdb:///library.db").notices
    assert new.endswith("xxx…, 30 more")
    assert ignored.endswith("xxx…, 2,930 more")
    assert len(new) + len(ignored) < 5_000


def test_records_of_version_1_load(warehouse):
    assert load([VERSION_1], warehouse.to).new == len(samples())


def test_damaged_lines_are_skipped(warehouse, lines):
    damaged = []
    source = written("records.jsonl", [lines[0], b"{", changed(lines[1], last_mentioned="2023-02-31"), lines[2]])
    done = load([source], warehouse.to, damaged=damaged.append)
    assert (done.new, done.damaged) == (2, 2)
    assert [line.line for line in damaged] == [2, 3]


def test_a_record_with_nul_is_skipped_and_a_record_with_an_escaped_backslash_is_not(warehouse, lines):
    odd = [changed(lines[0], title="a\0b"), changed(lines[1], authors=["\\\0"]), changed(lines[2], title="\\u0000")]
    damaged = []
    done = load([written("records.jsonl", [*odd, lines[3]])], warehouse.to, damaged=damaged.append)
    assert (done.new, [line.line for line in damaged]) == (2, [1, 2])
    assert damaged[0].reason.startswith("contains the character NUL")
    assert ("\\u0000",) in warehouse.ask("SELECT title FROM altdetails.records")


def test_a_dataset_can_have_another_name(warehouse, lines, source):
    assert load([source], warehouse.to, dataset="Altmetrics 2026").dataset == "altmetrics_2026"
    assert warehouse.ask("SELECT count(*) FROM altmetrics_2026.records") == [(len(lines),)]


class TestErrors:
    def test_dropped_tables_and_columns_are_created_again(self, warehouse, lines, source):
        load([source], warehouse.to)
        before = everything(warehouse)
        warehouse.ask("DROP VIEW altdetails.current_records")
        warehouse.ask("DROP TABLE altdetails.mentions")
        warehouse.ask("ALTER TABLE altdetails.records DROP COLUMN abstract")
        assert load([source], warehouse.to).new == 0
        assert warehouse.ask("SELECT count(abstract) FROM altdetails.records") == [
            (sum(record["abstract"] is not None for record in decoded(lines)),)
        ]
        assert len(everything(warehouse)["mentions"]) == len(before["mentions"])
        warehouse.ask("DROP VIEW altdetails.current_records")
        warehouse.ask("DROP TABLE altdetails.records")
        assert load([source], warehouse.to).new == len(lines)

    def test_an_error_in_the_last_table_loads_nothing(self, postgresql, lines):
        load([written("first.jsonl", lines[:10])], postgresql.to)
        before = everything(postgresql)
        broken = "BEGIN RAISE EXCEPTION 'out of paper'; END"
        postgresql.ask(f"CREATE FUNCTION break() RETURNS trigger AS $$ {broken} $$ LANGUAGE plpgsql")
        postgresql.ask(
            "CREATE TRIGGER break BEFORE INSERT ON altdetails.rankings FOR EACH STATEMENT EXECUTE FUNCTION break()"
        )
        again = [changed(line, score=999) for line in lines]
        with pytest.raises(ExportError, match="nothing was loaded: out of paper"):
            load([written("again.jsonl", again)], postgresql.to)
        assert everything(postgresql) == before
        postgresql.ask("DROP TRIGGER break ON altdetails.rankings")
        assert load([written("again.jsonl", again)], postgresql.to).new == len(lines) - 10
        assert postgresql.ask("SELECT DISTINCT score FROM altdetails.records") == [(999,)]

    def test_a_connection_that_breaks_during_a_load_loads_nothing(self, postgresql, lines):
        load([written("first.jsonl", lines[:10])], postgresql.to)
        before = everything(postgresql)
        postgresql.ask(
            "CREATE FUNCTION hang_up() RETURNS trigger AS $$ BEGIN "
            "PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END $$ LANGUAGE plpgsql"
        )
        postgresql.ask(
            "CREATE TRIGGER hang_up AFTER INSERT ON altdetails.demographics FOR EACH STATEMENT "
            "EXECUTE FUNCTION hang_up()"
        )
        with pytest.raises(ExportError, match="nothing was loaded: server closed the connection"):
            load([written("again.jsonl", [changed(line, score=999) for line in lines])], postgresql.to)
        assert everything(postgresql) == before

    @pytest.mark.parametrize(("signal_number", "exit_code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
    def test_a_signal_ends_the_command_with_the_usual_exit_code(self, postgresql, lines, signal_number, exit_code):
        load([written("first.jsonl", lines[:1])], postgresql.to)
        sleep = "BEGIN PERFORM pg_sleep(3); RETURN NULL; END"
        postgresql.ask(f"CREATE FUNCTION rest() RETURNS trigger AS $$ {sleep} $$ LANGUAGE plpgsql")
        postgresql.ask(
            "CREATE TRIGGER rest BEFORE INSERT ON altdetails_staging.records FOR EACH STATEMENT EXECUTE FUNCTION rest()"
        )
        source = written("records.jsonl", lines)
        command = [sys.executable, "-m", "altdetails", "load", source, "--to", postgresql.to]
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        while not postgresql.ask("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'"):
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(signal_number)
        assert "Error" not in process.communicate(timeout=60)[1]
        assert process.returncode == exit_code
        assert postgresql.ask("SELECT count(*) FROM altdetails.records") == [(1,)]

    def test_a_signal_during_reading_loads_nothing(self, lines):
        command = [sys.executable, "-m", "altdetails", "load", "-"]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            process.stdin.write(lines[0] + b"\n" + b"{\n")
            process.stdin.flush()
            assert process.stderr.readline().startswith(b"<stdin>:2: this is not a record")
            process.send_signal(signal.SIGINT)
            assert process.communicate(timeout=60)[1] == b"Interrupted.\n"
        assert process.returncode == 130
        assert not Path("records.duckdb").exists()

    def test_a_wrong_password_is_reported_but_not_shown(self, server, source):
        to = server.database(LIBRARIAN, "the wrong word")
        with pytest.raises(ExportError) as caught:
            load([source], to)
        assert "password authentication failed for user" in str(caught.value)
        assert str(caught.value).startswith("postgresql://localhost/")
        assert "the%20wrong%20word" not in str(caught.value)

    def test_the_right_password_is_accepted(self, server, source, lines):
        assert load([source], server.database(LIBRARIAN, PASSWORD)).new == len(lines)

    @pytest.mark.parametrize(
        "to",
        [
            "postgresql://me:hush@hush@127.0.0.1:1/library",
            "postgresql://me:hu/hush@127.0.0.1:1/library",
            "postgresql://127.0.0.1:1/library?user=me&password=hush",
            "redshift://me:hush@127.0.0.1:1/library",
        ],
    )
    def test_no_message_shows_a_password(self, source, to):
        with pytest.raises(ExportError) as caught:
            load([source], to)
        assert "hush" not in str(caught.value)
        assert str(caught.value).startswith(f"{to.partition(':')[0]}://127.0.0.1:1/library: ")

    @pytest.mark.parametrize(
        ("to", "words"),
        [
            ("postgresql://me:secret@127.0.0.1:1/library", r"^postgresql://127.0.0.1:1/library: nothing was"),
            ("duckdb:///nowhere/library.db", "nothing was loaded: IO Error: Cannot open file"),
            ("redshift://me:secret@127.0.0.1:1/library", "nothing was loaded: connection to server at"),
            ("postgresql://me:s@cret@127.0.0.1:1/library", "contains two @; write %40 for the @ in the password"),
            ("duckdb:///", "contains no file name; write duckdb:///FILE"),
            ("duckdb://library.db", "contains no file name; write duckdb:///FILE"),
            ("duckdb:///altdetails.db", "DuckDB does not allow a dataset with the name of its file"),
            ("oracle", "dlt has no destination 'oracle'; use one of "),
            ("bigquery", "dlt found no credentials; set credentials in the URL, in DESTINATION__BIGQUERY__CREDENTIALS"),
            ("clickhouse://u:p@127.0.0.1:1/x", r"a library is missing; install it: pip install 'dlt\[clickhouse\]'"),
        ],
    )
    def test_an_invalid_destination_is_refused_with_what_to_do(self, source, to, words):
        with pytest.raises(ExportError, match=words):
            load([source], to)

    @pytest.mark.parametrize(
        ("dataset", "words"),
        [
            ("", "'' is not a valid dataset name; give a name"),
            ("Altdetails-Staging", "'Altdetails-Staging' is not a valid dataset name; give a name that does not"),
            ("my library", r"DuckDB does not allow a dataset with the name of its file \('my_library'\)"),
        ],
    )
    def test_an_invalid_dataset_name_is_refused(self, source, dataset, words):
        with pytest.raises(ExportError, match=words):
            load([source], "duckdb:///My_Library.db", dataset=dataset)

    def test_a_missing_source_is_reported_before_other_errors(self):
        with pytest.raises(InputError, match=r"missing.jsonl: no such file"):
            load(["missing.jsonl"], "oracle")

    def test_an_empty_file_loads_nothing(self, warehouse):
        done = load([written("empty.jsonl", [])], warehouse.to)
        assert (done.records, done.new) == (0, 0)


def test_a_load_opens_no_connection_and_leaves_no_files(source):
    code = (
        "import socket\n"
        "real = socket.socket.connect\n"
        "def refuse(self, address): raise AssertionError(f'connects to {address}')\n"
        "socket.socket.connect = refuse\n"
        "from altdetails import load\n"
        f"print(load([{source!r}]).new)"
    )
    home = Path("home")
    home.mkdir()
    environment = os.environ | {"HOME": str(home.absolute())}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout == f"{len(Path(source).read_bytes().splitlines())}\n"
    assert done.stderr == ""
    assert sorted(path.name for path in Path().iterdir()) == ["home", "records.duckdb", "records.jsonl"]
    assert [*home.iterdir()] == []
