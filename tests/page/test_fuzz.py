"""Whatever the bytes of a page, only errors of this package leave `parse`."""

import pytest
from tests.page.fuzz import leaks
from tests.support.cases import for_each

from altdetails.page import PageError, parse

REJECTED = {
    "a tag name that XML does not have": "<x²>",
    "an attribute name that XML does not have": "<a ²=1 @b=2>",
    "a control character as a number": "&#1;",
    "a surrogate as a number": "&#xD800;",
    "a surrogate in an attribute": '<a href="&#xD800;&#1;">',
    "a marked section": "<![x",
    "a declaration": "<!x[",
}


@for_each("junk", REJECTED.values(), ids=REJECTED)
@for_each("depth", [0, 300, 2100], ids="{} deep".format)
def test_only_errors_of_this_package_leave_a_page(junk, depth):
    with pytest.raises(PageError):
        parse("<html>" + "<div class=x>" * depth + junk)


@pytest.mark.parametrize("seed", range(2))
def test_damaged_samples_raise_only_errors_of_this_package(seed):
    assert [*leaks(60, seed)] == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 101))
def test_many_damaged_samples_raise_only_errors_of_this_package(seed):
    assert [*leaks(250, seed)] == []
