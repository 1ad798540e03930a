"""Mentions from files: the command, `parse_mentions`, answers of the API, exports of Altmetric Explorer."""

import gzip
import json
import zipfile
from pathlib import Path

import pytest
from tests.data.tabs import make
from tests.warc import warcs

import altdetails
from altdetails import Failure, Mention, MentionPage, mention_key, parse_mentions, read_mentions
from altdetails.cli import cli
from altdetails.mention import mention_line
from altdetails.mentions.tabs import read_tab

ROOT = Path(__file__).parents[2]
TABS = ROOT / "tests" / "data" / "tabs"
SUMMARY = ROOT / "samples" / "article-2023.html"
NEWS = "https://www.altmetric.com/details/990000710/news"


@pytest.fixture
def run(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)

    def call(*arguments):
        code = cli.main([*map(str, arguments)], prog_name="altdetails", standalone_mode=False)
        return code or 0, capfd.readouterr()

    return call


def lines(path):
    content = path.read_bytes()
    return [*map(json.loads, (gzip.decompress(content) if path.suffix == ".gz" else content).splitlines())]


def kinds(items):
    return [item.kind if isinstance(item, Failure) else type(item).__name__ for item in items]


def test_mixed_pages_give_records_and_mentions(run, tmp_path):
    code, _ = run("parse", SUMMARY, TABS / "news.html", "-o", "r.jsonl", "--mentions", "m.jsonl")
    assert code == 0
    assert [record["doi"] for record in lines(tmp_path / "r.jsonl")] == ["10.5555/lhs.2023.0417"]
    assert [line["kind"] for line in lines(tmp_path / "m.jsonl")] == ["page", "mention", "mention", "mention"]


def test_without_the_option_a_tab_is_a_failure_that_names_it(run, tmp_path):
    code, output = run("parse", TABS / "news.html", "-o", "r.jsonl")
    assert code == 1
    assert "`altdetails parse --mentions FILE` reads its mentions" in output.err
    assert (tmp_path / "r.jsonl").read_bytes() == b""


@pytest.mark.parametrize("name", ["m.jsonl", "m.jsonl.gz", "m.jsonl.zst", "m.parquet"])
def test_the_ending_selects_the_format(run, name):
    run("parse", TABS / "twitter.html", "-o", "r.jsonl", "--mentions", name, "--people")
    assert [mention.handle for mention in read_mentions(name)] == ["reed_fan_1", "reed_fan_2"]


def test_people_are_left_out_by_default(run, tmp_path):
    run("parse", TABS / "twitter.html", "-o", "r.jsonl", "--mentions", "m.jsonl")
    content = (tmp_path / "m.jsonl").read_text("utf-8")
    assert "Roofer, Ada" not in content
    assert "#roofs" not in content


def test_mentions_are_the_same_with_any_number_of_processes(run, tmp_path):
    with zipfile.ZipFile(tmp_path / "tabs.zip", "w") as archive:
        for path in sorted(TABS.glob("*.html")) * 4:
            archive.writestr(f"{len(archive.namelist())}.html", path.read_bytes())
    for jobs in (1, 2):
        run("parse", "tabs.zip", "-j", jobs, "-o", f"r{jobs}.jsonl", "--mentions", f"m{jobs}.jsonl", "--failures", "f")
    assert (tmp_path / "m1.jsonl").read_bytes() == (tmp_path / "m2.jsonl").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--people"], "--people: works only with --mentions FILE"),
        (["-o", "a", "--mentions", "a"], "already gets the records"),
        (["--mentions", "-"], "standard output already gets the records"),
        (["-o", "a", "--mentions", "b", "--failures", "b"], "already gets the lines of --failures"),
        (["-o", "a", "--mentions", "m.csv"], "parse writes JSON Lines or Parquet"),
        (["-o", "a", "--mentions", "m.jsonl", "--engine", "daft"], "works only with --engine local"),
    ],
)
def test_options_that_contradict_each_other_are_refused(run, arguments, words):
    with pytest.raises(Exception, match=words):
        run("parse", TABS / "news.html", *arguments)


def test_an_unreadable_tab_leaves_the_old_file(run, tmp_path, monkeypatch):
    (tmp_path / "m.jsonl").write_bytes(b"old\n")
    monkeypatch.setattr("altdetails.cli.parse.write_lines", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run("parse", TABS / "news.html", "-o", "r.jsonl", "--mentions", "m.jsonl")
    assert (tmp_path / "m.jsonl").read_bytes() == b"old\n"


def test_a_web_archive_gives_the_address_of_a_tab(tmp_path):
    tab, fragment = (TABS / f"{name}.html" for name in ("no-address", "pjax"))
    records = [
        warcs.record(1, block=warcs.http(tab.read_bytes()), url=f"{NEWS}/page:4"),
        warcs.record(2, block=warcs.http(fragment.read_bytes()), url=f"{NEWS}?_pjax=.content-panel"),
    ]
    path = warcs.write(tmp_path / "x.warc.gz", *records)
    pages = [item for item in parse_mentions(path) if isinstance(item, MentionPage)]
    assert [(page.altmetric_id, page.tab, page.page, page.rows) for page in pages] == [
        (990000710, "news", 4, 1),
        (990000710, "news", 1, 3),
    ]


def test_the_summary_instead_of_a_tab_gives_its_record_and_a_line(tmp_path):
    url = "https://www.altmetric.com/details/990000001/policy-documents/page:3"
    path = warcs.write(tmp_path / "x.warc.gz", warcs.record(1, block=warcs.http(SUMMARY.read_bytes()), url=url))
    (line,) = parse_mentions(path)
    assert (line.tab, line.page, line.rows, line.ended) == ("policy-documents", 3, 0, True)
    assert [item.text for item in line.unread] == ["the summary of the output instead of a list of mentions"]
    assert [record.doi for record in altdetails.parse_files(path)] == ["10.5555/lhs.2023.0417"]


def test_the_page_in_a_row_of_a_crawler_can_be_a_tab(tmp_path):
    rows = tmp_path / "rows.jsonl"
    content = (TABS / "no-address.html").read_text("utf-8")
    rows.write_text("".join(json.dumps({"url": f"{NEWS}/page:{number}", "html": content}) + "\n" for number in (1, 2)))
    items = [*parse_mentions(rows)]
    assert kinds(items) == ["MentionPage", "Mention"] * 2
    assert [item.page for item in items] == [1, 1, 2, 2]


def test_other_pages_are_failures_and_summaries_are_passed_over(tmp_path):
    other = tmp_path / "challenge.html"
    other.write_text("<html><head><title>Just a moment...</title></head></html>")
    assert kinds(parse_mentions([SUMMARY, other, TABS / "blogs.html"])) == [
        "challenge",
        "MentionPage",
        "Mention",
        "Mention",
    ]


def answer(**posts):
    return {
        "altmetric_id": 990000800,
        "score": 7.5,
        "citation": {"title": "Reed", "doi": "10.5555/api.1"},
        "counts": {"news": {"unique_users_count": 1, "posts_count": 2}, "twitter": {"posts_count": 2}},
        "altmetric_score": {"score": 7.5},
        "posts": posts,
    }


def mentions_of(tmp_path, value, *, people=True):
    path = tmp_path / "answer.json"
    path.write_text(json.dumps(value), encoding="utf-8")
    return [*parse_mentions(path, people=people)]


def test_posts_of_the_api_are_mentions(tmp_path):
    news = {
        "title": "A &amp; B",
        "url": "http://ct.moreover.com/?a=1",
        "posted_on": "2014-03-01T00:00:00+00:00",
        "summary": "x",
        "author": {"name": "Slate, Thatch & Sons", "url": "http://slate.example"},
    }
    policy = {"title": "Plan", "source": {"name": "Office, of Roofs"}, "posted_on": 1393632000}
    post = {
        "url": "http://twitter.com/reed/statuses/7",
        "author": {"name": "Ada", "url": "http://twitter.com/reed", "id_on_source": "reed", "followers": 12},
        "posted_on": "2014-03-02T00:00:00+00:00",
    }
    items = mentions_of(tmp_path, answer(news=[news], policy=[policy], twitter=[post, {"tweet_id": "77"}], blogs=[]))
    page, story, _, document, _, first, second, last = items
    assert (page.tab_total, page.tab_users, page.rows, page.ended) == (2, 1, 1, True)
    assert [finding.code for finding in page.inconsistencies] == ["rows_below_total"]
    assert (story.title, story.outlet, story.published_at) == ("A & B", "Slate, Thatch & Sons", "2014-03-01")
    assert (document.outlet, document.published_at) == ("Office, of Roofs", "2014-03-01")
    assert (first.author, first.handle, first.followers) == ("Ada", "reed", 12)
    assert first.published_at == "2014-03-02T00:00:00Z"
    assert second.url == "https://twitter.com/i/web/status/77"
    assert (last.source, last.rows) == ("blogs", 0)


def test_posts_of_the_api_have_no_people_by_default(tmp_path):
    post = {"title": "Ada says", "summary": "my roof", "author": {"name": "Ada", "followers": "many"}}
    _, mention = mentions_of(tmp_path, answer(bluesky=[post]), people=False)
    line = json.dumps(json.loads(mention.to_json()))
    assert not [word for word in ("Ada", "roof", "many") if word in line]


def test_the_publisher_in_an_unknown_source_of_the_api_can_be_a_person(tmp_path):
    post = {"title": "My roof", "source": {"name": "Ada"}, "url": "https://threads.example/1"}
    (_, with_people), (_, without) = (mentions_of(tmp_path, answer(threads=[post]), people=it) for it in (True, False))
    assert (with_people.outlet, with_people.author, with_people.title) == (None, "Ada", "My roof")
    assert (without.outlet, without.author, without.title, without.url) == (None, None, None, post["url"])


@pytest.mark.parametrize(
    "posts", [[], {}, None, {"news": {}}, {"news": [[], 5, None]}, {"news": [{"url": 5, "title": []}]}]
)
def test_odd_posts_of_the_api_do_not_fail(tmp_path, posts):
    items = mentions_of(tmp_path, answer() | {"posts": posts})
    assert "error" not in kinds(items)
    assert all(mention.url is None for mention in items if isinstance(mention, Mention))


EXPORT = """\
Mention Type,Mention Date,Outlet or Author,Mention Title,Country,External Mention ID,Mention URL,Research Output Title,\
Altmetric Attention Score,Details Page URL,DOI
News story,2025-02-10 14:05:00,"Slate, Thatch & Sons",Roofs,GB,,http://ct.moreover.com/?a=1,R,8,\
https://www.altmetric.com/details/990000700,10.5555/roof.1
X Post,2025-02-10T14:05:00Z,123456789,,,1234567890123456789,,R,8,https://www.altmetric.com/details/990000700,10.5555/roof.1
Podcast episode,2025-02-11,Roof Talk,Reed,,,https://pod.example/1,R,8,https://www.altmetric.com/details/990000700,
Hologram,10/02/2025,Ada,,,,,R,8,,
"""


def test_mentions_that_altmetric_explorer_exports_are_read(tmp_path):
    path = tmp_path / "export.csv"
    path.write_text(EXPORT)
    page, story, post, episode, unknown = parse_mentions(path, people=True)
    assert (page.rows, page.ended) == (4, True)
    assert (story.source, story.outlet, story.published_at) == ("news", "Slate, Thatch & Sons", "2025-02-10")
    assert (story.altmetric_id, story.doi) == (990000700, "10.5555/roof.1")
    assert [item.text for item in story.unread] == ["date 2025-02-10 14:05:00 without a time zone"]
    assert (post.source, post.url, post.author) == (
        "twitter",
        "https://twitter.com/i/web/status/1234567890123456789",
        None,
    )
    assert post.published_at == "2025-02-10T14:05:00Z"
    assert (episode.source, episode.outlet) == ("podcast", "Roof Talk")
    assert (unknown.source, unknown.published_at) == (None, None)
    assert len(unknown.unread) == 2


def test_a_table_of_mentions_is_known_without_the_columns_of_the_output(tmp_path):
    path = tmp_path / "export.csv"
    path.write_text("Mention Type,Mention Date,Outlet or Author\nNews story,2025-02-10,Slate\n", "utf-8-sig")
    page, story = parse_mentions(path)
    assert (page.rows, story.source, story.outlet, story.published_at) == (1, "news", "Slate", "2025-02-10")


def test_one_post_on_x_has_one_key_whatever_its_address(tmp_path):
    path = tmp_path / "export.csv"
    path.write_text(EXPORT)
    _, _, post, *_ = parse_mentions(path)
    addresses = [
        "http://twitter.com/a/statuses/{}",
        "https://x.com/b/status/{}?s=20",
        "http://twitter.com/#!/a/status/{}",
    ]
    changed = [json.loads(post.to_json()) | {"url": url.format(1234567890123456789)} for url in addresses]
    keys = {mention_key(mention_line(json.dumps(line))) for line in changed}
    assert keys == {mention_key(post)}


def test_a_key_does_not_depend_on_the_place_in_the_list():
    first, second = (make.story(1, url=None, title="T", outlet="O", at=None, shown=None, text=text) for text in "ab")
    one, other = (make.Tab("x", "news", facts) for facts in ([first, second], [second, first]))
    keys = [[mention_key(mention) for mention in read_tab(tab.content, url=None).mentions] for tab in (one, other)]
    assert keys[0] == keys[1][::-1]
    assert len({*keys[0]}) == 2
