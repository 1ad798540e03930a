"""Parse documents and files into records or failures."""

from __future__ import annotations

from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, cast

from altdetails._arguments import check_optional_text, path_text
from altdetails.documents import NO_PAGE, Document, Unreadable
from altdetails.errors import InputError, PageError
from altdetails.results import Failure
from altdetails.sources.paths import Source, documents_in
from altdetails.warc.members import Span
from altdetails.warc.reader import wanted

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Iterator
    from types import ModuleType

    from altdetails.mention import Mention, MentionPage
    from altdetails.record import Record

__all__ = [
    "BUG_ADVICE",
    "Item",
    "batches",
    "mentions_of",
    "only_document",
    "parse_document",
    "parse_file",
    "results_of",
]

_DOCUMENTS_PER_STEP = 32
"""The number of documents that go through one step before the next step begins. 32 is the fastest."""

BUG_ADVICE = "; this is a bug in altdetails: please report it"
"""The end of the reason of a failure of the kind `error`."""

_Page: TypeAlias = Document | Unreadable
_BATCH_BYTES = 4 * 2**20

Item: TypeAlias = Source | Span | Document | Unreadable
_ItemT = TypeVar("_ItemT", bound=Item)


def batches(items: Iterable[_ItemT], *, size: int) -> Iterator[list[_ItemT]]:
    """Group items into batches of `size`, each as soon as it is full.

    A batch is also full at 4 MiB of content. A span of an archive counts as 4 MiB.
    """
    batch: list[_ItemT] = []
    content_bytes = 0
    for item in items:
        batch.append(item)
        content_bytes += _content_bytes(item)
        if len(batch) == size or content_bytes >= _BATCH_BYTES:
            yield batch
            batch, content_bytes = [], 0
    if batch:
        yield batch


def _content_bytes(item: Item) -> int:
    if isinstance(item, Span):
        return _BATCH_BYTES
    return len(item.content) if isinstance(item, Document) else 0


def results_of(items: Iterable[_Page]) -> Iterator[list[tuple[_Page, Record | Failure]]]:
    """Parse documents in order. Yield a batch of documents at a time, each with its record or failure.

    All documents of a batch go through one step before the next step begins. So the code and data of a step stay in the
    processor's caches, which saves a tenth of the time (`make bench`). No error is raised: a page on which altdetails
    itself fails is a `Failure` too.
    """
    for batch in batches(items, size=_DOCUMENTS_PER_STEP):
        results: list[Any] = [_failure(item) if isinstance(item, Unreadable) else item for item in batch]
        for step in _steps().STEPS:
            results = [_run_step(step, result, item.name) for result, item in zip(results, batch, strict=True)]
        yield [*zip(batch, results, strict=True)]


def mentions_of(item: _Page, result: Record | Failure, *, people: bool) -> list[MentionPage | Mention] | Failure:
    """Return the mentions of a document that was parsed, each page of a tab before its mentions.

    Args:
        item: the document.
        result: its record or failure. The failure is returned if the document has no mentions either.
        people: whether to include people, as in `altdetails.mentions.read_tab`.
    """
    if isinstance(item, Unreadable):
        return cast("Failure", result)
    steps = _steps()
    if not isinstance(result, Failure):
        if result.provenance.format != "json" and _is_details_visit(item):
            return []
        return cast("list[MentionPage | Mention]", steps.mentions_of_record(item, result, people=people))
    if result.kind not in _KINDS_WITH_MENTIONS or _is_details_visit(item):
        return result
    step = partial(steps.mentions_of_page, people=people)
    mentions = cast("list[MentionPage | Mention] | Failure", _run_step(step, item, item.name))
    return result if isinstance(mentions, Failure) and result.kind != "tab" else mentions


def _is_details_visit(document: Document) -> bool:
    """Whether a run requested a details page, so that the document cannot be a page of a tab."""
    capture = document.capture
    return capture is not None and capture.requested is not None and capture.asked_tab is None


_KINDS_WITH_MENTIONS = frozenset({"tab", "fragment", "no_record"})
"""Kinds of content without a record that can have mentions: pages of tabs, tables of mentions."""


def _failure(item: Unreadable) -> Failure:
    return Failure(item.name, item.kind, item.reason)


def _run_step(step: Callable[[Any], object], previous: object, name: str) -> object:
    """Run a step on the result of the previous step. Return a failure unchanged."""
    if isinstance(previous, Failure):
        return previous
    try:
        return step(previous)
    except PageError as error:
        return Failure(name, str(error.kind), error.reason)
    except Exception as error:  # noqa: BLE001 -- one page must not stop the rest
        return Failure(name, "error", f"{type(error).__name__}: {error}{BUG_ADVICE}")


def parse_document(document: Document) -> Record:
    """Parse a document. The record's provenance has the name of the document, or the facts of its capture.

    Raises:
        PageError: if the document is not a details page, or not text.
    """
    result: Any = document
    for step in _steps().STEPS:
        result = step(result)
    return cast("Record", result)


def parse_file(path: str | os.PathLike[str], *, url_filter: str | None = None) -> Record:
    """Parse one page: HTML, text or MHTML, plain or gzip. The path `-` is standard input.

    Examples:
        >>> record = parse_file("saved-page.html")
        >>> record.doi, record.score
        ('10.5555/lhs.2023.0417', 641)

    The path can also be an archive with a single page.

    Args:
        path: the file.
        url_filter: a regular expression to search for in the addresses of a WARC archive. The page of the matching
            address is read instead of that of a details address.

    Raises:
        TypeError: if the path or the regular expression is of another type.
        InputError: if the file is missing, damaged or too large, if it is a folder or archive with more than one page,
            or if the regular expression is invalid.
        PageError: if its content is not a details page, or not text.
    """
    name = path_text(path, "a path (str or os.PathLike)")
    check_optional_text(url_filter=url_filter)
    wanted(url_filter)
    advice = "use altdetails.parse_files to read all of them"
    return parse_document(only_document(name, url_filter=url_filter, advice=advice))


def only_document(path: str, *, url_filter: str | None = None, advice: str) -> Document:
    """Return the document of a path that contains only one.

    Args:
        path: see `documents_in`.
        url_filter: see `documents_in`.
        advice: what to do if the path contains more than one document.

    Raises:
        InputError: if it contains none or more than one, or the first one cannot be read.
    """
    match list(islice(documents_in([path], url_filter=url_filter), 2)):
        case []:
            raise InputError(f"{path}: {NO_PAGE}")
        case [Unreadable() as unreadable, *_]:
            raise unreadable.error
        case [Document() as document]:
            return document
    raise InputError(f"{path}: contains more than one page; {advice}")


def _steps() -> ModuleType:
    from altdetails.parsing import steps  # noqa: PLC0415 -- a process that only distributes pages does not need the parser

    return steps
