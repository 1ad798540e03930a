"""The JSON of an API answer → its values; what an answer without a record is."""

from __future__ import annotations

import json
import math
import re
from typing import Any, Literal, NamedTuple, TypeAlias

import msgspec

from altdetails._arguments import strip_controls
from altdetails._magic import without_mark
from altdetails.answers.typed import typed_counts
from altdetails.errors import NotADetailsPage, UndecodablePage

__all__ = [
    "API_ERROR",
    "NO_RECORD",
    "Answer",
    "Shape",
    "decode",
    "is_answer",
    "is_refusal",
    "loads",
    "looks_like_answers",
    "looks_like_json",
    "reason_of_text",
    "shape_of",
    "unwrapped",
]

Shape: TypeAlias = Literal["counts", "typed counts", "fetch"]

API_ERROR, NO_RECORD = "api_error", "no_record"
"""The kinds of answers that have no record."""

MAX_BYTES = 32 * 2**20
"""The longest answer. All posts of an output come in one answer, which can have several MB."""
_MAX_BOXES = 500_000
"""The most lists and objects of an answer, without its posts."""
_MAX_DIGITS = 400
_MAX_SHOWN = 200

_SECTIONS = ("citation", "counts", "altmetric_score", "demographics", "posts")
_ID = b"altmetric_id"
_LARGE = b'"posts"'

_POSTS = re.compile(rb'"posts"\s*:\s*')
_JSONP = re.compile(rb"\s*+(?:/\*\*/\s*+)?[A-Za-z_$][\w$.]{0,200}+\s*+\((?=\s*+[\[{])", re.ASCII)
_END_OF_JSONP = re.compile(rb"\)\s*;?\s*\Z")
_JSON = re.compile(rb"[\s\xef\xbb\xbf]*+(?:(?:\[\s*+)*+(?:\{\s*+[\"}]|\")|(?:\[\s*+)++\])")
_SPACE_AFTER_KEY = re.compile(rb'"[ \t\r\n]++:')
_TEXT_ALONE = re.compile(rb"[\s\xef\xbb\xbf]*+\"")
_BEFORE_JSON = frozenset({b"\xff", b"\xfe", b"\0"})
"""The first bytes of UTF-16 and UTF-32."""
_ERROR_TEXT = re.compile(
    rb"\s{0,100}(?:You must (?:supply an API key|have a commercial licen[cs]e)|Invalid API key)", re.IGNORECASE
)

_NOT_FOUND = b"Not Found"
_OWN_RECORD = re.compile(rb'[\s\[]*+\{\s*+"(?:schema_version|identifier|change|file)"')
"""The beginning of what altdetails writes: records, outcomes, changes, failures."""
_RESULTS_OR_ERRORS = re.compile(
    rb'\s*+\{\s*+"(?:query"\s*+:\s*+\{[^{}]{0,500}\}\s*+,\s*+"results|results|errors"\s*+:\s*+\[\s*+\{\s*+"(?:status|code))"'
)

_NO_RESULTS = "this answer of the API has no results: no output matches the request"
_MANY = "this is a list of {:,} answers: give its file to `altdetails parse`, which reads all of it"
_TRANSLATE = "this is an answer of `translate`, Altmetric ids without data: fetch these outputs"
_NO_SCORE = "this JSON has an Altmetric id but neither a score, counts nor a citation: fetch the output again"
_DAMAGED = "this is JSON that is damaged ({}): save or fetch the answer again"
_ERROR = "the API answered with an error{}: correct what it names, and fetch the output again"


class Answer(NamedTuple):
    """The values of one answer of the API."""

    shape: Shape
    """`counts`: one flat object · `typed counts`: the same, as `typed.Counts` · `fetch`: sections of an object."""
    values: Any
    repeated: list[str]
    """Keys that the answer has twice with different values. Their value is a list of these."""


def looks_like_json(content: bytes) -> bool:
    """Whether content begins like JSON or JSONP."""
    if content.startswith(b"<"):
        return False
    if content.startswith((b"{", b"[")):
        return _JSON.match(content, 0, 2**16) is not None
    start = unwrapped(content[: 2**16]) if content[:1] in _BEFORE_JSON else content
    return _JSON.match(start) is not None or _JSONP.match(start) is not None


def looks_like_answers(start: bytes) -> bool:
    """Whether a file of any name begins like an answer of the API, a list of them, or an answer without a record."""
    text = unwrapped(start)
    if _TEXT_ALONE.match(text):  # also the beginning of a program
        return False
    if not looks_like_json(text):
        return is_refusal(text) or (text.lstrip().startswith(_NOT_FOUND) and _ID in text)
    if _OWN_RECORD.match(text) or b'"schema_version"' in text:
        return False
    return _ID in text or _RESULTS_OR_ERRORS.match(text) is not None


def is_refusal(text: bytes) -> bool:
    """Whether text is what the API answers, without JSON, if it has no answer."""
    return text.strip() == _NOT_FOUND or _ERROR_TEXT.match(text) is not None


def unwrapped(content: bytes) -> bytes:
    """Return an answer in UTF-8 without mark, and without the function call of JSONP around it."""
    if content.startswith(b"{"):
        return content
    bare, encoding = without_mark(content)
    if encoding not in {None, "utf-8"}:
        bare = bare.decode(encoding or "utf-8", "replace").encode()
    if (call := _JSONP.match(bare)) and (end := _END_OF_JSONP.search(bare, max(call.end(), len(bare) - 200))):
        return bare[call.end() : end.start()]
    return bare


def loads(content: bytes) -> tuple[Any, list[str]]:
    """Return the value of JSON, and the keys that an object has twice. Two values that differ become a list.

    Raises:
        ValueError: if it is damaged, nested too deep, not UTF-8, or has too many lists and objects.
    """
    if content.count(b"{") + content.count(b"[") > _MAX_BOXES:
        raise ValueError(f"more than {_MAX_BOXES:,} lists and objects")
    try:
        value = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _loads_slowly(content)
    if _SPACE_AFTER_KEY.search(content) or content.count(b'":') != _count_keys(value):
        return _loads_slowly(content)
    return value, []


def _count_keys(value: Any) -> int:  # noqa: ANN401 -- any JSON
    count = 0
    boxes: list[Any] = [[value]]
    while boxes:
        box = boxes.pop()
        if type(box) is dict:
            count += len(box)
            box = box.values()
        for item in box:
            kind = type(item)
            if kind is dict or kind is list:
                boxes.append(item)
    return count


def _loads_slowly(content: bytes) -> tuple[Any, list[str]]:
    """Read JSON as Python and others write it too: with NaN, halves of characters, control characters."""
    repeated: list[str] = []

    def join(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        values = dict(pairs)
        if len(values) < len(pairs):
            for key, value in pairs:
                last = values[key]
                if value is not last and value != last and key not in repeated:
                    values[key] = [value, last]
                    repeated.append(key)
        return values

    try:
        text = content.decode()
        value = json.loads(text, object_pairs_hook=join, parse_int=_whole, strict=False)
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    return value, list(dict.fromkeys(repeated))


def _whole(digits: str) -> int | float:
    return int(digits) if len(digits) < _MAX_DIGITS else math.inf


def shape_of(value: Any) -> Shape | None:  # noqa: ANN401 -- any JSON
    """Return the shape of an answer with one record; None for anything else."""
    if type(value) is not dict or "schema_version" in value:
        return None
    has_id = "altmetric_id" in value
    sections = sum(isinstance(value.get(name), dict) for name in _SECTIONS)
    if "results" not in value and (sections > 1 or (has_id and any(name in value for name in _SECTIONS))):
        return "fetch"
    return "counts" if has_id and "score" in value else None


class _Head(msgspec.Struct):
    """The keys by which an answer is recognised, not decoded."""

    altmetric_id: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    score: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    citation: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    counts: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    altmetric_score: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    demographics: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    posts: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    results: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    schema_version: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


_HEAD = msgspec.json.Decoder(_Head)


def is_answer(content: bytes) -> bool:
    """Whether JSON, also as JSONP, is an answer with one record."""
    try:
        head = _HEAD.decode(unwrapped(content))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _ID in content and _is_answer_of_python(content)
    raw = ((name, getattr(head, name)) for name in _Head.__struct_fields__)
    return shape_of({name: {} if bytes(value)[:1] == b"{" else None for name, value in raw if value}) is not None


def _is_answer_of_python(content: bytes) -> bool:
    try:
        return shape_of(loads(unwrapped(content))[0]) is not None
    except ValueError:
        return False


def decode(content: bytes, other: str) -> Answer:
    """Decode an answer with one record.

    Args:
        content: the answer, as received.
        other: the reason for JSON that is not an answer.

    Raises:
        NotADetailsPage: if it has no record, or several.
        UndecodablePage: if it is too large, or built to exhaust a parser.
    """
    if len(content) > MAX_BYTES:
        reason = f"an answer of {len(content):,} bytes exceeds the limit of {MAX_BYTES:,}; fetch it without posts"
        raise UndecodablePage("undecodable", reason)
    bare = unwrapped(content)
    if (counts := typed_counts(bare)) is not None:
        return Answer("typed counts", counts, [])
    try:
        value, repeated = _decode_large(bare) if bare.find(_LARGE) >= 0 else loads(bare)
    except ValueError as error:
        raise NotADetailsPage("other", _DAMAGED.format(_shown(str(error)))) from None
    results = value.get("results") if type(value) is dict else value
    if type(results) is list and len(results) == 1:
        value = results[0]
    shape = shape_of(value)
    if shape is None:
        raise NotADetailsPage(*_without_record(value, other))
    return Answer(shape, value, repeated)


def _decode_large(content: bytes) -> tuple[Any, list[str]]:
    """Decode all of an answer but its posts, which no record has."""
    try:
        posts = bytes(msgspec.json.decode(content, type=dict[str, msgspec.Raw]).get("posts", b""))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return loads(content)
    for key in _POSTS.finditer(content):
        if posts and content.startswith(posts, key.end()):
            return loads(b"[]".join((content[: key.end()], content[key.end() + len(posts) :])))
    return loads(content)


def _without_record(value: Any, other: str) -> tuple[str, str]:  # noqa: ANN401 -- any JSON
    """Return the kind and the reason of JSON without a record."""
    results = value.get("results") if type(value) is dict else value
    if type(results) is list and any(map(shape_of, results)):
        return NO_RECORD, _MANY.format(len(results))
    if type(value) is not dict or "schema_version" in value:
        return "other", other
    if results == []:
        return NO_RECORD, _NO_RESULTS
    if "altmetric_id" in value:
        return NO_RECORD, _NO_SCORE
    if errors := value.get("errors") or value.get("error"):
        return API_ERROR, _ERROR.format(_words_of_error(errors))
    is_translation = all(type(number) is int for number in value.values()) and any("/" in key for key in value)
    return (NO_RECORD, _TRANSLATE) if is_translation else ("other", other)


def _words_of_error(errors: Any) -> str:  # noqa: ANN401 -- any JSON
    first = errors[0] if type(errors) is list and errors else errors
    if type(first) is dict:
        first = " ".join(str(first[key]) for key in ("status", "title", "detail") if type(first.get(key)) in {str, int})
    return f" ({_shown(first)})" if type(first) is str and first.strip() else ""


def _shown(text: str) -> str:
    plain = " ".join(strip_controls(text).split())
    return plain if len(plain) <= _MAX_SHOWN else f"{plain[: _MAX_SHOWN - 1]}…"


def reason_of_text(content: bytes) -> str | None:
    """Return the reason for the text with which the API refuses a request; None for other content."""
    if not _ERROR_TEXT.match(content):
        return None
    text = _shown(content[: 2 * _MAX_SHOWN].decode("utf-8", "replace"))
    return f"the API refused the request ({text}): fetch the output again, with a key that allows the request"
