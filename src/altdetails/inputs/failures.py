"""The `failures.jsonl` of a run folder → what came of the identifiers without a record."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from altdetails.documents import printable
from altdetails.errors import InputError
from altdetails.inputs.records import MAX_LINE_BYTES, Damaged
from altdetails.results import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["FAILURES", "failures"]

FAILURES = "failures.jsonl"

_SHOWN = 200


def failures(run: str, *, damaged: Callable[[Damaged], object] = lambda _: None) -> Iterator[Outcome]:
    """The outcomes of identifiers that a run has no record of; none where the path is no folder, or has none.

    Args:
        run: a run folder.
        damaged: told of every line that is no outcome; the others are read on.

    Raises:
        InputError: where the file cannot be read.
    """
    path = Path(run, FAILURES)
    if not path.is_file():
        return
    name = printable(str(path))
    try:
        with path.open("rb") as stream:
            for number, line in enumerate(iter(partial(stream.readline, MAX_LINE_BYTES), b""), 1):
                try:
                    yield _DECODER.decode(line)
                except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                    damaged(Damaged(name, number, f"is no outcome: {str(error)[:_SHOWN]}; run the scrape again"))
    except OSError as error:
        raise InputError(f"{name}: cannot be read: {error.strerror}; check its permissions") from error


_DECODER = msgspec.json.Decoder(Outcome)
