"""Read documents from files, folders, patterns, archives and standard input, one at a time.

    for item in documents_in(["pages", "more.zip", "2024-*.html.gz"]):
        match item:
            case Document(): ...      # content of one page
            case Unreadable(): ...    # a file or member that cannot be read, with the reason

Nothing is unpacked to disk, and only the current document is in memory. A file that cannot be read does not stop the
rest.
"""

from altdetails.sources.paths import Source, documents_in, documents_of, find

__all__ = ["Source", "documents_in", "documents_of", "find"]
