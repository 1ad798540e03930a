"""A history out of a real pywb server."""

import gzip
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.page.material import everyday
from tests.support.pages import invented_doi, invented_id
from tests.support.pywb import Crawl, make_collection, make_compressed_index, serving
from tests.warc.warcs import brotlied

from altdetails import Run
from altdetails.errors import RunStopped
from altdetails.history.collect import collect_history
from altdetails.parsing.stream import PageStream
from altdetails.parsing.tasks import ParsedLine

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("pywb")]

HOST = "https://www.altmetric.com"
ROOT = str(Path(__file__).parents[2])
SAMPLE = str(Path(ROOT, "samples", "article-2023.html"))
YEARS, OUTPUTS = range(2014, 2024), range(3)


def page(number, score):
    return everyday(score=score, id=invented_id(number), doi=invented_doi(number)).encode()


def url(number):
    return f"{HOST}/details/{invented_id(number)}"


def fill(path):
    """Write a crawl with ten years of three outputs, and one output for each oddity."""
    crawl = Crawl(path)
    for number in OUTPUTS:
        for year in YEARS:
            crawl.keep(url(number), f"{year}-03-0{number + 1}T10:00:00Z", page(number, 10 * (year - 2013) + number))
    for number, status in ((20, "404 Not Found"), (21, "403 Forbidden"), (22, "503 Service Unavailable")):
        crawl.keep(url(number), "2019-01-01T00:00:00Z", page(number, 1))
        crawl.keep(url(number), "2019-01-02T00:00:00Z", b"<html>no</html>", status=status)
    crawl.keep(url(30), "2019-01-01T00:00:00Z", page(30, 1))
    crawl.keep(url(30), "2019-01-02T00:00:00Z", page(30, 2)[:-2000])
    crawl.keep(url(31), "2019-01-01T00:00:00Z", gzip.compress(page(31, 1)), "Content-Encoding: gzip")
    crawl.keep(url(32), "2019-01-01T00:00:00Z", brotlied(page(32, 1)), "Content-Encoding: br")
    crawl.keep(url(33).replace("https", "http"), "2019-01-01T00:00:00Z", page(33, 1))
    crawl.keep(url(33), "2019-06-01T00:00:00Z", page(33, 2))
    crawl.keep(url(34), "2019-01-01T00:00:00Z", page(34, 1))
    crawl.keep(f"{url(34)}/news", "2019-01-01T00:00:00Z", page(34, 1))
    redirect = f"Location: {url(0)}"
    crawl.keep(f"{HOST}/details/doi/{invented_doi(0)}", "2015-01-01T00:00:00Z", b"", redirect, status="302 Found")
    return crawl.write()


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with the collection `alt`, and the lines of its index."""
    folder = tmp_path_factory.mktemp("pywb")
    blocked = f"com,altmetric)/details/{invented_id(34)}"
    return folder, make_collection(folder, "alt", fill(folder / "crawl.warc.gz"), blocked=blocked)


@pytest.fixture(scope="module")
def archive(made):
    with serving(made[0]) as server:
        yield server


@pytest.fixture
def collect(collected, archive):
    return lambda *arguments, **settings: collected(
        *arguments, **{"archive": f"{archive.address}/alt", "contact": None} | settings
    )


def plain(run_folder):
    """The records of a run, without what differs from run to run."""
    records = []
    for record in Run(run_folder).records():
        values = record.to_dict()
        for name in ("input", "fetched_at"):
            values["provenance"].pop(name)
        records.append(values)
    return records


@pytest.fixture(scope="module")
def whole(archive, tmp_path_factory):
    """The folder of a run that was not interrupted, and its outcomes."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    wanted = [invented_id(number) for number in OUTPUTS]
    return folder, list(collect_history(wanted, folder, archive=f"{archive.address}/alt", every="year"))


def parsed_again(folder):
    stream = PageStream([str(folder / "pages.warc.gz")], jobs=1, page_timeout=None)
    return b"".join(result.json for results in stream.results() for result in results if isinstance(result, ParsedLine))


def test_ten_years_of_three_outputs(whole):
    folder, outcomes = whole
    assert [outcome.status for outcome in outcomes] == ["ok"] * 30
    scores = {
        (record.altmetric_id, record.provenance.captured_at[:4]): record.score for record in Run(folder).records()
    }
    assert scores == {(invented_id(n), str(year)): 10 * (year - 2013) + n for n in OUTPUTS for year in YEARS}
    assert parsed_again(folder) == (folder / "records.jsonl").read_bytes()


@pytest.mark.parametrize("number", [20, 21, 22, 30])
def test_an_archived_refusal_and_a_cut_page_are_no_records_and_not_retried(collect, archive, number):
    mark = len(archive.pages())
    outcomes = collect(invented_id(number), since="2019-01-01", every="month")
    assert [outcome.status for outcome in outcomes] == (["ok"] if number != 30 else ["failed", "ok"])
    assert len(archive.pages()) - mark == len(outcomes)


@pytest.mark.parametrize("number", [31, 32])
def test_codings(collect, number):
    assert [outcome.status for outcome in collect(invented_id(number))] == ["ok"]


def test_both_schemes_are_found_by_one_question(collect):
    outcomes = collect(invented_id(33))
    assert [outcome.record.provenance.final_url for outcome in outcomes] == [url(33).replace("https", "http"), url(33)]


def test_a_blocked_output_is_blocked_and_not_without_capture(collect):
    (outcome,) = collect(invented_id(34))
    assert outcome.status == "blocked"
    assert "451" in outcome.reason


def test_the_nearest_capture_is_refused(collect):
    Path("captures.csv").write_text(f"url,timestamp,status\n{url(1)},20180701000000,200\n")
    (outcome,) = collect(invented_id(1), captures="captures.csv")
    assert outcome.status == "no_capture"
    assert f"the archive gave another capture, 2018-03-02T10:00:00Z of {url(1)}" in outcome.reason


def test_a_doi_is_found_by_its_archived_redirect(collect):
    assert len(collect(invented_doi(0), every="year")) == 10


def test_everything_below_details(collect):
    outcomes = collect(None, everything=True, every="year", since="2019", until="2019")
    assert len([outcome for outcome in outcomes if outcome.status == "ok"]) == 3 + 3 + 1 + 2 + 1


def test_a_collection_without_an_index_ends_the_run(collect, archive):
    with pytest.raises(RunStopped, match="check the address of the archive"):
        collect(invented_id(0), archive=f"{archive.address}/alt/none/of/these")


def test_the_form_of_common_crawl(made, tmp_path, collected):
    folder = tmp_path / "server"
    folder.mkdir()
    make_compressed_index(folder, "CC-MAIN-2022-05", made[1], made[0] / "collections" / "alt" / "archive")
    with serving(folder) as server:
        place = f"{server.address}/CC-MAIN-2022-05"
        outcomes = collected(None, everything=True, every="year", archive=place, contact=None, limit=3)
        assert [outcome.status for outcome in outcomes] == ["ok"] * 3
        counts = Run("run").status().counts
        assert counts["ok"] + counts[None] == 30 + 3 + 1 + 2 + 1 + 1
        pages = [path for path in server.requests() if "&page=" in path]
        assert len(pages) > 5
        assert len(collected(invented_id(2), "other", every="year", archive=place, contact=None)) == 10


KILLS = 25 if os.environ.get("HYPOTHESIS_PROFILE") == "thorough" else 5

COLLECTING = """
import json, os, sys
import altdetails, altdetails.parsing.steps, altdetails.page.reading
from altdetails.history import collecting
from altdetails.history.collect import collect_history
from tests.support.parser import ParserInProcess

collecting.PageParser = ParserInProcess
altdetails.parse(open(sys.argv[1], "rb").read())  # loads what the first page needs
for line in sys.stdin:
    process = os.fork()
    if not process:
        for outcome in collect_history(**json.loads(line)):
            pass
        os._exit(0)
    print(process, flush=True)
    print(os.waitpid(process, 0)[1], flush=True)
"""
"""Collects a history in a new process for each line of standard input; prints its number, then how it ended."""


def test_a_run_that_is_killed_many_times_asks_for_no_page_twice_but_the_one_in_hand(archive, whole):
    wanted = [invented_id(number) for number in OUTPUTS]
    mark = len(archive.pages())
    settings = {"identifiers": wanted, "run": "run", "archive": f"{archive.address}/alt", "every": "year"}
    line = json.dumps(settings) + "\n"
    chance = random.Random(19)  # noqa: S311 -- not used for secrets
    pipes = {
        "stdin": subprocess.PIPE,
        "stdout": subprocess.PIPE,
        "text": True,
        "env": os.environ | {"PYTHONPATH": ROOT},
    }
    with subprocess.Popen([sys.executable, "-c", COLLECTING, SAMPLE], **pipes) as server:
        killed = 0
        for _ in range(KILLS):
            before = len(archive.pages())
            server.stdin.write(line)
            server.stdin.flush()
            process = int(server.stdout.readline())
            deadline = time.monotonic() + 60
            pages = chance.randrange(2)
            while len(archive.pages()) - before < pages and time.monotonic() < deadline:
                time.sleep(0.01)
            time.sleep(chance.random() * 0.03)
            os.kill(process, signal.SIGKILL)
            killed += int(server.stdout.readline()) == signal.SIGKILL
        server.stdin.write(line)
        server.stdin.close()
        assert server.stdout.read().splitlines()[1] == "0"
    assert killed == KILLS
    assert plain("run") == plain(whole[0])
    asked = archive.pages()[mark:]
    assert len(asked) - len(set(asked)) <= killed
    assert len(set(asked)) == 30
    assert parsed_again(Path("run")) == Path("run/records.jsonl").read_bytes()
