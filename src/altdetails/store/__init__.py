"""The run folder: what a scrape keeps, so that nothing is lost, doubled or asked for again whenever it ends.

    with RunFolder.open(path, site="https://www.altmetric.com", software="altdetails/0.1.0", reparse=lines) as run:
        run.listing.add(Listed(identifier) for identifier in identifiers)
        for identifier in run.listing.pending():
            run.commit(*visit(identifier))

    RUN/pages.warc.gz    every response as received
    RUN/records.jsonl    a record a page
    RUN/failures.jsonl   a line for each identifier without a record, written whole at the end
    RUN/ledger.sqlite    each identifier's outcome, and the committed lengths of the two files that only grow
    RUN/lock             held by the one process that writes

`status` looks at any run without changing it, also while another process writes to it.
"""

from altdetails.store.listing import AGAIN, Added, Listed, Listing, Pending
from altdetails.store.lock import Writer
from altdetails.store.look import RunStatus, status
from altdetails.store.preview import preview, site_of
from altdetails.store.run import RunFolder

__all__ = [
    "AGAIN",
    "Added",
    "Listed",
    "Listing",
    "Pending",
    "RunFolder",
    "RunStatus",
    "Writer",
    "preview",
    "site_of",
    "status",
]
