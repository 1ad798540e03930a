"""The run folder: what a scrape keeps, so that nothing is lost, doubled or asked for again whenever it ends.

    with RunFolder.open(path, site="https://www.altmetric.com", software="altdetails/0.1.0", reparse=lines) as run:
        run.listing.add(ListedIdentifier(identifier) for identifier in identifiers)
        for identifier in run.listing.pending():
            run.commit(*visit(identifier))

    RUN/pages.warc.gz    every response as received
    RUN/records.jsonl    a record a page
    RUN/failures.jsonl   a line for each identifier without a record, written whole at the end
    RUN/ledger.sqlite    each identifier's outcome, and the committed lengths of the two files that only grow
    RUN/lock             held by the one process that writes

`status` looks at any run without changing it, also while another process writes to it.
"""

from altdetails.scraping.store.listing import AGAIN, Added, ListedIdentifier, Listing, Pending
from altdetails.scraping.store.lock import Writer
from altdetails.scraping.store.look import RunStatus, preview, site_of, status
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
    "preview",
    "site_of",
    "status",
]
