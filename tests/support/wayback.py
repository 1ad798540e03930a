"""A replica of the Wayback Machine's dialect: its index with resume keys, and its replays, for web.archive.org."""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import parse_qs, urlsplit

from tests.support.answers import HTML, Answer
from tests.support.replica import Replica

PLAIN = "text/plain"
_REPLAY = re.compile(r"/web/([0-9]{14})id_/(.+)", re.DOTALL)


@dataclass(frozen=True)
class Kept:
    """A capture in the archive."""

    url: str
    timestamp: str
    body: bytes = b""
    status: int = 200
    headers: tuple = ()
    listed: str | None = None
    """The status in the index, if it is another one."""
    digest: str | None = None

    @property
    def urlkey(self):
        parts = urlsplit(self.url)
        host = ",".join(reversed(parts.hostname.removeprefix("www.").split(".")))
        return f"{host}){parts.path}{'?' + parts.query if parts.query else ''}".lower()

    @property
    def row(self):
        digest = self.digest or f"D{hash((self.body, self.status)) & 0xFFFFFFFF:08X}"
        status = self.listed or str(self.status)
        return [self.urlkey, self.timestamp, self.url, "text/html", status, digest, str(len(self.body))]


class WaybackSite:
    """What the archive answers."""

    def __init__(self):
        self.robots = Answer(404, (("Content-Type", HTML),), b"<h1>404</h1>")
        self.kept = []
        self.most = 10_000
        """The most rows of an answer."""
        self.replays = {}
        """Other answers to replays, by their addresses."""
        self.indexes = []
        """Other answers of the index, the first one first."""

    def answer(self, path, *, zipped):  # noqa: ARG002 -- as the site of details pages
        if path == "/robots.txt":
            return self.robots
        if path.startswith("/cdx/search/cdx?"):
            return (
                self.indexes.pop(0)
                if self.indexes
                else self.index({k: v[0] for k, v in parse_qs(path.partition("?")[2]).items()})
            )
        if match := _REPLAY.fullmatch(path):
            return self.replays.get(path) or self.replay(match[1], match[2])
        return Answer(404, (("Content-Type", HTML),), b"<h1>404</h1>")

    def index(self, fields):
        """Answer as CDXServer does: rows by urlkey and time, a key after the limit that names the next second."""
        names = fields["fl"].split(",")
        key = Kept(f"http://{fields['url']}", "").urlkey
        matches = (lambda found: found.startswith(key)) if fields["matchType"] == "prefix" else key.__eq__
        rows = sorted(capture.row for capture in self.kept if matches(capture.urlkey))
        rows = [row for row in rows if fields.get("from", "0") <= row[1] <= fields.get("to", "9")]
        start = fields.get("resumeKey", "")
        rows = [row for row in rows if f"{row[0]} {row[1]}" >= start]
        limit = min(int(fields["limit"]), self.most)
        lines = [names, *rows[:limit]] if rows else []
        if fields.get("showResumeKey") and len(rows) > limit:
            last = rows[limit - 1]
            lines += [[], [f"{last[0]} {int(last[1]) + 1}"]]
        return json_answer(lines)

    def replay(self, timestamp, url):
        of_url = [capture for capture in self.kept if capture.url == url]
        for capture in of_url:
            if capture.timestamp == timestamp:
                return replayed(capture)
        if of_url:
            nearest = of_url[0]
            return Answer(
                302,
                (
                    ("Location", f"/web/{nearest.timestamp}id_/{nearest.url}"),
                    ("X-Archive-Redirect-Reason", f"found capture at {nearest.timestamp}"),
                ),
            )
        return Answer(404, (("Content-Type", HTML),), b"<p>The Wayback Machine has not archived that URL.</p>")


def replayed(capture, **changes):
    """The replay of a capture."""
    moment = datetime.strptime(capture.timestamp, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    headers = {name.lower(): value for name, value in capture.headers}
    location = headers.pop("location", None)
    own = {
        "Content-Type": headers.pop("content-type", HTML),
        "Memento-Datetime": format_datetime(moment, usegmt=True),
        "Link": f'<{capture.url}>; rel="original", <https://web.archive.org/web/{capture.url}>; rel="timegate"',
        "X-Archive-Orig-Date": "Mon, 01 Jan 2001 00:00:00 GMT",
        "X-Archive-Orig-Server": "altmetric",
        "X-Archive-Orig-Content-Type": HTML,
    } | changes
    own |= {f"X-Archive-Orig-{name}": value for name, value in headers.items() if name != "content-encoding"}
    if "content-encoding" in headers:
        own["Content-Encoding"] = headers["content-encoding"]
    if location:
        own["Location"] = f"/web/{capture.timestamp}id_/{location}"
    fields = ((name, value) for name, value in own.items() if value is not None)
    return Answer(capture.status, tuple(fields), capture.body)


def json_answer(lines):
    return Answer(200, (("Content-Type", "application/json"),), json.dumps(lines).encode())


class Wayback(Replica):
    """A replica with TLS that answers as web.archive.org."""

    def __init__(self):
        super().__init__(tls=True)
        self.site = self._site = WaybackSite()

    def keep(self, url, timestamp, body=b"", **fields):
        self.site.kept.append(Kept(url, timestamp, body, **fields))

    @property
    def asked(self):
        """The paths that were asked for, without robots.txt."""
        return [request.path for request in self.requests if request.path != "/robots.txt"]

    @property
    def pages(self):
        """The replays that were asked for."""
        return [path.removeprefix("/web/") for path in self.asked if path.startswith("/web/")]
