"""A process that opens a run and commits pages: `python -m tests.scraping.store.writer RUN FIRST LAST [wait]`.

It prints every identifier as soon as its commit has returned. With `wait`, it reads a line before every commit.
"""

import sys

from tests.scraping.store.material import SITE, SOFTWARE, doi, lines, listed, missing, tracked

from altdetails.scraping.store import RunFolder


def write(path, first, last, *, wait):
    with RunFolder.open(path, site=SITE, software=SOFTWARE, reparse=lines) as run:
        print_words("open", *run.repairs)
        seeds = {doi(seed): seed for seed in range(first, last)}
        run.listing.add(listed(*seeds))
        for identifier in run.listing.pending():
            if wait and not sys.stdin.readline():
                break
            seed = seeds[identifier]
            run.commit(*(tracked(seed) if seed % 3 else missing(identifier)))
            print_words("committed", identifier)
    print_words("closed")


def print_words(*words):
    sys.stdout.write(" ".join(words) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    write(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), wait="wait" in sys.argv)
