"""Run folders for tests, without a site."""

from tests.scraping.store.material import SITE, listed, missing, tracked, unreached

from altdetails.scraping.store import RunFolder


def scraped(*visits, path="run", pending=(), invalid=()):
    """Write a run folder with these visits, and identifiers without an outcome. Return its path."""
    with RunFolder.open(path, site=SITE, software="altdetails/0.1.0", reparse=lambda _: ()) as run:
        run.listing.add(listed(*(outcome.identifier for outcome, _ in visits), *pending))
        run.listing.add(entry._replace(reason=f"{entry.text!r} is not an identifier") for entry in listed(*invalid))
        for visit in visits:
            run.commit(*visit)
    return path


__all__ = ["missing", "scraped", "tracked", "unreached"]
