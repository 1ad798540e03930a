"""Load into a DuckDB file and into a real PostgreSQL: once, again, later, and with errors."""

import json
import multiprocessing
import os
import re
import shutil
import signal
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

from altdetails.cli import main
from altdetails.errors import ExportError, InputError
from altdetails.loading.destination import warehouse_errors
from altdetails.loading.warehouse import Loaded, load
from altdetails.records.files import named_keys
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

    def ask(self, *statements):
        """Return the rows of the last statement."""
        return self.ask_each(statements)[-1]

    def ask_each(self, statements):
        with duckdb.connect(self._path) as database:
            return [database.execute(statement).fetchall() for statement in statements]

    def copied(self):
        return Duckdb(shutil.copy(self._path, "library.db"))


class Postgresql:
    """A database of the server as a warehouse."""

    name = "postgresql"

    def __init__(self, server, **options):
        self._server = server
        self.to = server.database(**options)

    def ask(self, *statements):
        return self.ask_each(statements)[-1]

    def ask_each(self, statements):
        with closing(psycopg2.connect(self.to)) as connection, connection.cursor() as cursor:
            connection.autocommit = True
            return [cursor.execute(sql) or (cursor.fetchall() if cursor.description else []) for sql in statements]

    def copied(self):
        return Postgresql(self._server, template=self.to)


def with_login_in_options(url):
    """Return an address as PostgreSQL's own tools read it too."""
    login, _, rest = url.partition("://")[2].rpartition("@")
    user, _, password = login.partition(":")
    return f"postgresql://{rest}&user={user}&password={password}"


class First(NamedTuple):
    """The first load into a warehouse. Tests change copies of the warehouse."""

    warehouse: Duckdb | Postgresql
    done: Loaded
    damaged: list


@pytest.fixture(params=["duckdb", pytest.param("postgresql")])
def name(request):
    return request.param


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


ODD_TEXTS = [
    *(f"a{chr(number)}b" for number in (*range(1, 0x20), 0x7F, 0x85, 0x9B, 0x200E, 0x2028, 0x202E, 0x2066, 0xFFFE)),
    *("\U0001f98b", "", " ", "\ufeffa", '"', "'", "\\N", "\\", "a,b;c\td", "x" * 100_000, "\U0001f98b" * 50_000),
    '“Ünïcode”, "quotes"\nand more',
]
"""Texts that break loads through CSV or INSERT."""
ODD_KEYS = {"Title": 1, "Mood": 2, "mood": 3, "a b": 4, "a-b": 5, "_dlt_id": 6, "": 7, "2nd": 8, "x" * 300: 9}
"""Keys that give the name of a column of records, the same name as another, or a name that must be changed."""
INVALID_TEXTS = {"not UTF-8": b'"\xff"', "half a character": b'"\\ud800"', "half in UTF-8": b'["\xed\xa0\x80"]'}


@pytest.fixture(scope="module", params=["duckdb", "postgresql"])
def odd(request, lines, tmp_path_factory):
    """A new warehouse with odd records alone. None of them has a value of some columns, or a row of some tables."""
    folder = tmp_path_factory.mktemp("odd")
    is_duckdb = request.param == "duckdb"
    warehouse = Duckdb(folder / "odd.db") if is_duckdb else Postgresql(request.getfixturevalue("server"))
    unknown = dict.fromkeys(("score", "authors", "published", "last_mentioned", "source"))
    bare = changed(lines[0], **unknown, rankings=[], mentions=[], editors=[], abstract="")
    others = [ODD_KEYS, {"Mood": 10}, {"calm": 0}]
    keys = [*({"title": text, "notices": [text], "trend": [text]} for text in ODD_TEXTS), *others]
    *records, last = [changed(bare, altmetric_id=number, **fields) for number, fields in enumerate(keys, 1)]
    records += [
        last.replace(b'"calm": 0', b'"calm": {"calm" : [1e999, 0.10]}'),
        *(bare.replace(b"{", b'{"trend":' + value + b",", 1) for value in INVALID_TEXTS.values()),
    ]
    damaged = []
    return First(
        warehouse, load([written(folder / "odd.jsonl", records)], warehouse.to, damaged=damaged.append), damaged
    )


@pytest.fixture(scope="session")
def lines():
    *usual, last = generated(41)
    return [*samples(), *usual, changed(last, title="\\u0000")]


@pytest.fixture
def source(lines):
    return written("records.jsonl", lines)


def everything(warehouse, dataset="altdetails"):
    """Return all rows of all tables."""
    rows = warehouse.ask_each(f'SELECT * FROM {dataset}."{table.name}"' for table in tables())
    return {table.name: sorted(part, key=repr) for table, part in zip(tables(), rows, strict=True)}


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


def test_types_come_from_the_schema_and_not_from_the_values(odd):
    types = TYPES[odd.warehouse.name]
    new = {(name, types["text"], "YES") for name in ("trend", "calm", *COLUMNS_OF_KEYS)}
    query = (
        "SELECT column_name, data_type, is_nullable FROM information_schema.columns WHERE table_schema = 'altdetails'"
    )
    made = odd.warehouse.ask_each(f"{query} AND table_name = '{table.name}'" for table in tables())
    for table, columns in zip(tables(), made, strict=True):
        expected = {
            (column.name, types[column.kind], "YES" if column.is_nullable else "NO") for column in table.columns
        }
        assert set(columns) == expected | (new if table.name == RECORDS else {("row_key", types["text"], "NO")})


def test_null_an_empty_text_and_an_empty_list_are_three_things(odd):
    query = "SELECT DISTINCT score, authors IS NULL, CAST(editors AS VARCHAR), abstract, source FROM altdetails.records"
    assert odd.warehouse.ask(query) == [(None, True, "[]", "", None)]


def test_odd_texts_are_loaded_unchanged(odd):
    rows = odd.warehouse.ask(
        "SELECT title, notices, trend FROM altdetails.records WHERE trend IS NOT NULL ORDER BY altmetric_id"
    )
    loaded = [[json.loads(cell) if isinstance(cell, str) else cell for cell in cells] for _, *cells in rows]
    assert [title for title, *_ in rows] == ODD_TEXTS
    assert loaded == [[[text], [text]] for text in ODD_TEXTS]


def test_lines_with_an_unknown_key_of_invalid_text_are_skipped(odd):
    assert (odd.done.new, odd.done.damaged) == (len(ODD_TEXTS) + 3, len(INVALID_TEXTS))
    assert [line.line for line in odd.damaged] == [*range(len(ODD_TEXTS) + 4, len(ODD_TEXTS) + 4 + len(INVALID_TEXTS))]


COLUMNS_OF_KEYS = ("mood", "a_b", "dlt_id", "key", "key_2nd", "x" * 60)
"""The longest name that PostgreSQL allows is the shortest of all warehouses."""


def test_keys_with_the_same_column_name_are_reported_and_their_records_are_loaded(odd):
    query = f"SELECT {', '.join(COLUMNS_OF_KEYS)} FROM altdetails.records WHERE mood IS NOT NULL ORDER BY mood"
    assert odd.warehouse.ask(query) == [("10", None, None, None, None, None), ("2", "4", "6", "7", "8", "9")]
    assert odd.done.notices[1] == "unknown keys were ignored: Title, a-b, mood"


def test_the_value_of_an_unknown_key_is_loaded_as_it_is(odd):
    rows = odd.warehouse.ask("SELECT calm FROM altdetails.records WHERE calm IS NOT NULL")
    assert rows == [('{"calm":[1e999,0.10]}',)]


def test_a_notice_lists_some_of_very_many_new_keys_and_counts_the_rest():
    from altdetails.loading.dlt_tables import NewKeys  # noqa: PLC0415 -- heavy

    keys = NewKeys()
    keys.add([{f"{number:04}{'x' * 1_000}": number for number in range(1_100)}])
    new, ignored = named_keys([*keys.columns]), named_keys(sorted(keys.ignored))
    assert new.endswith("xxx…, 30 more")
    assert ignored.endswith("xxx…, 1,030 more")
    assert len(new) + len(ignored) < 5_000


def test_loading_again_changes_nothing(loaded, lines, source):
    before = everything(loaded)
    done = load([source, source], loaded.to)
    assert (done.records, done.new) == (2 * len(lines), 0)
    assert done.notices == [f"{len(lines)} records skipped: the same snapshot was read before"]
    assert everything(loaded) == before


@pytest.fixture(scope="module")
def updated(first_postgresql, lines, tmp_path_factory):
    """A warehouse with all lines, and then one of them parsed again and two later snapshots of two others."""
    warehouse = first_postgresql.warehouse.copied()
    count = {"source": "news", "count": 77, "unit": None, "url": None}
    again = changed(lines[0], mentions=[count], score=78)
    later = [fetched(line, f"2027-07-0{day}T08:00:00Z", score=day) for line in lines[-3:-1] for day in (1, 2)]
    source = written(tmp_path_factory.mktemp("updated") / "records.jsonl", [again, *later])
    assert load([source], warehouse.to).new == len(later)
    return warehouse


def test_a_record_that_is_parsed_again_replaces_the_earlier_one_and_all_its_items(updated, lines):
    sha = json.loads(lines[0])["provenance"]["sha256"]
    assert updated.ask(
        'SELECT score, m.source, m."count" FROM altdetails.records JOIN altdetails.mentions m USING (record_key) '
        f"WHERE provenance_sha256 = '{sha}'"
    ) == [(78, "news", 77)]
    assert updated.ask("SELECT count(*) FROM altdetails.records") == [(len(lines) + 4,)]


def test_a_later_scrape_adds_snapshots_and_the_view_shows_the_newest(updated, first_postgresql, lines):
    dois = ", ".join(f"'{record['doi']}'" for record in decoded(lines[-3:-1]))
    assert updated.ask(f"SELECT count(*) FROM altdetails.records WHERE doi IN ({dois})") == [(6,)]
    assert updated.ask(f"SELECT score FROM altdetails.current_records WHERE doi IN ({dois})") == [(2,), (2,)]
    outputs = "SELECT count(*) FROM altdetails.current_records"
    assert updated.ask(outputs) == first_postgresql.warehouse.ask(outputs)


def made_by_version_1(warehouse):
    """Turn the tables of a first load into those that version 1 made of the same records."""
    statements = ["DROP VIEW altdetails.current_records"]
    for dataset in ("altdetails", "altdetails_staging"):
        alter = f"ALTER TABLE {dataset}.records"
        statements += [f"{alter} DROP COLUMN {column}" for column in ("score_exact", "provenance_captured_at")]
        statements += [
            f"{alter} ALTER COLUMN {column} SET NOT NULL" for column in ("provenance_lxml", "provenance_libxml2")
        ]
        statements.append(f"DELETE FROM {dataset}._dlt_version")
    warehouse.ask(*statements, "CREATE VIEW altdetails.current_records AS SELECT * FROM altdetails.records")


def test_tables_of_version_1_get_the_new_columns_and_no_second_row_of_a_snapshot(loaded):
    made_by_version_1(loaded)
    keys = loaded.ask("SELECT record_key, output_key FROM altdetails.records ORDER BY record_key")
    later = json.loads(fetched(samples()[0], "2027-01-01T00:00:00Z", score_exact=640.25))
    later["provenance"] |= {"lxml": None, "libxml2": None, "format": "json"}
    done = load([VERSION_2, written("later.jsonl", [json.dumps(later).encode()])], loaded.to)
    assert (done.new, done.notices) == (1, [])
    earlier = "SELECT record_key, output_key FROM altdetails.records WHERE score_exact IS NULL ORDER BY record_key"
    assert loaded.ask(earlier) == keys
    assert loaded.ask(
        "SELECT score_exact, provenance_lxml FROM altdetails.current_records WHERE score_exact IS NOT NULL"
    ) == [(640.25, None)]


def test_a_key_of_a_newer_altdetails_becomes_a_json_column(first_duckdb, lines):
    loaded = first_duckdb.warehouse.copied()
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


def test_damaged_lines_and_records_with_nul_are_skipped_but_not_an_escaped_backslash(first):
    assert first.done.damaged == 4
    has_nul = {line.line: line.reason.startswith("contains the character NUL") for line in first.damaged}
    assert has_nul == {1: False, 2: False, 3: True, 4: True}
    assert ("\\u0000",) in first.warehouse.ask("SELECT title FROM altdetails.records")


@pytest.fixture
def one_retry(monkeypatch):
    """Retry a table once after an error, not four times: dlt waits a second before each."""
    monkeypatch.setenv("LOAD__RAISE_ON_MAX_RETRIES", "2")


def started(*words):
    """Fork a process with the command: dlt, which takes two seconds to load, is there. Return its streams too."""
    given, stdin = os.pipe()
    stderr, printed = os.pipe()

    def run():
        os.close(stdin)
        os.dup2(given, 0)
        os.dup2(printed, 2)
        sys.stdin, sys.stderr = os.fdopen(0), os.fdopen(2, "w")
        sys.argv = ["altdetails", *words]
        main()

    process = multiprocessing.get_context("fork").Process(target=run)
    process.start()
    os.close(given)
    os.close(printed)
    return process, os.fdopen(stdin, "wb"), os.fdopen(stderr, "rb")


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
        with closing(psycopg2.connect(postgresql.to)) as holder, holder.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(1)")
            process, stdin, stderr = started("load", source, "--to", postgresql.to)
            waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            while cursor.execute(waiting) or cursor.fetchone() == (0,):
                assert process.is_alive()
                time.sleep(0.05)
            os.kill(process.pid, signal.SIGTERM)
        with stdin, stderr:
            assert b"Error" not in stderr.read()
        process.join(60)
        assert process.exitcode == 143
        assert postgresql.ask("SELECT count(*) FROM altdetails.records") == [(len(lines),)]

    def test_an_interruption_that_dlt_has_caught_is_an_interruption_again(self):
        from dlt.common.exceptions import SignalReceivedException  # noqa: PLC0415 -- takes long

        with pytest.raises(KeyboardInterrupt), warehouse_errors("oracle"):
            raise ValueError("a step failed") from SignalReceivedException(signal.SIGINT)

    def test_a_signal_at_the_end_of_a_step_of_dlt_is_not_forgotten(self, lines, monkeypatch):
        from dlt.load import Load  # noqa: PLC0415 -- takes long

        complete = Load.complete_package

        def interrupted(*arguments, **options):
            signal.raise_signal(signal.SIGINT)
            return complete(*arguments, **options)

        monkeypatch.setattr(Load, "complete_package", interrupted)
        with pytest.raises(KeyboardInterrupt):
            load([written("records.jsonl", lines[:1])], "duckdb:///library.db")
        assert Duckdb().ask("SELECT count(*) FROM altdetails.records") == [(0,)]

    def test_a_signal_during_reading_loads_nothing(self, lines):
        process, stdin, stderr = started("load", "-")
        with stdin, stderr:
            stdin.write(lines[0] + b"\n" + b"{\n")
            stdin.flush()
            assert stderr.readline().startswith(b"<stdin>:2: this is not a record")
            os.kill(process.pid, signal.SIGINT)
            assert stderr.read() == b"Interrupted.\n"
        process.join(60)
        assert process.exitcode == 130
        assert not Path("records.duckdb").exists()

    def test_a_wrong_password_is_reported_but_not_shown(self, server, source):
        to = server.database(LIBRARIAN, "the wrong word")
        with pytest.raises(ExportError) as caught:
            load([source], to)
        assert "password authentication failed for user" in str(caught.value)
        assert str(caught.value).startswith("postgresql://localhost/")
        assert "the%20wrong%20word" not in str(caught.value)

    @pytest.mark.parametrize(
        ("to", "words"),
        [
            ("postgresql://me:secret@127.0.0.1:1/library", r"^postgresql://127.0.0.1:1/library: nothing was"),
            ("postgresql://127.0.0.1:1/library?user=me&password=x", r"^postgresql://127.0.0.1:1/library: nothing was"),
            ("postgresql://127.0.0.1:1/library", r"^postgresql://127.0.0.1:1/library: dlt found no"),
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

    @pytest.mark.parametrize("name", ["duckdb", "postgresql"])
    def test_an_empty_file_creates_empty_tables_in_a_dataset_of_any_name(self, name, request):
        """The user of PostgreSQL has a password."""
        is_duckdb = name == "duckdb"
        warehouse = (
            Duckdb() if is_duckdb else Postgresql(request.getfixturevalue("server"), user=LIBRARIAN, password=PASSWORD)
        )
        to = warehouse.to if is_duckdb else with_login_in_options(warehouse.to)
        done = load([written("empty.jsonl", [])], to, dataset="Altmetrics 2026")
        assert (done.records, done.new, done.dataset) == (0, 0, "altmetrics_2026")
        assert warehouse.ask("SELECT count(*) FROM altmetrics_2026.records") == [(0,)]
