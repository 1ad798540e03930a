"""What is committed can be read back, by any tool that reads WARC, and goes on where it ended."""

import json
import os

import pytest
from tests.scraping.store.material import (
    AT,
    FAILURES,
    PAGES,
    RECORDS,
    SITE,
    assert_sound,
    committed,
    contents,
    doi,
    exchange,
    failures,
    found,
    kinds,
    lines,
    listed,
    missing,
    stored,
    unreached,
    warcio_check,
)

from altdetails.errors import RunDamaged, StoreError
from altdetails.results import STATUSES, RobotsFile
from altdetails.scraping.store import ListedIdentifier, status


def counted(**counts):
    return dict.fromkeys((*STATUSES, None), 0) | {None: counts.pop("unasked", 0)} | counts


class TestArchive:
    def test_a_visit_is_its_outcome_and_then_each_exchange(self, opened):
        with opened() as run:
            committed(run, found(1))
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
            exchange.url for exchange in found(1)[1] for _ in range(2)
        ]

    def test_warcio_finds_nothing_wrong(self, opened):
        with opened() as run:
            committed(run, *map(found, range(3)), missing("10.5555/none"), unreached("10.5555/nobody"))
        process = warcio_check()
        assert (process.returncode, process.stderr) == (0, "")
        assert process.stdout.count("digest pass") == len(kinds())
        assert "fail" not in process.stdout

    def test_the_pages_give_the_records_again_byte_for_byte(self, opened):
        with opened() as run:
            committed(run, *map(found, range(5)))
        assert b"".join(lines(PAGES)) == RECORDS.read_bytes()

    def test_a_record_names_its_page_in_the_archive(self, opened):
        with opened() as run:
            committed(run, found(1))
        (record,) = map(json.loads, RECORDS.read_text().splitlines())
        assert f"<{record['provenance']['input']}>" == list(stored())[-1]["WARC-Record-ID"]

    def test_a_visit_without_a_connection_leaves_the_archive_alone(self, opened):
        with opened() as run:
            committed(run, unreached(doi(1)))
        assert PAGES.read_bytes() == b""
        assert_sound()

    def test_every_opening_that_writes_says_who_wrote(self, opened):
        for seed in range(2):
            with opened(software=f"altdetails/0.{seed}") as run:
                committed(run, found(seed), missing(f"10.5555/{seed}"))
        with opened():
            pass
        infos = [record for record in stored() if record["WARC-Type"] == "warcinfo"]
        assert [info.fields["software"] for info in infos] == ["altdetails/0.0", "altdetails/0.1"]

    def test_what_belongs_to_no_identifier_stands_before_the_next_visit(self, opened):
        with opened() as run:
            run.keep([exchange(f"{SITE}/robots.txt")])
            committed(run, found(1), found(2))
        robots, *rest = [record for record in stored() if record["WARC-Type"] in {"metadata", "response"}]
        assert robots["WARC-Target-URI"] == f"{SITE}/robots.txt"
        assert [record["WARC-Type"] for record in rest] == ["metadata", "response", "response"] * 2
        assert_sound()

    def test_what_is_kept_is_written_with_an_outcome_that_took_no_exchange(self, opened):
        with opened() as run:
            run.keep([exchange(f"{SITE}/robots.txt")])
            committed(run, (missing(doi(1), "robots_denied")[0], ()))
        assert kinds() == ["warcinfo", "request", "response"]
        assert_sound()

    def test_what_no_outcome_follows_is_written_at_the_end(self, opened):
        with opened() as run:
            committed(run, found(1))
            run.keep([exchange(f"{SITE}/robots.txt")])
        *_, last = [record for record in stored() if record["WARC-Type"] == "response"]
        assert last["WARC-Target-URI"] == f"{SITE}/robots.txt"
        assert warcio_check().returncode == 0
        assert_sound()
        with opened() as run:
            committed(run, found(2))
        assert_sound()


class TestOutcomes:
    def test_they_are_counted_and_outlive_the_process(self, opened):
        with opened() as run:
            committed(run, found(1), missing("10.5555/a"), missing("10.5555/b"), unreached("10.5555/c"))
            run.listing.add([ListedIdentifier("nothing", "no identifier"), *listed("10.5555/later")])
            expected = counted(ok=1, not_tracked=2, failed=1, invalid=1, unasked=1)
            assert run.counts() == expected
        with opened() as run:
            assert run.counts() == expected

    def test_failures_are_told_in_the_order_of_the_list(self, opened):
        with opened() as run:
            run.listing.add(
                [*listed("10.5555/b"), ListedIdentifier("x y", "white space inside"), *listed(doi(1), "10.5555/a")]
            )
            for visit in (unreached("10.5555/a"), found(1), missing("10.5555/b")):
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

    def test_failures_are_told_anew_each_time(self, opened):
        with opened() as run:
            committed(run, missing(doi(1), "blocked"))
        assert len(failures()) == 1
        with opened() as run:
            committed(run, found(1))
        assert FAILURES.read_bytes() == b""

    def test_failures_are_told_when_the_block_is_left_by_an_error(self, opened):
        run = committed(opened(), missing(doi(1)))
        with pytest.raises(ZeroDivisionError), run:
            _ = 1 / 0
        assert [failure["identifier"] for failure in failures()] == [doi(1)]

    def test_an_identifier_that_the_run_does_not_know_is_refused_without_a_trace(self, opened):
        with opened() as run:
            committed(run, found(1))
            before = PAGES.read_bytes(), RECORDS.read_bytes()
            with pytest.raises(StoreError, match=r"10\.5555/.*: is no identifier of this run"):
                run.commit(*found(2))
            assert (PAGES.read_bytes(), RECORDS.read_bytes()) == before
        assert_sound()

    def test_nothing_is_taken_after_trouble_or_the_end(self, opened):
        with opened() as run:
            with pytest.raises(StoreError):
                run.commit(*found(2))
            with pytest.raises(StoreError, match="open it again"):
                committed(run, found(1))
        with pytest.raises(StoreError, match="open it again"):
            run.commit(*found(1))

    def test_closing_twice_is_closing(self, opened):
        run = opened()
        run.close()
        run.close()
        assert status("run").writer is None

    def test_robots_txt_is_kept_for_each_origin(self, opened):
        with opened() as run:
            assert run.robots(SITE) is None
            run.keep_robots(SITE, RobotsFile(404, b"", 1.5))
            run.keep_robots(SITE, RobotsFile(200, b"User-agent: *\n\xff", 2.5))
            run.keep_robots("http://[::1]:1", RobotsFile(404, b"", 3))
        with opened() as run:
            assert run.robots(SITE) == RobotsFile(200, b"User-agent: *\n\xff", 2.5)
            assert run.robots("http://[::1]:1") == RobotsFile(404, b"", 3)


class TestFolder:
    def test_it_is_made_with_its_parents(self, opened):
        with opened("some/where/run") as run:
            assert run.mended == []
        assert set(contents("some/where/run")) == {
            "failures.jsonl",
            "ledger.sqlite",
            "lock",
            "pages.warc.gz",
            "records.jsonl",
        }

    def test_an_empty_one_will_do(self, opened, folder):
        (folder / "run").mkdir()
        with opened():
            pass

    def test_one_that_a_crash_left_while_it_was_made_will_do(self, opened, folder):
        (folder / "run").mkdir()
        for name in ("lock", "ledger.sqlite", "pages.warc.gz"):
            (folder / "run" / name).touch()
        with opened() as run:
            committed(run, found(1))
        assert_sound()

    @pytest.mark.parametrize("name", ["notes.txt", "failures.jsonl", "other"])
    def test_one_with_other_things_in_it_is_refused_and_left_alone(self, opened, folder, name):
        (folder / "run").mkdir()
        (folder / "run" / name).write_text("mine")
        with pytest.raises(StoreError, match=rf"run: holds other things .*{name}.*; choose"):
            opened()
        assert contents() == {name: b"mine"}

    @pytest.mark.parametrize("name", ["pages.warc.gz", "records.jsonl"])
    def test_one_that_lacks_only_its_ledger_is_damaged_and_left_alone(self, opened, folder, name):
        (folder / "run").mkdir()
        (folder / "run" / name).write_text("much work")
        with pytest.raises(RunDamaged, match=r"run/ledger.sqlite: is missing .*; restore"):
            opened()
        assert contents() == {name: b"much work"}

    def test_a_file_is_no_folder(self, opened, folder):
        (folder / "run").write_text("mine")
        with pytest.raises(StoreError, match=r"run: is a file; give"):
            opened()
        with pytest.raises(StoreError, match=r"run/below: "):
            opened("run/below")

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may do everything")
    def test_one_that_may_not_be_made_is_refused(self, opened, folder):
        folder.chmod(0o555)
        with pytest.raises(StoreError, match=r"run: Permission denied; get the permission"):
            opened()
        folder.chmod(0o755)

    def test_it_belongs_to_one_site(self, opened):
        with opened(site=f"{SITE}/"):
            pass
        with opened(site=SITE):
            pass
        with pytest.raises(StoreError, match=rf"run: holds a run of {SITE}, not of http://\[::1\]; choose another"):
            opened(site="http://[::1]")

    def test_its_name_may_be_anything(self, opened):
        name = os.fsdecode(b"r\xfcn %20?#&'")
        with opened(name) as run:
            committed(run, found(1))
        assert status(name).counts["ok"] == 1
