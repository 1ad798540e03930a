"""Connections that break, end, fall silent or crawl, somewhere in the page's answer.

The places: `start`, before all of it · `head`, in the headers · `body`, behind the headers · `middle`, of the body.
"""

from dataclasses import dataclass


def parted(answer, place):
    """The bytes of an answer before and behind a place."""
    head = answer.with_length(len(answer.body))
    sent = {"start": 0, "head": len(head) // 2, "body": len(head), "middle": len(head) + len(answer.body) // 2}[place]
    whole = head + answer.body
    return whole[:sent], whole[sent:]


@dataclass(frozen=True)
class Reset:
    """The connection is reset (RST), at one of `start`, `head`, `body`, `middle`."""

    at: str = "start"

    def __call__(self, visit):
        sent, _ = parted(visit.answer(), self.at)
        visit.send(sent)
        visit.connection.reset()


@dataclass(frozen=True)
class Close:
    """The connection ends in order (FIN), too early, at one of `start`, `head`, `body`, `middle`."""

    at: str = "start"

    def __call__(self, visit):
        sent, _ = parted(visit.answer(), self.at)
        visit.send(sent)
        visit.connection.close()


@dataclass(frozen=True)
class Stall:
    """Silence of so many seconds at one of `start`, `head`, `body`, `middle`; then comes the rest."""

    at: str = "start"
    seconds: float = 3600.0

    def __call__(self, visit):
        sent, rest = parted(visit.answer(), self.at)
        visit.send(sent)
        visit.connection.wait(self.seconds)
        visit.send(rest)


@dataclass(frozen=True)
class Drip:
    """A byte at a time, so many seconds apart: of the `head` or of the `body`; the other part comes at once."""

    part: str = "body"
    every: float = 0.01

    def __call__(self, visit):
        head, body = parted(visit.answer(), "body")
        before, slow, behind = {"head": (b"", head, body), "body": (head, body, b"")}[self.part]
        visit.send(before)
        for place in range(len(slow)):
            visit.send(slow[place : place + 1])
            visit.connection.wait(self.every)
        visit.send(behind)
