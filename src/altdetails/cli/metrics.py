"""The file of `--metrics-file`: the numbers of a call in the text format of Prometheus."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from altdetails._arguments import is_address, strip_controls
from altdetails._files import STANDARD_STREAM, output_to, reading_errors
from altdetails.cli.ui import warn
from altdetails.errors import AltdetailsError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from prometheus_client.metrics_core import Metric

__all__ = ["METRICS", "MetricsFile"]

_SECONDS_BETWEEN_WRITES = 15.0
_MAX_BYTES = 2**20
_BEGINNING = b"# HELP altdetails_"
_LAST_SUCCESS = "altdetails_last_success_timestamp_seconds"

METRICS = {
    "bytes": ("altdetails_bytes", "", "Bytes of the responses of a scrape, or of the pages with a record of a parse."),
    "copies": ("altdetails_copies", "", "Records of pages with the same content as an earlier page."),
    "damaged": ("altdetails_damaged_lines", "", "Lines that are not valid records."),
    "failures": ("altdetails_failures", "", "Pages, files and paths without a record."),
    "failures.": ("altdetails_failures_by_kind", "kind", "Pages, files and paths without a record, by kind."),
    "inconsistent": ("altdetails_inconsistent_records", "", "Records with numbers that contradict each other."),
    "mentions": ("altdetails_mentions", "", "Single mentions."),
    "new": ("altdetails_new_records", "", "Snapshots that a load added."),
    "new_mentions": ("altdetails_new_mentions", "", "Single mentions that a load added."),
    "outcomes.": ("altdetails_outcomes", "outcome", "Identifiers of this call, by outcome."),
    "pages": ("altdetails_pages", "", "Pages that were read: details pages and pages of tabs."),
    "records": ("altdetails_records", "", "Records that were written, or read by a load."),
    "requests": ("altdetails_requests", "", "Requests with a response, robots.txt and redirects included."),
    "run.": ("altdetails_run_identifiers", "outcome", "Identifiers of the run, by outcome; left: not fetched yet."),
    "seconds_waited": ("altdetails_waited_seconds", "", "Seconds of waits between requests and before retries."),
    "skipped": ("altdetails_skipped_files", "", "Files, responses and rows that are not pages."),
    "tabs.": ("altdetails_run_tabs", "status", "Tabs of the run, by status; left: not finished yet."),
    "unread": ("altdetails_unread_records", "", "Records with text that no rule understands."),
}
"""The metrics: their names in a summary, their own names, their labels, and what they mean."""


class MetricsFile:
    """A file of metrics, which is always whole. It is for the textfile collector of the node exporter."""

    def __init__(self, path: str, command: str, output: str, began: float) -> None:
        """Read when a call with the same labels last succeeded, if the file says it.

        Raises:
            SettingsError: if the path is standard output, or another file.
        """
        if path == STANDARD_STREAM:
            raise SettingsError("--metrics-file -: metrics need a file of their own; give its name")
        self._path = path
        self._refuse_other_file()
        self._labels = {"command": command, "output": strip_controls(output)}
        self._began = began
        self._last_success = _last_success(path, self._labels)
        self._written = 0.0
        self._has_failed = False

    def update(self, counts: Callable[[], Mapping[str, int | None]]) -> None:
        """Write the metrics if the last time is 15 seconds ago. If that fails, warn once, and go on."""
        if time.monotonic() - self._written < _SECONDS_BETWEEN_WRITES:
            return
        try:
            self.write(counts())
        except AltdetailsError as error:
            self._written = time.monotonic()
            if not self._has_failed:
                self._has_failed = True
                warn(str(error))

    def write(self, counts: Mapping[str, int | None], exit_code: int | None = None) -> None:
        """Write the metrics.

        Args:
            counts: the numbers, by their names in a summary. A null is left out.
            exit_code: the exit code; None while the call runs.

        Raises:
            ExportError: if the file cannot be written.
            SettingsError: if another file is there now.
        """
        self._refuse_other_file()
        if exit_code == 0:
            self._last_success = time.time()
        registry = CollectorRegistry()
        registry.register(_Families([*self._families(counts, exit_code)]))
        with output_to(self._path) as file:
            file.write(generate_latest(registry))
        self._written = time.monotonic()

    def _refuse_other_file(self) -> None:
        """Check that no other file is overwritten, such as an input or output of the command."""
        file = Path(self._path)
        if is_address(self._path) or not file.is_file():
            return
        with reading_errors(self._path), file.open("rb") as stream:
            start = stream.read(len(_BEGINNING))
        if start not in {b"", _BEGINNING}:
            raise SettingsError(
                f"{self._path}: is not a file of metrics, and is not overwritten; give --metrics-file another name"
            )

    def _families(self, counts: Mapping[str, int | None], exit_code: int | None) -> Iterator[Metric]:
        times: dict[str, tuple[str, float | None]] = {
            "altdetails_start_timestamp_seconds": ("When the call began, since 1970.", self._began),
            "altdetails_update_timestamp_seconds": ("When these metrics were written.", time.time()),
            _LAST_SUCCESS: ("When a call last ended with exit code 0.", self._last_success),
            "altdetails_exit_code": ("Exit code of the call; missing while it runs.", exit_code),
        }
        for name, (meaning, value) in times.items():
            if value is not None:
                yield self._family(name, meaning, "", {"": value})
        for key, (name, label, meaning) in METRICS.items():
            if label:
                values = {part.removeprefix(key): count for part, count in counts.items() if part.startswith(key)}
            else:
                values = {"": counts[key]} if key in counts else {}
            known = {part: count for part, count in values.items() if count is not None}
            if known:
                yield self._family(name, meaning, label, known)

    def _family(self, name: str, meaning: str, label: str, values: Mapping[str, float]) -> Metric:
        labels = [*self._labels, *([label] if label else [])]
        family = GaugeMetricFamily(name, meaning, labels=labels)
        for part, value in values.items():
            family.add_metric([*self._labels.values(), *([part] if label else [])], value)
        return family


class _Families(Collector):
    """Metrics as they are."""

    def __init__(self, families: list[Metric]) -> None:
        self._metrics = families

    def collect(self) -> list[Metric]:
        return self._metrics


def _last_success(path: str, labels: Mapping[str, str]) -> float | None:
    """Return when a call with these labels last succeeded; None if the file does not say it."""
    if is_address(path):
        return None
    try:
        with Path(path).open("rb") as file:
            text = file.read(_MAX_BYTES).decode()
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                if sample.name == _LAST_SUCCESS and sample.labels == labels:
                    return sample.value
    except (OSError, ValueError, LookupError):
        return None  # the file does not exist yet, or does not hold metrics
    return None
