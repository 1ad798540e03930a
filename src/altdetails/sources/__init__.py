"""Files, folders, patterns, archives and standard input → documents, one at a time.

    for item in documents_in(["pages", "more.zip", "2024-*.html.gz"]):
        match item:
            case Document(): ...      # content of one page
            case Unreadable(): ...    # a file or member without a document, and why

Nothing is unpacked to disk, only the document in hand is kept in memory, and a file that cannot be read does not stop
the rest.
"""

from altdetails.sources.paths import Source, documents_in, documents_of, find

__all__ = ["Source", "documents_in", "documents_of", "find"]
