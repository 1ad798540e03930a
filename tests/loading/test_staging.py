"""A load that is killed and run again: every record is there once, and readers see files as a whole."""

import os
import signal
from collections import Counter
from pathlib import Path

import pytest
from tests.support.records import decoded, generated, written

from altdetails.errors import ExportError, InputError
from altdetails.exporting.part_files import write_parts
from altdetails.loading.warehouse import load

pytestmark = pytest.mark.slow

SAMPLES = Path(__file__).parents[2] / "samples"
BATCH = 2
TO = "duckdb:///library.db"
TABLES = "records", "mentions", "readers", "rankings"


def ask_duckdb(sql):
    import duckdb  # noqa: PLC0415 -- heavy

    with duckdb.connect("library.db") as database:
        return database.execute(sql).fetchall()


@pytest.fixture
def warehouse(request):
    """The URL of an empty warehouse, and a function that asks it."""
    if request.param == "duckdb":
        return "duckdb:///library.db", ask_duckdb
    server = request.getfixturevalue("server")
    url = server.database()
    return url, lambda sql: server.run(url, sql)


def loaded(paths, to, **options):
    return load(paths, to, batch_size=BATCH, **options)


def killed_before(method, calls, run):
    """Run in another process, and kill it before a method of the staging tables is called once more than `calls`."""
    from altdetails.loading import staging  # noqa: PLC0415 -- loads dlt, which takes two seconds

    process = os.fork()
    if process == 0:
        owner = staging.Staging if hasattr(staging.Staging, method) else staging
        real = getattr(owner, method)
        left = calls

        def counted(*arguments, **options):
            nonlocal left
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*arguments, **options)

        setattr(owner, method, counted)
        try:
            run()
        finally:
            os._exit(0)
    return os.waitpid(process, 0)[1] == signal.SIGKILL


def counts(ask):
    return {table: ask(f"SELECT count(*) FROM altdetails.{table}")[0][0] for table in TABLES}


def expected(lines):
    records = decoded(lines)
    return {"records": len(records)} | {
        table: sum(len(record[table] or ()) for record in records) for table in TABLES[1:]
    }


@pytest.mark.parametrize(
    ("warehouse", "method", "calls", "seen"),
    [
        ("duckdb", "_note", 1, 0),  # the second batch is written, and not noted
        ("duckdb", "_merge", 0, 0),  # in the transaction
        ("postgresql", "_merge", 0, 0),
        ("postgresql", "_clear", 1, 3),  # after it
    ],
    indirect=["warehouse"],
)
def test_a_load_that_is_killed_goes_on_and_readers_see_nothing_of_a_file_before_all(warehouse, method, calls, seen):
    to, ask = warehouse
    first, *others = generated(3)
    lines = [first.replace(b"{", b'{"mood":1,', 1), *others]
    source = written("records.jsonl", lines)
    assert killed_before(method, calls, lambda: loaded([source], to))
    assert ask("SELECT count(*) FROM altdetails.records") == [(seen,)]
    staged = Counter(number for (number,) in ask("SELECT load_batch FROM altdetails_staging.records"))
    assert staged
    done = loaded([source], to)
    assert counts(ask) == expected(lines)
    assert ask("SELECT sum(score) FROM altdetails.records") == [(sum(line["score"] or 0 for line in decoded(lines)),)]
    assert ask("SELECT count(mood) FROM altdetails.records") == [(1,)]  # a key of a batch that is not written again
    assert done.damaged == 0
    assert ask("SELECT count(*) FROM altdetails_staging.records") == [(0,)]
    assert ask("SELECT count(*) FROM altdetails_staging.load_batches") == [(0,)]


def test_files_that_are_loaded_are_not_read_again_after_a_kill_but_in_the_next_load():
    to = "duckdb:///library.db"
    files = [written(f"{number}.jsonl", [line]) for number, line in enumerate(generated(3))]
    assert killed_before("_note", 2, lambda: loaded(files, to))
    done = loaded(files, to)
    assert done.records == 1
    assert done.notices == ["2 files were loaded by a load that did not end, and not again: 0.jsonl, 1.jsonl"]
    assert loaded(files[:1], to).records == 1


def test_a_file_that_changed_after_a_kill_is_loaded_as_it_is_now():
    to, ask = "duckdb:///library.db", ask_duckdb
    lines = generated(4)
    source = written("records.jsonl", lines[:3])
    assert killed_before("_note", 1, lambda: loaded([source], to))
    written(source, lines[1:])
    loaded([source], to)
    assert counts(ask) == expected(lines[1:])


def test_rows_of_another_load_in_the_staging_tables_are_not_taken(server):
    to = server.database()
    source = written("records.jsonl", generated(3))
    from altdetails.loading import staging  # noqa: PLC0415 -- loads dlt

    real = staging.Staging.publish

    def publish(self, *arguments):
        server.run(to, "DELETE FROM altdetails_staging.records WHERE load_batch = 1")
        return real(self, *arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(staging.Staging, "publish", publish)
        with pytest.raises(ExportError, match="its staging tables have 1 rows instead of 3, so another load"):
            loaded([source], to)
    assert server.run(to, "SELECT count(*) FROM altdetails.records") == [(0,)]


def test_the_files_before_a_damaged_one_are_loaded_and_the_next_load_goes_on():
    good, bad = written("good.jsonl", generated(1)), written("bad.jsonl", [b"no records"] * 20)
    with pytest.raises(InputError, match=r"bad\.jsonl is not a records file"):
        loaded([good, bad], "duckdb:///library.db")
    assert ask_duckdb("SELECT count(*) FROM altdetails.records") == [(1,)]


def test_only_parts_that_the_dataset_does_not_have_are_loaded():
    def load_parts(pages, paths="parts"):
        write_parts(pages, "parts", file_format="jsonl")
        done = loaded(paths, TO)
        return done.records, done.new, done.parts_before

    one, other = (str(SAMPLES / name) for name in ("article-2023.html", "short.html"))
    assert load_parts([one]) == (1, 1, 0)
    assert load_parts([one, other]) == (1, 1, 1)
    assert load_parts([], [*Path("parts").glob("*.jsonl")]) == (2, 0, 0)
    ask_duckdb("DROP TABLE altdetails.rankings")
    assert load_parts([]) == (2, 0, 0)
    ask_duckdb("ALTER TABLE altdetails.records DROP COLUMN doi")
    assert load_parts([]) == (2, 0, 0)
    before = counts(ask_duckdb)
    assert load_parts([]) == (0, 0, 2)
    assert (before, before["rankings"] > 0) == (counts(ask_duckdb), True)


def test_a_dataset_that_lost_its_rows_does_not_remember_parts_after_other_rows_came():
    write_parts([str(SAMPLES / "short.html")], "parts", file_format="jsonl")
    loaded("parts", TO)
    ask_duckdb("DELETE FROM altdetails.records")
    loaded(written("other.jsonl", generated(1)), TO)
    assert loaded("parts", TO).records == 1
