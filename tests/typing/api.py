"""How users call the package, with every public name. `mypy --strict` and pyright check it; it is never run."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, assert_type

import pandas as pd
import polars as pl
import pyarrow as pa
from dlt.extract import DltSource

import altdetails
from altdetails import (
    Address,
    AltdetailsError,
    Blocked,
    BodyTooLarge,
    Change,
    CheckedPage,
    CodingRefused,
    Count,
    DamagedLine,
    Date,
    Demographics,
    Diagnosis,
    Exported,
    ExportError,
    Failure,
    FetchError,
    Group,
    Highlight,
    Identifier,
    IdentifierError,
    Inconsistency,
    InputError,
    Loaded,
    Measure,
    MendeleyReaders,
    Mention,
    MentionChange,
    MentionPage,
    NetworkFailure,
    NotADetailsPage,
    Outcome,
    Outcomes,
    PageError,
    PageKind,
    Provenance,
    Ranking,
    RateLimited,
    Record,
    RedirectRefused,
    Reported,
    RobotsDenied,
    RobotsUnread,
    Run,
    RunDamaged,
    RunLocked,
    RunStatus,
    RunStopped,
    ServerFailure,
    SettingsError,
    StoreError,
    TruncatedBody,
    TwitterUsers,
    UndecodablePage,
    Unreachable,
    Unread,
    WorkersLost,
    card,
    changes_by_period,
    check_site,
    collect_history,
    details_url,
    diff,
    dlt_source,
    doctor,
    export,
    identify,
    load,
    mention_changes,
    mention_key,
    parse,
    parse_file,
    parse_files,
    parse_mentions,
    read_mentions,
    read_records,
    report,
    schema,
    scrape,
    skeleton,
    to_arrow,
    to_pandas,
    to_polars,
)
from altdetails.drift.comparison import Drift, Shift
from altdetails.drift.survey import Survey

record = parse(b"<html></html>")
parse("text", url="https://www.altmetric.com/details/990000007", content_type="text/html; charset=utf-8")
parse(b"", url=None, content_type=None)
assert_type(record, Record)
assert_type(parse_file("page.html"), Record)
assert_type(parse_file(Path("page.html"), url_filter="details"), Record)
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

assert_type(record.count("news"), int | None)
assert_type(record.to_json(), bytes)
assert_type(record.to_dict(), dict[str, Any])
assert_type(Record.from_json(record.to_json()), Record)
assert_type(Record.from_json("{}"), Record)

paths: list[str] = ["records.jsonl"]
more: tuple[Path, ...] = (Path("records.jsonl"),)
some: Iterator[Record] = read_records(paths)

assert_type(parse_files("pages"), Iterator[Record | Failure])
assert_type(parse_mentions("tabs", people=True), Iterator[MentionPage | Mention | Failure])
parse_files(Path("pages"), jobs=2, url_filter="details")
parse_files(paths)
parse_files(more)
parse_files(path for path in paths)
for item in parse_files("pages"):
    if isinstance(item, Failure):
        assert_type((item.file, item.kind, item.reason), tuple[str, str, str])
    else:
        assert_type(item, Record)


def note(line: DamagedLine) -> None:
    assert_type((line.file, line.line, line.reason), tuple[str, int, str])


assert_type(read_records("run"), Iterator[Record])
read_records(more, damaged=note)
assert_type(read_mentions("run"), Iterator[Mention])
assert_type(read_mentions(more, pages=True, damaged=note), Iterator[Mention | MentionPage])
for found in mention_changes("run", ["july.jsonl", "more.jsonl"]):
    assert_type(found, MentionChange)
    assert_type(mention_key(found.mention), str)
export(read_mentions("run"), "mentions.csv", table="mention_items")
export("run", "run.xlsx", mentions=paths)
load([], mentions="mentions.jsonl")
report("run", "report.html", mentions=more)
assert_type(to_pandas("run", "mention_items"), pd.DataFrame)
assert_type(schema("arrow", of="mentions"), pa.Schema)

assert_type(export("run", "records.csv"), Exported)
reported = report(["run"], Path("report.html"), title="A title", since="old-run", top=10, damaged=note, progress=print)
assert_type(reported, Reported)
report([record], "report.html", title=5)  # type: ignore[arg-type]
card(record, Path("card.html"))
assert_type(card("run", "card.svg", doi="10.5555/lhs.2023.0417"), Record)
exported = export(some, Path("records.parquet"), damaged=note, progress=print)
assert_type((exported.records, exported.damaged, exported.notices), tuple[int, int, list[str]])
export(paths, "records.csv")
export(more, "records.csv")
export([record], "records.csv")
export((each for each in [record]), "records.csv")

frame: pd.DataFrame = to_pandas("run")
to_pandas(paths, "mentions", damaged=note, notice=print, progress=print)
assert_type(to_polars([record], table="demographics"), pl.DataFrame)
table: pa.Table = to_arrow(Path("run"), "outcomes")

assert_type(load("run", "duckdb:///library.duckdb"), Loaded)
loaded = load([record], dataset="altmetric", damaged=note, progress=print)
assert_type(dlt_source("run", mentions="mentions.jsonl", damaged=note), DltSource)
dlt_source([record])
assert_type((loaded.records, loaded.new, loaded.damaged), tuple[int, int, int])
assert_type((loaded.destination, loaded.dataset, loaded.notices), tuple[str, str, list[str]])

assert_type(diff("run-january", Path("run-july")), Iterator[Change])
diff([record], some, failures=[], damaged=note, notice=print)
assert_type(collect_history(["10.5555/a", 5, record], "past", every="all", hosts=["bmc"], ids=more), Iterator[Outcome])
collect_history(None, Path("past"), captures=Path("captures.parquet"), everything=True, interval=2, notice=print)
assert_type(changes_by_period(more, by="month"), Iterator[Change])
for change in changes_by_period([record], by="quarter", damaged=note, notice=print):
    assert_type((change.doi, change.days), tuple[str | None, float | None])
    assert_type(change.measures, list[Measure])
    assert_type(change.to_json(), bytes)

diagnosis = doctor("run", baseline="baseline.json", damaged=note, progress=print)
assert_type(diagnosis, Diagnosis)
assert_type(diagnosis.survey, Survey)
assert_type(diagnosis.baseline, Survey | None)
assert_type(diagnosis.drift, Drift | None)
assert_type(doctor(some, baseline=diagnosis.survey), Diagnosis)
if diagnosis.drift:
    assert_type(diagnosis.drift.changes, list[Shift])

for page in check_site(["990000001"], contact="a.librarian@uni-somewhere.edu"):
    assert_type(page, CheckedPage)
    assert_type(page.skeleton, str | None)
assert_type(skeleton(b"<html></html>", content_type=None), str)

assert_type(schema(), dict[str, Any])
assert_type(schema("json-schema"), dict[str, Any])
assert_type(schema("duckdb"), str)
assert_type(schema("postgresql"), str)
assert_type(schema(format="bigquery"), list[dict[str, Any]])
arrow: pa.Schema = schema("arrow")

outcomes = scrape(["10.5555/x", 990000007, None], "run", contact="a.librarian@uni-somewhere.edu")
assert_type(outcomes, Outcomes)
assert_type(outcomes.skipped, int)
assert_type(next(outcomes), Outcome)
outcomes.close()
scrape("10.5555/x", Path("run"), interval=2, base_url="http://localhost", retry_failed=True, limit=5, notice=print)
scrape(990000007, "run", refresh="30d")
scrape(iter(paths), "run", refresh=timedelta(days=30))
scrape(paths, "run", mentions=["news", "policy"], people=True)
scrape(paths, "run", mentions="all")
for outcome in scrape(paths, "run"):
    assert_type(outcome.record, Record | None)
    assert_type(outcome.reason, str | None)
    assert_type(outcome.http_status, int | None)
    is_found: bool = outcome.status == "ok"

run = Run("run")
assert_type(run.records(), Iterator[Record])
assert_type(run.outcomes(), Iterator[Outcome])
assert_type(run.failures(), Iterator[Outcome])
assert_type(run.status(), RunStatus)
assert_type(run.status().counts["ok"], int)
Run(Path("run"))

try:
    parse("")
except NotADetailsPage as error:
    assert_type(error.kind, str)
    is_help: bool = error.kind == PageKind.HELP
except UndecodablePage as error:
    assert_type(error.reason, str)
except (RunStopped, RateLimited) as error:
    assert_type(error.retry_after, float | None)
except ServerFailure as error:
    assert_type((error.status, error.retry_after), tuple[int, float | None])
except (PageError, InputError, IdentifierError, SettingsError, ExportError, WorkersLost) as error:
    base: AltdetailsError = error
except (RunLocked, RunDamaged) as error:
    store: StoreError = error
except (Blocked, BodyTooLarge, CodingRefused, RedirectRefused, RobotsUnread, TruncatedBody, Unreachable) as error:
    fetch: FetchError = error
except RobotsDenied as error:
    assert_type(error, RobotsDenied)
except NetworkFailure as error:
    assert_type(error, NetworkFailure)

assert_type(identify("10.5555/x"), Identifier)
assert_type(details_url("10.5555/x", base_url="http://localhost"), str)
assert_type(details_url(Address("www.altmetric.com", 990000007)), str)
assert_type(details_url(identify("10.5555/x")), str)

record.score = 5  # type: ignore[misc]
parse(5)  # type: ignore[arg-type]
parse(b"", "https://www.altmetric.com/details/990000007")  # type: ignore[call-arg]
parse_file(5)  # type: ignore[arg-type]
parse_file(paths)  # type: ignore[arg-type]
parse_files(5)  # type: ignore[arg-type]
parse_files("pages", jobs="2")  # type: ignore[arg-type]
read_records([record])  # type: ignore[list-item]
export("run", 5)  # type: ignore[arg-type]
export([5], "records.csv")  # type: ignore[arg-type]
to_pandas("run", "tweets")  # type: ignore[arg-type]
to_arrow(5)  # type: ignore[arg-type]
record.count(5)  # type: ignore[arg-type]
load("run", to=5)  # type: ignore[arg-type]
dlt_source(5)  # type: ignore[arg-type]
diff("run", 5)  # type: ignore[arg-type]
changes_by_period("run", by="decade")  # type: ignore[arg-type]
collect_history("10.5555/a", "past", every="decade")  # type: ignore[arg-type]
doctor("run", baseline=5)  # type: ignore[arg-type]
schema(5)  # type: ignore[call-overload]
schema("excel")  # type: ignore[call-overload]
scrape(5.5, "run")  # type: ignore[arg-type]
scrape(paths, 5)  # type: ignore[arg-type]
scrape(paths, "run", limit="5")  # type: ignore[arg-type]
scrape(paths, "run", refresh=30)  # type: ignore[arg-type]
scrape(paths, "run", mentions=5)  # type: ignore[arg-type]
Run(5)  # type: ignore[arg-type]
