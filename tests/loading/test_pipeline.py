"""Load into a DuckDB file and into a real PostgreSQL: once, again, later, and with errors."""

import json
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import duckdb
import psycopg2
import pytest
from tests.support.postgres import LIBRARIAN, PASSWORD
from tests.support.records import VERSION_1, VERSION_2, changed, decoded, fetched, generated, samples, written

from altdetails.errors import ExportError, InputError
from altdetails.loading.destination import warehouse_errors
from altdetails.loading.warehouse import Loaded, load
from altdetails.schemas.tables import RECORDS, tables

pytestmark = pytest.mark.slow

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

    def __init__(self, path="library.db"):
        self._path = path
        self.to = f"duckdb:///{path}"

    def ask(self, sql):
        with duckdb.connect(self._path) as database:
            return database.execute(sql).fetchall()

    def copied(self):
        return Duckdb(shutil.copy(self._path, "library.db"))


class Postgresql:
    """A database of the server as a warehouse."""

    name = "postgresql"

    def __init__(self, server, **options):
        self._server = server
        self.to = server.database(**options)

    def ask(self, sql):
        return self._server.run(self.to, sql)

    def copied(self):
        return Postgresql(self._server, template=self.to)


class First(NamedTuple):
    """The first load into a warehouse. Tests change copies of the warehouse."""

    warehouse: Duckdb | Postgresql
    done: Loaded
    damaged: list


@pytest.fixture(params=["duckdb", pytest.param("postgresql")])
def name(request):
    return request.param


@pytest.fixture
def warehouse(name, request):
    """An empty warehouse."""
    return Duckdb() if name == "duckdb" else Postgresql(request.getfixturevalue("server"))


@pytest.fixture
def first(name, request):
    return request.getfixturevalue(f"first_{name}")


@pytest.fixture
def loaded(first):
    """A warehouse with all lines."""
    return first.warehouse.copied()


@pytest.fixture
def postgresql(first_postgresql):
    """A PostgreSQL database with all lines."""
    return first_postgresql.warehouse.copied()


@pytest.fixture(scope="module")
def first_duckdb(lines, tmp_path_factory):
    folder = tmp_path_factory.mktemp("duckdb")
    return load_first(Duckdb(folder / "library.db"), lines, folder)


@pytest.fixture(scope="module")
def first_postgresql(lines, tmp_path_factory, server):
    return load_first(Postgresql(server), lines, tmp_path_factory.mktemp("postgresql"))


def load_first(warehouse, lines, folder):
    """Load the records of version 1, the other lines, and damaged ones."""
    damaged = []
    odd = [
        b"{",
        changed(lines[0], last_mentioned="2023-02-31"),
        changed(lines[0], title="a\0b"),
        changed(lines[1], authors=["\\\0"]),
    ]
    source = written(folder / "records.jsonl", [*odd, *lines[len(samples()) :]])
    done = load([VERSION_1, source], warehouse.to, damaged=damaged.append)
    return First(warehouse, done, damaged)


@pytest.fixture(scope="session")
def lines():
    *usual, last = generated(41)
    return [*samples(), *usual, changed(last, title="\\u0000")]


@pytest.fixture
def source(lines):
    return written("records.jsonl", lines)


def everything(warehouse, dataset="altdetails"):
    """Return all rows of all tables."""
    return {
        table.name: sorted(warehouse.ask(f'SELECT * FROM {dataset}."{table.name}"'), key=repr) for table in tables()
    }


def test_the_tables_have_the_values_of_the_lines(first, lines):
    warehouse, done, _ = first
    assert (done.records, done.new, done.notices) == (len(lines), len(lines), [])
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
    notices = ['“Ünïcode”, "quotes"\nand more']
    unknown = dict.fromkeys(("score", "authors", "published", "last_mentioned", "source"))
    bare = changed(lines[0], **unknown, rankings=[], mentions=[], editors=[], notices=notices, abstract="")
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
    ((*lists, authors, abstract, journal),) = warehouse.ask(
        "SELECT editors, notices, authors, abstract, source FROM altdetails.records"
    )
    assert [json.loads(value) if isinstance(value, str) else value for value in lists] == [[], notices]
    assert (authors, abstract, journal) == (None, "", None)


def test_loading_again_changes_nothing(loaded, lines, source):
    before = everything(loaded)
    done = load([source, source], loaded.to)
    assert (done.records, done.new) == (2 * len(lines), 0)
    assert done.notices == [f"{len(lines)} records skipped: the same snapshot was read before"]
    assert everything(loaded) == before


def test_a_record_that_is_parsed_again_replaces_the_earlier_one_and_all_its_items(postgresql, lines):
    count = {"source": "news", "count": 77, "unit": None, "url": None}
    again = changed(lines[0], mentions=[count], score=78)
    assert load([written("again.jsonl", [again])], postgresql.to).new == 0
    sha = json.loads(lines[0])["provenance"]["sha256"]
    assert postgresql.ask(
        'SELECT score, m.source, m."count" FROM altdetails.records JOIN altdetails.mentions m USING (record_key) '
        f"WHERE provenance_sha256 = '{sha}'"
    ) == [(78, "news", 77)]
    assert postgresql.ask("SELECT count(*) FROM altdetails.records") == [(len(lines),)]


def made_by_version_1(warehouse):
    """Turn the tables of a first load into those that version 1 made of the same records."""
    warehouse.ask("DROP VIEW altdetails.current_records")
    for dataset in ("altdetails", "altdetails_staging"):
        for column in ("score_exact", "provenance_captured_at"):
            warehouse.ask(f"ALTER TABLE {dataset}.records DROP COLUMN {column}")
        for column in ("provenance_lxml", "provenance_libxml2"):
            warehouse.ask(f"ALTER TABLE {dataset}.records ALTER COLUMN {column} SET NOT NULL")
        warehouse.ask(f"DELETE FROM {dataset}._dlt_version")
    warehouse.ask("CREATE VIEW altdetails.current_records AS SELECT * FROM altdetails.records")


def test_tables_of_version_1_get_the_new_columns_and_no_second_row_of_a_snapshot(warehouse):
    load(VERSION_1, warehouse.to)
    made_by_version_1(warehouse)
    keys = warehouse.ask("SELECT record_key, output_key FROM altdetails.records ORDER BY record_key")
    assert load(VERSION_2, warehouse.to).notices == []
    assert warehouse.ask("SELECT record_key, output_key FROM altdetails.records ORDER BY record_key") == keys

    later = json.loads(fetched(samples()[0], "2027-01-01T00:00:00Z", score_exact=640.25))
    later["provenance"] |= {"lxml": None, "libxml2": None, "format": "json"}
    done = load([written("later.jsonl", [json.dumps(later).encode()])], warehouse.to)
    assert (done.new, done.notices) == (1, [])
    assert warehouse.ask(
        "SELECT score_exact, provenance_lxml FROM altdetails.current_records WHERE score_exact IS NOT NULL"
    ) == [(640.25, None)]


def test_a_later_scrape_adds_snapshots_and_the_view_shows_the_newest(postgresql, lines):
    outputs = postgresql.ask("SELECT count(*) FROM altdetails.current_records")
    later = [fetched(line, f"2027-07-0{day}T08:00:00Z", score=day) for line in lines[-3:-1] for day in (1, 2)]
    assert load([written("later.jsonl", later)], postgresql.to).new == 4
    dois = ", ".join(f"'{record['doi']}'" for record in decoded(lines[-3:-1]))
    assert postgresql.ask(f"SELECT count(*) FROM altdetails.records WHERE doi IN ({dois})") == [(6,)]
    assert postgresql.ask(f"SELECT score FROM altdetails.current_records WHERE doi IN ({dois})") == [(2,), (2,)]
    assert postgresql.ask("SELECT count(*) FROM altdetails.current_records") == outputs


def test_a_key_of_a_newer_altdetails_becomes_a_json_column(loaded, lines):
    newer = fetched(lines[0], "2026-09-01T00:00:00Z", mood={"calm": 1}, trend=2)
    newer = json.dumps(
        json.loads(newer) | {"mentions": [{"source": "news", "count": 1, "unit": None, "url": None, "tone": 5}]}
    ).encode()
    done = load([written("newer.jsonl", [newer, *lines[1:3]])], loaded.to)
    assert done.notices == [
        "unknown keys were loaded into new columns: mood, trend",
        "unknown keys were ignored: mentions.tone",
    ]
    rows = loaded.ask("SELECT mood, trend FROM altdetails.records WHERE mood IS NOT NULL")
    ((mood, trend),) = [[json.loads(value) if isinstance(value, str) else value for value in row] for row in rows]
    assert (mood, trend) == ({"calm": 1}, 2)
    done = load([written("later.jsonl", [fetched(lines[1], "2026-10-01T00:00:00Z")])], loaded.to)
    assert done.new == 1
    assert loaded.ask("SELECT count(*) FROM altdetails.records") == [(len(lines) + 2,)]
    assert loaded.ask("SELECT count(*) FROM altdetails.current_records WHERE mood IS NOT NULL") == [(1,)]


def test_keys_with_the_same_column_name_are_reported_and_their_records_are_loaded(server, lines):
    warehouse = Postgresql(server)  # the longest name that it allows is the shortest of all warehouses
    odd = {"Title": 1, "mood": 2, "Mood": 3, "a b": 4, "a-b": 5, "_dlt_id": 6, "": 7, "2nd": 8, "x" * 300: 9}
    done = load([written("records.jsonl", [changed(lines[0], **odd), changed(lines[1], Mood=10)])], warehouse.to)
    assert done.new == 2
    rows = warehouse.ask(f"SELECT mood, a_b, dlt_id, key, key_2nd, {'x' * 60} FROM altdetails.records ORDER BY mood")
    assert rows == [("10", None, None, None, None, None), ("3", "4", "6", "7", "8", "9")]
    assert done.notices[1] == "unknown keys were ignored: Title, a-b, mood"


def test_a_notice_lists_some_of_very_many_new_keys_and_counts_the_rest(lines):
    many = {f"{number:04}{'x' * 1_000}": number for number in range(1_100)}
    new, ignored = load([written("records.jsonl", [changed(lines[0], **many)])], "duckdb:///library.db").notices
    assert new.endswith("xxx…, 30 more")
    assert ignored.endswith("xxx…, 1,030 more")
    assert len(new) + len(ignored) < 5_000


def test_damaged_lines_and_records_with_nul_are_skipped_but_not_an_escaped_backslash(first):
    assert first.done.damaged == 4
    has_nul = {line.line: line.reason.startswith("contains the character NUL") for line in first.damaged}
    assert has_nul == {1: False, 2: False, 3: True, 4: True}
    assert ("\\u0000",) in first.warehouse.ask("SELECT title FROM altdetails.records")


ODD_TEXTS = [
    *(f"a{chr(number)}b" for number in (*range(1, 0x20), 0x7F, 0x85, 0x9B, 0x200E, 0x2028, 0x202E, 0x2066, 0xFFFE)),
    *("\U0001f98b", "", " ", "\ufeffa", '"', "'", "\\N", "\\", "a,b;c\td", "x" * 100_000, "\U0001f98b" * 50_000),
]
"""Texts that break loads through CSV or INSERT."""


def test_odd_texts_are_loaded_unchanged(warehouse, lines):
    odd = [
        changed(lines[0], title=text, notices=[text], altmetric_id=number, mood=[text])
        for number, text in enumerate(ODD_TEXTS, 1)
    ]
    done = load([written("records.jsonl", odd)], warehouse.to)
    assert (done.new, done.damaged) == (len(ODD_TEXTS), 0)
    rows = warehouse.ask("SELECT title, notices, mood FROM altdetails.records ORDER BY altmetric_id")
    loaded = [[json.loads(cell) if isinstance(cell, str) else cell for cell in cells] for _, *cells in rows]
    assert [title for title, *_ in rows] == ODD_TEXTS
    assert loaded == [[[text], [text]] for text in ODD_TEXTS]


def test_lines_with_an_unknown_key_of_invalid_text_are_skipped(lines):
    invalid = {"not UTF-8": b'"\xff"', "half a character": b'"\\ud800"', "half in UTF-8": b'["\xed\xa0\x80"]'}
    odd = [lines[0].replace(b"{", b'{"mood":' + value + b",", 1) for value in invalid.values()]
    done = load([written("records.jsonl", [*odd, lines[1]])], "duckdb:///library.db")
    assert (done.new, done.damaged) == (1, len(invalid))


def test_the_value_of_an_unknown_key_is_loaded_as_it_is(lines):
    odd = lines[0].replace(b"{", b'{"mood": {"calm" : [1e999, 0.10]},', 1)
    load([written("records.jsonl", [odd])], "duckdb:///library.db")
    assert Duckdb().ask("SELECT mood FROM altdetails.records") == [('{"calm":[1e999,0.10]}',)]


@pytest.fixture
def one_retry(monkeypatch):
    """Retry a table once after an error, not four times: dlt waits a second before each."""
    monkeypatch.setenv("LOAD__RAISE_ON_MAX_RETRIES", "2")


class TestErrors:
    def test_dropped_tables_and_columns_are_created_again(self, postgresql, lines, source):
        before = everything(postgresql)
        postgresql.ask("DROP VIEW altdetails.current_records")
        postgresql.ask("DROP TABLE altdetails.mentions")
        postgresql.ask("ALTER TABLE altdetails.records DROP COLUMN abstract")
        assert load([source], postgresql.to).new == 0
        assert postgresql.ask("SELECT count(abstract) FROM altdetails.records") == [
            (sum(record["abstract"] is not None for record in decoded(lines)),)
        ]
        assert len(everything(postgresql)["mentions"]) == len(before["mentions"])

    def test_all_records_are_new_if_their_table_was_dropped(self, first_duckdb, lines, source):
        warehouse = first_duckdb.warehouse.copied()
        warehouse.ask("DROP VIEW altdetails.current_records")
        warehouse.ask("DROP TABLE altdetails.records")
        assert load([source], warehouse.to).new == len(lines)

    @pytest.mark.usefixtures("one_retry")
    def test_an_error_in_the_last_table_loads_nothing(self, postgresql, lines):
        before = everything(postgresql)
        broken = "BEGIN RAISE EXCEPTION 'out of paper'; END"
        postgresql.ask(f"CREATE FUNCTION break() RETURNS trigger AS $$ {broken} $$ LANGUAGE plpgsql")
        postgresql.ask(
            "CREATE TRIGGER break BEFORE INSERT ON altdetails.rankings FOR EACH STATEMENT EXECUTE FUNCTION break()"
        )
        later = fetched(lines[-2], "2027-07-01T08:00:00Z")
        again = written("again.jsonl", [changed(line, score=999) for line in [*lines, later]])
        with pytest.raises(ExportError, match="nothing was loaded: out of paper"):
            load([again], postgresql.to)
        assert everything(postgresql) == before
        postgresql.ask("DROP TRIGGER break ON altdetails.rankings")
        assert load([again], postgresql.to).new == 1
        assert postgresql.ask("SELECT DISTINCT score FROM altdetails.records") == [(999,)]

    @pytest.mark.usefixtures("one_retry")
    def test_a_connection_that_breaks_during_a_load_loads_nothing(self, postgresql, lines):
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

    def test_a_signal_ends_the_command_with_the_usual_exit_code(self, postgresql, lines):
        wait = "BEGIN PERFORM pg_advisory_lock(1); RETURN NULL; END"
        postgresql.ask(f"CREATE FUNCTION wait() RETURNS trigger AS $$ {wait} $$ LANGUAGE plpgsql")
        postgresql.ask(
            "CREATE TRIGGER wait BEFORE INSERT ON altdetails_staging.records FOR EACH STATEMENT EXECUTE FUNCTION wait()"
        )
        source = written("records.jsonl", [fetched(lines[-2], "2027-07-01T08:00:00Z")])
        command = [sys.executable, "-m", "altdetails", "load", source, "--to", postgresql.to]
        with closing(psycopg2.connect(postgresql.to)) as holder:
            holder.cursor().execute("SELECT pg_advisory_lock(1)")
            process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
            while not postgresql.ask("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"):
                assert process.poll() is None
                time.sleep(0.02)
            process.send_signal(signal.SIGTERM)
        assert "Error" not in process.communicate(timeout=60)[1]
        assert process.returncode == 143
        assert postgresql.ask("SELECT count(*) FROM altdetails.records") == [(len(lines),)]

    def test_an_interruption_that_dlt_has_caught_is_an_interruption_again(self):
        from dlt.common.exceptions import SignalReceivedException  # noqa: PLC0415 -- takes long

        with pytest.raises(KeyboardInterrupt), warehouse_errors("oracle"):
            raise ValueError("a step failed") from SignalReceivedException(signal.SIGINT)

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

    def test_the_right_password_is_accepted(self, server):
        to = server.database(LIBRARIAN, PASSWORD)
        load([written("empty.jsonl", [])], to)
        assert server.run(to, "SELECT count(*) FROM altdetails.records") == [(0,)]

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
            *(
                (name, re.escape(f"{name!r} is not a valid dataset name: dlt would change it to {changed_name!r}; use"))
                for name, changed_name in (
                    *(("ä", "x"), ("日本", "x"), ("Données", "donn_es"), ("data+", "datax"), ("data_", "datax")),
                    *(("a@b", "aab"), ("x*y", "xxy"), ("日本 news", "_news")),
                )
            ),
            ("my library", r"DuckDB does not allow a dataset with the name of its file \('my_library'\)"),
        ],
    )
    def test_an_invalid_dataset_name_is_refused(self, source, dataset, words):
        with pytest.raises(ExportError, match=words):
            load([source], "duckdb:///My_Library.db", dataset=dataset)

    def test_a_missing_source_is_reported_before_other_errors(self):
        with pytest.raises(InputError, match=r"missing.jsonl: no such file"):
            load(["missing.jsonl"], "oracle")

    def test_an_empty_file_creates_empty_tables_in_a_dataset_of_any_name(self, warehouse):
        done = load([written("empty.jsonl", [])], warehouse.to, dataset="Altmetrics 2026")
        assert (done.records, done.new, done.dataset) == (0, 0, "altmetrics_2026")
        assert warehouse.ask("SELECT count(*) FROM altmetrics_2026.records") == [(0,)]
