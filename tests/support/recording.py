"""How exchanges with the site become cassettes, and the command that records some from the live site.

    python tests/support/recording.py --live-contact MAIL --to FOLDER IDENTIFIER…

cassettes/README.md says who may run it, and what to look at afterwards. Nothing runs it but a person: the cassettes of
the repository, which the tests replay, come from the replica.
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
"""Identifiers that are recorded from the live site at most."""
KEPT_HEADERS = {
    "cf-mitigated",
    "content-encoding",
    "content-length",
    "content-type",
    "location",
    "retry-after",
    "server",
    "vary",
}
"""Of a response: what means something here. Dates, cookies and marks of a visitor stay out."""


def _without_other_headers(response):
    headers = response["headers"]
    return {**response, "headers": {name: headers[name] for name in headers if name.lower() in KEPT_HEADERS}}


SETTINGS = {
    "match_on": ["method", "uri"],
    "filter_headers": [("user-agent", "altdetails")],
    "before_record_response": _without_other_headers,
    "decode_compressed_response": False,
}
"""What vcrpy keeps and compares: bodies as on the wire, and neither the contact nor the version of who asked."""


def recorded(path):
    """Inside, every exchange goes to the network and then into a new cassette."""
    return VCR(record_mode="once", **SETTINGS).use_cassette(str(path))


def main(arguments):
    """Scrapes a few pages of the live site with all its politeness, and records the exchanges."""
    parser = _parser()
    asked = parser.parse_args(arguments)
    if "CI" in os.environ:
        parser.error("the environment has CI: the live site is recorded by a person, not by a machine")
    if len(asked.identifiers) > MOST:
        parser.error(f"{len(asked.identifiers)} identifiers are too many: give {MOST} or fewer")
    if asked.to.exists():
        parser.error(f"{asked.to} exists: give a new folder")
    if asked.to.resolve().is_relative_to(ROOT):
        parser.error(f"{asked.to} lies in the checkout: pages of the site must not be committed; give another folder")
    try:
        with recorded(asked.to / "live.yaml"):
            outcomes = scrape(asked.identifiers, asked.to / "run", contact=asked.live_contact, base_url=ALTMETRIC)
            for outcome in outcomes:
                sys.stdout.write(f"{outcome.identifier}\t{outcome.status}\t{outcome.reason or ''}\n")
    except AltdetailsError as error:
        sys.exit(f"recording.py: {error}")


def _parser():
    parser = argparse.ArgumentParser(
        prog="recording.py",
        description="Record exchanges with the LIVE site, https://www.altmetric.com. Read cassettes/README.md before.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--live-contact", required=True, metavar="MAIL", help="your own email address, sent to the site"
    )
    parser.add_argument(
        "--to", required=True, type=Path, metavar="FOLDER", help="a new folder outside the checkout, for you alone"
    )
    parser.add_argument(
        "identifiers", nargs="+", metavar="IDENTIFIER", help=f"a DOI or an Altmetric id; {MOST} at most"
    )
    return parser


if __name__ == "__main__":
    main(sys.argv[1:])
