"""Batches over processes: their order, what a dead process costs, and what is held."""

import multiprocessing
import weakref

import pytest
from tests.parsing.workers import Batch, dying_once, many, squares

from altdetails.parsing.pool import run_in_order


def spread(function, batches, *, jobs=2):
    found = run_in_order(function, batches, jobs=jobs, apart=lambda task: [task], lost=lambda task, how: (task, how))
    return [(number, outcome) for number, some in found for outcome in some]


@pytest.mark.parametrize("jobs", [1, 2, 3])
def test_outcomes_come_in_the_order_of_the_batches(jobs):
    batches = [[*range(start, start + 3)] for start in range(0, 60, 3)]
    assert spread(squares, batches, jobs=jobs) == [(number // 3, number * number) for number in range(60)]


def test_a_process_that_dies_within_a_batch_costs_the_task_to_blame_and_doubles_none():
    found = spread(squares, [[1, 2], [3, 4, -5, 6, -7, 8], [9]])
    assert found == [
        *[(0, 1), (0, 4)],
        *[(1, 9), (1, 16), (1, (-5, "by SIGKILL")), (1, 36), (1, (-7, "by SIGKILL")), (1, 64)],
        (2, 81),
    ]


def test_a_batch_is_given_on_while_it_is_worked_on():
    found = run_in_order(many, [[10**9]], jobs=1, apart=lambda task: [task], lost=lambda *_: None)
    assert next(found) == (0, [*range(100)])
    found.close()
    assert multiprocessing.active_children() == []


def test_batches_are_taken_as_they_are_needed():
    taken = []
    batches = (taken.append(number) or [number] for number in range(1000))
    found = run_in_order(squares, batches, jobs=2, apart=lambda task: [task], lost=lambda *_: None)
    next(found)
    assert len(taken) <= 8
    found.close()


def test_a_long_batch_waits_for_its_turn():
    found = run_in_order(many, [[300_000], [300_000]], jobs=2, apart=lambda task: [task], lost=lambda *_: None)
    assert [outcome for _, some in found for outcome in some] == [*range(300_000)] * 2


def test_a_batch_that_is_done_is_not_held_until_its_turn():
    made = []

    def batches():
        yield [2_000_000]
        batch = Batch([2])
        made.append(weakref.ref(batch))
        yield batch

    found = run_in_order(many, batches(), jobs=2, apart=lambda task: [task], lost=lambda *_: None)
    assert any(number == 0 and made[0]() is None for number, _ in found)
    found.close()


def test_a_process_that_is_killed_at_its_start_is_replaced():
    assert spread(dying_once, [["seen"]]) == [(0, 1)]
