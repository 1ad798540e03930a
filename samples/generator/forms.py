"""Variants of a page: minified, indented, saved by a browser, as MHTML, and with other records around it."""

from __future__ import annotations

import quopri
import re
from datetime import UTC, datetime
from email.utils import format_datetime
from html.parser import HTMLParser
from textwrap import wrap

INLINE = {"a", "b", "em", "i", "strong", "sub", "sup"}
VOID = {"meta", "link", "img", "br"}
OPTIONAL_END = r"</(?:li|dt|dd|td|th|tr|p|body|html)>"
SAVED_AT = datetime(2023, 11, 20, 9, 30, tzinfo=UTC)
BOUNDARY = "----MultipartBoundary--invented0page0of0a0sample0000000000000----"


def minified(html: str) -> str:
    """Return the page as a minifier writes it, without line breaks, optional quotes and optional end tags."""
    html = re.sub(r">\s+<", "><", html)
    html = re.sub(OPTIONAL_END, "", html)
    return re.sub(r'="([\w./:-]+)"(?=[ >])', r"=\1", html)


class _Indenter(HTMLParser):
    """Writes every block on separate lines, and its text in lines of at most 100 characters."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.lines: list[str] = []
        self.depth = 0
        self.text = ""

    def flush(self) -> None:
        """Write the collected text."""
        text = " ".join(self.text.split())
        indent = "  " * self.depth
        self.lines += [indent + line for line in wrap(text, 100, break_long_words=False, break_on_hyphens=False)]
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        """Open a block, or keep an inline tag in the text."""
        source = self.get_starttag_text() or ""
        if tag in INLINE:
            self.text += source
            return
        self.flush()
        self.lines.append("  " * self.depth + source)
        self.depth += tag not in VOID

    def handle_endtag(self, tag: str) -> None:
        """Close a block."""
        if tag in INLINE:
            self.text += f"</{tag}>"
            return
        self.flush()
        self.depth -= 1
        self.lines.append("  " * self.depth + f"</{tag}>")

    def handle_data(self, data: str) -> None:
        """Collect text."""
        self.text += data

    def handle_entityref(self, name: str) -> None:
        """Keep a named character reference."""
        self.text += f"&{name};"

    def handle_charref(self, name: str) -> None:
        """Keep a numeric character reference."""
        self.text += f"&#{name};"

    def handle_comment(self, data: str) -> None:
        """Write a comment."""
        self.lines.append(f"<!--{data}-->")

    def handle_decl(self, decl: str) -> None:
        """Write the document type."""
        self.lines.append(f"<!{decl}>")


def indented(html: str) -> str:
    """Return the page as a formatter writes it, with white space around blocks and line breaks in text."""
    indenter = _Indenter()
    indenter.feed(html)
    indenter.close()
    indenter.flush()
    return "\n".join(indenter.lines) + "\n"


def saved(html: str, url: str, host: str) -> str:
    """Return the page as a browser's "save page as" writes it, with the markup of an extension."""
    html = html.replace("<!DOCTYPE html>", f"<!DOCTYPE html>\n<!-- saved from url=({len(url):04d}){url} -->", 1)
    html = re.sub(r'(href|src)="/', rf'\1="https://{host}/', html)
    html = re.sub(r"<(div|table|td|dd|h1|h2)\b", r'<\1 data-dusk-mode="1"', html)
    html = re.sub(r"<tr>(?=\n?<t[hd]\b)", '<tr style="--dusk-row: none;">', html)
    html = html.replace('<table data-dusk-mode="1">', '<table data-dusk-mode="1"><tbody>')
    html = html.replace("</table>", "</tbody></table>")
    junk = (
        '<dusk-reader id="dusk-root" style="all: initial"><template shadowrootmode="open"><style>b{color:#123}</style>'
        "<div>12 highlights saved · Score 7 · Mentioned by 3 friends</div></template></dusk-reader>"
    )
    head = '<link rel="stylesheet" href="./saved-page_files/site.css"><style id="dusk-style">body{filter:none}</style>'
    return html.replace("</head>", f"{head}</head>").replace("</body>", f"{junk}</body>")


def mhtml(html: str, url: str, title: str) -> bytes:
    """Return the page as one MHTML file (RFC 2557) with a style sheet and an image, without scripts."""
    html = re.sub(r"<script>.*?</script>\n?", "", html, flags=re.DOTALL)
    heads = {
        "From": "<Saved by a browser>",
        "Snapshot-Content-Location": url,
        "Subject": f"Altmetric: {title}",
        "Date": format_datetime(SAVED_AT),
        "MIME-Version": "1.0",
        "Content-Type": f'multipart/related;\n\ttype="text/html";\n\tboundary="{BOUNDARY}"',
    }
    parts = [
        ("text/html", "quoted-printable", url, quopri.encodestring(html.encode()).decode("ascii")),
        ("text/css", "quoted-printable", "cid:css-1@example.org", "@charset =22utf-8=22;\nbody { margin: 0px; }\n"),
        ("image/gif", "base64", f"https://{url.split('/')[2]}/pixel.gif", "R0lGODlhAQABAAAAACwAAAAAAQABAAACAkQBADs=\n"),
    ]
    text = "".join(f"{name}: {value}\n" for name, value in heads.items()) + "\n\n"
    for kind, encoding, location, body in parts:
        text += (
            f"--{BOUNDARY}\nContent-Type: {kind}\nContent-Transfer-Encoding: {encoding}\n"
            f"Content-Location: {location}\n\n{body}\n"
        )
    return f"{text}--{BOUNDARY}--\n".replace("\n", "\r\n").encode("ascii")


OTHERS = """\
<nav class="tabs"><ul>
<li><a href="/details/990000998/news">News <span class="count">99</span></a></li>
<li><a href="/details/990000998/twitter">X <strong>1,999</strong> X users</a></li>
<li><a href="/details/990000998/policy-documents">12 policy sources</a></li>
</ul>
<div class="altmetric-badge" style="background-image: url(https://badges.altmetric.com/?score=901&types=mmm)"></div>
</nav>
<!-- <div class="score-panel"><div class="altmetric-badge"
 style="background-image: url(https://badges.altmetric.com/?score=777)"></div>
<dl class="mention-counts"><dt>news</dt><dd><strong>777</strong> news outlets</dd></dl></div> -->
"""
SCRIPT = """\
<script>
var template = '<dl class="mention-counts"><dt>blogs</dt><dd><strong>555</strong> blogs</dd></dl>';
var state = {"score": 666, "title": "Not this title", "doi": "10.1000/script", "mentions": {"news": 444}};
</script>
<script type="application/json">{"altmetric_id": 990000997, "score": 333, "readers": {"mendeley": 222}}</script>
<meta property="og:title" content="A title for sharing">
"""
RELATED = """\
<aside class="related-outputs"><h2>Related outputs</h2>
<div class="related-output"><h3><a href="/details/990000996">Another paper altogether</a></h3>
<div class="altmetric-badge" style="background-image: url(https://badges.altmetric.com/?score=888&amp;types=bbb)"></div>
<dl class="mention-counts"><dt>news</dt><dd><a href="/details/990000996/news"><strong>321</strong> news outlets</a></dd>
<dt>reddit</dt><dd><a href="/details/990000996/reddit"><strong>8</strong> Redditors</a></dd></dl>
<dl class="reader-counts"><dt>mendeley</dt><dd><a href="/details/990000996#mendeley-demographics"><strong>654</strong> \
Mendeley</a></dd></dl></div>
</aside>
"""
FOOTER = """\
<footer><p>Altmetric Attention Score of the week: 5,000. In the top 5% of all footers.</p>
<p>DOI 10.1000/footer</p><ul><li>Citations</li><li>Mendeley readers</li><li>Title</li></ul>
<a href="/details/990000995">Attention Score in Context</a></footer>
"""
