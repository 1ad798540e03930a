"""Addresses that tools rewrote are unwrapped, or unknown; no address is invented."""

import re
import time
from urllib.parse import quote

import pytest
from tests.page.material import differences, edit, everyday, fields_of
from tests.support.cases import for_each

from altdetails import identifiers
from altdetails.links import unwrap

RECORD = "https://www.altmetric.com/details/990000100"
DOI = "https://doi.org/10.5555/jhe.2019.204"


def hyphenated(suffix):
    def rewritten(address):
        scheme, host, path = re.match(r"(https?://)([^/]+)(.*)", address).groups()
        return f"{scheme}{host.replace('.', '-')}.{suffix}{path}"

    return rewritten


def translated(address):
    return hyphenated("translate.goog")(address) + "?_x_tr_sl=en&_x_tr_tl=de&_x_tr_hl=de&_x_tr_pto=wapp"


def with_prefix(prefix):
    return lambda address: prefix + address


def with_value(prefix, suffix=""):
    return lambda address: prefix + quote(address, safe="") + suffix


TOOLS = {
    "web.archive.org": with_prefix("https://web.archive.org/web/20240305091112/"),
    "web.archive.org as it was": with_prefix("http://web.archive.org/web/20240305091112id_/"),
    "web.archive.org, links of its own": with_prefix("/web/20240305091112/"),
    "archive-it": with_prefix("https://wayback.archive-it.org/4217/20240305091112/"),
    "arquivo.pt": with_prefix("https://arquivo.pt/wayback/20240305091112mp_/"),
    "arquivo.pt without frame": with_prefix("https://arquivo.pt/noFrame/replay/20240305091112/"),
    "webarchive.org.uk": with_prefix("https://www.webarchive.org.uk/wayback/en/archive/20240305091112mp_/"),
    "pywb": with_prefix("http://localhost:8080/my-web-archive/20240305091112mp_/"),
    "one slash": lambda address: "/web/20240305091112/" + address.replace("://", ":/"),
    "archive.today, a link": with_prefix("https://archive.ph/o/Ab1Cd/"),
    "archive.today, a page": with_prefix("https://archive.li/2024.03.05-091112/"),
    "archive.today, the newest": with_prefix("https://archive.fo/newest/"),
    "EZproxy": with_prefix("https://login.ezproxy.example.edu/login?url="),
    "EZproxy, encoded": with_value("https://ezproxy.example.edu/login?qurl="),
    "EZproxy, hyphens": hyphenated("ezproxy.example.edu"),
    "EZproxy, dots": lambda address: re.sub(r"(?<=[a-z])(?=/)", ".ezproxy.example.edu:2443", address, count=1),
    "EZproxy at OCLC": hyphenated("example.idm.oclc.org"),
    "a library without a sign": hyphenated("sire.example.edu"),
    "WAM": lambda address: hyphenated("lib.example.edu")(address).replace("https://", "https://0-"),
    "OpenAthens": hyphenated("eu1.proxy.openathens.net"),
    "OpenAthens redirector": with_value("https://go.openathens.net/redirector/example.edu?url="),
    "libproxy": lambda address: re.sub(r"(?<=[a-z])(?=/)", ".libproxy.example.edu", address, count=1),
    "translate.goog": translated,
    "Google Translate": with_value("https://translate.google.com/translate?sl=en&tl=de&u="),
    "Google": with_value("https://www.google.com/url?q=", "&sa=D&source=editors"),
    "Google cache": lambda address: (
        f"https://webcache.googleusercontent.com/search?q=cache:AbCdEfGh1234:{address}+hedges&hl=en"
    ),
    "ghostarchive": with_prefix("https://ghostarchive.org/archive/20240305/"),
    "Barracuda": with_value("https://linkprotect.cudasvc.com/url?a=", "&c=E,1,abc"),
    "Outlook": with_value("https://eur01.safelinks.protection.outlook.com/?url=", "&data=05%7C01&reserved=0"),
}


@for_each("address", [RECORD, f"{RECORD}/news", DOI, "https://pubmed.ncbi.nlm.nih.gov/99000417"])
@for_each("tool", TOOLS)
def test_the_address_that_a_tool_rewrote_is_the_original(tool, address):
    assert unwrap(TOOLS[tool](address)) == address


@pytest.mark.parametrize(("inner", "outer"), [("EZproxy, hyphens", "web.archive.org"), ("pywb", "Outlook")])
def test_two_tools_are_undone_and_three_are_unknown(inner, outer):
    twice = TOOLS[outer](TOOLS[inner](DOI))
    assert unwrap(twice) == DOI
    assert unwrap(TOOLS["Google"](twice)) is None


@for_each(
    "address",
    [
        DOI,
        RECORD,
        "/details/990000100/news",
        "990000100/news.html",
        "",
        "https://publisher.example/login?url=/home",
        "https://publisher.example/2024/03/05/https",
        "https://publisher.example/proxy/https-explained",
        "https://my-journal-com.example.org/a",
        "https://www.google.com/search?q=hedges",
        "https://altmetric.com.example.org/details/1",
    ],
)
def test_any_other_address_is_unchanged(address):
    assert unwrap(address) == address


@for_each(
    "address",
    [
        "https://archive.ph/Ab1Cd",
        "https://link-springer-com.ezproxy.example.edu/article",
        "https://ezproxy.example.edu:2054/article",
        "https://www.lib.proxy.example.edu/a",
        "https://eur01.safelinks.protection.outlook.com/?data=05",
        "https://urldefense.proofpoint.com/v2/url?u=https-3A__doi.org_10.5555_x",
        "https://protect-eu.mimecast.com/s/Ab1Cd?domain=doi.org",
        "https://urldefense.com/v3/__https://doi.org/10.5555/x__;!!abc",
        "https://secure-web.cisco.com/1abc/doi",
        "https://ghostarchive.org/archive/Ab1Cd",
        "https://0-xn--bcher-kva-example.translate.goog/?_x_tr_enc=0",
        "https://web.archive.org/web/20240305091112/" + "x" * 40_000,
    ],
)
def test_an_address_that_does_not_name_its_page_is_unknown(address):
    assert unwrap(address) is None


@for_each("tool", TOOLS)
def test_a_rewritten_details_address_is_read(tool):
    assert identifiers.address(TOOLS[tool](RECORD)).url == RECORD


def rewritten(tool):
    """Return the everyday page with every address as the tool writes it."""
    html = everyday().replace('href="/', 'href="https://www.altmetric.com/')
    return re.sub(r'href="(https?://[^"#]+)', lambda href: 'href="' + TOOLS[tool](href[1]).replace("&", "&amp;"), html)


@for_each("tool", TOOLS)
def test_a_page_with_rewritten_links_gives_the_same_record(tool):
    assert differences(fields_of(rewritten(tool)), fields_of(everyday())) <= {"inconsistencies"}


@for_each("tool", TOOLS)
def test_a_page_without_an_address_is_known_by_the_address_of_the_tool(tool):
    bare = re.sub('<link rel="canonical"[^>]*>', "", everyday())
    record = fields_of(bare, url=TOOLS[tool](RECORD))
    assert differences(record, fields_of(everyday())) <= {"inconsistencies"}


def test_only_the_address_of_a_translator_says_that_the_page_is_translated():
    tools = [tool for tool in TOOLS if fields_of(rewritten(tool))["inconsistencies"]]
    assert tools == ["translate.goog"]


COMMENTS = {
    "HTTrack": "<!-- Mirrored from www.altmetric.com/details/990000100 by HTTrack Website Copier/3.x -->",
    "SingleFile": f"<!--\n Page saved with SingleFile \n url: {RECORD} \n saved date: Tue Mar 05 2024\n-->",
    "a browser": f"<!-- saved from url=(0044){RECORD} -->",
    "monolith": f"<!-- Saved from {RECORD} at 2024-03-05T09:11:12Z using monolith v2.8.1 -->",
    "Save Page WE": f'<meta name="savepage-url" content="{RECORD}">',
    "og:url": f'<meta property="og:url" content="{RECORD}">',
    "base": f'<base href="{RECORD}">',
}


def mirrored(sign):
    html = re.sub('<link rel="canonical"[^>]*>', f'{sign}<link rel="canonical" href="990000100.html">', everyday())
    html = re.sub(r'href="/details/990000100/([a-z-]+)"', r'href="990000100/\1.html"', html)
    return html.replace('href="/details/990000100#', 'href="#')


@for_each("comment", COMMENTS)
def test_the_links_to_files_of_a_mirror_are_those_of_the_site(comment):
    assert differences(fields_of(mirrored(COMMENTS[comment])), fields_of(everyday())) == set()


def test_the_links_of_a_mirror_without_an_address_are_null_and_unread():
    record = fields_of(mirrored(""))
    counts = [*record["mentions"], *record["citations"], *record["readers"]]
    assert (record["altmetric_id"], record["url"], {count["url"] for count in counts}) == (None, None, {None})
    assert {"part": "mentions", "text": "link 990000100/news.html"} in record["unread"]


@for_each("href", ["news.html", "../990000101/news.html", "../../doi.org/10.5555/x.html", "990000101/news.html", "x:y"])
def test_a_relative_link_to_another_page_is_null_and_unread(href):
    record = fields_of(edit(everyday(), ('href="/details/990000100/news"', f'href="{href}"')))
    assert record["mentions"][0]["url"] is None
    assert record["unread"] == [{"part": "mentions", "text": f"link {href}"}]


def test_a_link_that_is_not_certain_is_null_and_unread():
    href = "https://link-springer-com.ezproxy.example.edu/article"
    record = fields_of(edit(everyday(), (f'<h1><a href="{DOI}"', f'<h1><a href="{href}"')))
    assert record["publisher_url"] is None
    assert record["unread"] == [{"part": "header", "text": f"link {href}"}]


ENDLESS = {
    "login after login": "https://x.example/login?url=" * 40_000,
    "parameters": "https://x.example/login?" + "&url" * 250_000,
    "hyphens": "https://" + "a-" * 500_000 + ".translate.goog/",
    "labels": "https://" + "a." * 500_000 + "proxy.example.edu/",
    "domains": "https://" + "a.com." * 160_000,
    "steps of a path": "/a" * 500_000 + "/20240305091112/https://x.example",
    "digits": "/web/" + "2" * 1_000_000,
    "letters": "x" * 1_000_000 + "proxy",
}


@for_each("length", [32_000, 1_000_000])
@for_each("name", ENDLESS)
def test_an_endless_address_takes_linear_time(name, length):
    started = time.process_time()
    unwrap(ENDLESS[name][:length])
    assert time.process_time() - started < 1
