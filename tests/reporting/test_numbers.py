"""Each number of a report agrees with SQL on the same records."""

import duckdb
import pytest
from tests.reporting.material import page_of_records, rows_of, tree_of, two_snapshots, words_of
from tests.support.records import generated, samples, written

from altdetails import export
from altdetails.palette import KINDS, kind_of, name_of
from altdetails.reporting.page import CODES, UNREAD_PARTS

pytestmark = pytest.mark.slow

KIND_SQL = "CASE " + " ".join(
    f"WHEN source IN ({', '.join(repr(source) for source in kind.sources)}) THEN '{kind.key}'" for kind in KINDS[:-1]
)
SOURCES = f"{KIND_SQL} ELSE 'other' END"


@pytest.fixture(scope="module", params=["samples", "300 records"])
def material(request, tmp_path_factory):
    """A report on two snapshots, and a connection to the same records in DuckDB."""
    folder = tmp_path_factory.mktemp("numbers")
    lines = samples() if request.param == "samples" else generated(300)
    new, old = two_snapshots(lines)
    paths = written(folder / "new.jsonl", [*old[:3], *new]), written(folder / "old.jsonl", old)
    page = page_of_records(paths[0], folder, since=paths[1], title="Invented")
    database = duckdb.connect()
    for name, path in zip(("new", "old"), paths, strict=True):
        export(path, folder / f"{name}.duckdb")
        database.execute(f"ATTACH '{folder / name}.duckdb' AS {name}")
    database.execute("CREATE TABLE r AS SELECT * FROM new.current_records")
    database.execute("CREATE TABLE o AS SELECT * FROM old.current_records")
    for block in ("mentions", "readers", "citations"):
        for side, table in (("new", "r"), ("old", "o")):
            database.execute(
                f"CREATE TABLE {table}_{block} AS SELECT record_key, output_key, b.source, any_value(b.count) AS count "
                f"FROM {side}.{block} b JOIN {table} USING (record_key) "
                "GROUP BY ALL HAVING count(DISTINCT b.count) = 1"
            )
    yield tree_of(page), lambda query: database.execute(query).fetchall()
    database.close()


def number(value):
    """A number as the report writes it."""
    return f"{value:,.2f}".rstrip("0").rstrip(".") if value % 1 else f"{int(value):,}"


def signed(value):
    return f"{'+' if value > 0 else '−' if value < 0 else ''}{number(abs(value))}"


def percent(part, whole):
    return f"{round(100 * part / whole)}%"


def tile(tree, label):
    (item,) = [item for item in tree.cssselect(".tiles div") if words_of(item.find("dt")).startswith(label)]
    return [words_of(fact) for fact in item.findall("dd")]


def test_the_tiles(material):
    tree, sql = material
    ((outputs,),) = sql("SELECT count(*) FROM r")
    assert tile(tree, "Outputs with a page") == [number(outputs)]
    ((median, low, high, known),) = sql(
        "SELECT quantile_cont(score, .5), quantile_cont(score, .25), quantile_cont(score, .75), count(score) FROM r"
    )
    assert tile(tree, "Median score") == [
        number(median),
        f"middle half {number(low)} to {number(high)}, on {number(known)} pages",
    ]
    ((mentions, pages),) = sql(
        "SELECT (SELECT sum(count) FROM r_mentions), (SELECT count(*) FROM r WHERE mentions_shown)"
    )
    assert tile(tree, "Mentions")[:2] == [number(mentions), f"on {number(pages)} pages"]
    for label, block, source in (
        ("Mendeley", "readers", "mendeley"),
        ("Citations", "citations", "dimensions"),
    ):
        ((total, pages),) = sql(f"SELECT sum(count), count(*) FROM r_{block} WHERE source = '{source}'")
        ((rise,),) = sql(
            f"SELECT sum(n.count - b.count) FROM r_{block} n JOIN o_{block} b USING (output_key, source) "
            f"WHERE source = '{source}'"
        )
        expected = [f"{signed(rise)} since 2 Jan 2026"] if rise else []
        assert tile(tree, label) == [number(total), f"on {number(pages)} pages", *expected]
    ((rise,),) = sql("SELECT sum(n.count - b.count) FROM r_mentions n JOIN o_mentions b USING (output_key, source)")
    assert tile(tree, "Mentions")[2:] == ([f"{signed(rise)} since 2 Jan 2026"] if rise else [])
    ((top, known),) = sql(f"SELECT count(*) FILTER (p >= 75), count(p) FROM ({PERCENTILES})")
    assert tile(tree, "In the top quarter") == [
        percent(top, known),
        f"{number(top)} of the {number(known)} pages that say",
    ]


PERCENTILES = """SELECT coalesce(percentile, higher_than_percent) AS p, percentile IS NULL AS higher
    FROM r LEFT JOIN (SELECT * FROM new.rankings WHERE scope = 'similar_age') USING (record_key)"""


def test_the_sources(material):
    tree, sql = material
    rows = sql("SELECT source, sum(count), count(*) FILTER (count > 0) FROM r_mentions GROUP BY ALL")
    ((missing,),) = sql("SELECT count(*) FROM r WHERE NOT mentions_shown")
    expected = sorted(rows, key=lambda row: (-row[1], row[0]))
    shown = rows_of(tree, "Mentions, and outputs with a mention, by source")
    assert sorted(shown[:-1]) == sorted(
        [name_of(source), number(count), number(outputs)] for source, count, outputs in expected
    )
    assert [row[1] for row in shown[:-1]] == [number(count) for _, count, _ in expected]
    assert shown[-1] == ["Mentions not shown", "unknown, not zero 3", number(missing)]


def test_the_shares_of_kinds(material):
    tree, sql = material
    kinds = dict(sql(f"SELECT {SOURCES} AS kind, sum(count) FROM r_mentions GROUP BY kind HAVING sum(count) > 0"))
    shown = [words_of(item) for item in tree.cssselect("#mentions .keys li")]
    total = sum(kinds.values())
    assert [item.rpartition(" ")[0] for item in shown] == [kind.label for kind in KINDS if kind.key in kinds]
    for item, kind in zip(shown, [kind for kind in KINDS if kind.key in kinds], strict=True):
        assert abs(float(item.rpartition(" ")[2].strip("<>%")) - 100 * kinds[kind.key] / total) <= 1


def test_the_columns_of_scores_and_percentiles(material):
    tree, sql = material
    lowest = (0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
    ends = (*(low - 1 for low in lowest[1:]), 10**12)
    queries = ", ".join(
        f"count(*) FILTER (score BETWEEN {low} AND {high})" for low, high in zip(lowest, ends, strict=True)
    )
    (counted,) = sql(f"SELECT {queries}, count(*) FILTER (score IS NULL) FROM r")
    scores, percentiles = (
        [words_of(cell) for cell in table.find("tbody")[0].findall("td")] for table in tree.cssselect("#scores table")
    )
    assert scores == [*map(number, counted)]
    queries = ", ".join(f"count(*) FILTER (p IS NOT NULL AND least(p // 10, 9) = {column})" for column in range(10))
    (counted,) = sql(f"SELECT {queries}, count(*) FILTER (p IS NULL) FROM ({PERCENTILES})")
    assert percentiles == [*map(number, counted)]
    exact = tree.cssselect("#scores table")[1].cssselect("td rect.mark")
    ((with_percentile,),) = sql(
        f"SELECT count(DISTINCT least(p // 10, 9)) FROM ({PERCENTILES}) WHERE p IS NOT NULL AND NOT higher"
    )
    assert len(exact) == with_percentile


def test_the_years(material):
    tree, sql = material
    rows = sql(
        "SELECT published_year, count(*), quantile_cont(score, .5), quantile_cont(score, .25), "
        "quantile_cont(score, .75) FROM r WHERE published_year IS NOT NULL GROUP BY ALL ORDER BY ALL"
    )
    (table,) = tree.cssselect("table.years")
    halves, medians, _, outputs, years = table.find("tbody")
    assert [words_of(cell) for cell in years[1:]] == [str(year) for year, *_ in rows]
    assert [words_of(cell) for cell in outputs[1:]] == [number(count) for _, count, *_ in rows]
    assert [words_of(cell) for cell in medians[1:]] == ["–" if row[2] is None else number(row[2]) for row in rows]
    assert [cell.text_content() for cell in halves[1:]] == [
        "" if row[3] is None else f"{number(row[3])} to {number(row[4])}" for row in rows
    ]


def test_the_journals(material):
    tree, sql = material
    rows = sql(
        "SELECT r.source, count(DISTINCT r.record_key) AS n, coalesce(sum(m), 0) AS mentions, quantile_cont(score, .5) "
        "FROM r LEFT JOIN (SELECT record_key, sum(count) AS m FROM r_mentions GROUP BY ALL) USING (record_key) "
        "WHERE r.source IS NOT NULL GROUP BY r.source ORDER BY n DESC, mentions DESC, r.source LIMIT 12"
    )
    shown = rows_of(tree, "Outputs, scores and mentions by journal")
    assert [row[:4] for row in shown] == [
        [name, number(count), number(median), number(mentions)] for name, count, mentions, median in rows
    ]


def mixes(sql, column):
    """The mentions of each kind in words, by the value of a column."""
    rows = sql(
        f"SELECT r.{column}, kind, sum(count) FROM (SELECT record_key, {SOURCES} AS kind, count FROM r_mentions) "
        f"JOIN r USING (record_key) WHERE r.{column} IS NOT NULL GROUP BY ALL HAVING sum(count) > 0"
    )
    by_value = {}
    for value, kind, count in rows:
        by_value.setdefault(str(value), {})[kind] = count
    return {
        value: ", ".join(f"{kind.label} {number(counts[kind.key])}" for kind in KINDS if kind.key in counts)
        for value, counts in by_value.items()
    }


def test_the_mix_of_each_year_and_journal(material):
    tree, sql = material
    rows = tree.cssselect("table.years tr")
    years = [words_of(cell) for cell in rows[-1][1:]]
    shown = [next(iter(cell.xpath("span/text()")), "") for cell in rows[2][1:]]
    expected = mixes(sql, "published_year")
    assert shown == [expected.get(year, "") for year in years]
    expected = mixes(sql, "source")
    for row in tree.cssselect("table.journals tbody tr"):
        assert "".join(row[-1].xpath("span/text()")) == expected.get(words_of(row[0]), "")


def test_notices_contradictions_and_what_was_not_understood(material):
    tree, sql = material
    queries = (
        ("SELECT notice, count(*) FROM (SELECT unnest(notices) AS notice FROM r) GROUP BY ALL", {}),
        ("SELECT code, count(*) FROM new.inconsistencies JOIN r USING (record_key) GROUP BY ALL", CODES),
        ("SELECT part, count(*) FROM new.unread JOIN r USING (record_key) GROUP BY ALL", UNREAD_PARTS),
    )
    expected = [(number(count), words.get(name, name)) for query, words in queries for name, count in sql(query)]
    shown = [
        (words_of(count), words_of(name.find("bdi")))
        for count, name in zip(tree.cssselect(".findings dt"), tree.cssselect(".findings dd"), strict=True)
        if name.find("bdi") is not None
    ]
    assert sorted(shown) == sorted(expected)


def test_the_new_mentions_of_the_outputs_that_rose_most(material):
    tree, sql = material
    rows = sql(
        """SELECT r.doi, n.source, n.count - b.count, n.count FROM r JOIN o USING (output_key)
        JOIN r_mentions n USING (output_key)
        LEFT JOIN o_mentions b ON b.output_key = n.output_key AND b.source = n.source
        WHERE r.score > o.score AND o.mentions_shown AND (b.count IS NULL OR n.count > b.count) AND n.count > 0"""
    )
    expected = {}
    for doi, source, more, first in rows:
        words = f"{number(first) if more is None else signed(more)} {name_of(source)}"
        expected.setdefault(doi, set()).add(words)
    for row in tree.cssselect("table.rises tbody tr"):
        doi = row.xpath("string(th/a/@href)").removeprefix("https://doi.org/")
        chips = {words_of(chip) for chip in row.cssselect(".chips li")}
        assert chips <= expected.get(doi, set())
        assert len(chips) == min(4, len(expected.get(doi, ())))


def test_the_readers(material):
    tree, sql = material
    for table, name in zip(tree.cssselect("table.groups"), ("disciplines", "statuses", "countries"), strict=True):
        groups = dict(
            sql(
                f"SELECT name, sum(count) FROM new.demographics JOIN r USING (record_key) "
                f"WHERE demographics.source = 'mendeley' AND breakdown = '{name}' GROUP BY name"
            )
        )
        pale = [[group, number(groups.pop(group))] for group in ("Other", "Unknown") if group in groups]
        ranked = sorted(groups.items(), key=lambda pair: (-pair[1], pair[0]))
        more = [[f"{len(ranked) - 10} more", number(sum(count for _, count in ranked[10:]))]] if ranked[10:] else []
        largest = [[group.rpartition(" > ")[2], number(count)] for group, count in ranked[:10]]
        assert [[words_of(row[0]), words_of(row[-1])] for row in table.find("tbody")] == largest + more + pale
    ((pages, total),) = sql(
        "SELECT count(*) FILTER (demographics_mendeley_countries_shown OR demographics_mendeley_statuses_shown "
        "OR demographics_mendeley_disciplines_shown), sum(demographics_mendeley_total) FROM r"
    )
    words = words_of(tree.cssselect("#readers .notes")[0])
    assert f"{number(pages)} of " in words
    assert f"they cover {number(total)} readers" in words


def test_the_changes(material):
    tree, sql = material
    ((rose, fell, stayed, unknown, new, gone),) = sql(
        """SELECT count(*) FILTER (r.score > o.score), count(*) FILTER (r.score < o.score),
        count(*) FILTER (r.score = o.score),
        count(*) FILTER (r.output_key = o.output_key AND (r.score IS NULL OR o.score IS NULL)),
        count(*) FILTER (o.output_key IS NULL), count(*) FILTER (r.output_key IS NULL)
        FROM r FULL JOIN o ON r.output_key = o.output_key"""
    )
    words = words_of(tree.cssselect("#changes .notes")[0])
    assert f"Scores: {rose} rose, {fell} fell, {stayed} stayed, {unknown} not known." in words
    assert f"Outputs: {new} new here, {gone} gone" in words
    trends = [row.get("data-t") for row in tree.cssselect("#table tbody tr")]
    assert [trends.count(trend) for trend in ("rose", "fell", "same", "unknown", "new")] == [
        *(rose, fell, stayed, unknown, new)
    ]
    rises = sql(
        "SELECT r.score, r.score - o.score AS rise FROM r JOIN o USING (output_key) WHERE rise > 0 "
        "ORDER BY rise DESC, r.score DESC LIMIT 10"
    )
    shown = rows_of(tree, "The scores that rose most") if rises else []
    assert [row[1:3] for row in shown] == [[number(score), signed(rise)] for score, rise in rises]


def test_the_new_mentions_by_source(material):
    tree, sql = material
    rows = sql(
        """SELECT source, coalesce(sum(n.count - b.count) FILTER (n.count > b.count), 0) AS more,
        coalesce(sum(n.count - b.count) FILTER (n.count < b.count), 0) AS fewer,
        coalesce(sum(n.count) FILTER (b.count IS NULL), 0) AS first
        FROM r_mentions n LEFT JOIN o_mentions b USING (output_key, source)
        WHERE output_key IN (SELECT output_key FROM o WHERE mentions_shown)
        GROUP BY source HAVING more <> 0 OR fewer <> 0 OR first <> 0"""
    )
    shown = rows_of(tree, "New mentions by source") if rows else []
    assert sorted(shown) == sorted(
        [name_of(source), signed(more), signed(fewer), number(first)] for source, more, fewer, first in rows
    )


def test_the_table_of_outputs(material):
    tree, sql = material
    rows = sql(
        """SELECT r.score, r.score - o.score, o.output_key IS NULL,
        (SELECT sum(count) FROM r_mentions m WHERE m.record_key = r.record_key), r.mentions_shown,
        (SELECT count FROM r_readers m WHERE m.record_key = r.record_key AND source = 'mendeley'),
        (SELECT count FROM r_citations m WHERE m.record_key = r.record_key), r.published_year, r.doi
        FROM r LEFT JOIN o USING (output_key)"""
    )
    expected = {
        (
            doi,
            "not shown" if score is None else number(score),
            "new" if is_new else "not shown" if change is None else signed(change),
            number(mentions or 0) if is_shown else "not shown",
            *("not shown" if value is None else number(value) for value in (readers, citations)),
            "not shown" if year is None else str(year),
        )
        for score, change, is_new, mentions, is_shown, readers, citations, year, doi in rows
    }
    shown = {
        (next(iter(row.xpath("th//small/span/text()")), None), *(words_of(row[at]) for at in (2, 3, 5, 6, 7, 8)))
        for row in tree.cssselect("#table tbody tr")
    }
    assert shown == expected
    scores = [words_of(row[2]) for row in tree.cssselect("#table tbody tr")]
    known = [int(score.replace(",", "")) for score in scores if score != "not shown"]
    assert known == sorted(known, reverse=True)
    assert scores[len(known) :] == ["not shown"] * (len(scores) - len(known))


def test_what_the_pages_show(material):
    tree, sql = material

    def parts(shown, content):
        ((full, empty, missing),) = sql(
            f"SELECT count(*) FILTER (({shown}) AND ({content}) > 0), "
            f"count(*) FILTER (({shown}) AND coalesce({content}, 0) = 0), count(*) FILTER (NOT ({shown})) FROM r"
        )
        return [number(full), number(empty), number(missing)]

    def total(block):
        return f"(SELECT sum(count) FROM r_{block} b WHERE b.record_key = r.record_key)"

    def groups(source, *names):
        listed = ", ".join(map(repr, names))
        return (
            "(SELECT count(*) FROM new.demographics d WHERE d.record_key = r.record_key "
            f"AND d.source = '{source}' AND d.breakdown IN ({listed}))"
        )

    mendeley = ("countries", "statuses", "disciplines")
    expected = {
        "Attention Score": parts("score IS NOT NULL", "score"),
        "Mentions by source": parts("mentions_shown", total("mentions")),
        "Citations": parts("citations_shown", total("citations")),
        "Readers": parts("readers_shown", total("readers")),
        "Mendeley tables": parts(
            " OR ".join(f"demographics_mendeley_{name}_shown" for name in mendeley), groups("mendeley", *mendeley)
        ),
        "X users’ countries": parts("demographics_twitter_countries_shown", groups("twitter", "countries")),
        "Score in context": parts("rankings_shown", "1"),
        "Publication date": parts("published_year IS NOT NULL", "1"),
        "DOI": parts("doi IS NOT NULL", "1"),
    }
    assert {name: counts for name, *counts in rows_of(tree, "What the pages show, by part of the page")} == expected
    ((limited,),) = sql("SELECT count(*) FROM r WHERE limited_access")
    assert f"{limited} page" in words_of(tree.cssselect("#mentions .notes")[0])


def test_the_sentences_at_the_top(material):
    tree, sql = material
    ((known, median, most),) = sql("SELECT count(score), quantile_cont(score, .5), max(score) FROM r")
    ((pages, mentions),) = sql(
        "SELECT (SELECT count(*) FROM r WHERE mentions_shown), (SELECT sum(count) FROM r_mentions)"
    )
    ((source, largest), *_) = sql("SELECT source, sum(count) AS n FROM r_mentions GROUP BY ALL ORDER BY n DESC")
    lead = words_of(tree.cssselect(".lead")[0])
    assert lead.startswith(
        f"At least half of the {number(known)} outputs with a known score have an Altmetric Attention Score of "
        f"{number(median)} or less; the highest has {number(most)}. {number(pages)} pages show who mentions them: "
        f"{number(mentions)} mentions, {percent(largest, mentions)} of them from {name_of(source)}."
    )


def test_the_mix_of_an_output_is_by_kind():
    assert [kind_of(source).key for source in ("video", "patent", "q&a", "newkey")] == [
        "news",
        "policy",
        "reference",
        "other",
    ]
