"""Remove the block markup of converters: HTML in Markdown, pandoc's blocks, Org, reStructuredText and drawn tables.

Converters of documents write a page in a language of their own. This turns the blocks of these languages into the
plain lines and tables that `altdetails.page.lines` reads. Each language has a sign; a text without it is unchanged.
"""

from __future__ import annotations

import html
import re
from itertools import pairwise

from altdetails.page import words
from altdetails.page.drawn import AFTER_SUSPENDED_HYPHEN

__all__ = ["LOST_TABLE", "is_markdown", "other_language", "without_line_numbers", "without_markup"]

LOST_TABLE = "[TABLE]"
"""What pandoc writes instead of a table that Markdown cannot hold. The DOI of the page follows it, if it is known."""

_COUNTS = (words.MENTIONED_BY, words.CITATIONS, words.READERS_ON)
_HEADINGS = "|".join([words.ABOUT, *_COUNTS, *sorted(words.TWITTER), words.MENDELEY, words.CONTEXT])
_MARKDOWN_HEADING = re.compile(
    rb"^(?:#{1,6} |\*{1,3} )(?:%b)(?: \[[a-z-]{1,99}\]| \{#[^{}\n]{1,99}\}| #{1,6})?\s*$"
    rb"|^(?:%b)[ \t]*\n(?:={3,}|-{3,})[ \t]*$" % (_HEADINGS.encode(), _HEADINGS.encode()),
    re.MULTILINE,
)
_OF_DOCUMENT = re.compile(rb"<(?:html|body)\b", re.IGNORECASE)


def is_markdown(content: bytes) -> bool:
    """Whether content with tags is Markdown or reStructuredText: its known headings are marked as there."""
    has_sign = any(sign in content for sign in (b"\n#", b"\n---", b"\n==="))
    is_marked = (has_sign and _MARKDOWN_HEADING.search(content)) or b".. rubric:: " in content
    return bool(is_marked) and not _OF_DOCUMENT.search(content)


_XML_OF_TOOL = re.compile(rb"(?:<\?xml[^<>]{0,200}\?>\s*)?(?:<![^<>]{0,200}>\s*)?<(?:TEI|doc)[\s>]")
_OTHER_LANGUAGES = tuple(
    (name, re.compile(pattern.replace("HEADING", f"(?:{_HEADINGS})").encode(), re.MULTILINE))
    for name, pattern in (
        ("a wiki or AsciiDoc", r"^[ \t]*={1,6} ?HEADING ?(?:\{\{.{0,200})?=*[ \t]*\r?$"),
        ("Textile or Jira", r"^h[1-6](?:\([^()\n]{0,200}\))?\. (?:\{anchor:[^{}\n]{0,200}\})?HEADING"),
        ("LaTeX", r"\\(?:sub)*section\*?\{HEADING\}"),
        ("Texinfo", r"^@(?:sub)*(?:section|heading|node) HEADING"),
        ("troff", r"^\.S[HS](?: \d)?[ \n]\"?HEADING"),
        ("Markua", r"^\{id: [^{}\n]{1,200}\}\n#{1,6} HEADING"),
        ("Muse", r"<verbatim>"),
        ("edbrowse", r"^h[1-6] HEADING[ \t]*\r?$"),
        ("a table with a page in quotes", r"\A(?:[^\"\t\n]{0,2000}\t){2,20}\"[^\"\n]"),
    )
)
"""Languages of converters that are not read: their known headings, marked as there."""


def other_language(content: bytes) -> str | None:
    """Return the markup language of a text that is not read; None for any other content."""
    if _XML_OF_TOOL.match(content):
        return "XML that a tool made of a page"
    if _OF_DOCUMENT.search(content):
        return None
    return next((name for name, heading in _OTHER_LANGUAGES if heading.search(content)), None)


def without_markup(text: str) -> str:
    """Return a text without block markup."""
    text = _QUOTE_IN_LIST.sub(r"\1    ", text.replace("\\ | ", "| "))
    if LOST_TABLE in text:
        text = _with_doi_of_heading(text)
    if _HTML_SIGN.search(text):
        text = _without_html(text)
    text = _without_marks_of_elements(text)
    if "+--" in text:
        text = _without_grids(text)
    if any(sign in text for sign in ("](", ":::", "{.", "{#")):
        text = _ATTRIBUTES.sub(r"\1", _BROKEN_LINK.sub(r"[\1 \2](", text))
    text = _CLOSED_HEADING.sub(r"\1", _REFERENCE.sub(lambda link: " ".join(link[1].split()), text))
    if not _DASH.search(text) and any(sign in text for sign in ("\\'", ":::", ":PROPERTIES:")):
        text = _TYPED_DASH.sub(lambda dash: "–" if dash[0] == "--" else "—", text)
    if ":PROPERTIES:" in text or _ORG_LINK.search(text):
        text = _without_org(text)
    if any(sign in text for sign in (".. container::", ".. rubric::", ">`__")):
        text = _without_restructured(text)
    if any(sign in text for sign in ("---", "===", ":::", "```", "\n:")):
        text = _RULE.sub("", _UNDERLINE.sub(r"\1", _DEFINITION.sub("", _FENCE.sub("", text))))
    return _CAPITALS.sub(_from_capitals, text)


def _without_marks_of_elements(text: str) -> str:
    """Remove the marks that text browsers write around counts and headings, and tags of links."""
    if _MARKED_COUNT.search(text):
        text = _MARKED_COUNT.sub(_plain_count, _STARRED.sub(r"\1", _STARRED_HEADING.sub(r"\1", text)))
    return _HTML_LINK.sub("", text) if '<a href="' in text else text


_STARRED_HEADING = re.compile(r"^\*{3,6} ([A-Z][\w ]{1,60}) \*{3,6}$", re.MULTILINE)
_STARRED = re.compile(rf"(?<!\S)\*({words.NUMBER}|Altmetric Attention Score)\*(?=[\s.])")
_MARKED_COUNT = re.compile(
    rf"^([ \t]{{0,20}})(?:\*({words.NUMBER})\*(?= \S)|({words.NUMBER})_([^\W\d_]\S{{0,60}})$)", re.MULTILINE
)
"""A count with a mark around its number, or with underlines for its spaces."""


def _plain_count(count: re.Match[str]) -> str:
    indent, number, number_of_unit, unit = count.groups()
    return f"{indent}{number}" if number else f"{indent}{number_of_unit} {unit.replace('_', ' ')}"


_LINE_NUMBER = re.compile(r"[ \t]{0,20}([0-9]{1,7})(?:[:|.)]?[ \t]|$)")
_MIN_NUMBERED, _MAX_STEP = 10, 10


def without_line_numbers(text: str) -> str:
    """Return a text without the numbers of its lines, as `cat -n` and editors write them. They grow by at most 10."""
    if not _LINE_NUMBER.match(text.lstrip("\n")):
        return text
    lines = text.split("\n")
    matches = [_LINE_NUMBER.match(line) for line in lines if line.strip()]
    numbers = [int(match[1]) for match in matches if match]
    is_numbered = len(numbers) == len(matches) >= _MIN_NUMBERED
    if not is_numbered or not all(0 < later - earlier <= _MAX_STEP for earlier, later in pairwise(numbers)):
        return text
    return "\n".join(_LINE_NUMBER.sub("", line, count=1) if line.strip() else line for line in lines)


_LINE_OF_LOST_TABLE = re.compile(rf"^{re.escape(LOST_TABLE)}(?=[ \t]*$)", re.MULTILINE)
_LINK_OF_HEADING = re.compile(
    r"^# \[.{1,2000}\]\(<?https?://(?:dx\.)?doi\.org/(10\.[^()\s<>]++(?:\([^()\s]*+\)[^()\s<>]*+)*+)>?\)$", re.MULTILINE
)


def _with_doi_of_heading(text: str) -> str:
    """Write the DOI that the heading links to after the sign of the first lost table: it is the one of the details."""
    link = _LINK_OF_HEADING.search(text)
    return _LINE_OF_LOST_TABLE.sub(lambda sign: f"{sign[0]} {link[1]}", text, count=1) if link else text


_BROKEN_LINK = re.compile(r"\[([^\[\]\n]{1,500})\n[ \t]{0,99}([^\[\]\n]{1,500})\]\(")
_REFERENCE = re.compile(r"(?<![\[\]])\[([^\[\]]{1,2000})\]\[[\w .:-]{0,99}\]")
_CLOSED_HEADING = re.compile(r"^(#{1,6} .{1,2000}?) #{1,6}[ \t]*$", re.MULTILINE)
_QUOTE_IN_LIST = re.compile(r"^(-   \S.{0,2000}\n)    > (?=\S)", re.MULTILINE)
"""How pandoc writes the paragraphs of a list in a Word file."""
_FENCE = re.compile(r"^[ \t]{0,99}(?::{3,}|```).*$", re.MULTILINE)
_ATTRIBUTES = re.compile(r"([\])]|^#.{1,2000})[ ]?\{[.#][^{}\n]{0,200}\}", re.MULTILINE)
_UNDERLINE = re.compile(r"^([^\s|+].{0,2000}\n)(?:={3,}|-{3,}|~{3,}|\^{3,})[ \t]*$", re.MULTILINE)
_RULE = re.compile(
    r"^[ \t]{0,99}(?:-{3,}(?:[ \t]{1,9}-{3,}){0,9}|={3,}(?:[ \t]{1,9}={3,}){1,9})[ \t]{0,9}$", re.MULTILINE
)
_DASH = re.compile("[–—]")
_TYPED_DASH = re.compile(r"(?<=[\w,.)] )---?(?= [\w(])|(?<=\w)---?(?=\w)")
_DEFINITION = re.compile(r"^:[ \t]{1,9}(?=\S)", re.MULTILINE)
_CAPITALS = re.compile(
    rf"^([ \t]{{0,99}})({'|'.join(re.escape(label.upper()) for label in sorted(words.LABELS, key=len, reverse=True))})"
    rf"(?=\s{{2,}}|$)|^({'|'.join(re.escape(head.upper()) for head in sorted(words.COLUMN_HEADS))})"
    r"(\s{2,99})COUNT(\s{2,99})AS %$",
    re.MULTILINE,
)
_FORM_OF_CAPITALS = {line.upper(): line for line in words.LABELS | words.COLUMN_HEADS}


def _from_capitals(match: re.Match[str]) -> str:
    if match[2]:
        return match[1] + (match[2] if match[2] in words.LABELS else _FORM_OF_CAPITALS[match[2]])
    return f"{_FORM_OF_CAPITALS[match[3]]}{match[4]}Count{match[5]}As %"


# HTML between lines of Markdown

_HTML_SIGN = re.compile(r"^</?(?:div|table|tr|td|th|dl|dt|dd)\b[^<>]{0,2000}>", re.MULTILINE)
_HTML_EDGE = re.compile(r"(?:^<|<(/))(table|dl)\b[^<>]{0,2000}>", re.MULTILINE)
_HTML_BREAK = re.compile(r"</?(?:p|div|br|td|th|tr|dt|dd|li|thead|tbody|table)\b[^<>]*>", re.IGNORECASE)
_HTML_LINK = re.compile(r"</?a(?: href=\"[^<>\"]{0,2000}\")?>")
_ENTITY = re.compile("&(?:amp|gt|lt|quot|nbsp);")
_HYPHEN_AT_END = re.compile(rf"(?<=\w-)\n[ \t]{{0,99}}(?=[^\W\d_])(?!{AFTER_SUSPENDED_HYPHEN.pattern})")
_HTML_TAG = re.compile(r"<!--.{0,99}?-->|</?[a-z][a-z0-9]{0,12}(?:\s[^<>]{0,2000})?/?>", re.IGNORECASE)


def _without_html(text: str) -> str:
    pieces: list[str] = []
    after = 0
    opening: re.Match[str] | None = None
    for tag in _HTML_EDGE.finditer(text):
        if opening is None:
            opening = None if tag[1] else tag
        elif tag[1] and tag[2] == opening[2]:
            pieces += [_without_tags(text[after : opening.start()]), _lines_of_block(text[opening.end() : tag.start()])]
            after = tag.end()
            opening = None
    return "".join([*pieces, _without_tags(text[after:])])


def _without_tags(text: str) -> str:
    return _ENTITY.sub(lambda entity: html.unescape(entity[0]), _HTML_TAG.sub("", text))


def _lines_of_block(block: str) -> str:
    """Return the cells and paragraphs of a table or list in HTML, each on a line between empty lines."""
    pieces = _HTML_BREAK.split(" ".join(_HYPHEN_AT_END.sub("", block).split()))
    shown = (" ".join(html.unescape(_HTML_TAG.sub("", piece)).split()) for piece in pieces)
    return "\n\n" + "\n\n".join(piece for piece in shown if piece) + "\n\n"


# Org

_ORG_DRAWER = re.compile(r"^[ \t]*:(?:PROPERTIES|END|[A-Z_]{1,40}):.*\n?", re.MULTILINE)
_ORG_TARGET = re.compile(r"^[ \t]*<<[^<>\n]{0,200}>>[ \t]*$", re.MULTILINE)
_ORG_LINK = re.compile(r"\[\[[^\[\]]{0,2000}\]\[([^\[\]]{0,5000})\]\]")
_ORG_HEADING = re.compile(r"^\*{1,6} ", re.MULTILINE)
_ORG_BOLD = re.compile(r"\*([\d,]+|Altmetric Attention Score)\*")
_ORG_RAISED = re.compile(r"[_^]\{([^{}\n]{0,200})\}")
_ORG_EMPHASIS = re.compile(r"(?<![\w/:.])/(?=\S)([^/\n]{1,300})(?<=\S)/(?![\w/])")
_ORG_TERM = re.compile(r"^- (\S{1,40}) :: ", re.MULTILINE)
_ORG_QUOTE = re.compile(r"^[ \t]{0,20}(?:#\+(?:begin|end)_quote|-)[ \t]*\n", re.MULTILINE)
_ORG_CELL_RULE = re.compile(r"(?<=-)\+(?=-)")


def _without_org(text: str) -> str:
    text = _ORG_TARGET.sub("", _ORG_DRAWER.sub("", _ORG_QUOTE.sub("\n", text)))
    text = _ORG_LINK.sub(lambda link: " ".join(link[1].split()), text)
    text = _ORG_EMPHASIS.sub(r"\1", _ORG_RAISED.sub(r"\1", text))
    text = _ORG_TERM.sub(r"\n\1\n", _ORG_BOLD.sub(r"\1", text))
    return _ORG_CELL_RULE.sub("|", _ORG_HEADING.sub("# ", text))


# reStructuredText

_DIRECTIVE = re.compile(r"^([ \t]{0,199})\.\. (?:container|image|raw|_|\|)\S*.*$", re.MULTILINE)
_RUBRIC = re.compile(r"^([ \t]{0,199})\.\. rubric:: ", re.MULTILINE)
_OPTION = re.compile(r"^[ \t]{1,199}:(?:name|class|alt|target|width|height): .*$", re.MULTILINE)
_RST_LINK = re.compile(r"`([^`<>]{0,5000}?)\s{0,99}<[^`<>]{0,2000}>`__?")
_RST_RAISED = re.compile(r"(?:\\[ \n])?:su[bp]:`([^`\n]{1,100})`(?:\\[ \n])?")
_RST_EMPHASIS = re.compile(r"(?<![\w*\\])\*([^\s*][^*\n]{0,300}?)(?<=[^\s\\])\*(?![\w*])")
_RST_ESCAPE = re.compile(r"\\([*|`_\\])")
_RST_BOLD = re.compile(r"\*\*([^*\n]{1,200})\*\*")


def _without_restructured(text: str) -> str:
    text = _OPTION.sub("", _DIRECTIVE.sub("", text))
    text = _RUBRIC.sub(r"\1   ", text)
    text = _RST_RAISED.sub(r"\1", _RST_LINK.sub(lambda link: " ".join(link[1].split()), text))
    return _RST_ESCAPE.sub(r"\1", _RST_EMPHASIS.sub(r"\1", _RST_BOLD.sub(r"\1", text)))


# Tables with lines of + and - between the rows

_BARE_DIRECTIVE = ".. container::"
"""A directive that is too long for its cell: its argument fills the line below."""
_BORDER = re.compile(r"[ \t]{0,199}\+(?:[-=:]{3,}\+){1,12}[ \t]{0,99}")
_CELL_ATTRIBUTES = re.compile(r"\{\.[^{}]{0,500}\}")
_BREAK_IN_WIDE_TEXT = re.compile(r"(?<=[\u2e80-\u9fff\uff00-\uffef])\n(?=[\u2e80-\u9fff\uff00-\uffef])")
_CELL_LINK = re.compile(r"!?\[((?:[^\[\]]){0,5000})\]\(([^()]{0,5000})\)(?:\{[^{}]{0,500}\})?")


def _without_grids(text: str) -> str:
    lines: list[str] = []
    row: list[list[str]] | None = None
    edges: list[int] = []
    for line in text.split("\n"):
        if _BORDER.fullmatch(line):
            if row is not None:
                lines += _lines_of_row(row)
            edges = [at for at, character in enumerate(line) if character == "+"]
            row = [[] for _ in edges[1:]]
        elif row is not None and line.lstrip().startswith("|") and len(line.rstrip()) > 1:
            for cell, text_of_cell in zip(row, _cells(line, edges), strict=True):
                if text_of_cell.startswith((":::", ".. ")) or (cell and cell[-1] == _BARE_DIRECTIVE):
                    cell.append(_BARE_DIRECTIVE if text_of_cell == _BARE_DIRECTIVE else "")
                elif _is_broken_address(cell, text_of_cell, widest=edges[-1] - edges[-2] - 3):
                    cell[-1] += text_of_cell
                else:
                    cell.append(text_of_cell)
        else:
            if row is not None:
                lines.append("")
            row = None
            lines.append(line)
    return "\n".join(lines)


def _is_broken_address(cell: list[str], text: str, widest: int) -> bool:
    """Whether a word with an address was too long for its cell, so that its rest fills the line below."""
    if not cell or not cell[-1] or " " in text or len(text) < widest:
        return False
    if _ADDRESS.match(cell[-1].rsplit(" ", 1)[-1] + text):
        return not _ADDRESS.match(text)
    link = " ".join(cell[-3:])
    return bool(_END_OF_LINK.match(text)) and link.rfind("[") > link.rfind("]")


_ADDRESS = re.compile(r"\W?https?://")
_END_OF_LINK = re.compile(r"[^\s\[\]]+\]\(")


def _cells(line: str, edges: list[int]) -> list[str]:
    """Return the cells of a line. Wide characters have moved the edges of the cells."""
    cells = line.strip().strip("|").split("|")
    if len(cells) != len(edges) - 1:
        cells = [line[left + 1 : right] for left, right in pairwise(edges)]
    return [cell.strip() for cell in cells]


def _lines_of_row(row: list[list[str]]) -> list[str]:
    if not any(any(cell) for cell in row):
        return []
    label = " ".join(filter(None, row[0]))
    if label in words.LABELS:
        value = "\n".join(line for cell in row[1:] for line in cell)
        if label == "DOI":
            value = _CELL_LINK.sub(lambda link: "".join(link[1].split()), value).replace("\n", "")
            value = _RST_LINK.sub(r"\1", value)
        else:
            value = _BREAK_IN_WIDE_TEXT.sub("", _CELL_ATTRIBUTES.sub("", _CELL_LINK.sub(r"\1", value)))
            value = _RST_LINK.sub(r"\1", value)
        return [
            "",
            label,
            *(f"{' '.join(paragraph.split())}\n" for paragraph in value.split("\n\n") if paragraph.split()),
        ]
    return ["\t".join(" ".join(filter(None, cell)) for cell in row)]
