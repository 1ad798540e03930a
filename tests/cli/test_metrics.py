"""`--metrics-file`: the numbers of a call for Prometheus, whole at every moment."""

from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.support.calling import call
from tests.support.cases import for_each
from tests.support.pages import invented_doi
from tests.support.parser import ParserInProcess
from tests.support.records import generated, written

from altdetails.cli import metrics
from altdetails.cli.metrics import METRICS, MetricsFile
from altdetails.errors import SettingsError
from altdetails.loading import warehouse

DOCUMENT = (Path(__file__).parents[2] / "docs" / "machines.md").read_text("utf-8")
FILE = Path("altdetails.prom")
SUCCESS = "altdetails_last_success_timestamp_seconds"


@pytest.fixture
def began():
    """A file of metrics at the beginning of a call."""
    return lambda **labels: MetricsFile(str(FILE), **{"command": "parse", "output": "a.jsonl", "began": 1.0} | labels)


def samples(path=FILE):
    """Return the values in a file by metric and its own label."""
    found = {}
    for family in text_string_to_metric_families(path.read_text("utf-8")):
        for sample in family.samples:
            own = [value for name, value in sample.labels.items() if name not in {"command", "output"}]
            found[" ".join([sample.name, *own])] = sample.value
    return found


@for_each(("name", "label"), [(name, label) for name, label, _ in METRICS.values()])
def test_every_metric_is_documented(name, label):
    shown = f"{name}{{{label}}}" if label else name
    assert f"| `{shown}` |" in DOCUMENT


def test_a_number_that_is_not_known_is_left_out_and_a_zero_is_not(began):
    began().write({"records": 0, "unread": None, "outcomes.ok": 2, "of another kind": 3}, 0)
    found = samples()
    assert found["altdetails_records"] == 0
    assert found["altdetails_outcomes ok"] == 2
    assert found["altdetails_exit_code"] == 0
    assert "altdetails_unread_records" not in found
    assert not any("kind" in name for name in found)


def test_the_exit_code_is_missing_while_the_call_runs(began):
    began().write({})
    assert "altdetails_exit_code" not in samples()
    assert samples()["altdetails_start_timestamp_seconds"] == 1


def test_the_last_success_is_kept_by_calls_that_fail(began):
    began().write({}, 0)
    success = samples()[SUCCESS]
    began().write({}, 2)
    assert samples()[SUCCESS] == success
    began(output="another.jsonl").write({}, 2)
    assert SUCCESS not in samples()


@pytest.mark.parametrize("output", ['a"b\\c', "a\nb\x1b", "ä 雪"])
def test_any_name_of_an_output_is_a_label(began, output):
    began(output=output).write({"records": 1}, 0)
    assert samples()["altdetails_records"] == 1
    began(output=output).write({"records": 1}, 1)
    assert SUCCESS in samples()


def test_the_file_is_written_again_after_15_seconds(began, monkeypatch):
    now = 1000.0
    monkeypatch.setattr(metrics.time, "monotonic", lambda: now)
    file = began()
    file.write({"records": 0})
    now += 14
    file.update(lambda: {"records": 1})
    assert samples()["altdetails_records"] == 0
    now += 2
    file.update(lambda: {"records": 2})
    assert samples()["altdetails_records"] == 2


def test_a_file_that_cannot_be_written_during_the_work_is_reported_once(began, monkeypatch, caplog):
    monkeypatch.setattr(metrics, "_SECONDS_BETWEEN_WRITES", 0)
    file = began()
    file.write({})
    FILE.unlink()
    FILE.mkdir()
    file.update(dict)
    file.update(dict)
    assert [message.startswith("altdetails.prom: output cannot be written: ") for message in caplog.messages] == [True]


@pytest.mark.parametrize("content", [b'{"schema_version": 2}\n', b"# HELP another_metric\n"])
def test_another_file_is_not_overwritten(began, content):
    FILE.write_bytes(content)
    with pytest.raises(SettingsError, match=r"^altdetails\.prom: is not a file of metrics, and is not overwritten; "):
        began()
    assert FILE.read_bytes() == content


@pytest.mark.parametrize(
    "content", [b"", b"# HELP altdetails_\xff", b"# HELP altdetails_a b\nc{", b"# HELP altdetails_1"]
)
def test_a_damaged_file_of_metrics_is_replaced(began, content):
    FILE.write_bytes(content)
    began().write({"records": 1})
    assert samples()["altdetails_records"] == 1


class TestCommands:
    @pytest.fixture(autouse=True)
    def quick(self, monkeypatch):
        """A parser in this process, and a warehouse that loads nothing."""
        monkeypatch.setattr("altdetails.scraping.session.PageParser", ParserInProcess)
        loaded = warehouse.Loaded(2, 1, 0, "duckdb:///records.duckdb", "altdetails", [])
        monkeypatch.setattr("altdetails.cli.load.load_into", lambda *_, **__: loaded)

    def test_scrape_writes_its_outcomes_also_during_the_work(self, replica, monkeypatch):
        monkeypatch.setattr(metrics, "_SECONDS_BETWEEN_WRITES", 0)
        seen = []
        real = MetricsFile.write
        monkeypatch.setattr(MetricsFile, "write", lambda *given: (real(*given), seen.append(samples())))
        words = [
            "scrape",
            invented_doi(0),
            "10.5555/nothing.mentions.this",
            "-o",
            "run",
            "--base-url",
            replica.base_url,
        ]
        assert call(*words, "--interval", "0", "--metrics-file", FILE).returncode == 0
        assert [found.get("altdetails_outcomes ok") for found in seen] == [None, 1, 1, 1]
        assert [found.get("altdetails_exit_code") for found in seen] == [None, None, None, 0]
        last = seen[-1]
        assert (last["altdetails_run_identifiers not_tracked"], last["altdetails_pages"]) == (1, 1)
        assert (last["altdetails_requests"], last["altdetails_outcomes blocked"]) == (4, 0)
        assert last["altdetails_bytes"] > 1000

    def test_parse_counts_records_that_are_not_certain(self, page):
        odd = page().replace(b"</main>", b"<div><h3>A new section</h3><p>Of words</p></div></main>")
        Path("a.html").write_bytes(odd)
        Path("b.html").write_text("<html><body>Nothing</body></html>")
        assert call("parse", "a.html", "b.html", "-o", "r.jsonl", "--metrics-file", FILE).returncode == 1
        found = samples()
        unread = b'"unread":[]' not in Path("r.jsonl").read_bytes()
        assert (found["altdetails_records"], found["altdetails_pages"], found["altdetails_bytes"]) == (1, 1, len(odd))
        assert found["altdetails_unread_records"] == unread
        assert (found["altdetails_failures"], found["altdetails_failures_by_kind other"]) == (1, 1)
        assert found["altdetails_exit_code"] == 1

    def test_load_writes_what_is_new(self):
        assert call("load", written("r.jsonl", generated(2)), "--metrics-file", FILE).returncode == 0
        found = samples()
        assert (found["altdetails_records"], found["altdetails_new_records"], found["altdetails_exit_code"]) == (
            2,
            1,
            0,
        )

    def test_wrong_usage_is_in_the_file(self):
        assert call("load", "--nothing", "--metrics-file", FILE).returncode == 2
        assert samples()["altdetails_exit_code"] == 2

    def test_an_input_or_output_is_not_overwritten(self, page):
        Path("a.html").write_bytes(page())
        done = call("load", "a.html", "--metrics-file", "a.html")
        assert (done.returncode, Path("a.html").read_bytes()) == (2, page())
        done = call("parse", "a.html", "-o", "r.jsonl", "--metrics-file", "r.jsonl")
        assert Path("r.jsonl").read_bytes().startswith(b'{"schema_version":')
        assert "r.jsonl: is not a file of metrics, and is not overwritten; " in done.err

    @pytest.mark.parametrize(
        ("file", "words"),
        [
            ("-", "--metrics-file -: metrics need a file of their own; "),
            ("no/a.prom", "no/a.prom: output cannot be written: "),
        ],
    )
    def test_a_file_that_cannot_be_written_ends_the_command_before_its_work(self, file, words):
        done = call("load", "a.jsonl", "--metrics-file", file)
        assert done.returncode == 2
        assert done.err.startswith(f"Error: {words}")
        assert done.err.count("\n") == 1
