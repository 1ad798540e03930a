"""`make demo-scrape`: fetch a list of DOIs from a replica on this machine, into the folder `demo-run`."""

import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.support.replica import Replica

LIST = "samples/dois.txt"
RUN = "demo-run"
DONE = {0, 1}
"""Exit codes of a complete run, with or without failures."""


def main():
    """Run both commands, and return the exit code of the first that fails."""
    with Replica() as replica:
        code = altdetails("scrape", LIST, "-o", RUN, "--base-url", replica.base_url, "--interval", "0")
        return altdetails("status", RUN) if code in DONE else code


def altdetails(*arguments):
    """Print and run a command, and return its exit code."""
    sys.stdout.write(f"$ altdetails {' '.join(arguments)}\n")
    sys.stdout.flush()
    environment = os.environ | {"no_proxy": "*"}
    return subprocess.run([sys.executable, "-m", "altdetails", *arguments], env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
