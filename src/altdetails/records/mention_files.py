"""Read single mentions from JSONL (plain, gzip or Zstandard), Parquet and run folders, one at a time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias, cast, overload

from altdetails._arguments import check, check_functions
from altdetails._files import path_list
from altdetails.errors import InputError
from altdetails.mention import MENTION_SCHEMA_VERSION, Mention, MentionPage, mention_line
from altdetails.records.files import is_mention, is_record, refuse_damaged, refuse_newer, what_is_wrong
from altdetails.records.typed_lines import LineKind, LineSource, NotOfThisKindError, find_file, read_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from altdetails.records.files import PathOrPaths
    from altdetails.records.typed_lines import DamagedLine

    MentionsOrPaths: TypeAlias = PathOrPaths | Iterable["Mention | MentionPage"]

__all__ = ["MENTIONS", "MentionLine", "MentionSource", "mentions_of_runs", "mentions_with_runs", "read_mentions"]

MENTIONS = "mentions.jsonl"
"""The file of a run folder with the mentions of its outputs."""


class MentionLine(NamedTuple):
    """A mention, or a page of a tab, with its position in a file."""

    file: str
    """The path, or `<stdin>`."""
    number: int
    """The number of the line, or of the row of a Parquet file, from 1."""
    raw: bytes
    """The line without its line break; for a row, the same as JSON."""
    item: Mention | MentionPage


class MentionSource(LineSource[MentionLine]):
    """Mentions to read: from files, or as objects. Arguments and errors are those of `LineSource`."""

    _EXPECTED = "a path (str or os.PathLike), an iterable of paths, or an iterable of Mentions"
    _TYPES = (Mention, MentionPage)
    _ITEM = "a Mention"

    def _files_of(self, paths: list[str]) -> list[str]:
        return [*map(_find_file, paths)]

    def _read(self, files: list[str], damaged: Callable[[DamagedLine], object]) -> Iterator[MentionLine]:
        for path in files:
            yield from read_file(path, _LINES, damaged)

    def _line(self, item: object, number: int) -> MentionLine:
        line = cast("Mention | MentionPage", item)
        return MentionLine("<mentions>", number, line.to_json(), line)


@overload
def read_mentions(
    paths: PathOrPaths, *, pages: Literal[False] = False, damaged: Callable[[DamagedLine], object] = refuse_damaged
) -> Iterator[Mention]: ...
@overload
def read_mentions(
    paths: PathOrPaths, *, pages: Literal[True], damaged: Callable[[DamagedLine], object] = refuse_damaged
) -> Iterator[Mention | MentionPage]: ...
def read_mentions(
    paths: PathOrPaths, *, pages: bool = False, damaged: Callable[[DamagedLine], object] = refuse_damaged
) -> Iterator[Mention] | Iterator[Mention | MentionPage]:
    """Read single mentions from files, one at a time, in the order of the lines.

    Examples:
        >>> for mention in read_mentions("mentions.jsonl"):
        ...     print(mention.doi, mention.source, mention.outlet, mention.published_at)
        10.5555/lhs.2023.0417 news The Harbour Gazette 2023-11-19T06:30:00Z
        10.5555/lhs.2023.0417 policy Coastal Office 2023-11-02

    A mention that was read several times, for instance in each refresh of a run, has several lines: `mention_key` is
    the same.

    Args:
        paths: one or more paths: JSONL (plain, gzip or Zstandard), Parquet, run folders, or `-` for standard input.
        pages: whether the lines about the pages of tabs are yielded too, as `MentionPage`.
        damaged: called for every line that is neither. Without it, such a line raises an error.

    Raises:
        TypeError: if the paths are of another type.
        InputError: if there is no path, a path has no mentions, or a line is not a valid mention.
    """
    check_functions(damaged=damaged)
    check(pages, bool, "True or False as pages")
    sources = path_list(paths)
    if not sources:
        raise InputError("no path was given; give files of mentions or run folders")
    lines = MentionSource(sources).lines(damaged=damaged)
    if pages:
        return (line.item for line in lines)
    return (line.item for line in lines if isinstance(line.item, Mention))


def mentions_of_runs(folders: Iterable[str]) -> list[str]:
    """Return the files of mentions of run folders, if there are any."""
    files = (Path(folder, MENTIONS) for folder in dict.fromkeys(folders))
    return [str(file) for file in files if file.is_file()]


def mentions_with_runs(given: MentionSource, folders: Iterable[str]) -> MentionSource:
    """Return the mentions of paths, with those of run folders; mentions that are objects, as they are."""
    if given.is_given and not given.files:
        return given
    return MentionSource(dict.fromkeys([*given.files, *mentions_of_runs(folders)]).keys())


def _find_file(path: str) -> str:
    return find_file(
        path,
        MENTIONS,
        not_there=f"{{0}} has no {MENTIONS}: scrape it with `altdetails scrape -o {{0}} --mentions news`, or give "
        "files of mentions",
        advice="give mentions that `altdetails parse --mentions` wrote, or a run",
    )


def _read(name: str, number: int, raw: bytes, is_ended: bool) -> MentionLine:  # noqa: FBT001 -- of LineKind.read
    try:
        item = mention_line(raw)
    except InputError as error:
        if is_record(raw):
            reason = "this is a record, not a mention; give records as RECORDS, not with --mentions"
            raise NotOfThisKindError(reason) from error
        refuse_newer(raw, MENTION_SCHEMA_VERSION)
        problem = what_is_wrong(error.__cause__, is_ended=is_ended)
        advice = "make it again with `altdetails parse --mentions`"
        raise NotOfThisKindError(f"this is not a mention: {problem}; {advice}") from error
    if item.schema_version > MENTION_SCHEMA_VERSION:
        refuse_newer(raw, MENTION_SCHEMA_VERSION)
    return MentionLine(name, number, raw, item)


_LINES = LineKind(
    item="mention",
    file="a file of mentions",
    writer="`altdetails parse --mentions`",
    columns=frozenset({"schema_version", "kind", "tab"}),
    read=_read,
    is_similar=is_mention,
)
