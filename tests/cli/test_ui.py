"""Formats of numbers, durations, sizes and outcomes, and streams that can fail."""

import io
import os
from collections import Counter

from tests.support.cases import for_each

from altdetails.cli import progress
from altdetails.cli.progress import Reading
from altdetails.cli.ui import Unfailing, duration, pluralize, size, summary
from altdetails.results import STATUSES, in_words

HOUR = 3600


@for_each(("count", "words"), [(0, "0 pages"), (1, "1 page"), (2, "2 pages"), (12_345_678, "12,345,678 pages")])
def test_a_count_has_its_noun(count, words):
    assert pluralize(count, "page") == words


@for_each(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (0.4, "0 s"),
        (45, "45 s"),
        (99, "99 s"),
        (100, "2 min"),
        (720, "12 min"),
        (99 * 60, "99 min"),
        (100 * 60, "1 h 40 min"),
        (6 * HOUR + 40 * 60, "6 h 40 min"),
        (7 * HOUR - 1, "7 h 0 min"),
        (47 * HOUR, "47 h 0 min"),
        (48 * HOUR, "2 days"),
        (72 * HOUR, "3 days"),
        (1000 * 24 * HOUR, "1000 days"),
    ],
)
def test_a_duration_has_a_suitable_unit(seconds, words):
    assert duration(seconds) == words


@for_each(
    ("counts", "words"),
    [
        ({}, "none"),
        ({"ok": 0, None: 7}, "none"),
        ({"ok": 50}, "50 ok"),
        ({"not_tracked": 3, "ok": 1_250_000}, "1,250,000 ok, 3 not tracked"),
    ],
)
def test_outcomes_that_did_not_occur_are_left_out(counts, words):
    assert in_words(counts) == words


def test_outcomes_have_a_fixed_order():
    words = in_words(dict.fromkeys(reversed(STATUSES), 1))
    assert words == "1 " + ", 1 ".join(STATUSES).replace("_", " ")


@for_each(
    ("count", "words"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1.0 KB"),
        (133_374, "133.4 KB"),
        (12_300_000, "12.3 MB"),
        (4_200_000_000_000, "4200.0 GB"),
    ],
)
def test_a_size_has_a_suitable_unit(count, words):
    assert size(count) == words


@for_each(
    ("failures", "options", "words"),
    [
        ({}, {"listing": "x.jsonl"}, "1,000 records, 0.2 s"),
        ({"other": 1}, {}, "1,000 records, 1 failure (1 other), 0.2 s"),
        (
            {"login": 1, "tab": 2},
            {"listing": "x.jsonl"},
            "1,000 records, 3 failures (2 tab, 1 login), 0.2 s; see x.jsonl",
        ),
        (
            {},
            {"copies": 5, "skipped": Counter({"response": 5})},
            "1,000 records (5 with the same content as an earlier page), 5 other files skipped (5 responses), 0.2 s",
        ),
        ({"other": 1}, {"target": "/dev/null"}, "1,000 records in /dev/null, 1 failure (1 other), 0.2 s"),
    ],
)
def test_the_summary_of_a_parse_is_one_line(failures, options, words):
    assert summary(1000, Counter(failures), 0.24, **options) == words


def test_a_log_gets_a_line_of_progress_a_minute(monkeypatch, caplog):
    now = 1000.0
    monkeypatch.setattr(progress.time, "monotonic", lambda: now)
    caplog.set_level("INFO")
    with Reading(shows_progress=True) as reading:
        for count in range(1000, 10_000, 1000):
            now += 20
            reading.update(count)
    assert caplog.messages == ["3,000 read so far", "6,000 read so far", "9,000 read so far"]


def test_a_message_of_a_signal_that_comes_while_another_is_written_is_not_lost():
    reader, writer = os.pipe()

    class Interrupted(io.FileIO):
        """A file whose first write is interrupted by a handler that writes to the same stream."""

        def write(self, content):
            if not written:
                written.append(stream.write("Stopping after this page.\n"))
                stream.flush()
            return super().write(content)

    written = []
    stream = Unfailing(io.TextIOWrapper(io.BufferedWriter(Interrupted(writer, "w")), line_buffering=True))
    stream.write("page 1\n")
    assert os.read(reader, 100) == b"Stopping after this page.\npage 1\n"
    stream.stream.close()
    os.close(reader)
