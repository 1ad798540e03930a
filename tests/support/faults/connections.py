"""Faults of the connection: it breaks, ends, stalls or is slow, at some place of the response.

The places: `start`, before the response · `head`, in the headers · `body`, after the headers · `middle`, in the body.
"""

from dataclasses import dataclass


def parted(answer, place):
    """Split the bytes of a response at a place."""
    head = answer.with_length(len(answer.body))
    sent = {"start": 0, "head": len(head) // 2, "body": len(head), "middle": len(head) + len(answer.body) // 2}[place]
    whole = head + answer.body
    return whole[:sent], whole[sent:]


@dataclass(frozen=True)
class Reset:
    """Reset the connection (RST) at one of `start`, `head`, `body`, `middle`."""

    at: str = "start"

    def __call__(self, visit):
        sent, _ = parted(visit.answer(), self.at)
        visit.send(sent)
        visit.connection.reset()


@dataclass(frozen=True)
class Close:
    """Close the connection in order (FIN), too early, at one of `start`, `head`, `body`, `middle`."""

    at: str = "start"

    def __call__(self, visit):
        sent, _ = parted(visit.answer(), self.at)
        visit.send(sent)
        visit.connection.close()


@dataclass(frozen=True)
class Stall:
    """Send nothing for `seconds` at one of `start`, `head`, `body`, `middle`; then send the rest."""

    at: str = "start"
    seconds: float = 3600.0

    def __call__(self, visit):
        sent, rest = parted(visit.answer(), self.at)
        visit.send(sent)
        visit.connection.wait(self.seconds)
        visit.send(rest)


@dataclass(frozen=True)
class Drip:
    """Send the `head` or the `body` one byte every `every` seconds, and the other part at once."""

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
