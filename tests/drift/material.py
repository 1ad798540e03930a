"""Make records of invented pages, and change some of them."""

from functools import cache

import msgspec
from tests.support.records import generated

from altdetails.drift.survey import Surveyor
from altdetails.record import Record


@cache
def invented(count):
    """Return records of HTML pages that were fetched in 2026. They are made by the first test that needs them."""
    return [Record.from_json(line) for line in generated(count)]


def changed(record, **changes):
    return msgspec.structs.replace(record, **changes)


def captured(record, **changes):
    """Return a record with changed provenance, such as another time of capture or another layout."""
    return changed(record, provenance=changed(record.provenance, **changes))


def first(count, records, **changes):
    """Return the records, with changed values in the first `count` of them."""
    return [changed(record, **changes) if at < count else record for at, record in enumerate(records)]


def surveyed(records):
    surveyor = Surveyor()
    for number, record in enumerate(records, 1):
        surveyor.add(record, f"records.jsonl:{number}")
    return surveyor.survey()


def fills_of(records):
    """Return the fills of records of one year and layout, as pairs."""
    (stratum,) = surveyed(records).strata
    return {path: (fill.filled, fill.of) for path, fill in stratum.fills.items()}


def findings_of(records):
    """Return the findings of records of one year and layout, with the number of records of each."""
    (stratum,) = surveyed(records).strata
    return {(finding.kind, finding.name, finding.detail): finding.records for finding in stratum.findings}
