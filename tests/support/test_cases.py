import inspect

import pytest
from tests.support.cases import for_each


def test_an_error_names_the_cases_that_fail_and_all_cases_are_run():
    run = []

    @for_each("number", [1, 2, 3], ids=["one", "two", "three"])
    def check(number):
        run.append(number)
        assert number == 2

    with pytest.raises(AssertionError) as raised:
        check()
    assert run == [1, 2, 3]
    assert raised.value.__notes__ == ["2 of 3 cases fail: one, three"]


def test_a_case_that_expects_an_error_in_vain_fails():
    @for_each("text", ["1", "a"])
    def check(text):
        with pytest.raises(ValueError, match="invalid literal"):
            int(text)

    with pytest.raises(pytest.fail.Exception) as raised:
        check()
    assert raised.value.__notes__ == ["1 of 2 cases fail: '1'"]


def test_two_tables_of_cases_are_multiplied_and_fixtures_stay_arguments():
    run = []

    @for_each("first", "ab")
    @for_each(("second", "third"), [(1, 2), (3, 4)])
    def check(folder, first, second, third):
        run.append((folder, first, second, third))

    assert [*inspect.signature(check).parameters] == ["folder"]
    check(folder="x")
    assert run == [("x", "a", 1, 2), ("x", "a", 3, 4), ("x", "b", 1, 2), ("x", "b", 3, 4)]


def test_no_case_is_an_error():
    with pytest.raises(AssertionError, match="no case has number"):
        for_each("number", [])
