"""What the names of files tell: a page, an archive, a part of a page saved by a browser, or nothing of ours."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "ARCHIVE_ENDINGS",
    "PAGE_ENDINGS",
    "WARC_ENDINGS",
    "belongs_to_saved_page",
    "is_archive",
    "is_hidden",
    "is_page",
    "is_warc",
    "page_stems",
    "printable",
]

_PLAIN_ENDINGS = (".html", ".htm", ".xhtml", ".mhtml", ".mht", ".txt", ".md")
PAGE_ENDINGS = (*_PLAIN_ENDINGS, *(f"{ending}.gz" for ending in _PLAIN_ENDINGS))
WARC_ENDINGS = (".warc", ".warc.gz", ".warc.zst", ".wet", ".wet.gz", ".wet.zst")
ARCHIVE_ENDINGS = (*WARC_ENDINGS, ".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
_PARTS_FOLDER = "_files"
_BESIDE_PAGES = ("readme.", "dois.")


def is_page(name: str) -> bool:
    """Whether a file is a page by its ending; a README or a list of DOIs that lies beside pages is none."""
    lowered = name.lower()
    return lowered.endswith(PAGE_ENDINGS) and not lowered.rpartition("/")[2].startswith(_BESIDE_PAGES)


def is_archive(name: str) -> bool:
    """Whether a file is an archive by its ending."""
    return name.lower().endswith(ARCHIVE_ENDINGS)


def is_warc(name: str) -> bool:
    """Whether a file is an archive of captured pages by its ending."""
    return name.lower().endswith(WARC_ENDINGS)


def is_hidden(name: str) -> bool:
    """Whether a path has a part that begins with a dot."""
    return any(part.startswith(".") and part not in {".", ".."} for part in name.split("/"))


def page_stems(names: Iterable[str]) -> set[str]:
    """The names of pages without their endings."""
    return {name[: -len(_ending(name))] for name in names if is_page(name)}


def belongs_to_saved_page(name: str, stems: set[str]) -> bool:
    """Whether a path is or lies in `X_files`, where a browser puts the parts of the page `X` (frames, scripts).

    Args:
        name: path of a file or folder, with `/` between its parts.
        stems: the `page_stems` of the paths beside it.
    """
    if _PARTS_FOLDER not in name:
        return False
    path = PurePosixPath(name)
    return any(
        str(folder).removesuffix(_PARTS_FOLDER) in stems
        for folder in (path, *path.parents)
        if folder.name.endswith(_PARTS_FOLDER)
    )


def printable(name: str) -> str:
    """A file's name as UTF-8 can hold it: bytes of other encodings become question marks."""
    return name.encode("utf-8", "replace").decode("utf-8")


def _ending(name: str) -> str:
    return max((ending for ending in PAGE_ENDINGS if name.lower().endswith(ending)), key=len)
