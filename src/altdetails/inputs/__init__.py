"""Files, folders, patterns, archives and standard input → documents, one at a time.

    for item in documents(["pages", "more.zip", "2024-*.html.gz"]):
        match item:
            case Document(): ...      # content of one page
            case Unreadable(): ...    # a file or member that gave none, and why

Nothing is unpacked to disk, nothing is kept in memory but the document in hand, and no trouble with one file stops
the rest. `spans` divides a web archive among processes, and `read` takes a span as it takes a source. `parse_file` in
`altdetails.inputs.parsing` goes one step further, from one file to one record.
"""

from altdetails.documents import Document, Unreadable
from altdetails.inputs.find import Source, documents, find, read
from altdetails.inputs.spans import Span, spans

__all__ = ["Document", "Source", "Span", "Unreadable", "documents", "find", "read", "spans"]
