"""Archives for folders of parts."""

from pathlib import Path

from tests.warc.warcs import PAGE, http, packed, record

__all__ = ["PAGES", "archive"]

PAGES = 3


def archive(number, words=b"", pages=PAGES, folder="in"):
    """Write an archive of pages that are in no other archive."""
    path = Path(folder, f"{number:02}.warc.gz")
    path.parent.mkdir(exist_ok=True)
    urls = [f"https://www.altmetric.com/details/99{number:04}{page:03}" for page in range(pages)]
    path.write_bytes(
        packed(*(record(at, http(PAGE + b"<!-- " + words + b" -->"), url=url) for at, url in enumerate(urls)))
    )
    return path
