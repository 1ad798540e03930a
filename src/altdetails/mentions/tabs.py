"""A page of a tab → its mentions, and a line about the page itself."""

from __future__ import annotations

import re
from collections import Counter
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from altdetails import identifiers, links
from altdetails.errors import IdentifierError, NotADetailsPage
from altdetails.identifiers import Address, linked_id
from altdetails.mention import Mention, MentionPage
from altdetails.mentions.articles import Surroundings, read_article
from altdetails.mentions.disclosure import MAX_NOTES, Article, limited, limited_note, mention_of, page_line
from altdetails.mentions.sentences import Totals, sentence_in_text, totals_of
from altdetails.mentions.tab_frame import SELECTED, Frame, OtherPages, classes_of, open_at_cut
from altdetails.mentions.tab_sources import SUMMARY_INSTEAD, properties_of, source_of_tab
from altdetails.page import PageKind, kind, mhtml, reading, tree, words
from altdetails.page.boundaries import drop_cut_number, drop_cut_part
from altdetails.page.decode import clean
from altdetails.page.flow import collapse
from altdetails.page.landmarks import Landmarks
from altdetails.page.source import address_of
from altdetails.record import Inconsistency, Unread

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from lxml import etree

    from altdetails.record import Record

__all__ = ["TabReading", "read_tab", "summary_instead", "summary_line"]

_MAX_LINKS_LOOKED_AT = 50
_SUMMARY = "this is the summary of an output, not a list of mentions: use the address of a tab, such as …/news"

_PAGE_LINK = re.compile(
    r"/details/(?:[0-9]+/chapter/)?[0-9]{1,19}/(?P<tab>[a-z](?:[\w-]|&|%26)*)/page(?::|%3a)", re.IGNORECASE
)
_TAB_LINK = re.compile(r"/details/(?:[0-9]+/chapter/)?[0-9]{1,19}/(?P<tab>[a-z](?:[\w-]|&|%26)*)", re.IGNORECASE)


class TabReading(NamedTuple):
    """A page of a tab."""

    page: MentionPage
    mentions: list[Mention]


def read_tab(
    content: bytes | str, *, url: str | None, content_type: str | None = None, people: bool = False
) -> TabReading:
    """Read a page of a tab.

    Text has no list, so it gives the numbers of its sentence and no mentions.

    Args:
        content: the page, in the forms that `altdetails.parse` reads.
        url: the address of the page. It gives the tab and the number of the page.
        content_type: value of the HTTP header `Content-Type`, for its charset.
        people: whether to include names, handles, followers, profiles and texts of people.

    Raises:
        NotADetailsPage: if the content is not a page of a tab. `kind` is `details` for the summary of an output.
        UndecodablePage: if the content is binary, too large, or built to exhaust a parser.
    """
    page = reading.prepare(content, url=url, content_type=content_type)
    if page.provenance.format == "text":
        return TabReading(_page_of_text(page), [])
    if page.provenance.format != "html":
        raise NotADetailsPage(PageKind.OTHER, "this is not a page of a tab: give a page with a list of mentions")
    received = content.encode("utf-8", "ignore") if isinstance(content, str) else content
    source, _ = drop_cut_part(mhtml.decoded(received, content_type).content)
    source = clean(source)
    frame = Frame(tree.build(source))
    _check_kind(frame, source)
    return _Reading(frame, page, open_at_cut(frame.root, source) if page.cut_short else set(), people=people).result()


def summary_instead(record: Record) -> MentionPage | None:
    """Return the line of a tab page that the site does not have: it gave the summary of the output instead.

    None if the record is not from the address of a tab.

    Args:
        record: the record of the summary.
    """
    url = record.provenance.final_url
    address = address_of(url) if url else None
    return summary_line(record, address.tab, address.page or 1) if address and address.tab else None


def summary_line(record: Record, tab: str, page: int) -> MentionPage:
    """Return the line of a page of a tab for which the site gave the summary of the output.

    Args:
        record: the record of the summary.
        tab: the name of the tab in its address.
        page: the number of the page.
    """
    is_cut = any(finding.code == "cut_short" for finding in record.inconsistencies)
    return page_line(
        record.provenance,
        altmetric_id=record.altmetric_id,
        doi=record.doi,
        tab=tab,
        source=source_of_tab(tab),
        page=page,
        rows=None if is_cut else 0,
        ended=None if is_cut else True,
        limited_access=record.limited_access,
        inconsistencies=[finding for finding in record.inconsistencies if finding.code in {"cut_short", "translated"}],
        unread=[Unread("list", SUMMARY_INSTEAD)],
    )


def _page_of_text(page: reading.Prepared) -> MentionPage:
    """Return the line of a tab's text, with the numbers of its sentence.

    Raises:
        NotADetailsPage: if it is not the text of a tab.
    """
    try:
        reading.read(page)
    except NotADetailsPage as error:
        if error.kind is not PageKind.TAB:
            raise
    else:
        raise NotADetailsPage(PageKind.DETAILS, _SUMMARY)
    text = drop_cut_number(page.content).decode("utf-8", "ignore")
    address = address_of(page.url) if page.url else None
    tab = address.tab if address else None
    sentence = sentence_in_text(text)
    totals = totals_of(sentence, source_of_tab(tab)) if sentence else Totals()
    return page_line(
        page.provenance,
        altmetric_id=address.altmetric_id if address else None,
        doi=address.doi if address else None,
        tab=tab,
        source=source_of_tab(tab) or totals.source,
        page=address.page or 1 if address and tab else None,
        sentence=sentence and limited(sentence),
        tab_total=totals.total,
        tab_users=totals.users,
        limited_access=True if words.LIMITED_ACCESS in text else None,
        unread=[
            *(Unread("sentence", limited_note(text)) for text in totals.unread),
            Unread("list", "text has no list"),
        ],
    )


def _check_kind(frame: Frame, source: bytes) -> None:
    """Check that a page is a page of a tab.

    Raises:
        NotADetailsPage: if it is not.
    """
    if frame.has_list():
        return
    landmarks = Landmarks(frame.root, own_id=None)
    page_kind = kind.of_html(landmarks, source)
    if page_kind is not PageKind.TAB:
        reason = _SUMMARY if page_kind is PageKind.DETAILS else kind.reason(page_kind, source)
        raise NotADetailsPage(page_kind, reason)


class _Reading:
    """Makes the lines of a page of a tab."""

    def __init__(
        self, frame: Frame, page: reading.Prepared, in_doubt: Collection[etree._Element], *, people: bool
    ) -> None:
        self._frame = frame
        self._page = page
        self._in_doubt = in_doubt
        self._people = people
        self._inconsistencies: list[Inconsistency] = []
        self._requested = address_of(page.url) if page.url else None
        own = [address for text in page.addresses if (address := address_of(text)) and address.altmetric_id]
        self._own = own[0] if own else None
        self._links = [link.get("href") or "" for link in frame.links_to_pages()]

    def result(self) -> TabReading:
        frame = self._frame
        sentence = frame.sentence()
        tab = self._tab()
        around = Surroundings(
            source_of_tab(tab),
            frame.set_of_articles,
            self._in_doubt,
            is_wrapped=self._has_wrapped_links(),
            is_translated=self._page.translated,
        )
        articles = [read_article(element, around) for element in frame.articles]
        source = self._source(tab, articles, sentence)
        tab = tab or properties_of(source).tab
        totals = totals_of(sentence, source) if sentence else Totals()
        pages = frame.other_pages()
        is_complete = sentence is not None or frame.has_list()
        line = page_line(
            self._page.provenance,
            altmetric_id=self._altmetric_id(),
            doi=self._doi(),
            tab=tab,
            source=source,
            page=self._number(pages),
            sentence=sentence and limited(sentence),
            tab_total=totals.total,
            tab_users=totals.users,
            tab_followers=totals.followers,
            next_page=pages.next_page,
            rows=len(articles),
            ended=self._ended(pages),
            limited_access=frame.is_limited() or (False if is_complete else None),
        )
        self._check(line)
        notes = [
            *(Unread(part, limited_note(text)) for part, text in frame.notes),
            *(Unread("sentence", limited_note(text)) for text in totals.unread),
        ]
        if not articles:
            notes.append(Unread("list", "no mention in the list"))
        line = msgspec.structs.replace(
            line, inconsistencies=self._inconsistencies, unread=[*notes, *self._page_notes][:MAX_NOTES]
        )
        notes_of_all = ["the page is translated"] if self._page.translated else []
        mentions = [
            mention_of(article, line, place, people=self._people, notes=notes_of_all)
            for place, article in enumerate(articles, 1)
        ]
        return TabReading(line, mentions)

    _page_notes: tuple[Unread, ...] = ()

    def _note(self, part: str, text: str) -> None:
        self._page_notes = (*self._page_notes, Unread(part, limited_note(text)))

    def _has_wrapped_links(self) -> bool:
        """Whether an archive or proxy put addresses of its own around the links of the page."""
        around = self._links_in("tab-panel", "document-header")
        addresses = (*self._page.addresses, self._page.url or "", *self._links, *around)
        return any(links.unwrap(address) != address for address in addresses if address)

    def _links_in(self, *names: str) -> list[str]:
        """Return the first links in the elements of some classes outside the mentions."""
        boxes = (box for name in names for box in self._frame.outside(name))
        links_there = (link.get("href") or "" for box in boxes for link in box.iter("a"))
        return [*islice(links_there, _MAX_LINKS_LOOKED_AT)]

    def _tab(self) -> str | None:
        """Return the name of the tab: of the address, the links to its other pages, the bar of tabs, the canonical."""
        if self._requested and self._requested.tab:
            return self._requested.tab
        for link in self._links:
            if match := _PAGE_LINK.search(link):
                return match["tab"].replace("%26", "&").lower()
        for panel in self._frame.outside("tab-panel"):
            for element in panel.iter("*"):
                if not SELECTED.isdisjoint(classes_of(element)):
                    links_of_tab = [link.get("href") or "" for link in element.iter("a")]
                    if match := next(filter(None, map(_TAB_LINK.search, links_of_tab)), None):
                        return match["tab"].replace("%26", "&").lower()
        return self._own.tab if self._own else None

    def _source(self, tab: str | None, articles: list[Article], sentence: str | None) -> str | None:
        """Return the source of the page: that of most mentions, else of the tab, else of the sentence."""
        of_tab = source_of_tab(tab)
        counted = Counter(article.source for article in articles if article.source)
        if counted and of_tab and of_tab not in counted:
            self._note("list", f"mentions of {', '.join(counted)} in the tab {tab}")
        most = counted.most_common(1)[0][0] if counted else None
        return most or of_tab or (totals_of(sentence).source if sentence else None)

    def _ended(self, pages: OtherPages) -> bool | None:
        if pages.has_next:
            return False
        return None if self._page.cut_short and not self._frame.has_list() else True

    def _number(self, pages: OtherPages) -> int | None:
        """Return the number of this page: of the address, the links to other pages, the canonical address; else 1."""
        if self._requested and self._requested.tab:
            number = self._requested.page or 1
            if pages.current and pages.current != number:
                values = [str(number), str(pages.current)]
                self._inconsistencies.append(Inconsistency("page_of_address_and_list", None, values))
            return number
        if pages.current:
            return pages.current
        if pages.next_page and pages.next_page > 1:
            return pages.next_page - 1
        if self._own and self._own.page:
            return self._own.page
        return None if pages.is_shown or self._page.cut_short else 1

    def _altmetric_id(self) -> int | None:
        """Return the number of the output: of the canonical address, the links to other pages, the links around them.

        The last are the links of the bar of tabs and of the counts in the side panel. All must be of one output.
        """
        requested = self._requested.altmetric_id if self._requested else None
        around = self._links_in("tab-panel", "mention-counts")
        of_canonical = self._own.altmetric_id if self._own else None
        said = [number for number in (of_canonical, _only_id(self._links), _only_id(around)) if number]
        if len(outputs := dict.fromkeys([requested, *said] if requested else said)) > 1:
            self._inconsistencies.append(Inconsistency("altmetric_id_mismatch", None, [*map(str, outputs)]))
        return said[0] if said else requested

    def _doi(self) -> str | None:
        for header in self._frame.all("document-header"):
            for link in header.iter("a"):
                href = links.unwrap(link.get("href") or "") or ""
                if "doi.org/" in href:
                    with suppress(IdentifierError):
                        return identifiers.doi(href)
        return self._requested.doi if isinstance(self._requested, Address) else None

    def _check(self, line: MentionPage) -> None:
        """Compare the numbers of the page with each other. Posts are never compared with accounts."""
        add = self._inconsistencies.append
        if line.rows is not None and line.tab_total is not None and line.rows > line.tab_total:
            add(Inconsistency("rows_above_total", line.source, [str(line.rows), str(line.tab_total)]))
        if line.tab_users is not None and line.tab_total is not None and line.tab_users > line.tab_total:
            add(Inconsistency("users_above_total", line.source, [str(line.tab_users), str(line.tab_total)]))
        panel = self._accounts_of_panel(line.source)
        if panel is not None and line.tab_users is not None and panel != line.tab_users:
            add(Inconsistency("users_of_sentence_and_panel", line.source, [str(line.tab_users), str(panel)]))
        if self._page.translated:
            add(Inconsistency("translated", None, []))
        if self._page.cut_short:
            add(Inconsistency("cut_short", None, []))

    def _accounts_of_panel(self, source: str | None) -> int | None:
        """Return the number of accounts of a source that the side panel shows next to the list."""
        key = None
        for counts in self._frame.outside("mention-counts"):
            for element in islice(counts.iter("dt", "dd"), 400):
                if element.tag == "dt":
                    key = words.key_of_source(collapse(element))
                elif source is not None and key == source:
                    match = words.ANY_COUNT.fullmatch(collapse(element))
                    return words.to_int(match[1]) if match else None
        return None


def _only_id(addresses: Iterable[str]) -> int | None:
    """Return the Altmetric id in links; None if there is none, or more than one."""
    numbers = {linked_id(address) for address in addresses} - {None}
    return numbers.pop() if len(numbers) == 1 else None
