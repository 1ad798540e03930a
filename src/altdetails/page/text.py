"""Read logical lines into a Sheet.

An abstract can contain any line, also headings and counts. So the sections after it are searched from the end of the
page, by their heading and the content that must follow it. The sections before it end at the first label of the details
table. A section inside an abstract is read by mistake only if it has both heading and content, and the page itself does
not have this section.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise, takewhile

from altdetails.page import doubts, labels, words
from altdetails.page.markup import LOST_TABLE
from altdetails.page.mend import Damage, join_fixed_lines, mend_details
from altdetails.page.panels import TABLE_HEAD, USERS_WHO_SHARED, read_panel
from altdetails.page.sheet import CountEntry, Sheet
from altdetails.record import PartOfPage

__all__ = ["read"]

_SKIP_LINK = re.compile(r"\W*Skip to main content")
_BEFORE_TITLE = "Altmetric – "
"""How the title of the document begins."""
_BRAND_LINE = "Article Metrics"
_LOG_IN = re.compile(r"\b(?:log ?in|sign in|account|subscri\w+|Explorer)\b|\bfunction ?\w{0,99} ?\(", re.IGNORECASE)
_MAX_BOILERPLATE_LENGTH = 120
_A_KEY = r"(?:f1000|[a-z][a-z_&]{0,30}?)"
_KEY_AND_COUNT = re.compile(rf"(?P<key>{_A_KEY})\s?(?P<text>{words.NUMBER} \S.*?)(?=\s+{_A_KEY}\s?{words.NUMBER} |$)")
_MAX_COUNTS_LENGTH = 2000
_CITATIONS_WITHOUT_HEADING = re.compile(rf"{words.NUMBER} Dimensions")
_KEY = re.compile(r"[a-z][a-z0-9_&+ -]{0,30}", re.IGNORECASE)
_PARAGRAPH_OF_CONTEXT = re.compile(
    rf"{words.CONTEXT_OPENING}|Altmetric Attention Score of\b"
    rf"|Altmetric has tracked {words.NUMBER} research outputs across"
    rf"|So far Altmetric has tracked {words.NUMBER} research outputs"
    r"|Older research outputs will score higher|We['’]re also able to compare this research output"
)
_RANK = re.compile(rf"#{words.NUMBER}")
_RANK_AT_END = re.compile(rf"#{words.NUMBER}\Z")
_TOTAL = re.compile(rf"of {words.NUMBER} outputs?")
_GLUED_BOXES = re.compile(rf"#{words.NUMBER} ?of {words.NUMBER}|[^\W\d]#{words.NUMBER}")
_BOX_RANK = re.compile(rf"#{words.NUMBER}|of {words.NUMBER} outputs?")


def read(lines: Sequence[str]) -> Sheet:
    """Read the logical lines of a page (see `altdetails.page.lines`)."""
    lines, damage, breaks = join_fixed_lines([words.normalise(line) for line in lines if line not in words.BUTTONS])
    lines, rows_of_lost_table = labels.without_lost_tables(lines)
    context = _context_start(lines)
    mendeley = _mendeley_start(lines, context)
    twitter = _twitter_start(lines, mendeley)
    overview = _overview(lines[:twitter])
    start = 0 if overview is None else overview + 1
    details_lines = _without_log_in(lines[start:twitter])
    mended, doubtful = mend_details(details_lines, lines[:start], damage, _heading_above(lines, overview), breaks)
    lines = [*lines[:start], *mended, *lines[twitter:]]
    shift = start + len(mended) - twitter
    twitter, mendeley, context = twitter + shift, mendeley + shift, context + shift
    details = _details_start(lines, twitter, damage)
    if any(map(_GLUED_DETAILS.search, lines[start:details])):
        details = twitter
    sheet = Sheet(leftovers=[("details", text) for text in doubtful])
    _read_head(sheet, lines[:details])
    if sheet.tagline is None:
        sheet.leftovers += [("header", line) for line in lines[:details] if f" {words.OVERVIEW}" in line]
    if details == twitter:
        sheet.leftovers += [("details", line) for line in lines[start:twitter] if _is_unknown_prose(line)]
    else:
        sheet.details = labels.rows_of_details(sheet, _before_timeline(lines[details:twitter]))
    if rows_of_lost_table is not None:
        sheet.details = sheet.details or rows_of_lost_table or None
        sheet.leftovers.append(("details", LOST_TABLE))
    doubts.drop_doubtful_values(sheet, is_broken=breaks.are_many, has_breaks=damage is not Damage.NONE)
    if sheet.heading is not None and not _has_title(sheet):
        is_certain = damage is Damage.NONE and not doubtful
        sheet.leftovers += [] if is_certain and rows_of_lost_table is None else [("header", sheet.heading)]
        sheet.heading = sheet.heading if is_certain else None
    sheet.twitter = read_panel(sheet, lines[twitter:mendeley], words.TWITTER)
    sheet.mendeley = read_panel(sheet, lines[mendeley:context], {words.MENDELEY})
    if context < len(lines):
        context_lines = [line for line in lines[context:] if line and line != words.CONTEXT]
        context_lines = _without_halves(sheet, context_lines)
        sheet.context = doubts.without_unreadable_boxes(sheet, context_lines, is_broken=breaks.are_many) or None
        sheet.leftovers += [
            ("context", f"{above} {line}".strip())
            for above, line in pairwise(["", *(sheet.context or ())])
            if _GLUED_BOXES.search(line) or (_RANK.fullmatch(line) and not words.BOX_LABEL.match(above))
        ]
    return sheet


def _without_halves(sheet: Sheet, lines: Sequence[str]) -> list[str]:
    """Remove ranks without a total and totals without a rank, and name them: a tool dropped the other half.

    If it dropped labels of boxes too, remove all boxes: a rank can be below the label of another one.
    """
    has_rank = [False, *(bool(_RANK_AT_END.search(line)) for line in lines)]
    has_total = [*(bool(_TOTAL.fullmatch(line)) for line in lines), False]
    halves = {
        at
        for at in range(len(lines))
        if (has_total[at] and not has_rank[at]) or (_RANK.fullmatch(lines[at]) and not has_total[at + 1])
    }
    labels_of_boxes = {at for at, line in enumerate(lines) if words.BOX_LABEL.match(line)}
    if halves and len(labels_of_boxes) < max(sum(has_rank), sum(has_total)):
        halves = labels_of_boxes | {at for at, line in enumerate(lines) if has_total[at] or _RANK.fullmatch(line)}
    sheet.leftovers += [("context", lines[at]) for at in sorted(halves)]
    return [line for at, line in enumerate(lines) if at not in halves]


def _has_title(sheet: Sheet) -> bool:
    return any(row.label in {"Title", "Chapter title"} and row.paragraphs for row in sheet.details or ())


# The starts of the sections, as indexes of lines. A missing section starts at the start of the next one.


def _context_start(lines: Sequence[str]) -> int:
    """Return the start of the context. In text without a details table, the context can lack its heading."""

    def is_content(line: str) -> bool:
        return bool(_PARAGRAPH_OF_CONTEXT.match(line) or words.BOX_LABEL.match(line))

    start = _heading(lines, len(lines), {words.CONTEXT}, is_content)
    if start is not None:
        return start
    if any(map(labels.label_of, lines)):
        return len(lines)
    for at, line in enumerate(lines):
        if _PARAGRAPH_OF_CONTEXT.match(line):
            return at
        if words.BOX_LABEL.match(line) and any(map(_BOX_RANK.fullmatch, lines[at + 1 : at + 3])):
            return at
    return len(lines)


def _mendeley_start(lines: Sequence[str], end: int) -> int:
    def is_content(line: str) -> bool:
        return words.MENDELEY_SENTENCE in line or line in words.SUBHEADINGS or line.startswith("Readers by ")

    start = _heading(lines, end, {words.MENDELEY}, is_content)
    if start is None:
        start = _last(lines, end, lambda line: words.MENDELEY_SENTENCE in line)
    return end if start is None else start


def _twitter_start(lines: Sequence[str], end: int) -> int:
    def is_content(line: str) -> bool:
        return (
            words.TWITTER_SENTENCE in line
            or USERS_WHO_SHARED in line
            or line in words.SUBHEADINGS
            or TABLE_HEAD.fullmatch(line) is not None
        )

    start = _heading(lines, end, words.TWITTER, is_content, notices=4)
    if start is None:
        start = _last(lines, end, lambda line: words.TWITTER_SENTENCE in line)
    if start is None:
        before = _last(lines, end, bool)
        start = before if before is not None and lines[before] in words.TWITTER else None
    return end if start is None else start


def _overview(lines: Sequence[str]) -> int | None:
    """Return the overview line: the first, or the last of several in a row, because titles can begin like it."""
    overview = None
    above = ""
    for at, line in enumerate(lines):
        if line.startswith(words.OVERVIEW) and above not in words.LABELS_OF_TITLES:
            overview = at
        elif line and overview is not None:
            break
        above = line or above
    return overview


def _last(lines: Sequence[str], end: int, matches: Callable[[str], bool]) -> int | None:
    return next((at for at in range(end - 1, -1, -1) if matches(lines[at])), None)


def _heading(
    lines: Sequence[str],
    end: int,
    headings: set[str] | frozenset[str],
    is_content: Callable[[str], bool],
    notices: int = 0,
) -> int | None:
    """Return the last heading that is followed by its content, after at most `notices` lines, else one at the end.

    If the heading is repeated, its first line is returned.
    """
    start = at_the_end = None
    following: list[str] = []
    for at in range(end - 1, -1, -1):
        line = lines[at]
        if not line:
            continue
        if line in headings:
            if start is not None or any(map(is_content, following[: notices + 1])):
                start = at
            elif not following:
                at_the_end = at
        elif start is not None:
            return start
        else:
            following.insert(0, line)
            del following[notices + 1 :]
    return at_the_end if start is None else start


def _details_start(lines: Sequence[str], end: int, damage: Damage) -> int:
    """Return the first label after the overview line, or the title above it if the tool dropped its label."""
    overview = _overview(lines[:end])
    heading = _heading_above(lines, overview)
    for at in range(0 if overview is None else overview + 1, end):
        if labels.label_of(lines[at]):
            if lines[at].split("\t")[0] in words.LABELS_OF_TITLES:
                return at
            before = None if lines[at] in words.LABELS_OF_ABSTRACTS else _last(lines, at, bool)
            return before if before is not None and _is_bare_title(lines, before, heading, damage) else at
    return end


def _is_bare_title(lines: Sequence[str], at: int, heading: str | None, damage: Damage) -> bool:
    """Whether a line before the first label is the title without its label, and not only its last line."""
    line = lines[at]
    if damage is Damage.BROKEN or (heading is not None and line.startswith(heading)):
        return line == heading
    return not (
        words.LIMITED_ACCESS in line
        or words.ANY_COUNT.match(line)
        or words.BULLET.match(line)
        or line.startswith(words.OVERVIEW)
        or line in words.SINGLE_LINES
        or (at > 0 and _KEY.fullmatch(line) and words.ANY_COUNT.match(lines[at - 1]) and " " not in line)
    )


# Header, Attention Score, counts


def _read_head(sheet: Sheet, lines: Sequence[str]) -> None:
    tagline = _overview(lines)
    header = ""
    if tagline is not None:
        header = " ".join(line[:_MAX_LINE_LENGTH_OF_TITLE] for line in lines[:tagline][-_MOST_LINES_OF_HEADER:])
        header += lines[tagline].partition(" published in ")[2][:_MAX_LINE_LENGTH_OF_TITLE]
        sheet.tagline = lines[tagline]
        sheet.heading = _heading_above(lines, tagline)
        lines = lines[tagline + 1 :]
    bullets = [line for line in lines if words.BULLET.match(line)]
    if bullets or words.ABOUT in lines:
        sheet.bullets = bullets
    sheet.leftovers += [("attention", line) for line in _under_about(lines) if not words.BULLET.match(line)]
    sheet.limited_access = words.LIMITED_ACCESS in " ".join(filter(None, lines)).replace("\u2011", "-")
    _read_counts(sheet, [line for line in lines if line and not words.BULLET.match(line)], header)


def _heading_above(lines: Sequence[str], tagline: int | None) -> str | None:
    """Return the heading above the overview, without what a tool glued to it, if the title of the page shows that."""
    above = None if tagline is None else _last(lines, tagline, bool)
    if above is None or _SKIP_LINK.fullmatch(lines[above]) or lines[above] == _BRAND_LINE:
        return None
    titles = (line.removeprefix(_BEFORE_TITLE) for line in lines[:above] if line.startswith(_BEFORE_TITLE))
    return next((title for title in titles if title and lines[above].endswith(title)), lines[above])


def _under_about(lines: Sequence[str]) -> Iterable[str]:
    """Return the lines from the heading *About this Attention Score* to the next heading, label or count."""
    if words.ABOUT not in lines:
        return ()
    following = [line for line in lines[lines.index(words.ABOUT) + 1 :] if line]
    return takewhile(lambda line: line not in words.SINGLE_LINES and not words.ANY_COUNT.match(line), following)


_COUNT_SECTIONS: dict[str, PartOfPage] = {
    words.MENTIONED_BY: "mentions",
    words.CITATIONS: "citations",
    words.READERS_ON: "readers",
}


_MOST_LINES_OF_HEADER = 12
_MAX_LINE_LENGTH_OF_TITLE = 500


def _read_counts(sheet: Sheet, lines: Sequence[str], header: str) -> None:
    section: PartOfPage | None = None
    counts: dict[PartOfPage, list[CountEntry]] = {}
    sources: set[tuple[PartOfPage, str | None]] = set()
    glued: set[PartOfPage] = set()
    key = None
    for above, line in pairwise(["", *takewhile(lambda line: line != words.TIMELINE, lines)]):
        entries = _entries(line)
        if section == "details":
            sheet.leftovers.append((section, line))
            continue
        if line in _COUNT_SECTIONS:
            section = _COUNT_SECTIONS[line]
        elif words.LIMITED_ACCESS in line or (section is None and not _CITATIONS_WITHOUT_HEADING.fullmatch(line)):
            if sheet.tagline and entries and _counts_a_source(line):
                sheet.leftovers.append(("mentions", line))
            continue
        elif entries:
            entries[0].key = entries[0].key or key
            glued |= set() if words.agree(entries[0].key, line) else {section or "citations"}
            _add_entries(sheet, counts.setdefault(section or "citations", []), sources, section or "citations", entries)
        elif _KEY.fullmatch(line) and len(line.split()) <= 3:  # noqa: PLR2004
            _add_leftover_key(sheet, section or "mentions", key)
            key = line
            continue
        elif part := _part_of_glued(line, section, header):
            glued.add(part)
            section = "details" if part == "details" else section
            sheet.leftovers.append((part, line))
        else:
            _add_leftover_key(sheet, section or "mentions", key)
            sheet.add_notice(line, above)
        key = None
    _add_leftover_key(sheet, section or "mentions", key)
    for part in glued & set(counts):
        sheet.leftovers += [(part, f"{entry.key or ''} {entry.text}".strip()) for entry in counts.pop(part)]
    sheet.leftovers += [(part, line) for line, part in _COUNT_SECTIONS.items() if line in lines and part not in counts]
    sheet.mentions = counts.get("mentions")
    sheet.citations = counts.get("citations")
    sheet.readers = counts.get("readers")


def _add_entries(
    sheet: Sheet,
    known: list[CountEntry],
    sources: set[tuple[PartOfPage, str | None]],
    section: PartOfPage,
    entries: Sequence[CountEntry],
) -> None:
    """Add counts to those of their section, except counts of another section, or of a source with a key there."""
    for entry in entries:
        source = words.key_of_source(entry.key or entry.text.partition(" ")[2])
        is_repeated = source is not None and (section, source) in sources
        if is_repeated or (section == "readers" and source is not None and source not in _READERS):
            sheet.leftovers.append((section, f"{entry.key or ''} {entry.text}".strip()))
        else:
            known.append(entry)
            sources.add((section, words.key_of_source(entry.key or "")))


def _repeats(header: str, line: str) -> bool:
    """Whether a line is of the title or the place that the header shows: then it is a value without its label."""
    shown = line if line in header else line.partition(" & ")[0]
    return len(shown) > _MIN_TITLE_LENGTH and shown in header


_MIN_TITLE_LENGTH = 20


def _part_of_glued(line: str, section: PartOfPage | None, header: str) -> PartOfPage | None:
    """Return the part of the page whose content is on a line, several values or one without its label; else None."""
    if _GLUED_DETAILS.search(line) or _repeats(header, line):
        return "details"
    has_counts = _KEY_AND_COUNT.match(line) or any(map(words.is_unit, _UNIT_IN_LINE.findall(line)))
    if has_counts or (words.ANY_COUNT.fullmatch(line) and _GLUED_COUNT.search(line)):
        return section or "mentions"
    return None


_GLUED_DETAILS = re.compile(
    r"\A(?:Chapter t|T)itle.{1,2000}?(?:Published (?:in|by)|Book title)|[^\W_]DOI ?10\.\d{4}"
    r"|[^\W_]DOI\Z|\A10\.\d{4,9}/\S{1,200}?(?:Pub[mM]ed ID|Authors|Abstract)"
    r"|\ATitle \S.{1,2000}? DOI 10\.\d{4}| DOI 10\.\d{4}\S{1,200} (?:Pubmed ID|Authors)\b"
)
_UNIT_IN_LINE = re.compile(rf"(?<![\w.,]){words.NUMBER} ([^\W\d]\S{{0,30}}(?: [^\W\d]\S{{0,30}})?)")


_READERS = frozenset({"mendeley", "citeulike", "connotea"})


def _add_leftover_key(sheet: Sheet, section: PartOfPage, key: str | None) -> None:
    if key is not None:
        sheet.leftovers.append((section, key))


def _entries(line: str) -> list[CountEntry]:
    if words.ANY_COUNT.fullmatch(line):
        return [] if _GLUED_COUNT.search(line) else [CountEntry(None, line)]
    matches = list(_KEY_AND_COUNT.finditer(line)) if len(line) <= _MAX_COUNTS_LENGTH else []
    if not matches or "".join(match[0] for match in matches).replace(" ", "") != line.replace(" ", ""):
        return []
    if len(matches) > 1 and any(map(_is_glued_key, (match["key"] for match in matches))):
        return []
    if any(_GLUED_COUNT.search(match["text"]) for match in matches):
        return []
    return [CountEntry(match["key"], match["text"]) for match in matches]


_GLUED_COUNT = re.compile(rf"[^\W\d_] ?{words.NUMBER} [^\W\d]")
"""A count in the unit of another one."""


def _is_glued_key(key: str) -> bool:
    """Whether a key is the end of a unit and a known key."""
    known = words.NAMES_OF_SOURCES
    return key not in known and any(key.endswith(end) and key[: -len(end)].isalpha() for end in known)


def _counts_a_source(line: str) -> bool:
    return words.key_of_source(line.partition(" ")[2]) is not None


# Boilerplate


def _is_unknown_prose(line: str) -> bool:
    is_sentence = len(line) > _MAX_BOILERPLATE_LENGTH and labels.is_prose(line)
    return is_sentence and not _LOG_IN.search(line) and words.LIMITED_ACCESS not in line


def _without_log_in(lines: Sequence[str]) -> Sequence[str]:
    """Cut the lines at the heading *Timeline* if only sentences about logging in follow it."""
    at = _last(lines, len(lines), lambda line: line == words.TIMELINE)
    is_end = at is not None and all(not line or _LOG_IN.search(line) for line in lines[at + 1 :])
    return lines[:at] if is_end else lines


def _before_timeline(lines: Sequence[str]) -> Sequence[str]:
    """Cut the lines at the heading *Timeline*. Log-in sentences and page boilerplate follow it.

    An abstract can have a heading Timeline too, but prose follows that one.
    """
    for at in range(len(lines) - 1, -1, -1):
        if lines[at] == words.TIMELINE:
            return lines[:at]
        if len(lines[at]) > _MAX_BOILERPLATE_LENGTH and not _LOG_IN.search(lines[at]):
            break
    return lines
