"""An answer of the API gives its record; what has no record is refused with what it is."""

import json
import math
import re

import pytest
from tests.answers.material import ANSWERS, counts_answer, expected, facts, fetch_answer
from tests.support.cases import for_each

from altdetails import NotADetailsPage, Record, UndecodablePage, parse
from altdetails.answers import decoding
from altdetails.answers.typed import typed_counts
from altdetails.page import PageKind

GOLDEN = sorted(path for path in ANSWERS.iterdir() if path.suffix in {".json", ".js"} and ".record" not in path.name)
SMALLEST = {"altmetric_id": 990000001, "title": "A", "score": 1}


def without_provenance(record):
    return {key: value for key, value in record.to_dict().items() if key != "provenance"}


def record_of(**values):
    return parse(json.dumps(SMALLEST | values))


def fetched(**values):
    return parse(json.dumps({"altmetric_id": 990000001, "citation": {}} | values))


def unread(record):
    return [item.text for item in record.unread]


def codes(record):
    return [(finding.code, finding.where, finding.values) for finding in record.inconsistencies]


def refusal(content):
    with pytest.raises(NotADetailsPage) as caught:
        parse(content)
    return caught.value


@for_each("path", GOLDEN, ids=lambda path: path.name)
def test_an_answer_gives_its_record(path):
    golden = json.loads(path.with_suffix(".record.json").read_text("utf-8"))
    assert without_provenance(parse(path.read_bytes())) == golden
    assert list(without_provenance(parse(path.read_bytes()))) == list(golden)


def test_every_golden_record_belongs_to_an_answer():
    assert {path.with_suffix(".record.json") for path in GOLDEN} == set(ANSWERS.glob("*.record.json"))


@for_each("seed", range(150))
def test_a_random_answer_of_either_shape_gives_the_record_of_its_facts(seed):
    of = facts(seed)
    for shape, answer in (("counts", counts_answer(of)), ("fetch", fetch_answer(of))):
        values = without_provenance(parse(json.dumps(answer)))
        del values["sections"], values["inconsistencies"]
        assert values == expected(of, shape)


def test_the_provenance_says_that_the_record_is_from_json():
    content = json.dumps(SMALLEST).encode()
    provenance = parse(content, url="https://api.altmetric.com/v1/id/990000001?key=0123abcd").provenance
    assert (provenance.format, provenance.lxml, provenance.libxml2) == ("json", None, None)
    assert provenance.final_url == "https://api.altmetric.com/v1/id/990000001"
    assert provenance.bytes == len(content)


@for_each(
    ("score", "badge", "shown"),
    [
        (0, None, 0), (0, "?", 0), (0.25, None, 1), (114.5, None, 115), (114, None, 114), (114.0000000001, None, 114),
        (114.0000000001, 115, 115), (113.9999999999, None, 114), (113.9999999999, 114, 114),
        (3734.705999999944, 3735, 3735), (0.001, None, 1), (-0.0, None, 0), (1e3, None, 1000),
    ],
)  # fmt: skip
def test_the_score_is_rounded_up_as_on_the_badge_but_not_for_binary_noise(score, badge, shown):
    images = {} if badge is None else {"images": {"small": f"https://badges.altmetric.com/?size=64&score={badge}"}}
    record = record_of(score=score, **images)
    assert (record.score, record.score_exact, record.inconsistencies) == (shown, score, [])
    assert math.copysign(1, record.score_exact) == 1


@pytest.mark.parametrize("badge", [12, 14, "?"])
def test_another_score_in_the_address_of_the_badge_is_named(badge):
    record = record_of(score=12.5, images={"large": f"https://b.example/?score={badge}&size=180"})
    assert record.score == 13
    assert codes(record) == [
        ("score_of_answer_and_badge", None, ["13", str(badge).replace("?", "0")]),
    ]


class TestWhatIsNotTheSame:
    def test_mentions_are_accounts_not_posts(self):
        counts = {"twitter": {"unique_users_count": 70, "posts_count": 87}, "total": {"posts_count": 87}}
        assert fetched(counts=counts).count("twitter") == 70

    def test_the_last_change_of_the_score_is_not_the_last_mention(self):
        assert record_of(last_updated=1700000000).last_mentioned is None

    def test_a_percentile_is_not_the_percent_of_lower_outputs(self):
        (ranking,) = record_of(context={"all": {"pct": 97, "count": 10}}).rankings
        assert (ranking.percentile, ranking.higher_than_percent) == (97, None)

    def test_unspecified_is_not_unknown_and_a_country_keeps_its_code(self):
        demographics = {"users": {"mendeley": {"by_status": {"Unspecified": 3}}}, "geo": {"mendeley": {"GB": 1}}}
        readers = fetched(demographics=demographics).demographics.mendeley
        assert [group.name for group in readers.statuses + readers.countries] == ["Unspecified", "GB"]

    def test_sums_of_groups_are_no_totals(self):
        users = record_of(cohorts={"pub": 5, "sci": 2}).demographics.twitter
        assert users.total is None
        assert {group.percent for group in users.types} == {None}

    def test_the_type_is_as_the_api_writes_it(self):
        assert record_of(type="clinical_trial_study_record").output_type == "clinical_trial_study_record"

    @for_each(
        ("answer", "mentions"),
        [
            (record_of(), []), (record_of(cited_by_posts_count=0), []), (record_of(cited_by_posts_count=2), None),
            (record_of(cited_by_msm_count="x"), None), (fetched(), None), (fetched(counts=None), None),
            (fetched(counts=[]), []), (fetched(counts={"total": {"posts_count": 0}}), []),
            (fetched(counts={"total": {"posts_count": 3}}), None), (fetched(counts={"news": {"posts_count": 3}}), None),
        ],
    )  # fmt: skip
    def test_no_source_means_no_mention_only_if_the_answer_says_so(self, answer, mentions):
        assert answer.mentions == mentions

    def test_the_mean_of_all_outputs_is_in_the_ranking_of_all_outputs(self):
        means = {ranking.scope: ranking.mean_score for ranking in record_of(context={"all": {"mean": 7}}).rankings}
        assert means == {"all": 7.0}


@pytest.mark.parametrize(
    ("values", "finding"),
    [
        ({"cited_by_msm_count": 2, "cited_by_accounts_count": 3}, ("accounts", ["2", "3"])),
        ({"readers": {"mendeley": "2"}, "readers_count": 3}, ("readers", ["2", "3"])),
        ({"cited_by_posts_count": 3}, ("posts", ["0", "3"])),
    ],
)
def test_sources_that_do_not_add_up_to_the_total_are_named(values, finding):
    assert codes(record_of(**values)) == [("sum_of_sources_and_total", *finding)]


def test_a_sample_of_the_outputs_is_not_compared_with_other_totals():
    record = parse((ANSWERS / "fetch-2013.json").read_bytes())
    assert [ranking.total for ranking in record.rankings] == [49976, 60000]
    assert record.inconsistencies == []


@for_each(
    ("seconds", "day"),
    [
        (0, "1970-01-01"), (-86400, "1969-12-31"), (1340578800, "2012-06-25"), (1340578801, "2012-06-24"),
        (1340582400, "2012-06-25"), (1340582399, "2012-06-24"), (1.3405824e9, "2012-06-25"),
    ],
)  # fmt: skip
def test_midnight_in_london_in_summer_is_the_next_day(seconds, day):
    assert record_of(published_on=seconds).published.text == day


@for_each("seconds", [10**12, -(10**14), 1e300, True, "1340582400", [], 10**40])
def test_a_time_that_is_not_a_day_of_publication_is_unread(seconds):
    record = record_of(published_on=seconds)
    assert record.published is None
    assert unread(record)[0].startswith("published_on: ")


@for_each(
    ("text", "plain"),
    [
        ("A &lt;i&gt;b&lt;/i&gt;", "A b"), ("p < 0.05 and q > 1", "p < 0.05 and q > 1"), ("a<b and c>d", "a<b and c>d"),
        ('<a href="https://x.example/?a=1&b=2">L</a>', "L"), ("<p>A</p><p>B</p>", "A B"), ("AT&T &copy", "AT&T &copy"),
        ("CO<sub>2</sub>\u00a0now", "CO2 now"), ("x <mml:math><mml:mi>y</mml:mi></mml:math>", "x y"), ("<b></b>", None),
        ('x<xref rid="b1">1</xref> <ext-link xlink:href="http://a.example">L</ext-link>', "x1 L"),
        ('<ce:italic>x</ce:italic> <ns3:p>y</ns3:p><Emphasis Type="Italic">z</Emphasis>', "x y z"),
        ("<math><mi>a</mi><mo>=</mo><mn>1</mn></math><break/>b", "a=1 b"), ('<?xml version="1.0"?>T', "T"),
        ("<dl><dt>A</dt><dd>B</dd></dl><blockquote>C</blockquote>", "A B C"), ("<http://a.example>", "<http://a.example>"),
        ("one\u202etwo\x07", "onetwo"), ("<script>x</script>", "<script>x</script>"),
    ],
)  # fmt: skip
def test_a_title_has_no_markup_and_single_spaces(text, plain):
    assert record_of(title=text).title == plain


@for_each(
    ("content", "kind", "words"),
    [
        ("Not Found", PageKind.NOT_FOUND, "no page for this output"),
        ("You must supply an API key in a parameter named 'key'.", PageKind.API_ERROR, "supply an API key"),
        ("You must have a commercial license key to use this call.", PageKind.API_ERROR, "commercial license"),
        ('{"errors": [{"status": "400", "title": "Bad\\u0007"}]}', PageKind.API_ERROR, "(400 Bad)"),
        ('{"error": "no\\nway"}', PageKind.API_ERROR, "(no way)"),
        ('{"query": {"total": 0}, "results": []}', PageKind.NO_RECORD, "no results"),
        ('{"10.5555/a": 990000001}', PageKind.NO_RECORD, "`translate`"),
        ('{"altmetric_id": 990000001, "title": "A"}', PageKind.NO_RECORD, "neither a score"),
        (json.dumps([SMALLEST] * 3), PageKind.NO_RECORD, "a list of 3 answers"),
        (json.dumps({"results": [SMALLEST] * 2}), PageKind.NO_RECORD, "a list of 2 answers"),
        ("{}", PageKind.OTHER, "neither a page nor an answer"),
        ("[]", PageKind.OTHER, "neither a page nor an answer"),
        ('{"a": 1}', PageKind.OTHER, "neither a page nor an answer"),
        ('{"altmetric_id": 990000001, "score": 1', PageKind.OTHER, "damaged"),
        (b'{"altmetric_id": 990000001, "title": "\xff", "score": 1}', PageKind.OTHER, "damaged"),
        ('{"a":' * 100_000 + "1" + "}" * 100_000, PageKind.OTHER, "nested too deep"),
        (record_of().to_json(), PageKind.OTHER, "`altdetails show`"),
    ],
)  # fmt: skip
def test_what_has_no_record_is_refused_with_what_it_is(content, kind, words):
    error = refusal(content)
    assert error.kind is kind
    assert words in error.reason
    assert error.reason.isprintable()


@pytest.mark.parametrize(
    "content", ['{{"altmetric_id": 1, "score": 1, "x": "{}"}}'.format("a" * (32 << 20)), "[" + "{}," * 600_000 + "{}]"]
)
def test_an_answer_that_is_too_large_is_refused(content):
    with pytest.raises((UndecodablePage, NotADetailsPage)):
        parse(content)


@for_each(
    ("url", "finding"),
    [
        ("https://api.altmetric.com/v1/doi/10.5555/A.1", None),
        ("https://api.altmetric.com/v1/fetch/doi/10.5555%2Fa.1?key=x", None),
        ("https://web.archive.org/web/2022/https://api.altmetric.com/v1/id/990000001", None),
        ("https://api.altmetric.com/v1/id/990000001,990000002", None),
        ("https://api.altmetric.com/v1/citations/1d?page=3", None),
        ("/v1/doi/10.5555/b", ("doi_mismatch", None, ["10.5555/b", "10.5555/a.1"])),
        ("https://api.altmetric.com/v1/id/990000002", ("altmetric_id_mismatch", None, ["990000002", "990000001"])),
        ("https://api.altmetric.com/v1/pmid/99000002", ("identifier_mismatch", "pmid", ["99000002", "99000001"])),
        ("https://api.altmetric.com/v1/isbn/9780306406157", None),
    ],
)
def test_an_answer_about_another_output_than_its_address_is_named(url, finding):
    content = json.dumps(SMALLEST | {"doi": "10.5555/a.1", "pmid": "99000001"})
    assert codes(parse(content, url=url)) == ([finding] if finding else [])


def leaves(value, path=()):
    """Yield the paths of all values."""
    for key, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield (*path, key)
        yield from leaves(item, (*path, key))


def replaced(value, path, new):
    copy = json.loads(json.dumps(value))
    box = copy
    for key in path[:-1]:
        box = box[key]
    box[path[-1]] = new
    return copy


ODD = 7654321
BAD_NUMBERS = (str(ODD), [ODD], {"a": ODD}, True, -ODD, ODD + 0.5, 10**30, "x")
BAD_TEXTS = (ODD, [ODD], {"a": ODD}, True, 1.5, [])


@pytest.mark.parametrize("name", ["counts", "fetch"])
def test_a_value_of_the_wrong_type_gives_no_value_and_is_unread(name):
    answer = json.loads((ANSWERS / f"{name}.json").read_bytes())
    base = without_provenance(parse(json.dumps(answer)))
    for path in leaves(answer):
        if path[0] in {"posts", "history", "images", "subjects"} or isinstance(path[-1], int):
            continue
        old = answer
        for key in path:
            old = old[key]
        bad_values = BAD_NUMBERS if isinstance(old, int | float) and not isinstance(old, bool) else BAD_TEXTS
        for bad in bad_values:
            if isinstance(bad, dict) and isinstance(old, dict):  # its keys are names that are not known
                continue
            try:
                record = parse(json.dumps(replaced(answer, path, bad)))
            except NotADetailsPage:
                assert path in {("citation",), ("counts",)}
                continue
            assert Record.from_json(record.to_json()) == record
            values = without_provenance(record)
            lost = {key for key in base if values[key] != base[key]} - {"unread", "sections", "inconsistencies"}
            if lost and bad != []:
                is_right = (
                    ("readers" in path and bad in (ODD, str(ODD)))
                    or (path[-1] in {"score", "mean"} and bad == ODD + 0.5)
                    or (path[-1] in {"published_on", "last_mentioned_on"} and bad in (-ODD, ODD + 0.5))
                )
                assert record.unread or is_right, (path, bad, lost)
                shown = json.dumps({key: item for key, item in values.items() if key != "unread"})
                assert is_right or not re.search(rf"\b{ODD}", shown), (path, bad)


def test_keys_that_are_not_known_are_unread_up_to_a_limit():
    record = record_of(**{f"new_{number}": number for number in range(1000)})
    assert unread(record)[:2] == ["new_0: 0", "new_1: 1"]
    assert len(record.unread) == 201
    assert unread(record)[-1] == "more than 200 values that are not known"


def test_a_key_with_two_values_has_none():
    record = parse('{"altmetric_id": 990000001, "score": 5, "score": 6, "title": "A", "title": "A", "journal": "B"}')
    assert (record.score, record.title) == (None, "A")
    assert "score: twice, with different values" in unread(record)


@for_each(
    "rest",
    [
        '"score": 5, "score" :6', '"new": 1, "score": 5, "score"\n:6', '"title": "a\\u0022: b", "score": 5, "score": 6',
        '"title": "a\\u003A b", "score": 5, "score": 6', '"title": "A: b", "score": 5, "score": 6',
    ],
)  # fmt: skip
def test_a_key_with_two_values_is_found_however_it_is_written(rest):
    record = parse(f'{{"altmetric_id": 990000001, {rest}}}')
    assert record.score is None
    assert "score: twice, with different values" in unread(record)


def test_people_who_post_are_not_in_the_record():
    text = parse((ANSWERS / "fetch.json").read_bytes()).to_json()
    assert b"person" not in text
    assert b"tweeter_id" not in text


def test_people_are_not_in_what_is_unread_about_a_source_without_a_number_of_users():
    record = fetched(counts={"blogs": {"posts_count": 2, "unique_users": ["a person", 17]}})
    assert unread(record) == ['counts.blogs: {"posts_count":2}']


def test_the_key_in_a_value_that_is_not_known_is_left_out():
    record = record_of(debug={"address": "https://api.altmetric.com/v1/id/1?key=0123abcd&x=1"})
    assert b"0123abcd" not in record.to_json()


def test_the_short_way_of_most_answers_gives_the_same_record(monkeypatch):
    answers = [path.read_bytes() for path in GOLDEN] + [json.dumps(counts_answer(facts(seed))) for seed in range(200)]
    by_the_short_way = [parse(answer) for answer in answers]
    assert sum(typed_counts(json.dumps(counts_answer(facts(seed))).encode()) is not None for seed in range(200)) == 200
    monkeypatch.setattr(decoding, "typed_counts", lambda _: None)
    assert [parse(answer) for answer in answers] == by_the_short_way


@for_each(
    "answer",
    [
        '{"altmetric_id": 990000001, "score": 1, "score": 2}', '{"altmetric_id": 990000001, "score": true}',
        '{"altmetric_id": 990000001, "score": 1, "readers": {"mendeley": "1", "mendeley": "2"}}',
        '{"altmetric_id": 990000001, "score": 1, "context": {"all": {"rank": 0}}}', '{"score": 1}',
        '{"altmetric_id": 990000001, "score": 1, "new": 1}', '{"altmetric_id": 990000001, "score": "1"}',
    ],
)  # fmt: skip
def test_an_answer_with_anything_odd_takes_the_long_way(answer):
    assert typed_counts(answer.encode()) is None
