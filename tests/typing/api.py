"""How users call the package, checked by `mypy --strict`. It is never run."""

from __future__ import annotations

from pathlib import Path
from typing import Any, assert_type

import altdetails
from altdetails import (
    Address,
    AltdetailsError,
    Count,
    Date,
    Demographics,
    Group,
    Highlight,
    Identifier,
    IdentifierError,
    Inconsistency,
    InputError,
    MendeleyReaders,
    NotADetailsPage,
    PageError,
    PageKind,
    Provenance,
    Ranking,
    Record,
    TwitterUsers,
    UndecodablePage,
    Unread,
    details_url,
    identify,
    parse,
    parse_file,
    schema,
)

record = parse(b"<html></html>")
parse("text", url="https://www.altmetric.com/details/1234567", content_type="text/html; charset=utf-8")
parse(b"", url=None, content_type=None)
assert_type(record, Record)
assert_type(parse_file("page.html"), Record)
assert_type(parse_file(Path("page.html")), Record)
assert_type(altdetails.parse(""), Record)

assert_type(record.title, str | None)
assert_type(record.score, int | None)
assert_type(record.published, Date | None)
assert_type(record.identifiers, list[Identifier])
assert_type(record.authors, list[str] | None)
assert_type(record.highlights, list[Highlight] | None)
assert_type(record.mentions, list[Count] | None)
assert_type(record.demographics, Demographics | None)
assert_type(record.rankings, list[Ranking] | None)
assert_type(record.limited_access, bool | None)
assert_type(record.inconsistencies, list[Inconsistency])
assert_type(record.unread, list[Unread])
assert_type(record.provenance, Provenance)

if record.demographics and record.demographics.twitter and record.demographics.mendeley:
    assert_type(record.demographics.twitter, TwitterUsers)
    assert_type(record.demographics.mendeley, MendeleyReaders)
    assert_type(record.demographics.mendeley.disciplines, list[Group] | None)
counts: dict[str, int] = {count.source: count.count for count in record.mentions or ()}

assert_type(record.to_json(), bytes)
assert_type(record.to_dict(), dict[str, Any])
assert_type(Record.from_json(record.to_json()), Record)
assert_type(Record.from_json("{}"), Record)
assert_type(schema(), dict[str, Any])

try:
    parse("")
except NotADetailsPage as error:
    assert_type(error.kind, str)
    is_help: bool = error.kind == PageKind.HELP
except UndecodablePage as error:
    assert_type(error.reason, str)
except (PageError, InputError, IdentifierError) as error:
    base: AltdetailsError = error

assert_type(identify("10.5555/x"), Identifier)
assert_type(details_url("10.5555/x", base_url="http://localhost"), str)
assert_type(details_url(Address("www.altmetric.com", 1234567)), str)

record.score = 5  # type: ignore[misc]
parse(5)  # type: ignore[arg-type]
parse(b"", "https://www.altmetric.com/details/1234567")  # type: ignore[call-arg]
