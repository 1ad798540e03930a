"""Complete, valid responses instead of the page."""

from dataclasses import dataclass, replace
from email.utils import formatdate
from time import time

from tests.support.answers import HTML, Answer
from tests.support.pages import other_page


@dataclass(frozen=True)
class Normal:
    """The normal response; this is not a fault."""

    def __call__(self, visit):
        visit.give(visit.answer())


@dataclass(frozen=True)
class Status:
    """A response with this status. `body`: the body instead of a small page with the status.

    `retry_after`: the value of the header, unchanged · `retry_after_date`: seconds after the response, sent as a date.
    """

    code: int
    retry_after: str | None = None
    retry_after_date: float | None = None
    body: str | None = None

    def __call__(self, visit):
        headers = [("Content-Type", HTML)]
        if self.retry_after is not None:
            headers.append(("Retry-After", str(self.retry_after)))
        if self.retry_after_date is not None:
            headers.append(("Retry-After", formatdate(time() + self.retry_after_date, usegmt=True)))
        body = self.body
        if body is None:
            body = "" if self.code in {204, 304} else f"<html><title>{self.code}</title><h1>{self.code}</h1></html>"
        visit.give(Answer(self.code, tuple(headers), body.encode()))


@dataclass(frozen=True)
class Challenge:
    """A challenge for browsers. `page`: `just-a-moment`, `checking-your-browser` or `attention-required`.

    `header`: 0 for the page without its `cf-mitigated` header.
    """

    code: int = 403
    page: str = "just-a-moment"
    header: bool = True

    def __call__(self, visit):
        mark = (("cf-mitigated", "challenge"),) if self.header else ()
        visit.give(Answer(self.code, (("Content-Type", HTML), *mark), other_page(f"challenge-{self.page}")))


@dataclass(frozen=True)
class LogIn:
    """A log-in page with status 200. `page`: `form` or `heading`. For a redirect to it, use `Redirect("/login")`."""

    page: str = "form"

    def __call__(self, visit):
        visit.give(Answer(200, (("Content-Type", HTML),), other_page(f"login-{self.page}")))


@dataclass(frozen=True)
class WrongPage:
    """The page of another output, with this Altmetric id."""

    altmetric_id: int = 990000002

    def __call__(self, visit):
        visit.give(visit.site.answer(f"/details/{self.altmetric_id}", zipped=visit.takes_gzip))


@dataclass(frozen=True)
class OtherAddress:
    """What the site has at another address, such as another page of a tab, or the summary instead of a tab."""

    path: str = "/details/990000001"

    def __call__(self, visit):
        visit.give(visit.site.answer(self.path, zipped=visit.takes_gzip))


@dataclass(frozen=True)
class Partial:
    """206 with the first half of the page, although the request has no range."""

    def __call__(self, visit):
        whole = visit.plain()
        half = len(whole.body) // 2
        span = ("Content-Range", f"bytes 0-{half - 1}/{len(whole.body)}")
        visit.give(Answer(206, (*whole.headers, span), whole.body[:half]))


@dataclass(frozen=True)
class Cookies:
    """The page, with many cookies."""

    count: int = 50

    def __call__(self, visit):
        answer = visit.answer()
        cookies = (("Set-Cookie", f"visit{number}=v{number}; Path=/; Max-Age=3600") for number in range(self.count))
        visit.give(replace(answer, headers=(*answer.headers, *cookies)))
