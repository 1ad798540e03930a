"""A survey in a file, to compare later ones with."""

from __future__ import annotations

from pathlib import Path

import msgspec

from altdetails.errors import InputError
from altdetails.health.survey import BASELINE_VERSION, Survey

__all__ = ["read_baseline", "written"]

_MOST_BYTES = 64 * 2**20
_SHOWN = 200


class _Version(msgspec.Struct):
    baseline_version: int


def written(survey: Survey) -> bytes:
    """A survey as a file holds it. Names of files are left out: the same records give the same bytes."""
    strata = [
        msgspec.structs.replace(
            stratum, findings=[msgspec.structs.replace(found, examples=[]) for found in stratum.findings]
        )
        for stratum in survey.strata
    ]
    content = msgspec.json.encode(msgspec.structs.replace(survey, strata=strata))
    return msgspec.json.format(content, indent=1) + b"\n"


def read_baseline(path: str) -> Survey:
    """The survey that a file holds.

    Raises:
        InputError: where there is no such file, or it holds no survey, or one of a newer altdetails.
    """
    try:
        with Path(path).open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}; --save-baseline writes a baseline") from error
    if len(content) > _MOST_BYTES:
        raise InputError(f"{path}: has more than {_MOST_BYTES >> 20} MiB, which no baseline has")
    try:
        version = msgspec.json.decode(content, type=_Version).baseline_version
        if version > BASELINE_VERSION:
            raise InputError(
                f"{path}: is a baseline of version {version}, and this altdetails knows {BASELINE_VERSION};"
                " update altdetails, or save a new baseline"
            )
        return msgspec.json.decode(content, type=Survey)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(
            f"{path}: is no baseline: {str(error)[:_SHOWN]}; `altdetails doctor --save-baseline FILE` writes one"
        ) from error
