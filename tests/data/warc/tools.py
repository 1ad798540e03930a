"""Archives written by other tools. A local server acts as their proxy and serves the pages."""

import io
import re
import shutil
import subprocess
import tempfile
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version
from pathlib import Path

from lxml import html
from tests.data.warc.expected import failure_line, heads, packed, page, record_line
from tests.warc.warcs import AT, record, sha1, urn
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

HERE = Path(__file__).parent
SITE = "http://www.altmetric.com/details"
PAGES = {f"{SITE}/990000030": "short", f"{SITE}/990000012": "dataset"}
WITH_SCORE_IN_TEXT = {f"{SITE}/990000012": "dataset", f"{SITE}/990000011": "chapter"}
"""Pages with the score in their text, not only in the markup of the badge."""
MOVED = {f"{SITE}/doi/10.5555/tideline.2014.17": f"{SITE}/990000030"}
LOST = f"{SITE}/990000404"
ROBOTS = "http://www.altmetric.com/robots.txt"


def archives():
    """Yield the name, content (None if the tool is not installed), expected lines and tool of each archive."""
    for name, made_by, content, outcomes in (*_wget(), _warcit(), _warcio(), _recompressed(), _common_crawl()):
        stored = content or (HERE / name).read_bytes()
        yield name, content, _lines(name, stored, outcomes) if callable(outcomes) else outcomes, made_by


def _lines(name, content, outcome_of):
    """Yield the expected lines of an archive, from the headers of its records."""
    for byte, fields in heads(content):
        match outcome_of(fields["WARC-Type"], fields.get("WARC-Target-URI")):
            case ("record", stem, status, form):
                facts = {"http_status": status, "format": form, "fetched_at": fields["WARC-Date"]}
                yield record_line(f"{name}!{fields['WARC-Record-ID']}", stem, **facts)
            case str() as kind:
                yield failure_line(f"{name}!{fields['WARC-Record-ID']}", kind, byte)


class _Site(BaseHTTPRequestHandler):
    """A proxy that serves the pages of the site."""

    def do_GET(self):
        stem = PAGES.get(self.path)
        content = page(stem) if stem else b"<!DOCTYPE html><title>Page not found</title>"
        self.send_response(200 if stem else 302 if self.path in MOVED else 404)
        if self.path in MOVED:
            content = b""
            self.send_header("Location", MOVED[self.path])
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def version_string(self):
        return "replica"

    def log_message(self, *_):
        """Log nothing."""


@contextmanager
def _site():
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def _wget():
    """Yield an archive of pages, a redirect and an error, and a later archive of the same pages with revisits."""

    def first(kind, url):
        if kind == "response" and url not in MOVED:
            return ("record", PAGES[url], 200, "html") if url in PAGES else "http_error"
        return None

    def later(kind, url):
        return "revisit" if kind == "revisit" else first(kind, url)

    contents = [None, None]
    made_by = "GNU Wget 1.21.3"
    if shutil.which("wget"):
        made_by = " ".join(_run("wget", "--version").split()[:3])
        with _site() as proxy, tempfile.TemporaryDirectory() as folder:
            common = [
                "wget",
                "-q",
                "-O",
                "/dev/null",
                "--no-config",
                "-e",
                "use_proxy=yes",
                "-e",
                f"http_proxy={proxy}",
            ]
            urls = [*MOVED, LOST]
            _run(*common, "--warc-cdx", "--warc-file=wget", *urls, folder=folder, codes={0, 8})
            _run(*common, "--warc-dedup=wget.cdx", "--warc-file=again", *PAGES, folder=folder, codes={0, 8})
            contents = [Path(folder, f"{name}.warc.gz").read_bytes() for name in ("wget", "again")]
    yield "wget.warc.gz", made_by, contents[0], first
    yield "wget-dedup.warc.gz", made_by, contents[1], later


def _warcit():
    """Return an archive of files as resources, with a folder as the revisit of its index page."""

    def outcome_of(kind, url):
        secure = url and url.replace("https:", "http:").removesuffix("/index.html")
        if kind == "resource" and secure in PAGES:
            return "record", PAGES[secure], None, "html"
        return "revisit" if kind == "revisit" else None

    content = None
    made_by = "warcit 0.4.0"
    if shutil.which("warcit"):
        made_by = _run("warcit", "--version").strip()
        with tempfile.TemporaryDirectory() as folder:
            for path, stem in {"990000012": "dataset", "990000030/index.html": "short"}.items():
                file = Path(folder, "site", "details", path)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(page(stem))
            as_html = ["--mime-overrides", "*=text/html"]
            _run("warcit", "-q", "-n", "warcit", *as_html, "https://www.altmetric.com/", "site", folder=folder)
            content = Path(folder, "warcit.warc.gz").read_bytes()
    return "warcit.warc.gz", made_by, content, outcome_of


def _warcio():
    """Return an archive with every type of record that can have a page."""
    buffer = io.BytesIO()
    writer = WARCWriter(buffer, gzip=True, warc_version="1.1")
    numbers = iter(range(1, 99))

    def write(url, kind, content=b"", **options):
        headers = {"WARC-Record-ID": f"<{urn(next(numbers))}>", "WARC-Date": AT} | options.pop("headers", {})
        payload = {"payload": io.BytesIO(content), "length": len(content)}
        writer.write_record(writer.create_warc_record(url, kind, warc_headers_dict=headers, **payload, **options))

    short, dataset = PAGES
    ok = StatusAndHeaders("200 OK", [("Content-Type", "text/html; charset=utf-8")], protocol="HTTP/1.1")
    gone = StatusAndHeaders("410 Gone", [("Content-Type", "text/html")], protocol="HTTP/1.1")
    request = StatusAndHeaders("GET / HTTP/1.1", [("Host", "www.altmetric.com")], is_http_request=True)
    write(short, "request", http_headers=request)
    write(short, "response", page("short"), http_headers=ok)
    write(ROBOTS, "response", b"User-agent: *\n", http_headers=ok)
    write(LOST, "response", b"", http_headers=gone)
    write(dataset, "resource", page("dataset"), warc_content_type="text/html")
    write(f"urn:screenshot:{dataset}", "resource", b"\x89PNG", warc_content_type="image/png")
    same = {"WARC-Refers-To-Target-URI": short, "WARC-Refers-To-Date": AT}
    profile = {"WARC-Profile": "http://netpreserve.org/warc/1.0/revisit/server-not-modified"}
    write(short, "revisit", http_headers=ok, headers=same | profile)

    def outcome_of(kind, url):
        if kind in {"response", "resource"} and url in PAGES:
            return "record", PAGES[url], 200 if kind == "response" else None, "html"
        return "revisit" if kind == "revisit" else "http_error" if (kind, url) == ("response", LOST) else None

    return "warcio.warc.gz", f"warcio {version('warcio')}", buffer.getvalue(), outcome_of


def _recompressed():
    """Return the archive of warcio, recompressed by FastWARC."""
    _, _, content, outcome_of = _warcio()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "in.warc.gz").write_bytes(content)
        for name in ("out.warc", "out.warc.zst"):
            _run("fastwarc", "recompress", "-q", "in.warc.gz", name, folder=folder)
        plain, packed_again = (Path(folder, name).read_bytes() for name in ("out.warc", "out.warc.zst"))
    name = "fastwarc.warc.zst"
    return name, f"FastWARC {version('fastwarc')}", packed_again, _lines(name, plain, outcome_of)


def _common_crawl():
    """Return texts of pages in the layout of Common Crawl's WET files."""
    facts = b"Software-Info: by hand\r\nisPartOf: CC-MAIN-2026-01\r\npublisher: nobody\r\n\r\n"
    info = record(1, facts, kind="warcinfo", version="1.0", url=None, WARC_Filename="commoncrawl.warc.wet.gz")
    texts = {"https://example.org/": b"Example\nAnother page\n"} | {
        url: _text(stem) for url, stem in WITH_SCORE_IN_TEXT.items()
    }
    conversions = [
        record(
            number,
            text,
            kind="conversion",
            version="1.0",
            url=url,
            Content_Type="text/plain",
            WARC_Refers_To=f"<{urn(number + 100)}>",
            WARC_Identified_Content_Language="eng",
            WARC_Block_Digest=sha1(text),
        )
        for number, (url, text) in enumerate(texts.items(), 2)
    ]

    def outcome_of(_kind, url):
        return ("record", WITH_SCORE_IN_TEXT[url], None, "text") if url in WITH_SCORE_IN_TEXT else None

    return "commoncrawl.warc.wet.gz", "by hand, after Common Crawl's WET files", packed(info, *conversions), outcome_of


_UNSEEN = {"script", "style", "svg"}
_BLOCKS = {
    "title",
    "h1",
    "h2",
    "p",
    "div",
    "dl",
    "dt",
    "dd",
    "ul",
    "li",
    "table",
    "tr",
    "th",
    "td",
    "body",
    "nav",
    "footer",
}


def _text(stem):
    """Return the text of a page: one line for each block, without empty lines."""
    pieces = []
    _collect(html.fromstring(page(stem)), pieces)
    lines = (re.sub(r"\s+", " ", line).strip() for line in "".join(pieces).split("\0"))
    return "".join(f"{line}\n" for line in lines if line).encode()


def _collect(element, pieces):
    if element.tag in _UNSEEN or not isinstance(element.tag, str):
        return
    border = "\0" if element.tag in _BLOCKS else ""
    pieces += [border, element.text or ""]
    for child in element:
        _collect(child, pieces)
        pieces.append(child.tail or "")
    pieces.append(border)


def _run(*command, folder=None, codes=frozenset({0})):
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode not in codes:
        raise RuntimeError(f"{command[0]} ended with {done.returncode}: {done.stderr}")
    return done.stdout
