"""Documents and files → records, or why there are none."""

from __future__ import annotations

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

    from altdetails.record import Record

__all__ = ["Item", "batches", "parse_document", "parse_file", "results_of"]

_AT_ONCE = 32
"""As many documents as are best read and parsed at once."""

_Page: TypeAlias = Document | Unreadable


_BATCH_BYTES = 4 * 2**20

Item: TypeAlias = Source | Span | Document | Unreadable
_Some = TypeVar("_Some", bound=Item)


def batches(items: Iterable[_Some], *, size: int) -> Iterator[list[_Some]]:
    """Items by the `size`, or fewer if they hold more than 4 MiB of content; a stretch of an archive holds as much.

    Each batch is given as soon as it is full.
    """
    batch: list[_Some] = []
    held = 0
    for item in items:
        batch.append(item)
        held += _content(item)
        if len(batch) == size or held >= _BATCH_BYTES:
            yield batch
            batch, held = [], 0
    if batch:
        yield batch


def _content(item: Item) -> int:
    if isinstance(item, Span):
        return _BATCH_BYTES
    return len(item.content) if isinstance(item, Document) else 0


def results_of(items: Iterable[_Page]) -> Iterator[list[tuple[_Page, Record | Failure]]]:
    """Documents, each with its record or why there is none, in their order and some at a time.

    Some are read, and all of them go through one step before the first goes through the next: what a step needs stays
    in the processor's caches, which saves a tenth of the time (`make bench`). Nothing is raised: a page on which
    altdetails itself fails is a `Failure`, too.
    """
    for some in batches(items, size=_AT_ONCE):
        made: list[Any] = [_failed(item) if isinstance(item, Unreadable) else item for item in some]
        for step in _steps():
            made = [_tried(step, each, item.name) for each, item in zip(made, some, strict=True)]
        yield [*zip(some, made, strict=True)]


def _failed(item: Unreadable) -> Failure:
    return Failure(item.name, item.kind, item.reason)


def _tried(step: Callable[[Any], object], made: object, name: str) -> object:
    """What a step makes of what the one before has made; a failure stays one."""
    if isinstance(made, Failure):
        return made
    try:
        return step(made)
    except PageError as error:
        return Failure(name, str(error.kind), error.reason)
    except Exception as error:  # noqa: BLE001 -- one page must not stop the rest
        words = f"{type(error).__name__}: {error}"
        return Failure(name, "error", f"{words}; a fault of altdetails: please report it")


def parse_document(document: Document) -> Record:
    """The record of a document, with where it came from in its provenance: the document's name, or its capture.

    Raises:
        PageError: where the document is no details page, or no text.
    """
    made: Any = document
    for step in _steps():
        made = step(made)
    return cast("Record", made)


def parse_file(path: str | os.PathLike[str], *, url_filter: str | None = None) -> Record:
    """The record of the one page that a path leads to: HTML, text or MHTML, each also gzipped; `-` is standard input.

        >>> record = parse_file("saved-page.html")
        >>> record.doi, record.score
        ('10.5555/lhs.2023.0417', 641)

    An archive with one page will do, too.

    Args:
        path: the file.
        url_filter: a regular expression; of a WARC archive the page is read whose address it is found in, instead of
            that of a details page.

    Raises:
        TypeError: if the path or the regular expression is of another type.
        InputError: if the file is missing, damaged or too large, or holds more pages than one (folder, archive); or
            if the regular expression is wrong.
        PageError: if its content is not a details page, or not text.
    """
    name = path_text(path, "a path (str or os.PathLike)")
    check_optional_text(url_filter=url_filter)
    wanted(url_filter)
    match list(islice(documents_in([name], url_filter=url_filter), 2)):
        case []:
            raise InputError(f"{name}: {NO_PAGE}")
        case [Unreadable() as unreadable, *_]:
            raise unreadable.error
        case [Document() as document]:
            return parse_document(document)
    raise InputError(f"{name}: holds more than one page; altdetails.parse_files reads them all")


def _steps() -> tuple[Callable[[Any], Any], ...]:
    from altdetails.parsing.steps import STEPS  # noqa: PLC0415 -- a process that only hands pages on loads no parser

    return STEPS
