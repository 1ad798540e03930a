"""The API of the replica: an answer for each invented output, by any of its identifiers."""

import gzip
import json
import re
import traceback
import zlib
from contextlib import suppress
from functools import cache
from pathlib import Path
from urllib.parse import parse_qs, quote, unquote

from tests.support.answers import Answer

JSON = "application/json; charset=utf-8"
TEXT = "text/plain; charset=utf-8"
NO_KEY = b"You must supply an API key in a parameter named 'key'. Ask for one first."
NO_LICENCE = b"You must have a commercial license key to use this call."
KEY = "k3y-of-a-test+0123/456789=abcdef"
"""A key for tests."""
FIRST_ID = 990_100_000
_CALL = re.compile(r"/v1/(?P<type>id|doi|pmid|arxiv|isbn|handle|nct_id)/(?P<id>.+)")
OUTPUTS = 10_000


def identifiers_of(number):
    """Return the identifiers of an invented output by the type in an address; they are numbered from 0."""
    body = f"97899{number:07d}"
    check = -sum(int(digit) * (3 if index % 2 else 1) for index, digit in enumerate(body)) % 10
    return {
        "doi": f"10.5555/replica.{number}",
        "id": str(FIRST_ID + number),
        "pmid": str(99_000_000 + number),
        "arxiv": f"2101.{number:05d}",
        "isbn": f"{body}{check}",
        "handle": f"20.500.99999/replica.{number}",
        "nct_id": f"NCT9{number:07d}",
    }


def counts(number):
    """Return the counts of an invented output, as the API writes them, with an oddity of its own."""
    ids = identifiers_of(number)
    answer = {
        "title": f"The number {number} and what was said about it.",
        "doi": ids["doi"],
        "pmid": ids["pmid"],
        "arxiv_id": ids["arxiv"],
        "isbns": [ids["isbn"]],
        "handles": [ids["handle"]],
        "nct_id": ids["nct_id"],
        "altmetric_id": int(ids["id"]),
        "type": "article",
        "journal": "Journal of the Replica",
        "published_on": 1_388_534_400,
        "last_updated": 1_400_000_000 + number,
        "cited_by_msm_count": number % 4 + 1,
        "cited_by_tweeters_count": 3 * number + 1,
        "cited_by_accounts_count": number % 4 + 3 * number + 2,
        "cited_by_posts_count": 5 * number + 5,
        "score": number + 0.5,
        "history": {"1d": 0, "1w": 0.25, "at": number + 0.5},
        "readers": {"citeulike": "0", "mendeley": str(number), "connotea": "0"},
        "readers_count": number,
        "details_url": f"https://www.altmetric.com/details.php?citation_id={ids['id']}",
        "images": {"small": f"https://badges.altmetric.com/?size=64&score={number + 1}&types=mmtttttt"},
    }
    return answer | _ODDITIES[number % len(_ODDITIES)]


_ODDITIES = (
    {},
    {"context": None},
    {"context": []},
    {"cohorts": [], "authors": [], "isbns": []},
    {"title": " A <i>title</i>\n with markup. ", "last_updated": "1400000000"},
    {"readers": {"mendeley": 7, "citeulike": -1}},
    {"context": {"all": {"count": 9_370_416, "mean": 10, "rank": 1, "pct": 99, "higher_than": 9_374_411}}},
)


def answer(path, *, zipped):
    """Return the response to a GET request for a path with its query; None if it is not of the API."""
    bare, _, query = path.partition("?")
    if not bare.startswith("/v1/"):
        return None
    if not parse_qs(query).get("key"):
        return Answer(401, (("Content-Type", TEXT),), NO_KEY)
    if bare.startswith("/v1/fetch/"):
        return Answer(403, (("Content-Type", TEXT),), NO_LICENCE)
    match = _CALL.fullmatch(bare)
    number = _number_of(match["type"], unquote(match["id"])) if match else None
    if number is None:
        return Answer(404, (("Content-Type", TEXT),), b"Not Found")
    return json_answer(counts(number), zipped=zipped)


def json_answer(content, *, zipped=False, status=200, headers=()):
    """Return a response with JSON."""
    body = json.dumps(content).encode()
    coding = (("Content-Encoding", "gzip"),) if zipped else ()
    return Answer(status, (("Content-Type", JSON), *coding, *headers), gzip.compress(body, mtime=0) if zipped else body)


@cache
def _numbers():
    return {(kind, value): number for number in range(OUTPUTS) for kind, value in identifiers_of(number).items()}


def _number_of(kind, value):
    return _numbers().get((kind, value))


def key_in(path):
    """Return the key of a request; empty if it has none."""
    return parse_qs(path.partition("?")[2]).get("key", [""])[0]


def encoded(key):
    """Return a key in the forms in which a server can repeat it."""
    return [
        key,
        quote(key, safe=""),
        "".join(f"%{ord(character):02x}" for character in key),
        "".join(f"%25{ord(character):02X}" for character in key),
        "".join(f"\\u{ord(character):04x}" for character in key),
        "".join(f"&#{ord(character)};" for character in key),
    ]


def holds_key(content, key=KEY):
    """Whether bytes hold a key in any of these forms, plain or compressed by gzip, once or twice."""
    lowered = content.lower()
    if any(form.lower().encode() in lowered for form in encoded(key)):
        return True
    return any(map(holds_key, _unpacked(content)))


def files_with_key(folder):
    """Return the names of the files in a folder that hold the key."""
    return [path.name for path in Path(folder).rglob("*") if path.is_file() and holds_key(path.read_bytes())]


def _unpacked(content):
    """Yield the content of each gzip member in bytes, as far as it can be decompressed."""
    start = -1
    while (start := content.find(b"\x1f\x8b\x08", start + 1)) >= 0:
        inflater = zlib.decompressobj(wbits=31)
        pieces = bytearray()
        with suppress(zlib.error):
            for position in range(start, len(content), 1024):
                pieces += inflater.decompress(content[position : position + 1024])
                if inflater.eof:
                    break
        yield bytes(pieces)


def shown_with_variables(error):
    """The traceback of an error and of its causes, with the variables of each frame that is not of a test."""
    text, seen = "", set()
    while error and id(error) not in seen:
        seen.add(id(error))
        shown = traceback.TracebackException.from_exception(error, capture_locals=True)
        frames = [frame for frame in shown.stack if "/tests/" not in frame.filename]
        text += "".join([*traceback.StackSummary.from_list(frames).format(), *shown.format_exception_only()])
        error = error.__cause__ or error.__context__
    return text
