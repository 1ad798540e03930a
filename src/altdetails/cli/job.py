"""One call of a command, for programs: the options of every command, what the call counts, and its summary."""

from __future__ import annotations

import dataclasses
import logging
import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from altdetails import __version__
from altdetails._arguments import is_address, shown_path
from altdetails._files import STANDARD_STREAM
from altdetails.cli.ui import (
    MESSAGES,
    SIGNALLED,
    TERMINAL,
    Exit,
    escape_controls,
    one_line,
    print_text,
    say,
    warn,
    write_error_line,
)
from altdetails.errors import AltdetailsError
from altdetails.results import timestamp
from altdetails.summary import SUMMARY_VERSION, CallSummary, Problem, WrittenOutput

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from altdetails.cli.metrics import MetricsFile

__all__ = ["Job", "JobCommand", "counts_of", "current_job"]

_MAX_WARNINGS = 100


class JobCommand(click.Command):
    """A command with the options for programs: `--json`, `--log-format`, `--quiet`, `--verbose`, `--metrics-file`."""

    def __init__(
        self,
        *arguments: Any,  # noqa: ANN401 -- click has it
        output: Callable[[Mapping[str, Any]], str] = lambda _: "",
        has_metrics: bool = False,
        **settings: Any,  # noqa: ANN401
    ) -> None:
        """Add the options.

        Args:
            arguments: those of `click.Command`.
            output: returns what the command writes, by its options: a path, `-` for standard output, or nothing if
                it shows its result to people.
            has_metrics: whether it has `--metrics-file`.
            settings: those of `click.Command`.
        """
        super().__init__(*arguments, **settings)
        options = _options(has_metrics=has_metrics)
        self._names = [str(option.name) for option in options]
        self._output = output
        self.params += options

    def begin(self, arguments: Sequence[str], parent: click.Context) -> Job:
        """Begin a call, and set how it shows messages. Arguments that are wrong change nothing about that."""
        context = self.make_context(
            self.name,
            [*arguments],
            parent,
            resilient_parsing=True,
            ignore_unknown_options=True,
            allow_extra_args=True,
        )
        chosen = context.params
        TERMINAL.as_json = chosen["log_format"] == "json"
        TERMINAL.setLevel(logging.ERROR if chosen["quiet"] else logging.DEBUG if chosen["verbose"] else logging.INFO)
        MESSAGES.setLevel(logging.DEBUG if chosen["verbose"] else logging.INFO)
        return Job(
            str(self.name),
            output=self._output(chosen),
            as_json=bool(chosen["as_json"]),
            metrics_file=chosen.get("metrics_file"),
        )

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 -- click has it
        """Run the command."""
        chosen = {name: ctx.params.pop(name) for name in self._names}
        if chosen["quiet"] and chosen["verbose"]:
            raise click.UsageError("--quiet and --verbose: give one of them.", ctx)
        current_job().start()
        return super().invoke(ctx)


def _options(*, has_metrics: bool) -> list[click.Option]:
    options = [
        click.Option(["--json", "as_json"], is_flag=True, help="Print a summary as one JSON object at the end."),
        click.Option(
            ["--log-format"],
            type=click.Choice(["text", "json"]),
            default="text",
            metavar="FORMAT",
            help="Format of messages: text or json.  [default: text]",
        ),
        click.Option(["-q", "--quiet"], is_flag=True, help="Print no messages except errors."),
        click.Option(["-v", "--verbose"], is_flag=True, help="Print each step."),
    ]
    metrics = click.Option(["--metrics-file"], metavar="FILE", help="Write metrics for Prometheus to FILE.")
    return [*options, metrics] if has_metrics else options


def current_job() -> Job:
    """Return the job of the command that runs now."""
    jobs: list[Job] = click.get_current_context().find_root().obj
    return jobs[-1]


def counts_of(result: object) -> dict[str, int]:
    """Return the whole numbers in a result, and those of its counters with their keys: `outcomes.ok`."""
    counts: dict[str, int] = {}
    for field in dataclasses.fields(result):  # type: ignore[arg-type]
        value = getattr(result, field.name)
        if isinstance(value, dict):
            counts |= {f"{field.name}.{key}": count for key, count in value.items()}
        elif isinstance(value, int) and not isinstance(value, bool):
            counts[field.name] = value
    return counts


class Job:
    """One call of a command: what it counts and writes, what went wrong, and how programs see that."""

    def __init__(self, command: str, *, output: str, as_json: bool, metrics_file: str | None) -> None:
        self.counts: Callable[[], Mapping[str, int | None]] = dict
        """Returns the numbers of the call so far."""
        self._command = command
        self._output = output
        self._as_json = as_json
        self._metrics_file = metrics_file
        self._metrics: MetricsFile | None = None
        self._began = time.time()
        self._is_started = False
        self._outputs: dict[str, int | None] = {}
        self._result: dict[str, Any] | None = None
        self._notes = _Notes()
        self._kept: BinaryIO | None = None
        MESSAGES.addHandler(self._notes)

    def start(self) -> None:
        """Begin the work: the options are right.

        Raises:
            ExportError: if the file of metrics cannot be written.
        """
        self._is_started = True
        if metrics := self._open_metrics():
            try:
                metrics.write(self.counts())
            except AltdetailsError:
                self._metrics_file = self._metrics = None
                raise

    def update(self) -> None:
        """Write the metrics, if they are old."""
        if self._metrics:
            self._metrics.update(self.counts)

    def add_output(self, path: str, rows: int | None = None) -> None:
        """Add a file, folder or database that was written, with the number of rows if it was counted."""
        if path != STANDARD_STREAM:
            self._outputs[path] = rows

    def takes(self, data: Callable[[], dict[str, Any]]) -> bool:
        """Take what the command would show to people, as data for the summary. Return whether there is one."""
        if self._as_json and not self._output:
            self._result = data()
            return True
        return False

    def conclude(self, line: str, code: int) -> None:
        """Print the last message of a command. If it failed in part, end it with its exit code.

        Raises:
            click.exceptions.Exit: if the code is not 0.
        """
        if not code:
            say(line)
            return
        say(line, logging.ERROR, kind="Failures")
        raise click.exceptions.Exit(code)

    def fail(self, message: str) -> None:
        """Say in the summary why the exit code is not 0, if what the command shows to people says it."""
        self._notes.errors.append(Problem("Failures", one_line(message), None, None))

    def keep_standard_output(self) -> None:
        """Keep standard output for the summary, because the command closes it to others."""
        if self._as_json:
            self._kept = os.fdopen(os.dup(1), "wb")

    def end(self, code: int) -> None:
        """Write the metrics for the last time, and print the summary.

        Raises:
            OSError: if the summary cannot be written.
        """
        MESSAGES.removeHandler(self._notes)
        if not self._is_started and not code:  # --help
            return
        try:
            if metrics := self._metrics or self._open_metrics():
                metrics.write(self.counts(), code)
        except AltdetailsError as error:
            if self._metrics:  # otherwise this is why the call failed
                warn(str(error))
        if self._as_json:
            self._print(escape_controls(self._summary(code).to_json()))

    def _open_metrics(self) -> MetricsFile | None:
        if self._metrics_file:
            from altdetails.cli.metrics import MetricsFile  # noqa: PLC0415 -- prometheus_client loads slowly

            self._metrics = MetricsFile(self._metrics_file, self._command, shown_path(self._output), self._began)
        return self._metrics

    def _print(self, line: str) -> None:
        if self._output == STANDARD_STREAM:
            write_error_line(line)
        elif self._kept:
            with self._kept as file:
                file.write(f"{line}\n".encode())
        else:
            print_text(line.encode())

    def _summary(self, code: int) -> CallSummary:
        began = datetime.fromtimestamp(self._began, UTC)
        return CallSummary(
            summary_version=SUMMARY_VERSION,
            command=self._command,
            altdetails=__version__,
            started_at=timestamp(began),
            ended_at=timestamp(max(began, datetime.now(UTC))),
            exit_code=code,
            counts=dict(self.counts()),
            outputs=[_output(path, rows) for path, rows in self._outputs.items()],
            warnings=self._notes.warnings,
            warnings_left_out=self._notes.left_out,
            errors=sorted(self._notes.errors or _problems(code), key=lambda problem: problem.kind == "Failures"),
            result=self._result,
        )


class _Notes(logging.Handler):
    """Keeps warnings and errors for the summary."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.warnings: list[str] = []
        self.left_out = 0
        self.errors: list[Problem] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a message."""
        fields: dict[str, Any] = getattr(record, "fields", {})
        message = one_line(record.getMessage())
        if record.levelno >= logging.ERROR:
            if not fields.get("is_detail"):
                wait = fields.get("retry_after")
                seconds = None if wait is None else round(wait)
                words = message.removeprefix("Error: ")
                self.errors.append(Problem(fields.get("kind", "Error"), words, fields.get("resume"), seconds))
        elif len(self.warnings) < _MAX_WARNINGS:
            self.warnings.append(message)
        else:
            self.left_out += 1


def _problems(code: int) -> list[Problem]:
    """Return the problem of an exit code that no message explains: a signal, or a closed pipe."""
    if code == Exit.PIPE_CLOSED:
        return [Problem("Interrupted", "the reader of standard output has closed it", None, None)]
    if code > SIGNALLED:
        return [Problem("Interrupted", f"ended by signal {code - SIGNALLED}", None, None)]
    return []


def _output(path: str, rows: int | None) -> WrittenOutput:
    file = Path(path)
    size = file.stat().st_size if not is_address(path) and file.is_file() else None
    return WrittenOutput(shown_path(path), rows, size)
