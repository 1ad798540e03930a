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
