"""Only the scheme, host and path of a destination are in messages."""

import logging
import multiprocessing
import os
import re
import sys
import time
import traceback
import warnings
from pathlib import Path

import pytest
from tests.loading import leaks
from tests.loading.destinations import DESTINATIONS
from tests.support.records import generated, written

from altdetails._arguments import shown_address, without_secrets
from altdetails.cli import cli
from altdetails.errors import ExportError
from altdetails.loading.warehouse import load

LOCAL = "127.0.0.1:1/library"
"""An address without a server."""

EVERY = 48
"""The suite loads into every 48th destination at each level; `tests.loading.leaks 0 1` into all."""

REFUSED = [
    f"postgresql://me:hush@{LOCAL}",
    f"postgresql://hush@{LOCAL}",
    f"postgresql://me:hush hush@{LOCAL}",
    f"postgresql://me:hush%20hush@{LOCAL}",
    f"postgresql://me:hu%2Fhush@{LOCAL}",
    f"postgresql://me:hush%40hush@{LOCAL}",
    f"postgresql://me:hush@hush@{LOCAL}",
    f"postgresql://me:hush@a@hush@{LOCAL}",
    f"postgresql://me:hu/hush@{LOCAL}",
    f"postgresql://me:hu?hush@{LOCAL}",
    f"postgresql://me:hu#hush@{LOCAL}",
    f"postgresql://me:hu:hush@{LOCAL}",
    f"postgresql://me:hush=@{LOCAL}",
    f"postgresql://me:hush&hush@{LOCAL}",
    f"postgresql://{LOCAL}?user=me&password=hush",
    f"postgresql://{LOCAL}?user=me@lab&password=hush",
    f"postgresql://{LOCAL}?password=a@hush",
    f"postgresql://{LOCAL}?password=two hush",
    f"postgresql://{LOCAL}?sslpassword=hush",
    f"postgresql://{LOCAL}?sslkey=hush&sslpassword=hush",
    f"postgresql://me:x@{LOCAL}?sslpassword=hush",
    f"postgresql://{LOCAL} password=hush",
    f"postgresql://{LOCAL};password=hush",
    f"postgresql://{LOCAL}%3Fpassword%3Dhush",
    "postgresql://me%3Ahush%40127.0.0.1:1/library",
    "postgresql://me:hush/library",
    f"redshift://me:hush@{LOCAL}",
    f"redshift://{LOCAL}?password=hush",
    f"POSTGRESQL://me:hush@{LOCAL}",
    "duckdb:///altdetails.db?motherduck_token=hush",
    "duckdb://library.db?motherduck_token=hush",
    "me:hush@db.example.org",
    "me:hush@db.example.org:5432/library",
    "hush@db.example.org",
    "me:hu hush@db.example.org",
    "host=db.example.org user=me password=hush",
    "password=hush host=db.example.org",
    "password='two hush' host=db.example.org",
    "Server=db.example.org;User=me;Password=hush",
    "DefaultEndpointsProtocol=https;AccountName=me;AccountKey=hush",
    "md:?motherduck_token=hush",
    "md:library?motherduck_token=hush",
    "motherduck:hush",
    "postgres:hush",
    "bigquery?private_key=hush",
    "bigquery:{'private_key': 'hush'}",
    "snowflake user=me password=hush",
    "me:hush://db.example.org",
    "oracle://me:hush@db.example.org/library",
    "jdbc:postgresql://db.example.org/library?user=me&password=hush",
]
"""Destinations that are refused on this machine. Their secret is `hush`."""

OTHERS = [
    "md:///library?motherduck_token=hush",
    "motherduck:///library?motherduck_token=hush&saas_mode=true",
    "motherduck://hush@library",
    "databricks://token:hush@db.example.org?http_path=/sql&catalog=main",
    "databricks://db.example.org/?access_token=hush",
    "snowflake://me:hush@account/library?warehouse=w&role=r",
    "snowflake://me@account/library?private_key=hush&private_key_passphrase=hush",
    "bigquery://project/dataset?private_key=-----BEGIN hush\nhush-----END",
    "clickhouse://me:hush@db.example.org:9440/library?secure=1",
    "qdrant://db.example.org:6333?api_key=hush",
    "lancedb://db.example.org/library#api_key=hush",
    "weaviate://db.example.org?api_key=hush@hush",
    "mssql://me:hush@db.example.org:1433/library?driver=x",
    "s3://KEY:hush@bucket/records",
    "https://me:hush@[::1]:9000/records?X-Amz-Signature=hush",
    "https://storage.example.org/crawl.warc.gz?sig=hush",
    "az://container/records?sv=2024&sig=hush",
    "ray://me:hush@head.example.org:10001",
]
"""Other destinations, proxies and object stores. Nothing connects to them."""


@pytest.mark.parametrize("to", REFUSED + OTHERS)
def test_what_is_shown_of_an_address_has_no_secret(to):
    shown = shown_address(to)
    assert "hush" not in shown
    assert shown == shown_address(shown)


@pytest.mark.parametrize("to", REFUSED + OTHERS)
@pytest.mark.parametrize("text", ["invalid dsn: {!r}", "cannot open {} now", "{}", "failed ('hush', 'me')"])
def test_the_text_of_a_foreign_error_has_no_secret(to, text):
    assert "hush" not in without_secrets(text.format(to), to)


@pytest.mark.parametrize(
    "text",
    [
        "connects to postgresql://me:hush@db.example.org/library?x=hush",
        "invalid connection option: user=me password='two hush' host=x",
        'missing "=" after "me:hush@db.example.org"',
    ],
)
def test_the_text_of_a_foreign_error_has_no_secret_of_another_address(text):
    assert "hush" not in without_secrets(text, "bigquery")


def test_a_long_text_of_a_foreign_error_is_read_once():
    for word in ("a.", "a", "a=", "a:", "a@", "a:/", "'a"):
        started = time.process_time()
        without_secrets(word * 100_000, f"postgresql://me:hush@{LOCAL}")
        assert time.process_time() - started < 5


@pytest.mark.slow
@pytest.mark.parametrize("to", REFUSED)
def test_no_message_about_a_destination_has_a_secret(to, capsys):
    source = written("records.jsonl", generated(1))
    with pytest.raises(SystemExit):
        cli.main(["load", source, "--to", to])
    printed = capsys.readouterr()
    assert "hush" not in printed.err + printed.out


@pytest.mark.parametrize("to", [to for to in DESTINATIONS if re.search("[=:]", to) and "duckdb:/l" not in to])
def test_an_address_as_people_write_it_shows_no_secret(to):
    assert "hush" not in shown_address(to).lower()
    assert "hush" not in without_secrets(f"cannot open {to!r}, {to} or {to.upper()}", to).lower()


@pytest.mark.parametrize(
    ("address", "text"),
    [
        ("postgresql://me:hush%20hush@h/x", "no password 'hush hush'"),
        ("postgresql://me:hush hush@h/x", "no password hush%20hush or hush+hush"),
        ("postgresql://me:two$hush@h/x", "no password two%24hush"),
        ("postgresql://me:a-long-hush-hush@h/x", "no password 'a-long-hus'"),
        ("postgresql://me:Hush@h/x", "no password HUSH"),
        ("postgresql://me:hushes@h/x", "no password xxhushesxx"),
    ],
)
def test_a_part_or_another_form_of_a_secret_is_left_out_of_a_foreign_error(address, text):
    assert "hus" not in without_secrets(text, address).lower()


@pytest.mark.parametrize(
    "name",
    ["PGPASSWORD", "AWS_SECRET_ACCESS_KEY", "motherduck_token", "HTTPS_PROXY", "DESTINATION__BIGQUERY__CREDENTIALS"],
)
@pytest.mark.parametrize("value", ["a-long-hush", "http://me:hush@proxy.example.org:3128"])
def test_secrets_of_the_environment_are_left_out_of_a_foreign_error(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    text = without_secrets(f"failed with ({value!r}, 'hush', 'a-long-hush') on line 17", "bigquery")
    assert text.startswith("failed with ")
    assert "on line 17" in text
    assert value.rpartition("@")[0] or "a-long-hush" not in text
    assert "://" not in value or "hush'" not in text.replace("a-long-hush", "")


def printed_by_leaks(start, folder):
    """Return what `tests.loading.leaks` prints in a fork of this process: to load dlt again takes two seconds."""
    import dlt  # noqa: PLC0415 -- heavy

    from altdetails.loading import pipeline  # noqa: F401, PLC0415 -- loads what a fork needs

    paths = [folder / "out", folder / "err"]

    def run():
        for number, path in enumerate(paths, 1):
            os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), number)
        sys.stdout, sys.stderr = os.fdopen(1, "w"), os.fdopen(2, "w")
        sys.argv = ["leaks", str(start), str(EVERY)]
        warnings.simplefilter("default")
        logging.getLogger("dlt").handlers.clear()
        dlt.current.run_context().reload()  # logs to this process's standard error, at the level of the environment
        leaks.main()

    process = multiprocessing.get_context("fork").Process(target=run)
    process.start()
    process.join(900)
    assert process.exitcode == 0
    return [path.read_bytes() for path in paths]


@pytest.mark.slow
@pytest.mark.parametrize(("level", "start"), [("CRITICAL", 0), ("DEBUG", EVERY // 2)])
def test_no_destination_leaves_a_secret_in_messages_tracebacks_logs_or_files(
    level, start, server, tmp_path_factory, monkeypatch
):
    monkeypatch.setenv("ALSO", server.database("postgres", "hush"))
    monkeypatch.setenv("RUNTIME__LOG_LEVEL", level)
    out, err = printed_by_leaks(start, tmp_path_factory.mktemp("printed"))
    for stream in (out, err):
        parts = stream.lower().split(b"=== ")[1:]
        assert len(parts) == len(DESTINATIONS[start::EVERY]) + 1
        assert [part for part in parts if b"hush" in part] == []
    assert b"records=1, new=1" in out
    assert (b"|[DEBUG]|" in err) == (level == "DEBUG")
    assert [path for path in Path().rglob("*") if "hush" in path.name] == []


@pytest.mark.parametrize("to", ["bigquery", "snowflake", "postgres", "redshift"])
def test_no_message_has_a_secret_of_the_environment(to, monkeypatch):
    monkeypatch.setenv(f"DESTINATION__{to.upper()}__CREDENTIALS", f"postgresql://me:hu hush@{LOCAL}?x=hush")
    with pytest.raises(ExportError) as caught:
        load([written("records.jsonl", generated(1))], to)
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    "secrets",
    [
        "credentials = 'postgresql://me:hush@127.0.0.1:1/library?hush=hush'",
        "credentials = 'postgresql://me:hush@127.0.0.1:1/library?connect_timeout=hush'",
        """credentials = '{"password": "hush", "port": "hush"}'""",
        "[destination.postgres.credentials]\npassword = 'hush'\nhost = '127.0.0.1'\nport = 'hush'",
        "[destination.postgres.credentials]\npassword = 'x'\nhost = '127.0.0.1'\nport = '''\nhush\n'''",
    ],
)
def test_no_message_has_a_secret_of_a_file(secrets):
    Path(".dlt").mkdir()
    Path(".dlt/secrets.toml").write_text(f"[destination.postgres]\n{secrets}\n")
    with pytest.raises(ExportError) as caught:
        load([written("records.jsonl", generated(1))], "postgres")
    assert "hush" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("options", ["?motherduck_token=", ";password=", "#api_key="])
def test_a_successful_load_shows_no_options(options, capsys):
    source = written("records.jsonl", generated(1))
    to = f"duckdb:///library.db{options}hush"
    with pytest.raises(SystemExit) as ended:
        cli.main(["load", source, "--to", to])
    printed = capsys.readouterr().err
    assert "hush" not in printed
    assert ended.value.code in {0, 2}
    assert "duckdb:///library.db" in printed


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("bigquery", "bigquery"),
        ("duckdb:///my folder/library.db", "duckdb:///my folder/library.db"),
        ("duckdb:////home/library.db", "duckdb:////home/library.db"),
        (r"duckdb:///C:\records\library.db", r"duckdb:///C:\records\library.db"),
        ("postgresql://me:hush@db.example.org:5432/library", "postgresql://db.example.org:5432/library"),
        ("https://me:hush@[::1]:9000/records", "https://[::1]:9000/records"),
        ("postgresql://db.example.org/library?user=me", "postgresql://db.example.org/library"),
        ("postgresql://me:hu?sh@db.example.org/library", "postgresql://…"),
        ("postgresql://me:hush/library", "postgresql://…"),
        ("s3://bucket/year=2024/records", "s3://bucket/year…"),
        ("s3://crawl/2024-*.warc.gz", "s3://crawl/2024-*.warc.gz"),
        ("head.example.org:10001", "head.example.org:10001"),
        ("/mnt/records", "/mnt/records"),
        ("catalog.records", "catalog.records"),
        ("", ""),
    ],
)
def test_scheme_host_and_path_are_shown(address, shown):
    assert shown_address(address) == shown
