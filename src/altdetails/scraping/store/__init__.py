"""The run folder. A scrape can be interrupted at any time: no page is lost, stored twice or fetched again.

    with RunFolder.open(path, site="https://www.altmetric.com", software="altdetails/0.1.0", reparse=lines) as run:
        run.listing.add(ListedIdentifier(identifier) for identifier in identifiers)
        for identifier in run.listing.pending():
            run.commit(*visit(identifier))

    RUN/pages.warc.gz    every response as received
    RUN/records.jsonl    one record for each details page
    RUN/failures.jsonl   one line for each identifier without a record, written atomically at the end
    RUN/mentions.jsonl   one line for each mention, and one for each page of a tab
    RUN/tab-failures.jsonl   one line for each tab without its whole list, written like failures.jsonl
    RUN/ledger.sqlite    the outcome of each identifier, and the committed lengths of the WARC file and the records
    RUN/lock             locked by the process that writes

`status` reads any run without changing it, even while another process writes to it.
"""

from altdetails.scraping.store.listing import AGAIN, Added, ListedIdentifier, Listing, Pending
from altdetails.scraping.store.lock import Writer
from altdetails.scraping.store.look import RunStatus, is_history, preview, site_of, status
from altdetails.scraping.store.runfolder import RunFolder

__all__ = [
    "AGAIN",
    "Added",
    "ListedIdentifier",
    "Listing",
    "Pending",
    "RunFolder",
    "RunStatus",
    "Writer",
    "is_history",
    "preview",
    "site_of",
    "status",
]
