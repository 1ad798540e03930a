"""The summary of one call of the command, for programs: the object of `--json`.

Every key is always present, in the order of the fields below.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from altdetails.record import schema_of

__all__ = ["SUMMARY_VERSION", "CallSummary", "Problem", "WrittenOutput", "summary_schema"]

SUMMARY_VERSION = 1
Natural = Annotated[int, Meta(ge=0)]
Time = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]


class WrittenOutput(msgspec.Struct, frozen=True):
    """A file, run folder or database that the call has written."""

    path: Annotated[str, Meta(description="Its path, or its address without users, passwords and options.")]
    rows: Annotated[Natural | None, Meta(description="Rows or lines that this call wrote; null if not counted.")]
    bytes: Annotated[Natural | None, Meta(description="Its size; null if it is not a file of this machine.")]


class Problem(msgspec.Struct, frozen=True):
    """Why the exit code is not 0."""

    kind: Annotated[
        str,
        Meta(
            description="`Failures`: done, but not for all. `Interrupted`: by a signal. Otherwise the name of the "
            "error, such as `InputError`, `RunStopped` or `UsageError`."
        ),
    ]
    message: Annotated[str, Meta(description="What happened, to which file, line or identifier, and what to do.")]
    resume: Annotated[str | None, Meta(description="The command that resumes the work; null if there is none.")]
    retry_after: Annotated[Natural | None, Meta(description="Seconds after which to try again, if a site says so.")]


class CallSummary(msgspec.Struct, frozen=True, kw_only=True):
    """What one call of a command did."""

    summary_version: Annotated[int, Meta(description="Version of this layout.")]
    command: Annotated[str, Meta(description="Name of the command, such as `scrape`.")]
    altdetails: Annotated[str, Meta(description="Version of altdetails.")]
    started_at: Annotated[Time, Meta(description="When the call began: UTC, RFC 3339.")]
    ended_at: Annotated[Time, Meta(description="When it ended.")]
    exit_code: Annotated[int, Meta(ge=0, le=255, description="The exit code of the process.")]
    counts: Annotated[
        dict[str, Natural | None],
        Meta(
            description="Numbers by name. `outcomes.ok` is a part of the outcomes: those that are `ok`. Null means "
            "that the number is not known."
        ),
    ]
    outputs: list[WrittenOutput]
    warnings: Annotated[list[str], Meta(description="The first 100 messages that warn, in order.")]
    warnings_left_out: Annotated[Natural, Meta(description="Number of further warnings.")]
    errors: Annotated[
        list[Problem], Meta(description="Empty if the exit code is 0. What ended the command comes first.")
    ]
    result: Annotated[
        dict[str, Any] | None,
        Meta(description="What the command shows to people, as data; null if it writes files."),
    ]

    def to_json(self) -> str:
        """Return the summary as one line of JSON, without a line break."""
        return msgspec.json.encode(self).decode()


def summary_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a summary."""
    return schema_of(CallSummary, f"altdetails summary, version {SUMMARY_VERSION}")
