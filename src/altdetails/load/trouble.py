"""What dlt and a warehouse's driver say → one sentence that names the destination and the way out."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

from altdetails.errors import AltdetailsError, ExportError
from altdetails.load.destination import name_of, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["naming", "reason"]


@contextmanager
def naming(to: str) -> Iterator[None]:
    """Raise whatever keeps a load from its end under the destination's name.

    Raises:
        ExportError: for any error in the block that is not one of this package.
        KeyboardInterrupt: for a signal, which dlt holds back and makes an error of.
    """
    from dlt.common.configuration.exceptions import ConfigFieldMissingException  # noqa: PLC0415 -- loaded by `load`
    from dlt.common.exceptions import MissingDependencyException, SignalReceivedException  # noqa: PLC0415

    try:
        yield
    except AltdetailsError:
        raise
    except Exception as error:
        match found := _cause(error):
            case AltdetailsError():
                raise found from error
            case SignalReceivedException():
                signal.raise_signal(found.signal_code)
                raise KeyboardInterrupt from error
            case KeyboardInterrupt() | SystemExit():
                raise found from error
            case MissingDependencyException():
                needed = " ".join(f"'{each}'" for each in found.dependencies)
                words = f"more is needed: pip install {needed}"
            case ConfigFieldMissingException():
                where = f"DESTINATION__{name_of(to).upper()}__CREDENTIALS or .dlt/secrets.toml"
                words = f"dlt finds no {', '.join(found.fields)} for it; say it in a URL, in {where}"
            case _:
                words = f"nothing was loaded: {reason(found)}"
        raise ExportError(f"{shown(to)}: {words}") from error


def reason(error: BaseException) -> str:
    """An error in one line: its own first one, without passwords."""
    return shown(next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__))


def _cause(error: BaseException) -> BaseException:
    """The error at the bottom: dlt wraps those of its steps, and those of drivers."""
    while inner := getattr(error, "inner_exc", None) or error.__cause__ or getattr(error, "exception", None):
        error = inner
    return error
