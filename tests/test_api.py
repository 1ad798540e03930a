"""The public functions: their examples, the types of their arguments, and their errors."""

import doctest
import gzip
import inspect
import io
import os
import re
import shutil
from datetime import date
from operator import attrgetter
from pathlib import Path

import pandas as pd
import pytest
from tests.support.cases import for_each
from tests.support.mentions import POLICY, mention, mentions_file, page
from tests.support.pages import ROOT, other_page
from tests.support.records import fetched, written
from tests.support.replica import Replica

import altdetails
from altdetails import AltdetailsError, InputError, Record, SettingsError, StoreError, Unreachable
from altdetails.drift.survey import Survey
from altdetails.scraping import route

pytestmark = pytest.mark.slow

DOIS = ["10.5555/lhs.2023.0417", "10.5555/nothing.mentions.this", "10.5555/jhe.2012.118"]
SAMPLES = ["article-2023", "article-2017"]
JANUARY, JULY = "2026-01-15T12:00:00Z", "2026-07-15T12:00:00Z"
FUNCTIONS = {name for name in altdetails.__all__ if inspect.isfunction(getattr(altdetails, name))}
WITH_EXAMPLES = sorted(FUNCTIONS | {"AltdetailsError", "Outcomes", "Record.from_json", "Run"})


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A folder with all files of the examples."""
    folder = tmp_path_factory.mktemp("prepared")
    pages = [(ROOT / "samples" / f"{name}.html").read_bytes() for name in SAMPLES]
    (folder / "saved-page.html").write_bytes(pages[0])
    (folder / "saved-pages").mkdir()
    (folder / "saved-pages" / "article.html").write_bytes(pages[0])
    (folder / "saved-pages" / "help.html").write_bytes(other_page("help-about-the-score"))
    (folder / "saved-tabs").mkdir()
    tab = ROOT / "tests" / "data" / "tabs" / "licensed.html"
    (folder / "saved-tabs" / "news.html").write_bytes(tab.read_bytes())
    lines = [altdetails.parse(page).to_json() for page in pages]
    written(folder / "records.jsonl", [fetched(line, JANUARY) for line in lines])
    (folder / "records.jsonl.gz").write_bytes(gzip.compress((folder / "records.jsonl").read_bytes()))
    for name, at, score in (("run-january", JANUARY, 641), ("run-july", JULY, 645)):
        (folder / name).mkdir()
        written(folder / name / "records.jsonl", [fetched(lines[0], at, score=score), fetched(lines[1], at)])
    for path in ("mentions.jsonl", "run-july/mentions.jsonl"):
        mentions_file(folder / path, mention(), POLICY, page(), page(source="policy"))
    mentions_file(folder / "run-january" / "mentions.jsonl", mention(), page())
    with pytest.MonkeyPatch.context() as patch, Replica() as replica:
        patch.setenv("no_proxy", "*")
        patch.setenv("ALTDETAILS_STATE", str(folder / "clocks"))
        list(altdetails.scrape(DOIS, folder / "run", base_url=replica.base_url, interval=0))
    survey = altdetails.doctor(folder / "run").survey
    (folder / "baseline.json").write_bytes(survey.to_json())
    return folder


@pytest.fixture(autouse=True)
def folder(prepared, tmp_path, monkeypatch):
    """A copy of the prepared folder, as the working folder."""
    copy = tmp_path / "copy"
    shutil.copytree(prepared, copy)
    monkeypatch.chdir(copy)
    monkeypatch.setenv("DLT_DATA_DIR", str(tmp_path / "dlt"))
    return copy


@pytest.fixture
def records():
    """The Records of records.jsonl."""
    return list(altdetails.read_records("records.jsonl"))


class TestExamples:
    @pytest.mark.parametrize(
        "name",
        [pytest.param(name) if name == "load" else name for name in ["altdetails", *WITH_EXAMPLES]],
    )
    @pytest.mark.usefixtures("altmetric")
    def test_every_example_gives_its_output(self, name, monkeypatch):
        monkeypatch.setitem(route.DEFAULT_INTERVALS, "site", 0)
        text = inspect.getdoc(altdetails if name == "altdetails" else attrgetter(name)(altdetails))
        names = {public: getattr(altdetails, public) for public in altdetails.__all__}
        test = doctest.DocTestParser().get_doctest(text, names, name, None, None)
        assert test.examples, f"{name} has no example"
        report = []
        failures = doctest.DocTestRunner().run(test, out=report.append).failed
        assert not failures, "".join(report)

    def test_every_example_is_tested(self):
        with_examples = {
            name for name in altdetails.__all__ if ">>>" in (inspect.getdoc(getattr(altdetails, name)) or "")
        }
        assert with_examples == set(WITH_EXAMPLES) - {"Record.from_json"}


def error_of(function, given):
    """Return the error that a call raises; None if it returns."""
    try:
        function(given)
    except Exception as error:  # noqa: BLE001 -- the test says which error is right
        return error
    return None


def once(given):
    """Return the number of outputs with snapshots in only one period."""
    notices = []
    assert list(altdetails.changes_by_period(given, by="month", notice=notices.append)) == []
    return notices[-1].count if notices else 0


TAKE_RECORDS = {
    "diff, old": lambda given: len(list(altdetails.diff(given, []))),
    "diff, new": lambda given: len(list(altdetails.diff([], given))),
    "doctor": lambda given: altdetails.doctor(given).survey.records,
    "export": lambda given: altdetails.export(given, "out.csv").records,
    "changes_by_period": once,
}
"""How many records a function finds in what it is given."""
TAKE_PATHS = {"read_records": lambda given: len(list(altdetails.read_records(given))), **TAKE_RECORDS}


def entry_of(path):
    with os.scandir() as entries:
        return next(entry for entry in entries if entry.name == path)


PATHS = {
    "text": lambda path: path,
    "a Path": Path,
    "a list of texts": lambda path: [path],
    "a tuple of Paths": lambda path: (Path(path),),
    "a set": lambda path: {path},
    "a generator": lambda path: (item for item in [path]),
    "an entry of a folder": entry_of,
    "a Series": lambda path: pd.Series([path]),
}
RECORDS = {
    "a list": list,
    "a tuple": tuple,
    "an iterator": iter,
    "a generator": lambda records: (record for record in records),
    "a Series": pd.Series,
}


@pytest.mark.parametrize("function", TAKE_PATHS)
class TestPaths:
    def test_a_path_can_have_any_type(self, function):
        for path in ("records.jsonl", "run"):
            counts = {form: TAKE_PATHS[function](make(path)) for form, make in PATHS.items()}
            assert counts == dict.fromkeys(PATHS, 2)

    def test_a_missing_path_is_in_the_error(self, function):
        for given in ("x.jsonl", ["records.jsonl", Path("x.jsonl")]):
            with pytest.raises(InputError, match=r"^x\.jsonl: no such file"):
                TAKE_PATHS[function](given)

    def test_an_unreadable_path_gives_an_error_of_altdetails(self, function):
        paths = ("", "a\0b", "\ud800", "x" * 5_000, "saved-pages", "saved-page.html/x")
        errors = {path: type(error_of(TAKE_PATHS[function], path)) for path in paths}
        assert errors == dict.fromkeys(paths, InputError)


@pytest.mark.parametrize("function", TAKE_RECORDS)
class TestRecords:
    def test_records_can_come_from_any_iterable(self, function, records):
        counts = {form: TAKE_RECORDS[function](make(records)) for form, make in RECORDS.items()}
        assert counts == dict.fromkeys(RECORDS, 2)

    def test_an_item_that_is_not_a_record_is_refused_with_its_number(self, function, records):
        with pytest.raises(TypeError, match=r"^expected a Record as item 3, got str 'records.jsonl'$"):
            TAKE_RECORDS[function](iter([*records, "records.jsonl"]))

    def test_an_empty_iterable_is_an_error_only_for_doctor(self, function):
        for given in ([], iter([])):
            if function == "doctor":
                with pytest.raises(InputError, match="<records>: contains no records"):
                    TAKE_RECORDS[function](given)
            else:
                assert TAKE_RECORDS[function](given) == 0


def test_load_takes_records_or_none(records):
    """Its example takes a path."""
    assert altdetails.load(iter(records), "duckdb:///library.duckdb").records == 2
    assert altdetails.load(iter([]), "duckdb:///library.duckdb").records == 0


@pytest.mark.parametrize("function", [altdetails.read_records, altdetails.parse_files])
def test_an_empty_iterable_of_paths_is_an_error(function):
    for given in ([], (), iter([])):
        with pytest.raises(InputError, match=r"^no path was given; give "):
            function(given)


CALLS = {
    "diff, old": lambda given: altdetails.diff(given, "run"),
    "diff, new": lambda given: altdetails.diff("run", given),
    "dlt_source": altdetails.dlt_source,
    "doctor": altdetails.doctor,
    "export": lambda given: altdetails.export(given, "out.csv"),
    "changes_by_period": lambda given: altdetails.changes_by_period(given, by="month"),
    "load": altdetails.load,
    "mention_changes, old": lambda given: altdetails.mention_changes(given, "run-july"),
    "mention_changes, new": lambda given: altdetails.mention_changes("run-july", given),
    "parse_files": altdetails.parse_files,
    "read_mentions": altdetails.read_mentions,
    "read_records": altdetails.read_records,
    "report": lambda given: altdetails.report(given, "report.html"),
    "to_arrow": altdetails.to_arrow,
    "to_pandas": altdetails.to_pandas,
    "to_polars": altdetails.to_polars,
}
"""Calls of the functions that take several paths. No item is read from the result."""
WRONG = {
    "None": (lambda: None, "NoneType 'None'"),
    "a number": (lambda: 5, "int '5'"),
    "bytes": (lambda: b"records.jsonl", "bytes "),
    "a number in a list": (lambda: [5], "int '5'"),
    "None in a list": (lambda: [None], "NoneType 'None'"),
    "bytes in a list": (lambda: [b"records.jsonl"], "bytes "),
    "a dict": (lambda: {"records.jsonl": "run"}, "dict "),
    "an open file": (lambda: io.StringIO("run\n"), "StringIO "),
    "a table": (lambda: pd.DataFrame({"records.jsonl": [1]}), "DataFrame "),
    "a Record and a path": (lambda: [altdetails.parse_file("saved-page.html"), "run"], "(str 'run'|Record )"),
    "a path and a Record": (lambda: ["run", altdetails.parse_file("saved-page.html")], "Record "),
}


@for_each("function", CALLS)
def test_other_values_than_paths_and_records_are_refused_at_the_call(function):
    errors = {wrong: repr(error_of(CALLS[function], make())) for wrong, (make, _) in WRONG.items()}
    expected = {wrong: rf"TypeError\(.expected a (path|Record).*, got {came}" for wrong, (_, came) in WRONG.items()}
    assert {wrong: error for wrong, error in errors.items() if not re.match(expected[wrong], error)} == {}


def scraped(identifiers=DOIS[0], run="new-run", **settings):
    return altdetails.scrape(identifiers, run, **{"base_url": "http://127.0.0.1:1"} | settings)


NOT_TEXT = r"text as {}, got int '5'$"
NO_FUNCTION = r"a function as {}, got int '5'$"
REFUSED = [
    (lambda: altdetails.parse_mentions(5), "a path .*, got int '5'$"),
    (lambda: altdetails.collect_history("altmetric:990000001", 5), "a path .* as run, got int '5'$"),
    (lambda: altdetails.collect_history("altmetric:990000001", "new-run", every=5), "text as every, got int '5'$"),
    (lambda: altdetails.parse(5), "bytes or text as content, got int '5'$"),
    (lambda: altdetails.parse(None), "bytes or text as content, got NoneType"),
    (lambda: altdetails.parse(Path("saved-page.html")), "bytes or text as content, got .*Path"),
    (lambda: altdetails.parse(b"", url=5), NOT_TEXT.format("url")),
    (lambda: altdetails.parse(b"", content_type=5), NOT_TEXT.format("content_type")),
    (lambda: altdetails.parse_file(5), r"a path \(str or os.PathLike\), got int '5'$"),
    (lambda: altdetails.parse_file(None), "a path .*, got NoneType"),
    (lambda: altdetails.parse_file(b"saved-page.html"), "a path .*, got bytes"),
    (lambda: altdetails.parse_file(["saved-page.html"]), "a path .*, got list"),
    (lambda: altdetails.parse_file("saved-page.html", url_filter=5), NOT_TEXT.format("url_filter")),
    (lambda: altdetails.parse_files("saved-pages", url_filter=5), NOT_TEXT.format("url_filter")),
    (lambda: altdetails.parse_files("saved-pages", jobs="2"), "a whole number as jobs, got str '2'$"),
    (lambda: altdetails.parse_files("saved-pages", jobs=None), "a whole number as jobs, got NoneType"),
    (lambda: altdetails.read_records("run", damaged=5), NO_FUNCTION.format("damaged")),
    (lambda: altdetails.export("run", 5), r"a path \(str or os.PathLike\) as out, got int '5'$"),
    (lambda: altdetails.export("run", None), "a path .* as out, got NoneType"),
    (lambda: altdetails.export("run", "out.csv", damaged=5), NO_FUNCTION.format("damaged")),
    (lambda: altdetails.export("run", "out.csv", progress=5), NO_FUNCTION.format("progress")),
    (lambda: altdetails.card(5, "card.svg"), "a path .*, got int '5'$"),
    (lambda: altdetails.card("run", 5), r"a path \(str or os.PathLike\).*, got int '5'$"),
    (lambda: altdetails.report("run", 5), r"a path \(str or os.PathLike\).*, got int '5'$"),
    (lambda: altdetails.to_arrow("run", 5), "the name of a table as text, got int '5'$"),
    (lambda: altdetails.load("run", to=5), NOT_TEXT.format("to")),
    (lambda: altdetails.load("run", Path("library.duckdb")), "text as to, got .*Path"),
    (lambda: altdetails.load("run", dataset=5), NOT_TEXT.format("dataset")),
    (lambda: altdetails.load("run", damaged=5), NO_FUNCTION.format("damaged")),
    (lambda: altdetails.load("run", progress=5), NO_FUNCTION.format("progress")),
    (lambda: altdetails.export("run", "out.xlsx", mentions=5), "a path .*, or an iterable of Mentions, got int '5'$"),
    (lambda: altdetails.load("run", mentions=5), "a path .*, or an iterable of Mentions, got int '5'$"),
    (lambda: altdetails.report("run", "out.html", mentions=5), "a path .*, or an iterable of Mentions, got int '5'$"),
    (lambda: altdetails.mention_key(5), "a Mention, got int '5'$"),
    (lambda: altdetails.read_mentions("mentions.jsonl", pages=5), "True or False as pages, got int '5'$"),
    (lambda: altdetails.schema(of=5), "records, mentions or summary as of, got int '5'$"),
    (lambda: altdetails.diff("run", "run", failures=5), "an iterable of Outcomes as failures, got int '5'$"),
    (lambda: altdetails.diff("run", "run", failures="run"), "an iterable of Outcomes as failures, got str 'run'$"),
    (lambda: list(altdetails.diff("run", "run", failures=[5])), "an Outcome as failure 1, got int '5'$"),
    (lambda: altdetails.diff("run", "run", damaged=5), NO_FUNCTION.format("damaged")),
    (lambda: altdetails.diff("run", "run", notice=5), NO_FUNCTION.format("notice")),
    (lambda: altdetails.changes_by_period("run", by=5), "the name of a period as by, got int '5'$"),
    (lambda: altdetails.changes_by_period("run", by=["month"]), "the name of a period as by, got list"),
    (lambda: altdetails.changes_by_period("run", by="month", damaged=5), NO_FUNCTION.format("damaged")),
    (lambda: altdetails.changes_by_period("run", by="month", notice=5), NO_FUNCTION.format("notice")),
    (lambda: altdetails.doctor("run", baseline=5), r"a path \(str or os.PathLike\) or a Survey as baseline, got int"),
    (lambda: altdetails.doctor("run", baseline=b"baseline.json"), "a path .* as baseline, got bytes"),
    (lambda: altdetails.doctor("run", damaged=5), NO_FUNCTION.format("damaged")),
    (lambda: altdetails.doctor("run", progress=5), NO_FUNCTION.format("progress")),
    (lambda: altdetails.skeleton(5), "bytes or text as content, got int '5'$"),
    (lambda: altdetails.skeleton("", content_type=5), NOT_TEXT.format("content_type")),
    (lambda: altdetails.check_site(5), "text or an iterable of texts as addresses, got int '5'$"),
    (lambda: altdetails.check_site(DOIS[0], contact=5), NOT_TEXT.format("contact")),
    (lambda: altdetails.check_site(DOIS[0], notice=5), NO_FUNCTION.format("notice")),
    (lambda: altdetails.schema(5), "the name of a format, got int '5'$"),
    (lambda: altdetails.schema(None), "the name of a format, got NoneType"),
    (lambda: altdetails.identify(5), "text, got int '5'$"),
    (lambda: altdetails.identify(None), "text, got NoneType"),
    (lambda: altdetails.details_url(5), "text, an Identifier or an Address, got int '5'$"),
    (lambda: altdetails.details_url(DOIS[0], base_url=5), NOT_TEXT.format("base_url")),
    (lambda: Record.from_json(5), "a line as bytes or text, got int '5'$"),
    (lambda: Record.from_json(None), "a line as bytes or text, got NoneType"),
    (lambda: altdetails.Run(5), r"a path \(str or os.PathLike\), got int '5'$"),
    (lambda: altdetails.Run(None), "a path .*, got NoneType"),
    (lambda: altdetails.Run(["run"]), "a path .*, got list"),
    (lambda: scraped(run=5), r"a path \(str or os.PathLike\) as run, got int '5'$"),
    (lambda: scraped(run=None), "a path .* as run, got NoneType"),
    (lambda: scraped(contact=5), NOT_TEXT.format("contact")),
    (lambda: scraped(base_url=5), NOT_TEXT.format("base_url")),
    (lambda: scraped(interval="2"), "seconds as interval, got str '2'$"),
    (lambda: scraped(limit="5"), "a whole number as limit, got str '5'$"),
    (lambda: scraped(limit=5.5), "a whole number as limit, got float '5.5'$"),
    (lambda: scraped(refresh=30), "an age such as '30d' or a timedelta as refresh, got int '30'$"),
    (lambda: scraped(retry_failed="no"), "True or False as retry_failed, got str 'no'$"),
    (lambda: scraped(notice=5), NO_FUNCTION.format("notice")),
    *(
        (lambda identifiers=identifiers: scraped(identifiers), f"identifiers: text, a number .*, got {came}")
        for identifiers, came in (
            (5.5, "float '5.5'$"),
            (None, "NoneType"),
            (b"10.5555/x", "bytes"),
            ({"doi": DOIS}, "dict"),
            (pd.DataFrame({"doi": DOIS}), "DataFrame"),
            (Path("dois.txt"), ".*Path"),
        )
    ),
    *(
        (lambda identifier=identifier: scraped([DOIS[0], identifier]), f"text or a number as identifier 2, got {came}")
        for identifier, came in (
            (b"10.5555/x", "bytes"),
            (True, "bool 'True'$"),
            ([DOIS[0]], "list"),
            (altdetails.identify("PMID: 5"), "Identifier"),
            (date(2026, 1, 1), "date"),
        )
    ),
    (lambda: scraped(True), "text or a number as identifier 1, got bool 'True'$"),  # noqa: FBT003 -- is refused
]


@for_each(("call", "words"), REFUSED, ids=[words[:50] for _, words in REFUSED])
def test_an_argument_of_another_type_is_refused_at_the_call(call, words):
    with pytest.raises(TypeError, match=f"^expected {words}"):
        call()
    assert not Path("new-run").exists()
    assert not Path("out.csv").exists()


def test_every_function_is_tested_with_a_wrong_type():
    tried = {label.partition(",")[0] for label in CALLS} | {
        name for call, _ in REFUSED for name in call.__code__.co_names if name in altdetails.__all__
    }
    assert tried | {"scrape"} >= FUNCTIONS


UNUSABLE = [
    (lambda: altdetails.parse_file("x.html"), InputError, "^x.html: no such file"),
    (lambda: altdetails.parse_file("x" * 5_000), InputError, "^x"),
    (lambda: altdetails.parse_file("a\0b"), InputError, r"^'a\\x00b': not a valid path; give the name of a file"),
    (lambda: altdetails.parse_file(""), InputError, "^'': not a valid path"),
    (lambda: altdetails.parse_file("saved-page.html", url_filter="("), InputError, r"\("),
    (lambda: altdetails.parse_files("saved-pages", url_filter="("), InputError, r"\("),
    (lambda: altdetails.parse_files("saved-pages", jobs=0), SettingsError, "^jobs must be 1 or more, not 0$"),
    (lambda: altdetails.export("run", "out.txt"), AltdetailsError, "^out.txt: its ending does not name a format; use"),
    (lambda: altdetails.export("run", "x" * 300 + ".csv"), AltdetailsError, "^x.*: output cannot be written: "),
    (lambda: altdetails.export("run", "a\0b.csv"), InputError, "not a valid path"),
    (lambda: altdetails.export("run", "nowhere/out.csv"), AltdetailsError, "^nowhere/out.csv: its folder"),
    (lambda: altdetails.load("run", to="nowhere"), AltdetailsError, "no destination 'nowhere'"),
    (lambda: altdetails.load("run", dataset=""), AltdetailsError, "''"),
    (
        lambda: altdetails.changes_by_period("run", by="decade"),
        SettingsError,
        "^'decade' is not a valid period; use one of ",
    ),
    (lambda: altdetails.schema("arrow", of="summary"), SettingsError, "^arrow: a summary is an object, not a table; "),
    (lambda: altdetails.schema("excel"), SettingsError, "^'excel': unknown schema format; use one of json-schema"),
    (lambda: altdetails.doctor("run", baseline="x.json"), InputError, "^x.json: cannot be read"),
    (lambda: altdetails.doctor("run", baseline="a\0b"), InputError, "not a valid path"),
    (lambda: altdetails.doctor("run", baseline="records.jsonl"), InputError, "^records.jsonl: "),
    (lambda: altdetails.doctor("run", baseline="run"), InputError, "^run: "),
    (lambda: altdetails.Run("nowhere"), StoreError, "^nowhere is not a run folder: "),
    (lambda: altdetails.Run("records.jsonl"), StoreError, "^records.jsonl is not a run folder: "),
    (lambda: altdetails.Run("a\0b"), InputError, "not a valid path"),
    (lambda: scraped(run="a\0b"), InputError, "not a valid path"),
    (lambda: scraped(run="records.jsonl"), StoreError, "^records.jsonl: "),
    (lambda: scraped(run="saved-pages"), StoreError, "^saved-pages: contains other files"),
    (lambda: scraped(run="run"), StoreError, "^run: holds a run of http"),
    (lambda: altdetails.identify("some words"), AltdetailsError, "^'some words': not an identifier"),
    (lambda: altdetails.details_url("PMID: 5"), AltdetailsError, "no known address"),
    *(
        (lambda line=line: Record.from_json(line), InputError, "^this is not a record: ")
        for line in (b"", "", "{}", b"[]", b"\xff\xfe", "\ud800", "[" * 100_000, b'{"schema_version":"1"}')
    ),
]


@for_each(("call", "error", "words"), UNUSABLE)
def test_a_value_that_cannot_be_used_gives_an_error_of_altdetails_at_the_call(call, error, words):
    with pytest.raises(error, match=words):
        call()
    assert not Path("new-run").exists()


def test_an_address_that_is_not_valid_utf_8_gives_a_valid_record():
    record = altdetails.parse(Path("saved-page.html").read_bytes(), url="https://www.altmetric.com/details/\ud800")
    assert record.provenance.final_url == "https://www.altmetric.com/details/?"
    assert Record.from_json(record.to_json()) == record


def test_the_survey_of_a_diagnosis_is_a_baseline():
    first = altdetails.doctor("run")
    assert isinstance(first.survey, Survey)
    assert (first.baseline, first.drift) == (None, None)
    second = altdetails.doctor("run", baseline=first.survey)
    assert second.baseline == first.survey
    assert second.drift.changes == []


def test_every_error_is_an_altdetails_error():
    errors = [getattr(altdetails, name) for name in altdetails.errors.__all__]
    assert all(issubclass(error, AltdetailsError) for error in errors)
    assert issubclass(Unreachable, altdetails.FetchError)
