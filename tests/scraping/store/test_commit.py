"""Committed visits can be read back, also by other WARC tools, and a run resumes after its last commit."""

import json
import os

import pytest
from tests.scraping.store.material import (
    AT,
    FAILURES,
    PAGES,
    RECORDS,
    SITE,
    assert_consistent,
    commit_visits,
    contents,
    doi,
    exchange,
    failures,
    kinds,
    lines,
    listed,
    missing,
    stored,
    tracked,
    unreached,
    warcio_check,
)

from altdetails.errors import RunDamaged, StoreError
from altdetails.results import STATUSES, RobotsFile
from altdetails.scraping.store import ListedIdentifier, status


def counts_of(**counts):
    return dict.fromkeys((*STATUSES, None), 0) | {None: counts.pop("pending", 0)} | counts


class TestArchive:
    def test_a_visit_is_an_outcome_followed_by_its_exchanges(self, open_run):
        with open_run() as run:
            commit_visits(run, tracked(1))
        opening, visit, *exchanges = stored()
        assert kinds() == ["warcinfo", "metadata", "request", "response", "request", "response"]
        assert opening.fields["software"] == "altdetails/0.1.0"
        assert visit.fields == {"requested": doi(1), "outcome": "ok", "attempts": "1"}
        assert visit["WARC-Refers-To"] == exchanges[-1]["WARC-Record-ID"]
        assert [record["WARC-Concurrent-To"] for record in exchanges[::2]] == [
            record["WARC-Record-ID"] for record in exchanges[1::2]
        ]
        assert {record["WARC-Date"] for record in exchanges} == {AT}
        assert [record["WARC-Target-URI"] for record in exchanges] == [
            exchange.url for exchange in tracked(1)[1] for _ in range(2)
        ]

    def test_warcio_accepts_the_archive(self, open_run):
        with open_run() as run:
            commit_visits(run, *map(tracked, range(3)), missing("10.5555/none"), unreached("10.5555/unreached"))
        process = warcio_check()
        assert (process.returncode, process.stderr) == (0, "")
        assert process.stdout.count("digest pass") == len(kinds())
        assert "fail" not in process.stdout

    def test_records_parsed_again_are_identical(self, open_run):
        with open_run() as run:
            commit_visits(run, *map(tracked, range(5)))
        assert b"".join(lines(PAGES)) == RECORDS.read_bytes()

    def test_a_record_names_its_page_in_the_archive(self, open_run):
        with open_run() as run:
            commit_visits(run, tracked(1))
        (record,) = map(json.loads, RECORDS.read_text().splitlines())
        assert f"<{record['provenance']['input']}>" == list(stored())[-1]["WARC-Record-ID"]

    def test_a_visit_without_a_connection_does_not_change_the_archive(self, open_run):
        with open_run() as run:
            commit_visits(run, unreached(doi(1)))
        assert PAGES.read_bytes() == b""
        assert_consistent()

    def test_every_invocation_that_writes_records_its_software(self, open_run):
        for seed in range(2):
            with open_run(software=f"altdetails/0.{seed}") as run:
                commit_visits(run, tracked(seed), missing(f"10.5555/{seed}"))
        with open_run():
            pass
        infos = [record for record in stored() if record["WARC-Type"] == "warcinfo"]
        assert [info.fields["software"] for info in infos] == ["altdetails/0.0", "altdetails/0.1"]

    def test_exchanges_without_an_identifier_are_written_before_the_next_visit(self, open_run):
        with open_run() as run:
            run.keep([exchange(f"{SITE}/robots.txt")])
            commit_visits(run, tracked(1), tracked(2))
        robots, *rest = [record for record in stored() if record["WARC-Type"] in {"metadata", "response"}]
        assert robots["WARC-Target-URI"] == f"{SITE}/robots.txt"
        assert [record["WARC-Type"] for record in rest] == ["metadata", "response", "response"] * 2
        assert_consistent()

    def test_exchanges_without_an_identifier_are_written_with_an_outcome_without_exchanges(self, open_run):
        with open_run() as run:
            run.keep([exchange(f"{SITE}/robots.txt")])
            commit_visits(run, (missing(doi(1), "robots_denied")[0], ()))
        assert kinds() == ["warcinfo", "request", "response"]
        assert_consistent()

    def test_exchanges_without_a_following_outcome_are_written_on_closing(self, open_run):
        with open_run() as run:
            commit_visits(run, tracked(1))
            run.keep([exchange(f"{SITE}/robots.txt")])
        *_, last = [record for record in stored() if record["WARC-Type"] == "response"]
        assert last["WARC-Target-URI"] == f"{SITE}/robots.txt"
        assert warcio_check().returncode == 0
        assert_consistent()
        with open_run() as run:
            commit_visits(run, tracked(2))
        assert_consistent()


class TestOutcomes:
    def test_outcomes_are_counted_and_saved(self, open_run):
        with open_run() as run:
            commit_visits(run, tracked(1), missing("10.5555/a"), missing("10.5555/b"), unreached("10.5555/c"))
            run.listing.add([ListedIdentifier("nothing", "not an identifier"), *listed("10.5555/later")])
            expected = counts_of(ok=1, not_tracked=2, failed=1, invalid=1, pending=1)
            assert run.counts() == expected
        with open_run() as run:
            assert run.counts() == expected

    def test_failures_are_written_in_the_order_of_the_list(self, open_run):
        with open_run() as run:
            run.listing.add(
                [*listed("10.5555/b"), ListedIdentifier("x y", "white space inside"), *listed(doi(1), "10.5555/a")]
            )
            for visit in (unreached("10.5555/a"), tracked(1), missing("10.5555/b")):
                run.commit(*visit)
        b, invalid, a = failures()
        assert b == {
            "identifier": "10.5555/b",
            "outcome": "not_tracked",
            "reason": "not_tracked, says the test",
            "attempts": 1,
            "http_status": 404,
            "at": AT,
        }
        assert (invalid["identifier"], invalid["outcome"], invalid["reason"], invalid["attempts"]) == (
            "x y",
            "invalid",
            "white space inside",
            0,
        )
        assert (a["identifier"], a["http_status"]) == ("10.5555/a", None)

    def test_failures_are_rewritten_every_time(self, open_run):
        with open_run() as run:
            commit_visits(run, missing(doi(1), "blocked"))
        assert len(failures()) == 1
        with open_run() as run:
            commit_visits(run, tracked(1))
        assert FAILURES.read_bytes() == b""

    def test_failures_are_written_if_the_block_raises(self, open_run):
        run = commit_visits(open_run(), missing(doi(1)))
        with pytest.raises(ZeroDivisionError), run:
            _ = 1 / 0
        assert [failure["identifier"] for failure in failures()] == [doi(1)]

    def test_an_identifier_that_is_not_in_the_run_is_refused_and_nothing_is_written(self, open_run):
        with open_run() as run:
            commit_visits(run, tracked(1))
            before = PAGES.read_bytes(), RECORDS.read_bytes()
            with pytest.raises(StoreError, match=r"10\.5555/.*: is not an identifier of this run"):
                run.commit(*tracked(2))
            assert (PAGES.read_bytes(), RECORDS.read_bytes()) == before
        assert_consistent()

    def test_nothing_can_be_committed_after_a_failed_write_or_closing(self, open_run):
        with open_run() as run:
            with pytest.raises(StoreError):
                run.commit(*tracked(2))
            with pytest.raises(StoreError, match="open it again"):
                commit_visits(run, tracked(1))
        with pytest.raises(StoreError, match="open it again"):
            run.commit(*tracked(1))

    def test_closing_twice_is_allowed(self, open_run):
        run = open_run()
        run.close()
        run.close()
        assert status("run").writer is None

    def test_robots_txt_is_stored_for_each_origin(self, open_run):
        with open_run() as run:
            assert run.robots(SITE) is None
            run.keep_robots(SITE, RobotsFile(404, b"", 1.5))
            run.keep_robots(SITE, RobotsFile(200, b"User-agent: *\n\xff", 2.5))
            run.keep_robots("http://[::1]:1", RobotsFile(404, b"", 3))
        with open_run() as run:
            assert run.robots(SITE) == RobotsFile(200, b"User-agent: *\n\xff", 2.5)
            assert run.robots("http://[::1]:1") == RobotsFile(404, b"", 3)


class TestFolder:
    def test_a_folder_is_created_with_its_parents(self, open_run):
        with open_run("some/folder/run") as run:
            assert run.repairs == []
        assert set(contents("some/folder/run")) == {
            "failures.jsonl",
            "ledger.sqlite",
            "lock",
            "pages.warc.gz",
            "records.jsonl",
        }

    def test_an_empty_folder_is_accepted(self, open_run, folder):
        (folder / "run").mkdir()
        with open_run():
            pass

    def test_a_folder_left_by_a_crash_during_creation_is_accepted(self, open_run, folder):
        (folder / "run").mkdir()
        for name in ("lock", "ledger.sqlite", "pages.warc.gz"):
            (folder / "run" / name).touch()
        with open_run() as run:
            commit_visits(run, tracked(1))
        assert_consistent()

    @pytest.mark.parametrize("name", ["notes.txt", "failures.jsonl", "other"])
    def test_a_folder_with_other_files_is_refused_and_unchanged(self, open_run, folder, name):
        (folder / "run").mkdir()
        (folder / "run" / name).write_text("mine")
        with pytest.raises(StoreError, match=rf"run: contains other files .*{name}.*; choose"):
            open_run()
        assert contents() == {name: b"mine"}

    @pytest.mark.parametrize("name", ["pages.warc.gz", "records.jsonl"])
    def test_a_run_without_its_ledger_is_damaged_and_unchanged(self, open_run, folder, name):
        (folder / "run").mkdir()
        (folder / "run" / name).write_text("much work")
        with pytest.raises(RunDamaged, match=r"run/ledger.sqlite: is missing .*; restore"):
            open_run()
        assert contents() == {name: b"much work"}

    def test_a_file_is_refused(self, open_run, folder):
        (folder / "run").write_text("mine")
        with pytest.raises(StoreError, match=r"run: is a file; give"):
            open_run()
        with pytest.raises(StoreError, match=r"run/below: "):
            open_run("run/below")

    @pytest.mark.skipif(os.geteuid() == 0, reason="permissions do not apply to root")
    def test_a_folder_that_cannot_be_created_is_refused(self, open_run, folder):
        folder.chmod(0o555)
        with pytest.raises(StoreError, match=r"run: Permission denied; check its permissions"):
            open_run()
        folder.chmod(0o755)

    def test_a_run_belongs_to_one_site(self, open_run):
        with open_run(site=f"{SITE}/"):
            pass
        with open_run(site=SITE):
            pass
        with pytest.raises(StoreError, match=rf"run: holds a run of {SITE}, not of http://\[::1\]; choose another"):
            open_run(site="http://[::1]")

    def test_a_folder_can_have_any_name(self, open_run):
        name = os.fsdecode(b"r\xfcn %20?#&'")
        with open_run(name) as run:
            commit_visits(run, tracked(1))
        assert status(name).counts["ok"] == 1
