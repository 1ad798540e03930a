"""Reports in a real browser: accessible, without requests, by keyboard, on paper."""

import io
import re
import unicodedata
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import msgspec
import pytest
from tests.reporting.material import hostile_records, record_of, two_snapshots
from tests.support.records import generated, samples

from altdetails import Record, card, report

pytestmark = pytest.mark.slow

EMPTY = record_of()


@pytest.fixture(scope="session")
def reports(tmp_path_factory):
    """The addresses of reports, by the name of their records."""
    folder = tmp_path_factory.mktemp("reports")
    sides = {
        "none": ([], None),
        "one": (samples()[:1], None),
        "all null": ([record_of(altmetric_id=990000001 + number) for number in range(3)], None),
        "samples": two_snapshots(samples()),
        "100 records": two_snapshots(generated(100)),
        "1,000 records": (
            [msgspec.structs.replace(EMPTY, altmetric_id=990000001 + number) for number in range(1_000)],
            None,
        ),
        "hostile": ([*hostile_records()], [*hostile_records()]),
        "a bit of all": two_snapshots([*samples()[:3], *(record.to_json() for record in [*hostile_records()][::4])]),
    }
    addresses = {}
    for number, (name, (new, old)) in enumerate(sides.items()):
        records, older = (
            side and [Record.from_json(item) if isinstance(item, bytes) else item for item in side]
            for side in (new, old)
        )
        path = folder / f"{number}.html"
        report(records, path, since=older, title="School of Coastal Studies")
        addresses[name] = path.as_uri()
    return addresses


def new_page(browser, **options):
    """Return a page that has its requests and messages."""
    page = browser.new_page(**options)
    page.requests, page.messages = [], []
    page.on("request", lambda request: page.requests.append(request.url))
    page.on("console", lambda message: page.messages.append(message.text))
    page.on("pageerror", lambda error: page.messages.append(str(error)))
    return page


@pytest.fixture(scope="session")
def tab(chromium):
    """A page that shows one report after the other: a new page takes longer than most tests."""
    return new_page(chromium)


@pytest.fixture
def opened(chromium, tab, reports):
    """Open a report, and return the page with its requests and messages. With options, it is a new page."""
    pages = []

    def open_page(name, **options):
        if options:
            pages.append(new_page(chromium, **options))
        page = pages[-1] if options else tab
        page.emulate_media(media="null", color_scheme="null")
        page.set_viewport_size({"width": 1280, "height": 720})
        page.requests.clear()
        page.messages.clear()
        page.goto(reports.get(name, name))
        return page

    yield open_page
    for page in pages:
        page.close()


def violations(page, part=None):
    """Return what axe finds on a page, or in a part of it."""
    from axe_playwright_python.sync_playwright import Axe  # noqa: PLC0415 -- not installed without a browser

    options = {"resultTypes": ["violations"]}  # the others take long
    found = Axe().run(page, context=part, options=options).response["violations"]
    return [(item["id"], node["html"][:120]) for item in found for node in item["nodes"][:3]]


@pytest.mark.parametrize("name", ["none", "all null"])
def test_axe_finds_nothing(opened, name):
    assert violations(opened(name)) == []


def test_axe_finds_nothing_in_any_look(opened):
    page = opened("a bit of all")
    assert violations(page) == []
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 390, "height": 800})
    assert violations(page) == [], "dark, 390 px"
    page.emulate_media(media="print")
    assert violations(page) == [], "print"


def test_without_script_all_rows_are_there_and_no_controls(opened):
    page = opened("100 records", java_script_enabled=False)
    assert page.locator("#table tbody tr:visible").count() == 100
    assert not page.locator("#controls, #pager").filter(visible=True).count()


def test_axe_finds_nothing_without_script(opened, reports, tmp_path):
    """Axe is a script itself, so the page's own script is cut out."""
    text = Path(url2pathname(urlsplit(reports["one"]).path)).read_text("utf-8")
    path = tmp_path / "report.html"
    path.write_text(re.sub("<script>.*?</script>", "", text, flags=re.DOTALL), "utf-8")
    assert violations(opened(path.as_uri())) == []


@pytest.mark.parametrize("options", [{}, {"bypass_csp": True}], ids=["with the policy", "without"])
def test_one_request_no_message_and_no_foreign_script(opened, options):
    page = opened("hostile", **options)
    page.locator("thead button").first.click()
    page.fill("#search", "<img")
    assert page.locator("#table tbody tr").count() == 1
    assert [url for url in page.requests if not url.startswith("data:")] == [page.url]
    assert page.messages == []
    assert page.evaluate("window.pwned") is None


def test_a_script_from_elsewhere_is_refused(opened):
    page = opened("one")
    page.evaluate(
        "const s = document.createElement('script'); s.textContent = 'window.pwned = 1'; document.body.append(s)"
    )
    assert page.evaluate("window.pwned") is None


@pytest.mark.parametrize("name", ["samples", "100 records", "hostile"])
def test_a_narrow_page_does_not_scroll_sideways(opened, name):
    page = opened(name)
    for width in (390, 320):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_single_year_is_in_sight_on_a_narrow_page(opened):
    page = opened("one")
    page.set_viewport_size({"width": 390, "height": 800})
    box = page.locator("table.years td circle").bounding_box()
    assert 150 < box["x"] < 380


def column(page, place):
    return page.locator(f"#table tbody tr > :nth-child({place})").all_inner_texts()


def numbers(texts):
    return [float(re.sub("[^0-9.]", "", text)) for text in texts if "shown" not in text]


def test_the_table_is_sorted_by_keyboard(opened):
    page = opened("100 records")
    button = page.get_by_role("button", name="Readers")
    button.focus()
    page.keyboard.press("Enter")
    readers = numbers(column(page, 7))
    assert readers == sorted(readers, reverse=True)
    assert page.locator("th[aria-sort]").all_inner_texts() == ["Readers"]
    page.keyboard.press("Enter")
    assert numbers(column(page, 7)) == sorted(numbers(column(page, 7)))
    assert page.locator("th[aria-sort]").get_attribute("aria-sort") == "ascending"
    assert button.evaluate("node => node === document.activeElement")


def test_values_that_are_not_shown_come_last_in_both_orders(opened):
    page = opened("100 records")
    for _ in ("descending", "ascending"):
        page.get_by_role("button", name="Percentile").press("Enter")
        assert "not shown" not in column(page, 5)
        for _ in range(3):
            page.get_by_role("button", name="Next").press("Enter")
        assert set(column(page, 5)) == {"not shown"}


def test_pages_are_turned_by_keyboard(opened):
    page = opened("100 records")
    assert violations(page, "#pager") == []
    status = page.get_by_role("status")
    assert status.inner_text() == "1–25 of 100"
    page.get_by_role("button", name="Next").press("Enter")
    assert status.inner_text() == "26–50 of 100"
    assert page.locator("#place").inner_text() == "Page 2 of 4"
    page.get_by_role("button", name="Previous").press("Enter")
    assert page.get_by_role("button", name="Next").evaluate("node => node === document.activeElement")
    assert page.get_by_role("button", name="Previous").is_disabled()


def until(page, holds):
    """Wait until a condition holds: a browser under load shows the result of an input later."""
    for _ in range(100):
        if holds():
            return
        page.wait_for_timeout(50)
    assert holds()


def test_large_numbers_have_commas(opened):
    assert opened("1,000 records").get_by_role("status").inner_text() == "1–25 of 1,000"


def test_the_table_is_searched_and_filtered(opened):
    page = opened("100 records")
    status, kind, year, trend = (
        page.get_by_role("status"),
        page.locator("#kind"),
        page.locator("#year"),
        page.locator("#trend"),
    )
    page.locator("#search").focus()
    page.keyboard.type("bread science")
    until(page, lambda: all("bread science" in text.lower() for text in column(page, 1)))
    assert "filtered from 100" in status.inner_text()
    page.get_by_role("button", name="Clear").press("Enter")
    until(page, lambda: status.inner_text() == "1–25 of 100")
    year.select_option("2015")
    until(page, lambda: set(column(page, 9)) == {"2015"})
    year.select_option("")
    trend.select_option("rose")
    until(page, lambda: all(text.startswith("+") for text in column(page, 4)))
    trend.select_option("")
    kind.select_option(label="Reference & review")
    until(page, lambda: all("Reference & review" in label for label in mixes(page)))
    page.fill("#search", "no such words")
    until(page, lambda: status.inner_text() == "0 of 0, filtered from 100")


def mixes(page):
    """Return what the pictures of the rows say."""
    rows = page.locator("#table tbody tr td:nth-child(2) svg")
    return rows.evaluate_all("all => all.map(one => one.ariaLabel)")


def test_the_skip_link_leads_to_the_table(opened):
    page = opened("samples")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the outputs"


@pytest.fixture(scope="module")
def pages(tab, reports):
    """The texts of the pages of a printed report."""
    pypdf = pytest.importorskip("pypdf")
    tab.emulate_media(media="null", color_scheme="null")
    tab.goto(reports["100 records"])
    printed = pypdf.PdfReader(io.BytesIO(tab.pdf(prefer_css_page_size=True)))
    texts = [unicodedata.normalize("NFKC", page.extract_text()) for page in printed.pages]  # fonts can have an ﬁ
    return [" ".join(text.split()) for text in texts]


def test_a_printed_report_has_few_pages_and_the_first_one_says_it_all(pages):
    assert 5 <= len(pages) <= 8
    first = pages[0]
    for words in (
        "School of Coastal Studies",
        "100 research outputs",
        "Median score",
        "Who mentions them",
        "X (Twitter)",
    ):
        assert words in first
    assert all("Data: Altmetric.com" in page for page in pages)
    assert [f"{number} / {len(pages)}" in page for number, page in enumerate(pages, 1)] == [True] * len(pages)
    assert sum("Mentions not shown" in page for page in pages) == 1


def test_the_heads_of_the_table_are_printed_on_each_of_its_pages(pages):
    of_table = [page for page in pages if "10.5555/" in page and "The outputs" not in page]
    assert of_table
    for page in of_table:
        if "On paper" in page or "Percentile" in page:
            assert "Score" in page
            assert "Citations" in page
    assert "On paper: 25 of 100 outputs. The file on screen has them all." in " ".join(pages)


@pytest.mark.parametrize("ending", [".html", ".svg"])
def test_a_card_is_accessible_and_loads_nothing(opened, tmp_path, ending):
    paths = [tmp_path / f"{number}{ending}" for number, _ in enumerate(hostile_records())]
    for path, record in zip(paths, hostile_records(), strict=True):
        card([record], path)
    page = opened(paths[0].as_uri())
    for path in paths[1:]:
        page.goto(path.as_uri())
        assert page.evaluate("window.pwned") is None
    assert page.messages == []
    assert [url for url in page.requests if not url.startswith("data:")] == [path.as_uri() for path in paths]
    if ending == ".html":
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            assert violations(page) == []
