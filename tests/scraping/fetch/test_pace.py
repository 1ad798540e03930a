"""One clock a site, for all runs of a user."""

import shutil
import subprocess
import sys
import time
from itertools import pairwise

import pytest
from filelock import FileLock

from altdetails.errors import AltdetailsError
from altdetails.scraping.fetch.pace import JITTER, LONGEST_HOLD, Pace


@pytest.fixture(autouse=True)
def state(tmp_path, monkeypatch):
    monkeypatch.setenv("ALTDETAILS_STATE", str(tmp_path / "state"))
    return tmp_path / "state"


def stop(_seconds):
    """A pause that ends the run."""
    raise KeyboardInterrupt


def starts(pace, count):
    moments = []
    for _ in range(count):
        with pace.turn():
            moments.append(time.monotonic())
    return moments


def test_turns_are_an_interval_and_some_jitter_apart():
    moments = starts(Pace("a", 0.1, time.sleep), 12)
    gaps = [after - before for before, after in pairwise(moments)]
    assert min(gaps) >= 0.1
    assert len({round(gap, 4) for gap in gaps}) > 6
    assert sorted(gaps)[6] < 0.1 * (1 + JITTER) + 0.05


def test_the_interval_counts_from_the_end_of_a_turn():
    pace = Pace("a", 0.1, time.sleep)
    with pace.turn():
        time.sleep(0.2)
        end = time.monotonic()
    with pace.turn():
        assert time.monotonic() - end >= 0.1


def test_the_clock_outlives_the_process():
    program = (
        "import time; from altdetails.scraping.fetch import Pace\n"
        "with Pace('a', 0.5, time.sleep).turn(): print(time.time(), flush=True)"
    )
    ended = [
        float(subprocess.run([sys.executable, "-c", program], capture_output=True, check=True).stdout) for _ in "ab"
    ]
    assert ended[1] - ended[0] >= 0.5


def test_other_sites_have_other_clocks():
    slow = Pace("a", 1000.0, time.sleep)
    starts(slow, 1)
    starts(Pace("b", 1000.0, pytest.fail), 1)


def test_two_processes_take_turns_that_do_not_overlap():
    program = (
        "import time; from altdetails.scraping.fetch import Pace\n"
        "pace = Pace('a', 0.05, time.sleep)\n"
        "for _ in range(6):\n"
        "    with pace.turn():\n"
        "        start = time.time(); time.sleep(0.02); print(start, time.time(), flush=True)"
    )
    processes = [subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) for _ in "ab"]
    turns = sorted(
        tuple(map(float, line.split())) for process in processes for line in process.communicate()[0].splitlines()
    )
    assert len(turns) == 12
    assert all(start - end >= 0.05 for (_, end), (start, _) in pairwise(turns))


def test_a_hold_is_obeyed_by_other_runs_too():
    waits = []
    pace = Pace("a", 0.0, time.sleep)
    pace.hold(0.3)
    other = Pace("a", 0.0, lambda seconds: (waits.append(seconds), time.sleep(seconds)))
    assert 0.2 < other.held_for <= 0.3
    began = time.monotonic()
    starts(other, 1)
    assert time.monotonic() - began >= 0.2
    assert waits
    assert other.held_for == 0


def test_a_shorter_hold_does_not_end_a_longer_one():
    pace = Pace("a", 0.0, time.sleep)
    pace.hold(100.0)
    pace.hold(1.0)
    assert pace.held_for > 90


def test_no_hold_is_longer_than_a_day():
    pace = Pace("a", 0.0, time.sleep)
    pace.hold(1e9)
    assert pace.held_for <= LONGEST_HOLD


def test_a_clock_that_was_set_back_makes_no_wait_longer():
    waits = []

    def pause(seconds):
        waits.append(seconds)
        raise TimeoutError

    pace = Pace("a", 2.0, pause)
    pace._write(pace._read()._replace(last=time.time() + 1e6))
    with pytest.raises(TimeoutError), pace.turn():
        pass
    assert 2.0 <= waits[0] <= 2.0 * (1 + JITTER)


@pytest.mark.parametrize("content", [b"", b"damaged", b"\xff" * 16, b"\0" * 15])
def test_a_damaged_clock_is_no_trouble(content, state):
    pace = Pace("a", 0.0, time.sleep)
    next(state.glob("*.clock")).write_bytes(content)
    assert pace.held_for >= 0
    starts(pace, 2)


def test_a_crawl_delay_slows_down_and_never_speeds_up():
    pace = Pace("a", 2.0, time.sleep)
    pace.slow_down(5.0)
    pace.slow_down(0.0)
    assert pace.interval == 5.0


def test_a_pause_that_raises_leaves_the_turn_to_others():
    pace = Pace("a", 5.0, time.sleep)
    starts(pace, 1)

    with pytest.raises(KeyboardInterrupt), Pace("a", 5.0, stop).turn():
        pass
    starts(Pace("a", 0.0, time.sleep), 1)


def test_a_folder_that_cannot_be_used_is_named_with_the_way_out(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ALTDETAILS_STATE", str(tmp_path / "file" / "below"))
    with pytest.raises(AltdetailsError, match=r"file/below: .*ALTDETAILS_STATE"):
        Pace("a", 1.0, time.sleep)


def test_a_clock_is_opened_while_another_run_has_its_turn():
    with Pace("a", 0.0, pytest.fail).turn():
        Pace("a", 0.0, pytest.fail)


def test_a_wait_for_the_turn_of_another_run_can_be_stopped():
    with Pace("a", 0.0, pytest.fail).turn(), pytest.raises(KeyboardInterrupt), Pace("a", 0.0, stop).turn():
        pass


def test_a_hold_is_kept_if_the_run_stops_while_another_has_its_turn():
    other = Pace("a", 0.0, pytest.fail)
    with other.turn(), pytest.raises(KeyboardInterrupt):
        Pace("a", 0.0, stop).hold(100.0)
    assert other.held_for > 90


def test_a_hold_within_a_turn_needs_no_wait_and_ends_no_turn():
    pace = Pace("a", 0.0, pytest.fail)
    with pace.turn():
        pace.hold(100.0)
        with pytest.raises(KeyboardInterrupt), Pace("a", 0.0, stop).turn():
            pass
    assert pace.held_for > 90


def within_a_turn(pace, spoil):
    with pace.turn():
        spoil()


WRITES = {
    "before a turn": lambda pace, spoil: (spoil(), starts(pace, 1)),
    "within a turn": within_a_turn,
    "before a hold": lambda pace, spoil: (spoil(), pace.hold(0.0)),
}


@pytest.mark.parametrize("work", WRITES.values(), ids=WRITES)
def test_a_folder_that_is_removed_is_made_again(work, state):
    pace = Pace("a", 0.0, pytest.fail)
    work(pace, lambda: shutil.rmtree(state))
    assert len(list(state.glob("*.clock"))) == 1
    starts(Pace("a", 0.0, pytest.fail), 1)


def test_a_run_whose_folder_is_removed_knows_when_it_may_ask(state):
    waits = []

    def stop(seconds):
        waits.append(seconds)
        raise KeyboardInterrupt

    pace = Pace("a", 1000.0, stop)
    starts(pace, 1)
    shutil.rmtree(state)
    with pytest.raises(KeyboardInterrupt), pace.turn():
        pass
    assert waits[0] > 900
    pace.hold(5000.0)
    shutil.rmtree(state)
    assert pace.held_for > 4900


USES = WRITES | {
    "before a look": lambda pace, spoil: (spoil(), pace.held_for),
    "before it is opened": lambda _, spoil: (spoil(), Pace("a", 0.0, pytest.fail)),
}


@pytest.mark.parametrize("work", USES.values(), ids=USES)
def test_a_clock_that_cannot_be_kept_any_more_is_named_and_holds_up_nobody(work, state):
    def spoil():
        clock.unlink()
        clock.mkdir()

    pace = Pace("a", 0.0, pytest.fail)
    (clock,) = state.glob("*.clock")
    with pytest.raises(AltdetailsError, match=r"state: the request clock cannot be read .*: .*ALTDETAILS_STATE"):
        work(pace, spoil)
    clock.rmdir()
    starts(Pace("a", 0.0, pytest.fail), 1)


def test_a_file_system_without_locks_is_named_with_the_way_out(monkeypatch):
    def acquire(*_args, **_settings):
        raise NotImplementedError

    monkeypatch.setattr(FileLock, "acquire", acquire)
    with pytest.raises(AltdetailsError, match=r"state: .* does not support locks; .*ALTDETAILS_STATE"):
        Pace("a", 0.0, pytest.fail)
