"""`altdetails show`: a record at any width and with any output."""

import io
import json
import os
import re
import subprocess
import zipfile
from pathlib import Path

import msgspec
import pytest
from rich.cells import cell_len
from rich.console import Console
from tests.cli.conftest import SAMPLE
from tests.cli.terminal import in_terminal
from tests.exporting.runs import missing, scraped, tracked
from tests.support.calling import call
from tests.support.cases import for_each
from tests.warc import warcs

from altdetails import record as parts
from altdetails.cli.show import card
from altdetails.parsing.engine import parse_file

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def record():
    return parse_file(SAMPLE)


@pytest.fixture(scope="module")
def bare(record):
    """A record of a page that shows nothing."""
    empty = {
        name: None
        for name, field in msgspec.structs.asdict(record).items()
        if name
        not in {"schema_version", "identifiers", "notices", "sections", "inconsistencies", "unread", "provenance"}
    }
    return msgspec.structs.replace(record, **empty, notices=[], inconsistencies=[], unread=[])


def shown(record, width=80, **options):
    console = Console(file=io.StringIO(), width=width, highlight=False, markup=False, emoji=False)
    console.print(card(record, **{"width": width, "blocks": True} | options))
    return console.file.getvalue()


def lines(text):
    return [" ".join(line.split()) for line in text.splitlines()]


class TestCard:
    @for_each(
        "line",
        [
            "DOI 10.5555/lhs.2023.0417",
            "PubMed 99000417",
            "Source Light, Health & Society",
            "Published March 2023",
            "Last mention 2023-11-19",
            "641",
            "• In the top 5% of all research outputs scored by Altmetric",
            "Student > Ph. D. Student 26 14",
            "Iran, Islamic Republic of 3 <1",
            "all outputs 41,207 25,604,118 percentile 99, top 5%",
            "the same source 3 1,204 above 99%",
        ],
    )
    def test_the_values_of_the_page_are_shown(self, record, line):
        assert line in lines(shown(record, width=120))

    def test_a_translated_page_says_so_and_its_missing_values_are_not_read(self, bare):
        text = shown(msgspec.structs.replace(bare, inconsistencies=[parts.Inconsistency("translated", None, [])]))
        assert "Title not read" in text
        assert "The page is translated: get it in English to read all of it." in lines(text)
        assert "not shown" not in text
        assert "not read" not in shown(bare)

    def test_counts_are_aligned_and_bars_have_one_scale(self, record):
        rows = [line for line in shown(record).splitlines() if "█" in line or "▏" in line]
        news, users = (next(row for row in rows if row.startswith(word)) for word in ("news outlets", "X users"))
        assert news.index("64") + 2 == users.index("418") + 3
        assert users.count("█") == 30
        assert 4 <= news.count("█") <= 5

    def test_all_blocks_share_one_scale_and_begin_in_one_column(self, bare):
        counts = {
            "mentions": [parts.Count("news", 10, "news outlets", None)],
            "citations": [parts.Count("dimensions", 40, "Dimensions", None)],
            "readers": [parts.Count("mendeley", 20, "Mendeley", None)],
        }
        rows = [line for line in shown(msgspec.structs.replace(bare, **counts)).splitlines() if "█" in line]
        assert [row.count("█") for row in rows] == [7, 30, 15]
        assert len({row.index("█") for row in rows}) == 1

    def test_a_lone_count_has_no_bar(self, bare):
        readers = [parts.Count("mendeley", 7, "Mendeley", None)]
        assert "Mendeley 7" in lines(shown(msgspec.structs.replace(bare, mentions=[], readers=readers)))

    def test_colour_means_a_kind_of_attention(self, bare):
        counts = [parts.Count(source, 1, None, None) for source in ("twitter", "bluesky", "mendeley", "holograms")]
        drawn = card(msgspec.structs.replace(bare, mentions=counts), width=80, blocks=True)
        console = Console(file=io.StringIO(), width=80, force_terminal=True, color_system="truecolor")
        console.print(drawn)
        text = console.file.getvalue()
        colours = re.findall(r"\[38;2;(\d+;\d+;\d+)m█", text)
        assert len(colours) == 4
        assert len({*colours[:2]}) == 1
        assert len({*colours}) == 3

    @for_each("width", [60, 80, 120, 200])
    def test_no_line_is_wider_than_the_terminal(self, record, width):
        assert max(cell_len(line) for line in shown(record, width=width).splitlines()) <= width

    def test_a_missing_value_is_not_shown_and_never_0(self, bare):
        text = shown(bare)
        assert "0" not in text.replace(bare.provenance.input, "")
        assert lines(text).count("not shown") == 6
        assert "Title not shown" in text
        assert "DOI not shown" in lines(text)

    def test_an_empty_block_and_a_zero_differ_from_missing_values(self, bare):
        text = shown(msgspec.structs.replace(bare, score=0, mentions=[], rankings=[]))
        assert lines(text).count("none") == 2
        assert "0" in lines(text)

    def test_a_count_of_0_has_no_bar(self, bare):
        counts = [parts.Count("news", 0, "news outlets", None), parts.Count("new key", 7, None, None)]
        rows = lines(shown(msgspec.structs.replace(bare, mentions=counts)))
        assert "news outlets 0" in rows
        assert "new key 7 " + "█" * 30 in rows

    def test_authors_are_shortened(self, bare):
        authors = [f"Author {letter}" for letter in "ABCDEFGH"]
        text = shown(msgspec.structs.replace(bare, authors=authors))
        assert "Author E and 3 more" in text
        assert "Author F" not in text

    def test_authors_that_could_not_be_split_are_shown_unchanged(self, bare):
        assert "Authors Aldous, M, Hartwick, J" in lines(
            shown(msgspec.structs.replace(bare, authors_text="Aldous, M, Hartwick, J"))
        )

    def test_contradictions_unread_parts_and_notices_are_shown(self, bare):
        text = shown(
            msgspec.structs.replace(
                bare,
                limited_access=True,
                notices=["This output was retracted."],
                inconsistencies=[parts.Inconsistency("score_badge_prose", None, ["10", "12"])],
                unread=[parts.Unread("mentions", "3 holograms")],
            )
        )
        assert "The page shows a limited selection of the activity." in text
        assert "This output was retracted." in text
        assert "! inconsistent: score_badge_prose: 10 / 12" in text
        assert "! not understood, in mentions: 3 holograms" in text

    def test_control_characters_and_markup_of_pages_are_not_interpreted(self, bare):
        evil = "\x1b[1m[b]x[/] :smile:\u202e\x9b\x07"
        evils = msgspec.structs.replace(
            bare,
            title=evil,
            authors=[evil],
            doi=evil,
            notices=[evil],
            mentions=[parts.Count(evil, 1, evil, None)],
            unread=[parts.Unread("mentions", evil)],
        )
        text = shown(evils, width=200)
        assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(text)
        assert text.count("[b]x[/] :smile:") == 6

    def test_bars_without_block_characters_are_ascii(self, record):
        text = shown(record, blocks=False)
        assert "█" not in text
        assert "#" * 30 in text


class TestInputs:
    def test_every_form_of_input_is_shown(self, page):
        Path("a.html").write_bytes(page("Page"))
        with zipfile.ZipFile("x.zip", "w") as packed:
            packed.writestr("b.html", page("Page"))
        Path("records.jsonl").write_bytes(call("parse", "a.html").stdout)
        for path in ("a.html", "x.zip", ".", "records.jsonl"):
            assert call("show", path).out.startswith("Page"), path
        for path in ("a.html", "records.jsonl"):
            assert call("show", "-", stdin=Path(path).read_bytes()).out.startswith("Page"), path

    @pytest.mark.parametrize("path", ["pages", "records.jsonl"])
    def test_the_number_selects_a_page_or_record(self, pages, path):
        pages(3)
        Path("records.jsonl").write_bytes(call("parse", "pages").stdout.replace(b"\n", b"\n\n"))
        assert call("show", path, "--number", 3).out.startswith("Page 2")
        assert call("show", path).out.startswith("Page 0")

    @pytest.mark.parametrize("name", ["records.parquet", "records.jsonl.zst", "records.jsonl.gz"])
    def test_every_output_format_of_parse_is_shown(self, pages, name):
        pages(3)
        call("parse", "pages", "-o", name)
        assert call("show", name, "--number", 2).out.startswith("Page 1")

    def test_a_damaged_line_is_counted_and_reported(self, page):
        line = call("parse", "-", stdin=page("Page 7")).stdout
        Path("records.jsonl").write_bytes(line + b"{damaged\n" + line)
        assert call("show", "records.jsonl", "--number", 3).out.startswith("Page 7")
        process = call("show", "records.jsonl", "--number", 2)
        assert process.returncode == 2
        assert "records.jsonl: number 2, on line 2: this is not a record" in process.err

    def test_a_page_without_a_record_in_a_folder_is_reported(self, pages):
        folder = pages(1)
        Path(folder, "other.html").write_text("<html>something else")
        process = call("show", folder, "--number", 2)
        assert process.returncode == 1
        assert process.err.startswith("Error: pages/other.html: ")

    def test_an_indented_record_is_shown(self, page):
        record = json.loads(call("parse", "-", stdin=page("Page 7")).out)
        for mark in ("", "\ufeff"):
            Path("one.json").write_text(mark + json.dumps(record, indent=2), "utf-8")
            assert call("show", "one.json").out.startswith("Page 7")

    @pytest.mark.skipif(os.name == "nt", reason="no /dev/fd")
    def test_a_record_in_a_pipe_with_a_name_is_not_called_a_page(self, page):
        line = call("parse", "-", stdin=page("Page 7")).stdout
        for arguments in ([], ["--title", "page"]):
            reader, writer = os.pipe()
            os.write(writer, line)
            os.close(writer)
            process = call("show", f"/dev/fd/{reader}", *arguments)
            os.close(reader)
            assert process.returncode == 2
            assert process.err == (
                f"Error: /dev/fd/{reader}: records of a pipe are read as standard input only: `… | altdetails show -`\n"
            )

    def test_a_list_of_records_is_not_called_a_page(self, page):
        record = json.loads(call("parse", "-", stdin=page("Page 7")).out)
        Path("list.json").write_text(json.dumps([record], indent=2))
        process = call("show", "list.json")
        assert process.returncode == 2
        assert process.err == (
            "Error: list.json is JSON, not JSONL; write each record on one line with `jq -c '.[]'`\n"
        )

    def test_a_number_above_all_numbers_of_records_has_no_record(self, page):
        Path("a.html").write_bytes(page("Page"))
        process = call("show", "a.html", "--number", 10**20)
        assert process.err.startswith("Error: a.html: has no page or record number 100,000,000,000,000,000,000;")

    def test_a_brace_before_a_record_is_a_damaged_line(self, page):
        Path("records.jsonl").write_bytes(b"{\n" + call("parse", "-", stdin=page("Page 7")).stdout)
        assert call("show", "records.jsonl", "--number", 2).out.startswith("Page 7")
        assert "records.jsonl: number 1, on line 1: this is not a record" in call("show", "records.jsonl").err

    @pytest.mark.parametrize(
        ("arguments", "code", "words"),
        [
            (["nope.html", "-n", 1], 2, "nope.html: no such file"),
            (["other.html", "-n", 1], 1, "other.html: "),
            (["damaged.html.gz", "-n", 1], 2, "damaged.html.gz: is not gzip"),
            (["a.html", "-n", 2], 2, "a.html: has no page or record number 2"),
            (["x.warc.gz", "-n", 1], 2, "x.warc.gz: contains no page with the address of a details page"),
            (["foreign.jsonl", "-n", 1], 2, "foreign.jsonl is not a records file: "),
            (["pretty.json", "-n", 1], 2, "pretty.json: number 1: this is not a record"),
        ],
    )
    def test_errors_contain_the_file_and_what_to_do(self, page, arguments, code, words):
        Path("a.html").write_bytes(page())
        Path("other.html").write_text("<html>something else")
        Path("damaged.html.gz").write_text("x")
        warcs.write("x.warc.gz", warcs.record(1, kind="request"))
        Path("foreign.jsonl").write_text('{"title": "no record"}\n')
        Path("pretty.json").write_text(json.dumps({"schema_version": 1}, indent=2))
        process = call("show", *arguments)
        assert (process.returncode, process.out) == (code, "")
        assert process.err.startswith("Error: ")
        assert words in process.err


class TestChoice:
    """A record chosen by its DOI or its title."""

    @pytest.fixture
    def library(self):
        """A file with records of four outputs; one of them was captured three times."""
        path = Path("library.jsonl")
        sample = parse_file(SAMPLE)
        rows = [
            ("10.5555/a", "The Long Tail of Lending", "2026-01-01T00:00:00Z"),
            ("10.5555/b", "Dusk, and the long street", "2026-03-01T00:00:00Z"),
            ("10.5555/b", "Dusk, and the long street", "2026-05-01T00:00:00Z"),
            ("10.5555/b", "Dusk, and the long street", None),
            ("10.5555/straße", "STRASSE \x1b[31mlong", None),
            (None, None, None),
        ]
        with path.open("wb") as file:
            for number, (doi, title, at) in enumerate(rows):
                provenance = msgspec.structs.replace(sample.provenance, captured_at=None, fetched_at=at)
                row = msgspec.structs.replace(
                    sample, doi=doi, title=title, score=number, provenance=provenance, identifiers=[]
                )
                file.write(row.to_json() + b"\n")
        return path

    @pytest.mark.parametrize("doi", ["10.5555/A", "https://doi.org/10.5555/a", "doi:10.5555/a"])
    def test_a_doi_is_read_in_any_form(self, library, doi):
        assert call("show", library, "--doi", doi).out.startswith("The Long Tail of Lending")

    def test_the_newest_of_several_records_of_a_page_is_shown_and_the_others_named(self, library):
        process = call("show", library, "--doi", "10.5555/b")
        assert "\nAttention Score\n2\n" in process.out
        assert process.err == f"{library}: the newest of 3 records of this page; --number shows another: 2, 4\n"

    @pytest.mark.parametrize("words", ["LENDING", "tail  lending", "lend the"])
    def test_words_of_a_title_are_read_in_any_case_and_order(self, library, words):
        process = call("show", library, "--title", words)
        assert process.out.startswith("The Long Tail of Lending")
        assert (process.returncode, process.err) == (0, "")

    def test_letters_that_differ_only_by_case_are_alike(self, library):
        assert call("show", library, "--title", "straße").out.startswith("STRASSE")

    def test_several_outputs_are_listed_with_the_way_to_choose(self, library):
        process = call("show", library, "--title", "long")
        assert process.returncode == 0
        rows = lines(process.out)
        assert rows[2:5] == [
            "1 March 2023 10.5555/a The Long Tail of Lending",
            "3 March 2023 10.5555/b Dusk, and the long street",
            "5 March 2023 10.5555/straße STRASSE [31mlong",
        ]
        assert f"Choose one by its number: altdetails show {library} --number 1" in " ".join(rows)
        assert "\nAttention Score\n2\n" in call("show", library, "--number", 3).out

    def test_a_long_list_is_cut(self):
        sample = parse_file(SAMPLE)
        many = [msgspec.structs.replace(sample, doi=f"10.5555/{number}") for number in range(50)]
        Path("many.jsonl").write_bytes(b"\n".join(record.to_json() for record in many))
        out = call("show", "many.jsonl", "--title", "street").out
        assert out.count("10.5555/") == 20
        assert "30 more outputs; give more words." in out

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (["--doi", "10.5555/no"], "no record has the DOI 10.5555/no; it has 6 records: 10.5555/a, 10.5555/b, "),
            (["--title", "Zebra"], 'no record has the words "Zebra" in its title; it has 6 records: "The Long Tail '),
        ],
    )
    def test_without_a_hit_the_error_says_what_is_in_the_file(self, library, arguments, words):
        process = call("show", library, *arguments)
        assert (process.returncode, process.out) == (1, "")
        assert process.err.startswith(f"Error: {library}: {words}")
        assert process.err.endswith(" and 3 more\n")

    def test_an_empty_file_has_no_record(self):
        Path("empty.jsonl").write_text("")
        process = call("show", "empty.jsonl", "--title", "x")
        assert process.returncode == 1
        assert process.err.startswith("Error: empty.jsonl: the content is empty")

    def test_damaged_lines_and_pages_without_a_record_are_counted(self, library, pages):
        damaged = Path("records.jsonl")
        damaged.write_bytes(b"{damaged\n" + library.read_bytes())
        process = call("show", damaged, "--doi", "10.5555/a")
        assert process.out.startswith("The Long Tail")
        assert process.err.startswith(
            "records.jsonl: 1 of 7 not searched; the first: records.jsonl: number 1, on line 1: "
        )
        folder = pages(2)
        Path(folder, "other.html").write_text("<html>something else")
        process = call("show", folder, "--title", "page 1")
        assert process.out.startswith("Page 1")
        assert f"{folder}: 1 of 3 not searched; the first: pages/other.html: " in process.err

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (["--doi", "990000001"], "Invalid value for --doi: '990000001' is not a DOI"),
            (["--doi", "street"], "Invalid value for --doi: 'street': not an identifier"),
            (["--title", " "], "Invalid value for --title: contains no word"),
            (["--title", "a", "--number", 2], "give one of --doi, --title and --number"),
            (["--title", "a", "--doi", "10.5555/a"], "give one of --doi, --title and --number"),
        ],
    )
    def test_a_wrong_choice_is_wrong_usage(self, library, arguments, words):
        process = call("show", library, *arguments)
        assert (process.returncode, process.out) == (2, "")
        assert words in process.err

    def test_a_run_is_a_file_of_records_that_knows_what_has_none(self):
        outcome, exchanges = tracked(1)
        run = scraped((outcome, exchanges), missing("10.5555/b"), pending=["10.5555/c"])
        title = outcome.record.title
        for arguments in ([], ["--number", 1], ["--doi", outcome.identifier], ["--title", title]):
            assert " ".join(call("show", run, *arguments).out.split()).startswith(title)
        process = call("show", run, "--doi", "10.5555/B")
        assert process.returncode == 1
        assert process.err.startswith("Error: run: no record has the DOI 10.5555/b: not tracked: ")
        assert call("show", run, "--doi", "10.5555/c").err == "Error: run: no record has the DOI 10.5555/c: pending\n"
        assert "it has 1 record: " in call("show", run, "--doi", "10.5555/d").err

    def test_a_run_without_records_says_how_to_see_its_outcomes(self):
        process = call("show", scraped(pending=["10.5555/c"]))
        assert (process.returncode, process.out) == (2, "")
        assert process.err == "Error: run: has no record yet; `altdetails status run` shows the outcomes\n"

    @pytest.mark.parametrize(("content", "code"), [(None, 2), ("<html>something else", 1)])
    def test_a_path_without_a_page_is_the_error_that_it_is_without_a_choice(self, content, code):
        if content:
            Path("other.html").write_text(content)
        process = call("show", "other.html", "--title", "x")
        assert process.returncode == code
        assert process.err == call("show", "other.html").err

    def test_records_in_standard_input_are_searched(self, library):
        assert call("show", "-", "--doi", "10.5555/a", stdin=library.read_bytes()).out.startswith("The Long Tail")
        process = call("show", "-", "--doi", "10.5555/no", stdin=library.read_bytes())
        assert process.err.startswith("Error: <stdin>: no record has the DOI 10.5555/no")


class TestOutput:
    def test_a_pipe_gets_no_colour_and_no_trailing_blanks(self):
        process = call("show", SAMPLE)
        assert "\x1b" not in process.out
        assert not [line for line in process.out.splitlines() if line != line.rstrip()]
        assert (process.returncode, process.err) == (0, "")

    def test_a_terminal_gets_colours_unless_no_color_is_set(self, command, monkeypatch):
        monkeypatch.setenv("COLORTERM", "truecolor")
        assert "\x1b[38;2;25;141;218m" in in_terminal([*command, "show", str(SAMPLE)])[0]
        monkeypatch.setenv("NO_COLOR", "1")
        assert "\x1b[38;" not in in_terminal([*command, "show", str(SAMPLE)])[0]

    @pytest.mark.parametrize("content", ["no page", '{"no": "record"}'])
    def test_control_characters_in_file_names_do_not_reach_the_terminal(self, command, folder, content):
        (folder / "\x1b[31mname.html").write_text(content)
        said, code = in_terminal([*command, "show", "\x1b[31mname.html"])
        assert code in {1, 2}
        assert " [31mname.html" in said
        assert "\x1b[31m" not in said

    def test_a_closed_pipe_gives_no_traceback(self, command):
        reading, writing = os.pipe()
        os.close(reading)
        process = subprocess.run([*command, "show", SAMPLE], stdout=writing, stderr=subprocess.PIPE, check=False)
        os.close(writing)
        assert (process.returncode, process.stderr) == (141, b"")

    def test_an_encoding_with_few_characters_is_not_an_error(self):
        process = call("show", SAMPLE, encoding="latin-1")
        assert b"#" * 30 in process.stdout
        assert (process.returncode, process.stderr) == (0, b"")


def test_the_pages_of_a_har_and_a_page_in_zstandard_are_shown():
    page = Path(SAMPLE).read_bytes()
    response = {"status": 200, "content": {"mimeType": "text/html", "text": page.decode()}}
    entry = {"request": {"url": "https://www.altmetric.com/details/990000001"}, "response": response}
    Path("a.har").write_text(json.dumps({"log": {"entries": [entry]}}), encoding="utf-8")
    Path("a.html.zst").write_bytes(warcs.zstandard(page))
    whole = call("show", SAMPLE).out
    for name in ("a.har", "a.html.zst"):
        assert call("show", name).out.splitlines()[:4] == whole.splitlines()[:4]
