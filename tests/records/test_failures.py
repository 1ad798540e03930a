"""The outcomes of identifiers without a record in a run folder."""

import msgspec
import pytest

from altdetails.records.files import failures
from altdetails.results import Outcome

LINE = (
    b'{"identifier":"10.5555/nothing","outcome":"not_tracked","reason":"the site has no page for it (404)",'
    b'"attempts":1,"http_status":404,"at":"2026-11-22T12:05:40Z"}\n'
)


@pytest.fixture
def run(folder):
    """Return a function that makes a run folder with the given failures."""

    def make(content):
        (folder / "run").mkdir()
        (folder / "run" / "failures.jsonl").write_bytes(content)
        return "run"

    return make


def test_every_line_is_an_outcome(run):
    outcomes = list(failures(run(LINE * 2)))
    assert outcomes == [msgspec.json.decode(LINE, type=Outcome)] * 2
    assert (outcomes[0].identifier, outcomes[0].status) == ("10.5555/nothing", "not_tracked")


@pytest.mark.parametrize("path", [".", "records.jsonl", "nothing", "-"])
def test_a_path_that_is_not_a_run_folder_has_no_failures(folder, path):
    (folder / "records.jsonl").touch()
    assert list(failures(path)) == []


@pytest.mark.parametrize("line", [b"{\n", b'"text"\n', b"\xff\n", b"\n", LINE.replace(b"not_tracked", b"unheard_of")])
def test_a_damaged_line_is_reported_and_the_others_are_read(run, line):
    damaged = []
    assert len(list(failures(run(LINE + line + LINE), damaged=damaged.append))) == 2
    (problem,) = damaged
    assert (problem.file, problem.line) == ("run/failures.jsonl", 2)
    assert problem.reason.startswith("this is not an outcome: ")
