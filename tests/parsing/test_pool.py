"""Batches in several processes: their order, what is lost with a dead process, and what is kept in memory."""

import gc
import multiprocessing
import signal
import time
import weakref
from multiprocessing.connection import Connection

import pytest
from tests.parsing.workers import Batch, dying_once, many, squares, squares_or_long_calls

from altdetails.parsing.pool import run_in_order

pytestmark = pytest.mark.slow


def spread(function, batches, *, jobs=2):
    results = run_in_order(function, batches, jobs=jobs, split=lambda task: [task], lost=lambda task, how: (task, how))
    return [(number, outcome) for number, outcomes in results for outcome in outcomes]


@pytest.mark.parametrize("jobs", [1, 3])
def test_outcomes_keep_the_order_of_the_batches(jobs):
    batches = [[*range(start, start + 3)] for start in range(0, 60, 3)]
    assert spread(squares, batches, jobs=jobs) == [(number // 3, number * number) for number in range(60)]


def test_a_process_that_dies_loses_only_the_task_that_ended_it():
    outcomes = spread(squares, [[1, 2], [3, 4, -5, 6, -7, 8], [9]])
    assert outcomes == [
        *[(0, 1), (0, 4)],
        *[(1, 9), (1, 16), (1, (-5, "by SIGKILL")), (1, 36), (1, (-7, "by SIGKILL")), (1, 64)],
        (2, 81),
    ]


def test_a_process_with_a_long_call_loses_only_the_task_of_that_call():
    batches = [[1, 2], [3, -4, 5], [6]]
    lost = lambda task, how: (task, how)  # noqa: E731 -- as short as the one above
    results = run_in_order(squares_or_long_calls, batches, jobs=2, split=lambda task: [task], lost=lost, limit=1)
    assert [(number, outcome) for number, outcomes in results for outcome in outcomes] == [
        *[(0, 1), (0, 4)],
        *[(1, 9), (1, (-4, None)), (1, 25)],
        (2, 36),
    ]
    assert multiprocessing.active_children() == []


def test_outcomes_are_yielded_before_their_batch_is_finished():
    results = run_in_order(many, [[10**9]], jobs=1, split=lambda task: [task], lost=lambda *_: None)
    assert next(results) == (0, [*range(100)])
    results.close()
    assert multiprocessing.active_children() == []


def test_batches_are_taken_only_when_they_are_needed():
    taken = []
    batches = (taken.append(number) or [number] for number in range(1000))
    results = run_in_order(squares, batches, jobs=2, split=lambda task: [task], lost=lambda *_: None)
    next(results)
    assert len(taken) <= 8
    results.close()


def test_a_long_batch_waits_for_its_turn():
    results = run_in_order(many, [[300_000], [300_000]], jobs=2, split=lambda task: [task], lost=lambda *_: None)
    assert [outcome for _, outcomes in results for outcome in outcomes] == [*range(300_000)] * 2


def test_a_finished_batch_is_not_kept_until_its_turn():
    made = []

    def batches():
        yield [2_000_000]
        batch = Batch([2])
        made.append(weakref.ref(batch))
        yield batch

    results = run_in_order(many, batches(), jobs=2, split=lambda task: [task], lost=lambda *_: None)
    assert any(number == 0 and made[0]() is None for number, _ in results)
    results.close()


def test_a_process_that_is_killed_at_its_start_is_replaced():
    assert spread(dying_once, [["seen"]]) == [(0, 1)]


def test_a_signal_right_after_a_batch_was_sent_leaves_no_process(monkeypatch):
    send = Connection.send

    def send_with_signal(connection, tasks):
        send(connection, tasks)
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(Connection, "send", send_with_signal)
    with pytest.raises(KeyboardInterrupt):
        spread(squares_or_long_calls, [[-4]])
    gc.collect()  # the traceback of the interruption held the worker
    deadline = time.monotonic() + 60
    while multiprocessing.active_children():
        assert time.monotonic() < deadline
        time.sleep(0.02)
