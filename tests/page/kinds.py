"""Kinds of hostile page: each repeats one piece, or nests it in itself, up to a size."""

from itertools import product

from tests.page.material import everyday, everyday_text, insert_before

ELEMENTS = (
    "a", "article", "aside", "b", "blockquote", "button", "dd", "div", "dl", "dt", "font", "form", "h1", "h2", "h3",
    "li", "nav", "noscript", "ol", "option", "p", "pre", "section", "select", "span", "svg", "table", "tbody", "td",
    "template", "textarea", "th", "title", "tr", "ul",
)  # fmt: skip
LANDMARKS = (
    "altmetric-badge", "content-panel", "demographics-group mendeley", "demographics-group twitter",
    "demographics-group", "demographics-panel", "document-details-table", "document-header", "limited-access-warning",
    "mention-counts", "post-list", "reader-counts", "scholarly-citation-counts", "score-panel", "section-summary",
    "summary", "tagline",
)  # fmt: skip
PIECES = {
    "an empty element": "<i></i>",
    "an end tag": "</x>",
    "an end tag of a table": "</table>",
    "an entity": "&amp;",
    "an unknown entity": "&lol;",
    "a control character as a number": "&#1;",
    "a comment": "<!---->",
    "an opening of a comment": "<!--",
    "a tag with many attributes": f"<a {' '.join(f'a{at}' for at in range(950))}>",
    "a tag with equal attributes": f"<a {'a=1 ' * 950}>",
    "a quoted attribute with a bracket": '<a b=">">',
    "a label of the details table": "<tr><th>Title</th><td>a</td></tr>",
    "a table of labels": "<table><tr><th>DOI<tr><th>Title<tr><th>Authors</table>",
    "a heading of the context": "<h2>Attention Score in Context</h2>",
    "a heading and content of the context": "<h3>Attention Score in Context</h3>Altmetric has tracked 5 ",
    "a sentence about the score": "<p>This research output has an Altmetric Attention Score of 5.</p>",
    "a paragraph that goes on": "<p>They are more than thirty characters long, this one too.</p>",
    "a row of demographics": "<tr><td>Spain</td><td>1</td><td>1%</td></tr>",
    "a head of demographics": "<tr><th>Country</th><th>Count</th><th>As %</th></tr>",
    "an empty cell": "<td></td>",
    "an empty cell and a word": "<td></td><td>Count</td>",
    "a link to another output": '<a href="/details/990000999">1 x</a>',
    "a link to a PubMed id": '<a href="//ncbi.nlm.nih.gov/pubmed/99000001">1</a>',
    "a list of counts": "<dl class=mention-counts><dt>a<dd>1 x</dl>",
    "a foreign list of counts": '<dl class=mention-counts><dt>a<dd><a href="/details/9">1 x</a></dl>',
    "a badge": '<i style="x?score=x"></i>',
    "a class": '<div class="a b"></div>',
    "a rank": "<p>#1</p>",
    "a box": "<p>Outputs from A</p><p>#1</p><p>of 2 outputs</p>",
    "a bullet": "<li>In the top 5% of all research outputs scored by Altmetric</li>",
    "a notice": "<div>a</div>",
    "white space": " \n\t",
    "a no-break space": "&nbsp;",
    "a zero width space": "\u200b",
    "a character above the first plane": "\U0001f600",
    "a character that changes the direction": "\u202e",
    "a NUL": "\x00",
    "a surrogate as a number": "&#xD800;",
    "a marked section": "<![CDATA[a]]>",
    "an opening of a marked section": "<![CDATA[",
    "an opening of a declaration": "<!a",
    "a document type": "<!DOCTYPE html>",
    "an instruction": "<?a?>",
    "an opening of an instruction": "<?",
    "an opening of a tag": "<",
    "an opening of a tag with a name": "<a ",
    "an opening of an end tag": "</",
    "an opening of an end tag with a name": "</a",
    "an opening of a script": "<script>",
    "an opening of a text area": "<textarea>",
    "an opening of a title": "<title>",
    "an opening of a quoted attribute": "<a b='",
    "tags in values of attributes": f"<a {'x=<a ' * 98}>",
    "a heading with the words of help pages": f"<h1>{'what is ' * 37}",
    "an input with types": f"<input {'type=' * 50}>",
    "an end tag of a form": "</form>",
    "an end tag of a paragraph": "</p>",
    "a paragraph": "<p>",
    "a line break": "<br>",
    "a base": "<base href=//a.example/>",
    "a meta tag": '<meta name="citation_doi" content="10.5555/x">',
    "a canonical link": '<link rel="canonical" href="https://www.altmetric.com/details/990000999">',
    "a script of linked data": '<script type="application/ld+json">{"a":[{"b":1}]}</script>',
    "a picture": '<img src="x?score=1">',
    "a style with a score": '<div style="x?score=5"></div>',
    "a tagline": "<p class=tagline>Overview of attention for article published in A, March 2015</p>",
    "a link of a publisher": "<a class=publisher href=/x>a</a>",
    "a heading of the page": "<h1>a</h1>",
    "a heading about the score": "<h2>About this Attention Score</h2>",
    "a summary": "<div class=summary><li>a</li></div>",
    "a group of demographics": '<div class="demographics-group twitter"><p>a</p></div>',
    "a sentence about readers": "<p>compiled from readership statistics for <b>5</b> </p>",
    "a row of the abstract": "<tr><th>Abstract</th><td><p>a</p></td></tr>",
    "a row of ISBNs": "<tr><th>ISBNs</th><td>1, 2; 3</td></tr>",
    "a row of an unknown label": "<tr><th>a</th><td>a</td></tr>",
    "a plain row and an end of a table": "<tr><td>a</td><td>1</td><td>1%</td></tr></table>",
    "an empty row": "<tr>",
    "an ISBN": "1, ",
    "a name": "A. B., ",
    "a name with a semicolon": "A, B; ",
    "a number with commas": "1,111",
    "a digit": "7",
    "a month": "May 2015, ",
    "a DOI": "10.5555/a",
    "a percent sign": "%",
    "an encoded percent sign": "%25",
    "a bracket": "(",
    "a step up": "../",
    "an address": "https://a.example/",
}
LINES = {
    "a letter": "a\n",
    "a name with a suffix": "Jr, ",
    "a heading": "Mentioned by\n",
    "a heading of the context": "Attention Score in Context\n",
    "a heading of Markdown": "# a\n",
    "a count": "1 x\n",
    "a key and a count": "a 1 x ",
    "a label": "DOI\n",
    "a label in columns": "Title   a\n",
    "a wrapped line": f"{'a ' * 35}\n",
    "a wrapped line with a hyphen": f"{'a ' * 35}a-\n",
    "an indented line": f"    {'a ' * 35}\n",
    "a row with pipes": "| a | 1 | 1% |\n",
    "a row of labels with pipes": "| DOI | a |\n",
    "a link": "[a](b) ",
    "a link with a number": "[1]a ",
    "a listed link": "References\n   1. a\n",
    "bold text": "**1** ",
    "emphasis": "_a_ ",
    "an escape": "\\_",
    "a tab": "\t",
    "a gap": f"a{' ' * 99}",
    "a sentence about all outputs": "Altmetric has tracked 5 research outputs across all sources so far.\n",
    "a continued sentence": "Compared to these this one has done well, and it scored higher.\n",
    "a percent": "a 1 1%\n",
    "a head of a table": "Country Count As %\n",
    "a bullet": "• In the top 5% of all research outputs scored by Altmetric\n",
    "a sentence about readers": "The data shown below were compiled from readership statistics for 5 \n",
    "a paragraph about profiles": "The data shown below were collected from the profiles of 5 X users\n",
    "the heading Timeline": "Timeline\n",
    "an indented letter": f"{' ' * 99}a\n",
    "an indented pipe": f"{' ' * 99}|{' ' * 99}a\n",
    "an indented rule": f"{' ' * 99}--- a\n",
    "a label between gaps": f"{' ' * 50}Title{' ' * 50}a\n",
    "a link around a link": "[[a]",
    "a link around escapes": "[\\a\\a",
    "a link with a title": '[a](b "c") ',
    "bold text without end": "**a ",
    "emphasis without end": "_a",
    "names": "A. B., ",
    "a name of initials": "A.",
    "a sentence of initials": "A.A.A.!\n",
    "counts on a line of 2,000 characters": f"a 1 {'x ' * 990}\n",
    "keys on a line of 2,000 characters": f"{'abcdefghij 1 x ' * 130}\n",
    "letters on a line of 2,000 characters": f"{'a' * 1990}\n",
    "a number with commas": "1,111",
    "a digit": "7",
    "a percent after a digit": "a 1 1% ",
    "a head of a table in three lines": "a\nCount\nAs %\n",
    "a row of a table in three lines": "a\n1\n1%\n",
    "a heading of the demographics": "Twitter Demographics\n",
    "a breakdown": "Geographical breakdown\n",
    "a box": "Outputs from A\n#1\nof 2 outputs\n",
    "a box on one line": "Outputs from A #1 of 2 outputs ",
    "a title": "Title\n",
    "a label of the abstract": "Abstract\n",
    "ISBNs": "ISBNs\t1, 2\n",
    "a DOI": "DOI: 10.5555/a\n",
    "a long DOI": "10.5555/",
    "an overview": "Overview of attention for article published in A, May 2015\n",
    "an overview on one line": "Overview of attention for a published in ",
    "a mean": "mean Attention Score of 1,111.1 ",
    "a line of JSON": '{"a": [1, {"b": "c"}]},\n',
    "an array of JSON": "[",
    "a tag": "<a>",
    "a table of HTML": "<table>\n",
    "a list of HTML": "<dl>\n<table>",
    "a row of a grid": "+---+---+\n| Title | a |\n",
    "a link of Org": "[[a][b",
    "a drawer of Org": ":PROPERTIES:\n",
    "a link of reStructuredText": "`a <b",
    "a directive": ".. rubric:: a\n",
    "a glued label": "TitleA\n",
    "a broken label": "Published\nA\nin\n",
    "a broken bullet": "In the top 5% of all research outputs\n(",
    "a limited selection": "You are seeing a free-to-access but limited selection\n",
    "a line separator": "\u2028",
    "a no-break space": "\xa0",
    "a form feed": "\f",
}
PHRASES = (
    "Overview of attention for ",
    "About this Attention Score",
    "Mentioned by",
    "Citations",
    "Readers on",
    "Mendeley readers",
    "X Demographics",
    "Attention Score in Context",
    "Timeline",
    "Geographical breakdown",
    "Altmetric has tracked ",
    "So far Altmetric has tracked ",
    "Older research outputs will score ",
    "We're also able to compare this ",
    "All research outputs",
    "Outputs of similar age from ",
    "Outputs from ",
    "This research output has an Altmetric Attention Score of 5. ",
    "This one was last mentioned on 1 May 2015. ",
    "mean Attention Score of 5. ",
    "in the 5th percentile ",
    "scored higher than 5 of them ",
    "Published in",
    "Abstract",
    "compiled from readership statistics for 5 ",
    "collected from the profiles of 5 ",
    "Country Count As % ",
    "High Attention Score compared to outputs of the same age",
    "In the top 5% of all research outputs ",
    "You are seeing a free-to-access but limited selection",
    "Altmetric Badge",
    "10.5555/a ",
    "Jr, ",
    "et al, ",
)
SETTINGS = {
    "in one line": ("", " "),
    "in paragraphs": ("<p>", "</p>"),
    "in headings": ("<h2>", "</h2>"),
    "in cells": ("<td>", "</td>"),
    "in rows": ("<tr><th>", "</th><td>a</td></tr>"),
    "in counts": ("<dt>", "</dt><dd>1 x</dd>"),
    "in bullets": ("<li>", "</li>"),
    "in links": ("<a href=/details/990000001>", "</a>"),
    "in one attribute": None,
    "in text": None,
}
PLACES = {
    "alone": None,
    "above the panel": '<div class="score-panel">',
    "among the counts": "<dt>news",
    "among the bullets": "<li>In the top",
    "in the details": '<div class="document-details-table">',
    "in a cell": "Forty playgrounds",
    "among the authors": "Ines Fernhill",
    "in the demographics": '<div class="table-wrapper geo">',
    "in the context": "<h2>Attention Score in Context</h2>",
    "in the head": "<meta charset",
    "above the title": "<h1",
    "in a link": "</a></dd>",
    "among the groups": '<div class="demographics-group',
}
MIDDLES = {
    "no text": "",
    "text": "a b ",
    "links": "<a href=/details/9>1 x</a>",
    "elements": "<i>a</i>",
    "rows": "<tr><td>a",
}


def repeat(piece, size):
    return piece * (size // len(piece))


def nest(opening, closing, depth, size, middle):
    """Nest an element in itself to a depth, around text or elements that fill the page, at each level and inside."""
    shell = len(opening) + len(closing)
    depth = max(1, min(depth, size // (2 * max(shell, 1))))
    fill = repeat(middle, size - depth * shell) if middle else ""
    return opening * depth + fill + closing * depth


def put(junk, place):
    html = everyday()
    if PLACES[place] is None:
        return f"<html><body>{junk}".encode()
    return insert_before(html, PLACES[place], junk).encode()


def tag(name, classes=None):
    return (f'<{name} class="{classes}">' if classes else f"<{name}>"), f"</{name}>"


def deep(junk, depth):
    return f"<html>{'<b>' * depth}{junk}".encode()


def saved(junk, encoding="8bit"):
    head = f"Content-Type: multipart/related; boundary=b\n\n--b\nContent-Transfer-Encoding: {encoding}\n"
    return f"{head}Content-Type: text/html\n\n{junk}\n--b--\n".encode()


def phrases(phrase, setting, size):
    """Repeat a phrase in a setting, in a page without landmarks or in a text."""
    if setting == "in text":
        return repeat(f"{phrase}\n", size).encode()
    if setting == "in one attribute":
        return f'<html><i title="{repeat(phrase, size)}">Mentioned by</i>'.encode()
    opening, closing = SETTINGS[setting]
    return f"<html>{repeat(f'{opening}{phrase}{closing}', size)}".encode()


def shell(opening, middle, closing, depth=80):
    """Return a maker of pages without a record around: an opening again and again, a filling, and the closings."""
    return lambda size: (
        f"<html>{opening * depth}{repeat(middle, size - depth * len(opening + closing))}{closing * depth}".encode()
    )


SHELLS = {
    f"{name}, around {filling}": shell(opening, MIDDLES[filling], closing)
    for name, (opening, closing) in {
        "rows of the details in cells without tables": (
            "<div class=document-details-table><table><tr><td>DOI<td><div>", "</div></td></tr></table></div>"
        ),
        "rows in cells of one table": (
            "<div class=document-details-table></div><tr><td>DOI</td><td><div>", "</div></td></tr>"
        ),
        "labels in cells of one table": ("<tr><td><div>", "</div></td><td>a</td></tr>"),
        "headings in a panel": ("<div class=score-panel><h2><div>", "</div></h2></div>"),
        "headings of two ranks": ("<h2><div><h3><div>", "</div></h3></div></h2>"),
        "counts in divisions": ("<dl class=mention-counts><dt><div><dd><div>", "</div></dd></div></dt></dl>"),
        "bullets in a summary": ("<div class=summary><ul><li><div>", "</div></li></ul></div>"),
        "sentences of groups": ('<div class="demographics-group twitter"><p><div>', "</div></p></div>"),
        "cells of groups": ('<div class="demographics-group mendeley"><tr><td><div>', "</div></td></tr></div>"),
        "taglines": ("<div class=document-header><div class=tagline>", "</div></div>"),
        "links": ("<div class=document-header><h1><a href=/x>", "</a></h1></div>"),
        "navigation": ("<nav><div class=score-panel>", "</div></nav>"),
        "notices": ("<div class=content-panel><div>", "<div class=document-details-table></div></div></div>"),
    }.items()
    for filling in (*MIDDLES,)[1:]
}  # fmt: skip
ONE_PANEL = {
    f"{name} in one {landmark}, around {filling}": (
        lambda size, o=opening, c=closing, m=MIDDLES[filling], mark=landmark: (
            f"<html><div class='{mark}'>{nest(o, c, 80, size, m)}".encode()
        )
    )
    for landmark in LANDMARKS
    for name, (opening, closing) in {
        "rows in cells": ("<tr><td>DOI</td><td><div>", "</div></td></tr>"),
        "rows in labels": ("<tr><td><div>", "</div></td><td>a</td></tr>"),
        "headings": ("<h2><div>", "</div></h2>"),
        "smaller headings": ("<h3><div>", "</div></h3>"),
        "bullets": ("<li><div>", "</div></li>"),
        "counts": ("<dd><div>", "</div></dd>"),
        "links": ("<a href=/details/9><div>", "</div></a>"),
        "classes": ("<div class='tagline publisher'>", "</div>"),
        "navigation": ("<nav><div>", "</div></nav>"),
    }.items()
    for filling in MIDDLES
}
SAVED = {
    "parts": lambda size: f"Content-Type: multipart/related; boundary=b\n\n{repeat(f'--b{chr(10)}', size)}".encode(),
    "parts with headers": lambda size: (
        f"Content-Type: multipart/related; boundary=b\n\n{repeat(f'--b{chr(10)}A: b{chr(10) * 2}', size)}".encode()
    ),
    "parts in parts": lambda size: (
        "Content-Type: multipart/related; boundary=b\n\n"
        + repeat("--b\nContent-Type: multipart/mixed; boundary=c\n\n" + "--c\n" * 200, size)
    ).encode(),
    "headers": lambda size: f"Content-Type: multipart/related; boundary=b\n{repeat(f'A: b{chr(10)}', size)}".encode(),
    "a header on lines": lambda size: f"Content-Type: text/html\nA: b\n{repeat(f' b{chr(10)}', size)}".encode(),
    "delimiters with blanks": lambda size: (
        f"Content-Type: multipart/related; boundary=b\n\n{repeat(f'--b{chr(9) * 99}x{chr(10)}', size)}".encode()
    ),
    "quoted printable": lambda size: saved(repeat("=3D=", size), "quoted-printable"),
    "base64": lambda size: saved(repeat("PGE+", size), "base64"),
}
WIDE = ("utf-16", "utf-16-le", "utf-32-be", "shift_jis", "iso2022_jp", "hz", "gb18030")


def kinds_of_landmarks_and_texts():
    for outer, inner in product(LANDMARKS, ("", *LANDMARKS)):
        opening = f'<div class="{outer}">' + (f'<div class="{inner}">' if inner else "")
        for middle in ("text", "elements", "links"):
            yield (
                f"nested {outer} and {inner}, around {middle}",
                lambda size, o=opening, m=MIDDLES[middle]: put(
                    nest(o, "</div>" * o.count("<div"), 120, size, m), "above the panel"
                ),
            )
    for (name, line), place in product(
        LINES.items(), ("Mentioned by\n", "All research outputs", "Geographical breakdown", "Authors", None)
    ):

        def text(size, line=line, place=place):
            junk = repeat(line, size) + "\n"
            return (insert_before(everyday_text(), place, junk) if place else junk).encode()

        yield f"text of {name}, before {place!r}", text
    for (name, piece), depth in product(PIECES.items(), (300, 2000, 2100)):
        yield f"{name}, {depth} deep", lambda size, piece=piece, depth=depth: deep(repeat(piece, size), depth)


def kinds():
    """Yield the name of each kind, and a function that makes it of a size in bytes."""
    for (name, piece), place in product(PIECES.items(), PLACES):
        yield f"{name}, {place}", lambda size, piece=piece, place=place: put(repeat(piece, size), place)
    for element, depth in product(ELEMENTS, (200, 10**9)):
        for middle, filling in MIDDLES.items():
            opening, closing = tag(element)
            yield (
                f"nested {element}, {depth} deep, around {middle}",
                lambda size, o=opening, c=closing, d=depth, m=filling: put(nest(o, c, d, size, m), "above the panel"),
            )
    yield from kinds_of_landmarks_and_texts()
    yield from kinds_of_phrases()


def kinds_of_phrases():
    for phrase, setting in product(PHRASES, SETTINGS):
        yield f"{phrase!r} {setting}", lambda size, p=phrase, s=setting: phrases(p, s, size)
    for name, piece in PIECES.items():
        yield f"{name} in an attribute", lambda size, p=piece: put(f'<a href="{repeat(p, size)}">a</a>', "in a link")
        yield f"{name}, saved", lambda size, p=piece: saved(repeat(p, size))
    for element in ELEMENTS:
        opening, closing = tag(element)
        yield f"many {element}", lambda size, o=opening, c=closing: put(repeat(f"{o}a{c}", size), "among the bullets")
        yield f"many {element} without end", lambda size, o=opening: put(repeat(o, size), "in the context")
    for encoding in WIDE:
        yield f"a page in {encoding}", lambda size, e=encoding: f"<html>{repeat('<p>a</p>', size)}".encode(e)
        yield (
            f"a page that says {encoding}",
            lambda size, e=encoding: f"<meta charset={e}>\xff".encode("latin-1") + b"~{\x1b$B" * (size // 6),
        )
    yield from {f"{name}, without a record": make for name, make in SHELLS.items()}.items()
    yield from ONE_PANEL.items()
    yield from {f"MHTML of {name}": make for name, make in SAVED.items()}.items()
