"""What the tests of drift are made of: records of invented pages, and ways to change some of them."""

import msgspec
from samples.records import lines

from altdetails.drift.survey import Surveyor
from altdetails.record import Record

RECORDS = [Record.from_json(line) for line in lines(1500)]
"""As a scrape of 2026 wrote them, in HTML."""


def changed(record, **changes):
    return msgspec.structs.replace(record, **changes)


def captured(record, **changes):
    """The record of a page that was captured at another time, or in another layout."""
    return changed(record, provenance=changed(record.provenance, **changes))


def first(count, records, **changes):
    """Records, of which the first so many have these values."""
    return [changed(record, **changes) if at < count else record for at, record in enumerate(records)]


def surveyed(records):
    surveyor = Surveyor()
    for number, record in enumerate(records, 1):
        surveyor.add(record, f"records.jsonl:{number}")
    return surveyor.survey()


def fills_of(records):
    """The fill rates of records of one year and layout, as pairs."""
    (stratum,) = surveyed(records).strata
    return {path: (fill.filled, fill.of) for path, fill in stratum.fills.items()}


def findings_of(records):
    """What records of one year and layout did not understand or contradict, and in how many of them."""
    (stratum,) = surveyed(records).strata
    return {(found.kind, found.name, found.detail): found.records for found in stratum.findings}
