"""Tests of the pace: one clock per site, shared by all runs of a user."""

import shutil
import subprocess
import sys
import time
from itertools import pairwise

import pytest
from filelock import FileLock

from altdetails.errors import AltdetailsError
from altdetails.scraping.fetch.pace import JITTER, LONGEST_HOLD, Pace

pytestmark = pytest.mark.slow


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


def test_turns_are_an_interval_and_a_random_time_apart():
    waits = []
    pace = Pace("a", 0.1, lambda seconds: (waits.append(seconds), time.sleep(seconds)))
    gaps = [after - before for before, after in pairwise(starts(pace, 12))]
    assert min(gaps) >= 0.1
    assert len({round(gap, 4) for gap in gaps}) > 6
    assert max(waits) <= 0.1 * (1 + JITTER)


def test_the_interval_starts_at_the_end_of_a_turn():
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
    end = float(subprocess.run([sys.executable, "-c", program], capture_output=True, check=True).stdout)
    with Pace("a", 0.5, time.sleep).turn():
        assert time.time() - end >= 0.5


def test_each_site_has_its_own_clock():
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
    lines = []
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as process:
        lines.append(process.stdout.readline())
        pace = Pace("a", 0.05, time.sleep)
        for _ in range(6):
            with pace.turn():
                start = time.time()
                time.sleep(0.02)
                lines.append(f"{start} {time.time()}")
        lines += process.stdout
    turns = sorted(tuple(map(float, line.split())) for line in lines)
    assert len(turns) == 12
    assert all(start - end >= 0.05 for (_, end), (start, _) in pairwise(turns))


def test_a_hold_applies_to_other_runs_too():
    waits = []
    pace = Pace("a", 0.0, time.sleep)
    began = time.monotonic()
    pace.hold(1.0)
    other = Pace("a", 0.0, lambda seconds: (waits.append(seconds), time.sleep(seconds)))
    assert other.held_for <= 1.0
    starts(other, 1)
    assert time.monotonic() - began >= 0.99  # the hold is kept by the system clock
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


def test_a_wait_is_not_longer_if_the_system_clock_was_set_back():
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
def test_a_damaged_clock_is_replaced(content, state):
    pace = Pace("a", 0.0, time.sleep)
    next(state.glob("*.clock")).write_bytes(content)
    assert pace.held_for >= 0
    starts(pace, 2)


def test_the_interval_is_raised_but_never_lowered():
    pace = Pace("a", 2.0, time.sleep)
    pace.slow_down(5.0)
    pace.slow_down(0.0)
    assert pace.interval == 5.0


def test_a_pause_that_raises_does_not_block_other_runs():
    pace = Pace("a", 5.0, time.sleep)
    starts(pace, 1)

    with pytest.raises(KeyboardInterrupt), Pace("a", 5.0, stop).turn():
        pass
    starts(Pace("a", 0.0, time.sleep), 1)


def test_an_unusable_folder_is_reported_with_advice(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ALTDETAILS_STATE", str(tmp_path / "file" / "below"))
    with pytest.raises(AltdetailsError, match=r"file/below: .*ALTDETAILS_STATE"):
        Pace("a", 1.0, time.sleep)


def test_a_clock_can_be_opened_during_the_turn_of_another_run():
    with Pace("a", 0.0, pytest.fail).turn():
        Pace("a", 0.0, pytest.fail)


def test_waiting_for_the_turn_of_another_run_can_be_stopped():
    with Pace("a", 0.0, pytest.fail).turn(), pytest.raises(KeyboardInterrupt), Pace("a", 0.0, stop).turn():
        pass


def test_a_hold_is_stored_if_the_run_stops_during_the_turn_of_another():
    other = Pace("a", 0.0, pytest.fail)
    with other.turn(), pytest.raises(KeyboardInterrupt):
        Pace("a", 0.0, stop).hold(100.0)
    assert other.held_for > 90


def test_a_hold_within_a_turn_neither_waits_nor_ends_the_turn():
    pace = Pace("a", 0.0, pytest.fail)
    with pace.turn():
        pace.hold(100.0)
        with pytest.raises(KeyboardInterrupt), Pace("a", 0.0, stop).turn():
            pass
    assert pace.held_for > 90


def break_within_a_turn(pace, damage):
    with pace.turn():
        damage()


WRITES = {
    "before a turn": lambda pace, damage: (damage(), starts(pace, 1)),
    "within a turn": break_within_a_turn,
    "before a hold": lambda pace, damage: (damage(), pace.hold(0.0)),
}


@pytest.mark.parametrize("use", WRITES.values(), ids=WRITES)
def test_a_removed_folder_is_created_again(use, state):
    pace = Pace("a", 0.0, pytest.fail)
    use(pace, lambda: shutil.rmtree(state))
    assert len(list(state.glob("*.clock"))) == 1
    starts(Pace("a", 0.0, pytest.fail), 1)


def test_a_run_remembers_its_clock_if_the_folder_is_removed(state):
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
    "before reading the hold": lambda pace, damage: (damage(), pace.held_for),
    "before opening": lambda _, damage: (damage(), Pace("a", 0.0, pytest.fail)),
}


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_an_unusable_clock_file_is_reported_and_blocks_no_other_run(use, state):
    def damage():
        clock.unlink()
        clock.mkdir()

    pace = Pace("a", 0.0, pytest.fail)
    (clock,) = state.glob("*.clock")
    with pytest.raises(AltdetailsError, match=r"state: the request clock cannot be read .*: .*ALTDETAILS_STATE"):
        use(pace, damage)
    clock.rmdir()
    starts(Pace("a", 0.0, pytest.fail), 1)


def test_a_file_system_without_locks_is_reported_with_advice(monkeypatch):
    def acquire(*_args, **_settings):
        raise NotImplementedError

    monkeypatch.setattr(FileLock, "acquire", acquire)
    with pytest.raises(AltdetailsError, match=r"state: .* does not support locks; .*ALTDETAILS_STATE"):
        Pace("a", 0.0, pytest.fail)


YEARS = 73 * 365 * 86_400.0


@pytest.fixture
def wall(monkeypatch):
    """Set the system clock ahead by a number of seconds."""
    now = time.time

    def set_ahead(seconds):
        monkeypatch.setattr(time, "time", lambda: now() + seconds)

    return set_ahead


@pytest.mark.parametrize("held", [2.0, 5000.0])
@pytest.mark.parametrize("ahead", [3600.0, YEARS])
def test_a_hold_of_a_clock_that_was_ahead_is_not_longer_when_the_clock_is_right_again(wall, held, ahead):
    wall(ahead)
    pace = Pace("a", 0.0, stop)
    starts(pace, 1)
    pace.hold(held)
    wall(0.0)
    assert held - 1 < pace.held_for <= held
    wall(held)
    assert Pace("a", 0.0, stop).held_for == 0


def test_a_hold_is_kept_while_the_clock_jumps_ahead_and_back(wall):
    pace = Pace("a", 0.0, stop)
    pace.hold(3600.0)
    wall(YEARS)
    starts(Pace("a", 0.0, stop), 1)
    wall(0.0)
    assert 3500 < pace.held_for <= 3600


def test_a_turn_begins_after_one_interval_if_the_clock_was_ahead(wall):
    waits = []

    def pause(seconds):
        waits.append(seconds)
        wall(sum(waits))

    wall(YEARS)
    starts(Pace("a", 0.0, stop), 1)
    wall(0.0)
    starts(Pace("a", 100.0, pause), 1)
    assert sum(waits) <= 101 * (1 + JITTER)


@pytest.mark.parametrize("until", [YEARS, 1e18, float("inf"), float("nan")])
def test_a_stored_hold_ends_after_a_day_whatever_it_says(wall, until):
    pace = Pace("a", 0.0, stop)
    pace._write(pace._read()._replace(until=time.time() + until))
    assert pace.held_for <= LONGEST_HOLD
    wall(LONGEST_HOLD + 1)
    starts(Pace("a", 0.0, stop), 1)


def test_a_long_wait_is_reported_once():
    notices = []
    pace = Pace("site.invalid", 3600.0, stop, notices.append)
    starts(pace, 1)
    with pytest.raises(KeyboardInterrupt), pace.turn():
        pass
    (notice,) = notices
    assert notice.startswith("waiting until 20")
    assert notice.endswith("Z: site.invalid allows one request every 3,600 s")


def test_a_long_hold_is_reported_as_one():
    notices = []
    pace = Pace("site.invalid", 2.0, stop, notices.append)
    pace.hold(600.0)
    with pytest.raises(KeyboardInterrupt), pace.turn():
        pass
    (notice,) = notices
    assert notice.endswith("Z: site.invalid allows no requests until then")


@pytest.mark.parametrize("ahead", [100.0, YEARS])
def test_the_interval_and_a_hold_last_if_the_system_clock_is_set_ahead_meanwhile(wall, ahead):
    waits = []

    def pause(seconds):
        waits.append(seconds)
        raise KeyboardInterrupt

    pace = Pace("a", 90.0, pause)
    starts(pace, 1)
    wall(ahead)
    with pytest.raises(KeyboardInterrupt), pace.turn():
        pass
    assert 80 < waits[-1] <= 90 * (1 + JITTER)
    pace.hold(500.0)
    wall(2 * ahead + 1000.0)
    assert 400 < pace.held_for <= 500
    with pytest.raises(KeyboardInterrupt), pace.turn():
        pass
    assert 400 < waits[-1] <= 500


def test_a_look_at_the_hold_during_the_turn_of_another_run_writes_nothing(wall, state):
    pace = Pace("a", 0.0, stop)
    wall(YEARS)
    with Pace("a", 0.0, stop).turn():
        wall(0.0)
        (clock,) = state.glob("*.clock")
        before = clock.read_bytes()
        assert pace.held_for == 0
        assert clock.read_bytes() == before
