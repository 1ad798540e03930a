"""Many small cases in one test: a test of its own costs a case more time than it takes."""

import functools
import inspect

import pytest


def for_each(names, cases, ids=None):
    """Run a test with each case, like `pytest.mark.parametrize`, but as one test. Its error names the cases that fail.

    All cases share the fixtures of the test: what one leaves there must not change another.
    """
    names = names.replace(",", " ").split() if isinstance(names, str) else [*names]
    cases = [*cases]
    assert cases, f"no case has {' and '.join(names)}"
    labels = [*map(ids, cases)] if callable(ids) else [*(ids or map(_label, cases))]
    valued = [dict(zip(names, case if len(names) > 1 else [case], strict=True)) for case in cases]

    def decorated(test):
        @functools.wraps(test)
        def all_cases(*given, **fixtures):
            __tracebackhide__ = True
            failures = []
            for label, values in zip(labels, valued, strict=True):
                try:
                    test(*given, **fixtures, **values)
                except (Exception, pytest.fail.Exception) as error:  # noqa: BLE001 -- the first is raised below
                    failures.append((label, error))
            if failures:
                error = failures[0][1]
                error.add_note(
                    f"{len(failures)} of {len(cases)} cases fail: {', '.join(str(label) for label, _ in failures)}"
                )
                raise error

        signature = inspect.signature(test)
        left = [parameter for name, parameter in signature.parameters.items() if name not in names]
        all_cases.__signature__ = signature.replace(parameters=left)
        return all_cases

    return decorated


def _label(case):
    return getattr(case, "__name__", repr(case))[:80]
