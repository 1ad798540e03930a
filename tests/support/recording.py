"""Record exchanges with the site as cassettes, and the command that records from the live site.

    python tests/support/recording.py --live-contact MAIL --to FOLDER IDENTIFIER…

cassettes/README.md says who may run it, and what to check afterwards. Only a person may run it. The cassettes of the
repository, which the tests replay, are recorded from the replica.
"""

import argparse
import os
import sys
from pathlib import Path

from vcr import VCR

from altdetails.errors import AltdetailsError
from altdetails.scraping.fetch import ALTMETRIC
from altdetails.scraping.outcomes import scrape

ROOT = Path(__file__).parents[2]
CASSETTES = ROOT / "cassettes"
MOST = 5
"""At most this many identifiers are recorded from the live site."""
KEPT_HEADERS = {
    "cf-mitigated",
    "content-encoding",
    "content-length",
    "content-type",
    "location",
    "retry-after",
    "server",
    "vary",
    *(f"x-{period}ratelimit-{part}" for period in ("hourly", "daily") for part in ("limit", "remaining")),
}
"""The response headers that are recorded. Dates, cookies and visitor ids are not."""


def _without_other_headers(response):
    headers = response["headers"]
    return {**response, "headers": {name: headers[name] for name in headers if name.lower() in KEPT_HEADERS}}


SETTINGS = {
    "match_on": ["method", "uri"],
    "filter_headers": [("user-agent", "altdetails")],
    "filter_query_parameters": ["key"],
    "before_record_response": _without_other_headers,
    "decode_compressed_response": False,
}
"""Settings of vcrpy: bodies are recorded as received, the contact and the version of the client are not."""


def recorded(path):
    """Send every exchange of the block to the network, and record it in a new cassette."""
    return VCR(record_mode="once", **SETTINGS).use_cassette(str(path))


def main(arguments):
    """Fetch a few pages of the live site, with all rules of politeness, and record the exchanges."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if "CI" in os.environ:
        parser.error("the environment has CI: the live site is recorded by a person, not by a machine")
    if len(options.identifiers) > MOST:
        parser.error(f"{len(options.identifiers)} identifiers are too many: give {MOST} or fewer")
    if options.to.exists():
        parser.error(f"{options.to} exists: give a new folder")
    if options.to.resolve().is_relative_to(ROOT):
        parser.error(f"{options.to} is in the checkout: pages of the site must not be committed; give another folder")
    try:
        with recorded(options.to / "live.yaml"):
            outcomes = scrape(
                options.identifiers,
                options.to / "run",
                ids="altmetric",
                contact=options.live_contact,
                base_url=ALTMETRIC,
            )
            for outcome in outcomes:
                sys.stdout.write(f"{outcome.identifier}\t{outcome.status}\t{outcome.reason or ''}\n")
    except AltdetailsError as error:
        sys.exit(f"recording.py: {error}")


def _parser():
    parser = argparse.ArgumentParser(
        prog="recording.py",
        description="Record exchanges with the LIVE site, https://www.altmetric.com. Read cassettes/README.md first.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--live-contact", required=True, metavar="MAIL", help="your own email address, sent to the site"
    )
    parser.add_argument(
        "--to", required=True, type=Path, metavar="FOLDER", help="a new folder outside the checkout, for you alone"
    )
    parser.add_argument(
        "identifiers", nargs="+", metavar="IDENTIFIER", help=f"a DOI or an Altmetric id; at most {MOST}"
    )
    return parser


if __name__ == "__main__":
    main(sys.argv[1:])
