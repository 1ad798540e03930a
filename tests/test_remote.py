"""Files at addresses: read, written whole or not at all, and refused where a folder of this machine is needed."""

import json
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from tests.support.calling import call
from tests.support.cases import for_each
from tests.support.mentions import mention, mentions_file, page
from tests.support.records import generated, written

from altdetails import ExportError, InputError, Run, SettingsError, collect_history, export, read_records, scrape
from altdetails.remote import copied_here, files_at, output_here
from altdetails.sources import find

LINES = [line + b"\n" for line in generated(3)]
ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "samples"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def bucket(storage, monkeypatch, tmp_path_factory):
    """The bucket `crawls`, in which `r/records.jsonl` has three records."""
    for name, value in storage.environment.items():
        monkeypatch.setenv(name, value)
    source = tmp_path_factory.mktemp("records")
    (source / "records.jsonl").write_bytes(b"".join(LINES))
    storage.add(source, "r")
    yield storage
    for key in storage.keys("r"):
        storage.client.delete_object(Bucket="crawls", Key=key)


@pytest.mark.slow
@pytest.mark.usefixtures("bucket")
class TestReading:
    def test_records_are_read_from_an_address(self):
        records = [*read_records("s3://crawls/r/records.jsonl")]
        assert [record.to_json() + b"\n" for record in records] == LINES

    def test_pages_of_a_folder_are_read_in_order_with_their_addresses(self, bucket, folder):
        (folder / "pages").mkdir()
        for name in ("b.html", "a.html"):
            (folder / "pages" / name).write_bytes((SAMPLES / "article-2023.html").read_bytes())
        (folder / "pages" / "style.css").write_text("p {}")
        (folder / "pages" / "without-ending").write_bytes((SAMPLES / "article-2023.html").read_bytes())
        bucket.add(folder / "pages", "r/pages")
        done = call("parse", "s3://crawls/r/pages", "--jobs", 2)
        names = [json.loads(line)["provenance"]["input"] for line in done.out.splitlines()]
        assert names == [f"s3://crawls/r/pages/{name}" for name in ("a.html", "b.html", "without-ending")]
        assert "1 other file skipped (1 .css)" in done.err

    def test_a_pattern_of_addresses_is_an_error_with_the_way_out(self):
        with pytest.raises(
            InputError, match=r"^s3://crawls/r/\*\.html: no such file or folder; patterns of addresses need"
        ):
            files_at("s3://crawls/r/*.html")

    def test_a_file_that_cannot_be_copied_does_not_hide_the_others(self, bucket, folder):
        for name in ("a.html", "b.html", "c.html"):
            (folder / name).write_bytes((SAMPLES / "article-2023.html").read_bytes())
        bucket.add(folder, "r/pages")

        def copy(address):
            if address.endswith("b.html"):
                raise InputError(f"{address}: cannot be read: access denied; check the permissions")
            return str(folder / address.rpartition("/")[2])

        items = [*find(["s3://crawls/r/pages"], copy=copy)]
        assert [item.name for item in items] == [f"s3://crawls/r/pages/{name}.html" for name in "abc"]
        assert str(items[1].error).endswith("b.html: cannot be read: access denied; check the permissions")

    @pytest.mark.parametrize("address", ["s3://crawls/r/none.jsonl", "s3://no-such-bucket/x.jsonl", "s3://crawls/r"])
    def test_what_is_not_there_is_an_error_with_the_address(self, address):
        done = call("export", address, "-o", "out.csv")
        assert done.returncode == 2
        assert done.err.startswith(f"Error: {address}: cannot be read: ")
        assert not Path("out.csv").exists()


@pytest.mark.slow
@pytest.mark.usefixtures("bucket")
class TestWriting:
    @pytest.mark.parametrize("ending", [".csv", ".parquet", ".duckdb", ".jsonl.gz"])
    def test_an_export_is_stored(self, bucket, folder, ending):
        assert call("export", "s3://crawls/r/records.jsonl", "-o", f"s3://crawls/r/out{ending}").returncode == 0
        export(["s3://crawls/r/records.jsonl"], f"here{ending}")
        stored = bucket.fetch("r", folder / "fetched") / f"out{ending}"
        assert stored.stat().st_size > 0
        if ending in {".csv", ".parquet"}:
            assert stored.read_bytes() == Path(f"here{ending}").read_bytes()

    def test_records_failures_reports_and_changes_are_stored(self, bucket):
        for arguments in (
            (
                "parse",
                SAMPLES / "article-2023.html",
                "-o",
                "s3://crawls/r/a.jsonl",
                "--failures",
                "s3://crawls/r/f.jsonl",
            ),
            ("report", "s3://crawls/r/records.jsonl", "-o", "s3://crawls/r/report.html"),
            ("diff", "s3://crawls/r/records.jsonl", "s3://crawls/r/records.jsonl", "-o", "s3://crawls/r/changes.csv"),
        ):
            assert call(*arguments).returncode == 0, arguments
        names = ["a.jsonl", "changes.csv", "f.jsonl", "records.jsonl", "report.html"]
        assert sorted(bucket.keys("r")) == [f"r/{name}" for name in names]

    @pytest.mark.parametrize(("ending", "lines"), [(".csv", "jsonl.gz"), (".parquet", "parquet")])
    def test_mentions_and_their_changes_are_stored(self, bucket, folder, ending, lines):
        old, new = (mentions_file(f"{name}.jsonl", mention(title=name), page()) for name in ("old", "new"))
        tab = ROOT / "tests" / "data" / "tabs" / "licensed.html"
        for arguments in (
            ("diff", "--mentions", old, new, "-o", f"s3://crawls/r/changes{ending}"),
            ("export", new, "--table", "mention_items", "-o", f"s3://crawls/r/items{ending}"),
            ("parse", tab, "-o", "a.jsonl", "--mentions", f"s3://crawls/r/mentions.{lines}"),
        ):
            done = call(*arguments)
            assert done.returncode in {0, 1}, done.err
            assert "Error" not in done.err
        assert len(bucket.keys("r")) == 4
        assert not (folder / "s3:").exists()

    def test_an_error_stores_nothing_and_names_the_address(self, bucket, folder):
        written("bad.jsonl", [b"{}\n"])
        done = call("export", "bad.jsonl", "-o", "s3://crawls/r/out.csv")
        assert done.returncode == 2
        assert str(folder) not in done.err
        assert bucket.keys("r") == ["r/records.jsonl"]

    def test_a_missing_bucket_is_reported_before_anything_is_read(self):
        with pytest.raises(ExportError, match=r"^s3://nowhere/out.csv: cannot be written: there is no bucket"):
            export(["s3://crawls/r/records.jsonl"], "s3://nowhere/out.csv")

    def test_a_killed_process_leaves_the_file_of_before(self, bucket):
        bucket.client.put_object(Bucket="crawls", Key="r/out.csv", Body=b"before")
        command = [sys.executable, "-m", "altdetails", "export", "-", "-o", "s3://crawls/r/out.csv"]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            process.stdin.write(b"".join(LINES))
            process.stdin.flush()
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(1)
            process.kill()
        assert bucket.client.get_object(Bucket="crawls", Key="r/out.csv")["Body"].read() == b"before"


RUN_REFUSED = "a run folder is a database, which must be on this machine"


class TestRefusal:
    @pytest.mark.parametrize(
        "address", ["s3://b/run", "gs://b/run", "az://b/run", "https://b.example/run", "S3://b/run"]
    )
    def test_a_run_folder_cannot_be_at_an_address(self, address, folder):
        for arguments in (
            ("scrape", "10.5555/a", "-o", address, "--dry-run"),
            ("history", "10.5555/a", "-o", address),
        ):
            done = call(*arguments)
            assert done.returncode == 2
            assert RUN_REFUSED in done.err
        with pytest.raises(SettingsError, match=RUN_REFUSED):
            scrape(["10.5555/a"], address, contact="a.librarian@uni.example")
        with pytest.raises(SettingsError, match=RUN_REFUSED):
            collect_history(["10.5555/a"], address, contact="a.librarian@uni.example")
        with pytest.raises(SettingsError, match=RUN_REFUSED):
            Run(address)
        assert [*folder.iterdir()] == []

    def test_files_are_not_sent_to_web_servers(self):
        done = call("export", written("a.jsonl", generated(3)), "-o", "https://example.invalid/out.csv")
        assert done.err == (
            "Error: https://example.invalid/out.csv: files are not sent to web servers; use s3://, gs:// or az://\n"
        )

    def test_an_unknown_scheme_is_named(self):
        with pytest.raises(InputError, match=r"^ftp://h/x: cannot be read: addresses begin with s3://, gs://"):
            files_at("ftp://h/x")

    @pytest.mark.parametrize("host", ["www.altmetric.com", "altmetric.com.", "WWW.ALTMETRIC.COM.."])
    def test_pages_of_altmetric_are_not_read(self, host):
        with (
            pytest.raises(InputError, match="fetched by `altdetails scrape` alone"),
            copied_here(f"https://{host}/x.jsonl"),
        ):
            pass

    @for_each("host", ["www.example%2einvalid", "www.example\u3002invalid", "\uff45xample.invalid", "me@127.0.0.1", ""])
    def test_a_host_that_a_client_reads_as_another_one_is_refused(self, host):
        with pytest.raises(InputError, match="its host contains"), copied_here(f"https://{host}/x.jsonl"):
            pass

    @pytest.mark.parametrize("address", ["https://[::1/x.csv", "s3://[b/x.csv"])
    def test_an_address_that_cannot_be_split_is_an_error(self, address):
        with pytest.raises(InputError, match="Invalid IPv6 URL"), copied_here(address):
            pass

    def test_azure_needs_the_name_of_an_account(self, monkeypatch):
        for name in ("AZURE_STORAGE_ACCOUNT", "AZURE_STORAGE_ACCOUNT_NAME"):
            monkeypatch.delenv(name, raising=False)
        with pytest.raises(ExportError, match="set AZURE_STORAGE_ACCOUNT"), output_here("az://c/x.csv"):
            pass

    def test_the_password_in_an_address_is_not_shown(self):
        done = call("export", "http://me:hush@example.invalid/x.jsonl", "-o", "out.csv")
        assert done.returncode == 2
        assert "hush" not in done.err


@contextmanager
def served(*answers):
    """Serve answers on the loopback, each a status, headers and a body."""
    waiting = [*answers]

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            status, headers, body = waiting.pop(0)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    monkeypatch.setenv("no_proxy", "*")


class TestWeb:
    def test_records_are_read(self):
        with served((200, {}, b"".join(LINES))) as site:
            assert len([*read_records(f"{site}/records.jsonl")]) == len(LINES)

    @pytest.mark.parametrize("name", ["my records.jsonl", "r\u00e9sum\u00e9.jsonl", "100%25.jsonl?sig=a%2Fb"])
    def test_a_name_with_other_characters_is_read(self, name):
        with served((200, {}, LINES[0])) as site:
            assert len([*read_records(f"{site}/{name}")]) == 1

    @pytest.mark.parametrize(
        "answer", [b"SSH-2.0-x\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{"]
    )
    def test_what_is_not_http_or_ends_within_a_chunk_is_an_error(self, answer):
        with socket.create_server(("127.0.0.1", 0)) as server:

            def reply():
                connection, _ = server.accept()
                connection.recv(65536)
                connection.sendall(answer)
                connection.close()

            thread = threading.Thread(target=reply)
            thread.start()
            with pytest.raises(InputError, match="not HTTP, or ends early"):
                [*read_records(f"http://127.0.0.1:{server.getsockname()[1]}/records.jsonl")]
            thread.join()

    def test_a_body_that_ends_early_is_an_error(self):
        with (
            served((200, {"Content-Length": "9999"}, LINES[0])) as site,
            pytest.raises(InputError, match="connection ended"),
        ):
            [*read_records(f"{site}/records.jsonl")]

    @pytest.mark.parametrize(
        "target", ["http://example.invalid/x", "https://www.altmetric.com/x", "file:///etc/passwd"]
    )
    def test_a_redirect_elsewhere_is_not_followed(self, target):
        with served((302, {"Location": target}, b"")) as site, pytest.raises(InputError, match="cannot be read: "):
            [*read_records(f"{site}/x")]

    def test_a_status_of_failure_is_an_error(self):
        with served((404, {}, b"")) as site, pytest.raises(InputError, match="Not Found"):
            [*read_records(f"{site}/x")]


def test_no_copy_is_left(folder, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(folder))
    with served((200, {}, b"".join(LINES)), (404, {}, b"")) as site:
        with copied_here(f"{site}/x.jsonl") as path:
            assert Path(path).parent.stat().st_mode & 0o077 == 0
        with pytest.raises(InputError), copied_here(f"{site}/x.jsonl"):
            pass
    assert [*folder.iterdir()] == []
