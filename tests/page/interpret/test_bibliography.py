"""Type, title, source, date, identifiers and people."""

import calendar

from samples.generator.model import Published
from tests.page.material import differences, edit, everyday, everyday_text, facts_of, fields_of, insert_before
from tests.support.cases import for_each

from altdetails.record import CUT

PLACE = "Journal of Hedgerow Ecology, August 2019"
AUTHORS = "Ines Fernhill, Søren Lindqvist, Wei Nakagawa-Lund"


def row(label, value):
    return f'<tr><th>{label}</th><td><div class="content-wrapper">{value}</div></td></tr>'


def with_row(label, value, **changes):
    return fields_of(insert_before(everyday(**changes), "<tr><th>DOI</th>", row(label, value)))


@for_each(
    ("shown", "source", "date"),
    [
        ("Tideline, March 2015", "Tideline", ("March 2015", 2015, 3, None)),
        ("Tideline, 12 March 2015", "Tideline", ("12 March 2015", 2015, 3, 12)),
        ("Tideline, Mar 2015", "Tideline", ("Mar 2015", 2015, 3, None)),
        ("Tideline, 2015", "Tideline", ("2015", 2015, None, None)),
        ("Tideline", "Tideline", None),
        ("Hedges, Rain &amp; Society, May 2019", "Hedges, Rain & Society", ("May 2019", 2019, 5, None)),
        ("Nordic Notes on Peat (0000001X), May 2019", "Nordic Notes on Peat (0000001X)", ("May 2019", 2019, 5, None)),
        ("Peat (Online Edition), 2019", "Peat (Online Edition)", ("2019", 2019, None, None)),
        ("Bread, Salt, and Society", "Bread, Salt, and Society", None),
        ("Tideline 2019", "Tideline 2019", None),
        ("Tideline, Smarch 2015", "Tideline, Smarch 2015", None),
        ("Tideline, March 15", "Tideline, March 15", None),
        ("Tideline, 99 March 2015", "Tideline", ("99 March 2015", 2015, 3, None)),
        ("Tideline, 3019", "Tideline, 3019", None),
        ("March 2015", None, ("March 2015", 2015, 3, None)),
        ("1984, January 2001", "1984", ("January 2001", 2001, 1, None)),
        ("El Seto, Enero 2015", "El Seto, Enero 2015", None),
    ],
)
def test_source_and_date_are_parted_at_the_last_comma(shown, source, date):
    record = fields_of(edit(everyday(ranks=None), (PLACE, shown)))
    assert record["source"] == source
    assert record["published"] == (date and dict(zip(("text", "year", "month", "day"), date, strict=True)))


@for_each(
    ("shown", "is_named"),
    [
        ("El Seto, März 2015", True),
        ("El Seto, 2015-03", True),
        ("El Seto, 2015年3月", True),
        ("El Seto, March ２０１５", True),
        ("El Seto, March 2015", False),
        ("El Seto, 2015", False),
        ("El Seto", False),
        ("Bread, Salt, and Society", False),
    ],
)
def test_a_source_that_ends_like_a_date_is_named(shown, is_named):
    unread = fields_of(edit(everyday(ranks=None), (PLACE, shown)))["unread"]
    assert unread == ([{"part": "details", "text": shown}] if is_named else [])


@for_each("month", range(1, 13))
def test_every_month_is_known_by_its_name_and_by_three_letters(month):
    whole = calendar.month_name[month]
    for name in (whole, whole[:3], whole.upper()):
        assert fields_of(edit(everyday(), (PLACE, f"Tideline, {name} 2015")))["published"]["month"] == month


@for_each("kind", ["article", "book", "chapter", "dataset", "news story", "clinical trial", "report", "presentation"])
@for_each("placed", [True, False])
def test_the_type_is_the_word_of_the_tagline(kind, placed):
    changes = {} if placed else {"source": None, "published": None, "ranks": None}
    assert fields_of(everyday(type=kind, **changes))["output_type"] == kind


def test_a_page_without_source_and_date_has_neither():
    record = fields_of(everyday(source=None, published=None, ranks=None))
    assert (record["source"], record["published"]) == (None, None)


def test_the_source_of_the_tagline_fills_in_for_a_missing_row():
    content = edit(everyday(), (row("Published in", PLACE), ""))
    assert differences(fields_of(content), facts_of()) == set()


@for_each(
    ("shown", "authors"),
    [
        ("Ottoline Brackwater, Jory Penhallow", ["Ottoline Brackwater", "Jory Penhallow"]),
        ("One Alone", ["One Alone"]),
        ("Quillon", ["Quillon"]),
        ("Quillon, Ines Fernhill, Søren Lindqvist", ["Quillon", "Ines Fernhill", "Søren Lindqvist"]),
        ("J. P. Hartwick, A.-M. Sørholt, Ilse van Dremmel", ["J. P. Hartwick", "A.-M. Sørholt", "Ilse van Dremmel"]),
        ("Marten Kroll, Jr., Ann Lee", ["Marten Kroll, Jr.", "Ann Lee"]),
        ("Marten Kroll, Jr, Ann Lee, MD, Bo Ek, PhD", ["Marten Kroll, Jr", "Ann Lee, MD", "Bo Ek, PhD"]),
        ("Hendrik Foss, II, Ann Lee, III", ["Hendrik Foss, II", "Ann Lee, III"]),
        ("Ann Lee, Bo Ek, et al.", ["Ann Lee", "Bo Ek"]),
        ("Ann Lee; Bo Ek; Cy Dahl", ["Ann Lee", "Bo Ek", "Cy Dahl"]),
        ("Lee, Ann; Ek, Bo", ["Lee, Ann", "Ek, Bo"]),
        ("Lee, Ann, Ek, Bo", None),
        ("Lindqvist, Søren, Oduya, Amara, Iyer, Arjun", None),
        ("Fernhill, Ines", None),
        ("李雨晴, 王小明", ["李雨晴", "王小明"]),
        ("Ann Lee, the Frost Diary Group", ["Ann Lee", "the Frost Diary Group"]),
        ("Ann Lee, Ann Lee, A. Lee", ["Ann Lee", "Ann Lee", "A. Lee"]),
    ],
)
def test_authors_are_split_where_the_split_is_no_guess_and_their_text_is_kept(shown, authors):
    record = fields_of(edit(everyday(), (AUTHORS, shown)))
    assert (record["authors"], record["authors_text"]) == (authors, shown)
    assert fields_of(edit(everyday_text(), (AUTHORS, shown)))["authors"] == authors


def test_authors_over_several_lines_are_one_text():
    record = fields_of(edit(everyday(), (f"<p>{AUTHORS}</p>", "<p>Ann Lee,<br>Bo Ek,</p><p>Cy Dahl</p>")))
    assert (record["authors"], record["authors_text"]) == (["Ann Lee", "Bo Ek", "Cy Dahl"], "Ann Lee, Bo Ek, Cy Dahl")


def test_editors_are_a_list_of_their_own():
    record = with_row("Editors", "<p>Ann Lee, Bo Ek</p>")
    assert record["editors"] == ["Ann Lee", "Bo Ek"]
    assert record["authors"] == facts_of()["authors"]


@for_each(
    ("shown", "doi"),
    [
        ("10.5555/ABC.Def", "10.5555/abc.def"),
        ("https://doi.org/10.5555/x", "10.5555/x"),
        ("doi:10.5555/x", "10.5555/x"),
        (
            "10.5555/(SICI)9990-0033(202001)101:1&lt;1::AID-TEST1&gt;3.0.CO;2-#",
            "10.5555/(sici)9990-0033(202001)101:1<1::aid-test1>3.0.co;2-#",
        ),
    ],
)
def test_the_doi_is_bare_and_in_lower_case(shown, doi):
    record = fields_of(edit(everyday(), (">10.5555/jhe.2019.204</a>", f">{shown}</a>")))
    assert record["doi"] == doi
    assert record["identifiers"][0] == {"scheme": "doi", "value": doi}


def test_text_that_is_no_doi_in_the_doi_row_is_unread():
    link = '<a href="https://doi.org/10.5555/jhe.2019.204">10.5555/jhe.2019.204</a></td>'
    record = fields_of(edit(everyday(), (link, "to be announced</td>")))
    assert record["doi"] is None
    assert record["unread"] == [{"part": "details", "text": "doi: to be announced"}]


@for_each(
    ("shown", "pmid"),
    [
        ('<a href="https://pubmed.ncbi.nlm.nih.gov/99000188"></a>', "99000188"),
        ('<a href="//pubmed.ncbi.nlm.nih.gov/99000188/"></a>', "99000188"),
        ('<a href="https://www.ncbi.nlm.nih.gov/pubmed/99000188"></a>', "99000188"),
        ('<a href="https://www.ncbi.nlm.nih.gov/pubmed/99000188?dopt=Abstract">99000188</a>', "99000188"),
        ("99000188", "99000188"),
        ('<a href="https://example.org/99000188"></a>', None),
        ("", None),
    ],
)
def test_the_pubmed_id_stands_in_its_link_or_in_its_row(shown, pmid):
    html = edit(everyday(), ('<a class="pubmed hidden" href="https://pubmed.ncbi.nlm.nih.gov/99000204"></a>', shown))
    assert fields_of(html)["pmid"] == pmid


@for_each(
    ("label", "shown", "identifiers"),
    [
        ("arXiv ID", "2101.01234v2", [("arxiv", "2101.01234")]),
        ("arXiv ID", "hep-th/9901001", [("arxiv", "hep-th/9901001")]),
        ("ISBNs", "978-0-306-40615-7", [("isbn", "9780306406157")]),
        ("Book ISBNs", "978-0-306-40615-7, 978-3-16-148410-0", [("isbn", "9780306406157"), ("isbn", "9783161484100")]),
        ("ISBNs", "9780306406157 9783161484100", [("isbn", "9780306406157"), ("isbn", "9783161484100")]),
        ("Handle", "1813/12345", [("handle", "1813/12345")]),
        ("Clinical trial ID", "NCT00000001", [("clinical_trial", "NCT00000001")]),
    ],
)
def test_other_identifiers_are_kept_under_their_scheme(label, shown, identifiers):
    record = with_row(label, shown)
    found = [(each["scheme"], each["value"]) for each in record["identifiers"]]
    assert found == [("doi", "10.5555/jhe.2019.204"), ("pmid", "99000204"), *identifiers]
    assert record["unread"] == []


def test_the_rest_of_a_row_with_more_isbns_than_a_book_has_is_one_unread_text():
    isbn, wrong = "9780306406157", "9780306406158"
    record = with_row("ISBNs", f"{isbn}, " * 150 + f"{wrong}, " * 50 + f"{isbn}; " * 50_000)
    assert [each["value"] for each in record["identifiers"] if each["scheme"] == "isbn"] == [isbn] * 150
    assert [item["text"] for item in record["unread"][:-1]] == [f"isbn: {wrong}"] * 50
    assert record["unread"][-1]["text"].startswith(f"isbn: {isbn}; {isbn}; ")
    assert record["unread"][-1]["text"].endswith(CUT)


def test_an_identifier_that_breaks_its_rules_is_unread():
    record = with_row("ISBNs", "978-0-306-40615-8")
    assert record["unread"] == [{"part": "details", "text": "isbn: 978-0-306-40615-8"}]
    assert record["identifiers"] == facts_of()["identifiers"]


def test_a_label_that_no_rule_knows_is_unread_with_its_value():
    record = with_row("Registered protocol", "OGP-4471")
    assert record["unread"] == [{"part": "details", "text": "Registered protocol: OGP-4471"}]
    assert {**record, "unread": []} == facts_of()


@for_each("label", ["DOI", "Authors", "Abstract", "Pubmed ID", "Title", "Published in"])
def test_a_row_without_a_value_is_null(label):
    keys = {"Authors": {"authors", "authors_text"}, "Pubmed ID": {"pmid", "identifiers"}, "Abstract": {"abstract"}}
    keys |= {"DOI": {"doi", "identifiers"}, "Title": set(), "Published in": set()}
    html = everyday()
    start = html.index(f"<tr><th>{label}</th>")
    html = html[:start] + row(label, "") + html[html.index("</tr>", start) + len("</tr>") :]
    assert differences(fields_of(html), facts_of()) == keys[label]


def test_a_label_with_a_colon_is_that_label():
    assert fields_of(edit(everyday(), ("<th>Authors</th>", "<th>Authors:</th>"))) == facts_of()


def test_paragraphs_of_the_abstract_are_parted_by_an_empty_line():
    assert fields_of(everyday(abstract=("One.", "Two.", "Three.")))["abstract"] == "One.\n\nTwo.\n\nThree."


def test_a_description_is_the_abstract_of_what_has_none():
    html = edit(everyday(), ("<th>Abstract</th>", "<th>Description</th>"))
    assert fields_of(html)["abstract"] == facts_of()["abstract"]


def test_a_chapter_has_its_own_title_and_the_book_as_its_source():
    chapter = {
        "type": "chapter",
        "book": 990000099,
        "book_title": "Hedges of the world",
        "chapter_number": 4,
        "source": "Hedge Press",
        "published": Published("2019", 2019),
        "ranks": None,
    }
    record = fields_of(everyday(**chapter))
    assert record["url"] == "https://www.altmetric.com/details/990000099/chapter/990000100"
    assert record["altmetric_id"] == 990000100
    assert {"scheme": "altmetric_book", "value": "990000099"} in record["identifiers"]
    assert (record["title"], record["source"]) == (facts_of()["title"], "Hedges of the world")
    assert record["published"]["year"] == 2019


def test_the_address_given_fills_in_for_one_that_the_page_lacks():
    url = "https://bmc.altmetric.com/details/990000099/chapter/990000100/news?src=x"
    record = fields_of(everyday_text(), url=url)
    assert record["url"] == "https://bmc.altmetric.com/details/990000099/chapter/990000100"
    assert record["altmetric_id"] == 990000100
