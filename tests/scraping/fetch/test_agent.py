"""Tests of the User-Agent and the contact."""

import pytest
from tests.support.cases import for_each

from altdetails.errors import AltdetailsError
from altdetails.scraping.fetch.agent import check_contact, user_agent


@for_each(
    "contact",
    [
        *("a.librarian@uni-somewhere.edu", " o'brien+web@library.ac.uk ", "mailto:x@y.co"),
        *("someone@mail.com", "someone@email.com", "jane@cs.uni.edu", "jane@domain.com", "jane@company.com"),
        *("jane@host.com", "jane@university.com", "jane@institution.org", "jane@yourhost.com", "jane@test.com"),
        *("jane@localhost.org", "jane@my-example.com", "jane@bio-altmetric.com", "jane@altmetric.community"),
        *("foo@uni-x.edu", "tester@uni-x.edu", "young@uni-x.edu", "noreen@uni-x.edu", "test.jane@uni-x.edu"),
    ],
)
def test_an_email_address_is_a_contact(contact):
    assert check_contact(contact) == contact.strip().removeprefix("mailto:")


@for_each(
    "contact",
    [
        *(
            "you@example.com",
            "a@example.org",
            "a@sub.example.net",
            "jane@lab.test",
            "a@b.invalid",
            "root@host.localhost",
        ),
        *("your.name@uni.edu", "your-email@somewhere.org", "user@somewhere.org", "noreply@uni-x.edu", "test@uni-x.edu"),
        *("jane@your-domain.com", "jane@your-university.edu", "jane@altmetric.com", "support@www.altmetric.com"),
        *("jane@yourdomain.org", "jane@lab.your-institution.ac.uk", "jane@your-company.de", "jane@YOUR-MAIL.net"),
        *("jane@host.local", "jane@uni.example", "jane@example.edu", "nobody@uni-x.edu", "none@uni-x.edu"),
        *("you@uni-x.edu", "youremail@uni-x.edu", "username@uni-x.edu", "first.last@uni-x.edu", "xxx@uni-x.edu"),
    ],
)
def test_a_placeholder_is_refused(contact):
    with pytest.raises(AltdetailsError, match=r"placeholder.*--contact.*ALTDETAILS_CONTACT"):
        check_contact(contact)


@for_each(
    "contact",
    ["", "jane", "jane@lab", "a b@c.org", "a@b@c.org", "jane@lab.org\r\nX: y", "https://lab.org", "é@lab.org"],
)
def test_an_invalid_email_address_is_refused(contact):
    with pytest.raises(AltdetailsError, match="not an email address"):
        check_contact(contact)


def test_the_user_agent_has_program_version_and_contact():
    product, comment = user_agent("jane@lab.org").split(" ", 1)
    assert product.startswith("altdetails/")
    assert comment == "(mailto:jane@lab.org)"
    assert user_agent(None) == product
