"""Faults of the API: refusals, limits, errors as JSON, answers that are cut off, and the key in a response."""

import gzip
from dataclasses import dataclass, replace

from tests.support.answers import HTML, Answer
from tests.support.api import NO_KEY, NO_LICENCE, TEXT, counts, encoded, json_answer, key_in

_TEXTS = {400: b"Bad Request", 401: NO_KEY, 403: NO_LICENCE, 404: b"Not Found", 420: b"Enhance Your Calm"}


@dataclass(frozen=True)
class Refusal:
    """An error as a text. `json`: 1 for an error as JSON."""

    code: int = 403
    json: bool = False

    def __call__(self, visit):
        text = _TEXTS.get(self.code, b"An error")
        if self.json:
            error = {"status": str(self.code), "code": "refused", "title": "Refused", "detail": text.decode()}
            visit.give(json_answer({"errors": [error]}, status=self.code))
        else:
            visit.give(Answer(self.code, (("Content-Type", TEXT),), text))


@dataclass(frozen=True)
class Limit:
    """The answer, or an error with `code`, with the requests that are left in this hour and this day."""

    hourly: int | None = None
    daily: int | None = None
    code: int = 200

    def __call__(self, visit):
        left = {"Hourly": (self.hourly, 3600), "Daily": (self.daily, 86_400)}
        headers = [
            header
            for period, (count, most) in left.items()
            if count is not None
            for header in (
                (f"X-{period}RateLimit-Limit", str(most)),
                (f"X-{period}RateLimit-Remaining", str(count)),
            )
        ]
        answer = visit.plain() if self.code == 200 else Answer(self.code, (("Content-Type", TEXT),), b"Slow down")
        visit.give(replace(answer, headers=(*answer.headers, *headers)))


@dataclass(frozen=True)
class CutAnswer:
    """JSON that ends in the middle, in a valid response."""

    def __call__(self, visit):
        answer = visit.plain()
        visit.give(replace(answer, body=answer.body[: len(answer.body) // 2]))


@dataclass(frozen=True)
class OtherAnswer:
    """The answer about another invented output, by its number."""

    number: int = 9_999

    def __call__(self, visit):
        visit.give(json_answer(counts(self.number)))


@dataclass(frozen=True)
class Echo:
    """A response that repeats the key of the request, in many encodings.

    `at`: `answer` for the answer with the key in it, `gzip` for the same compressed, `cut-gzip` for truncated gzip,
    `brotli` for a coding that was not requested, `header`, `location` for a redirect to the same address, `error` for a
    page with status `code`, or `middle` for an answer that ends within the key.
    """

    at: str = "answer"
    code: int = 500

    def __call__(self, visit):
        key = key_in(visit.arrival.path)
        bare = visit.arrival.path.partition("?")[0]
        plain = visit.plain()
        repeated = b'{"request": "%b", ' % " ".join(encoded(key)[:4]).encode() + plain.body.removeprefix(b"{")
        packed = gzip.compress(repeated, mtime=0)
        coded = (("Content-Type", "application/json"), ("Content-Encoding", "gzip"))
        page = f"<html><title>{self.code}</title><pre>{chr(10).join(encoded(key))}</pre></html>".encode()
        match self.at:
            case "answer":
                visit.give(replace(plain, body=repeated))
            case "gzip":
                visit.give(Answer(200, coded, packed))
            case "cut-gzip":
                visit.give(Answer(200, coded, packed[: len(packed) // 2]))
            case "brotli":
                visit.give(Answer(200, (coded[0], ("Content-Encoding", "br")), repeated))
            case "header":
                visit.give(replace(plain, headers=(*plain.headers, ("X-Request", f"{bare}?key={key}"))))
            case "location":
                visit.give(Answer(302, (("Location", f"{bare}?again=1&key={key}"), ("Content-Type", HTML)), page))
            case "error":
                visit.give(Answer(self.code, (("Content-Type", HTML),), page))
            case "middle":
                whole = replace(plain, body=b'{"request": "' + key.encode())
                visit.send(whole.with_length(len(whole.body)) + whole.body[:-3])
                visit.connection.close()
