"""The replica as a command, for demos, benchmarks and manual tests."""

import argparse
import re
import signal
import sys
import tempfile
import threading
from contextlib import ExitStack, suppress
from dataclasses import fields
from inspect import getdoc
from pathlib import Path
from textwrap import indent

from tests.support import faults
from tests.support.replica import Replica

_NO_NAMES_OF_FAULTS = {"GARBAGE", "UNSAFE_LOCATIONS", "Forever", "Schedule", "Status"}
CATALOGUE = {
    re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower(): getattr(faults, name)
    for name in faults.__all__
    if name not in _NO_NAMES_OF_FAULTS
}
"""The faults by their names on the command line. An HTTP status is its number."""
_SPEC = re.compile(r"(?P<path>/.*?|\*)=(?P<name>[a-z][a-z-]+|[1-5][0-9]{2})(?::(?P<options>.*))?", re.DOTALL)
_FOREVER = "forever"


def main(arguments):
    """Run a replica until it is interrupted."""
    options = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with ExitStack() as stack, suppress(KeyboardInterrupt):
        replica = Replica(port=options.port, tls=options.tls, padding=options.padding, log=options.log)
        for pattern, planned in options.fault:
            replica.fail(pattern, *planned)
        replica.prepare(options.pages)
        stack.enter_context(replica)
        _say(replica.base_url)
        if options.tls:
            path = options.ca or Path(stack.enter_context(tempfile.TemporaryDirectory()), "ca.pem")
            _write_authority(path)
            _say(f"SSL_CERT_FILE={path}")
        threading.Event().wait()


def plan(spec):
    """Parse a text such as `/details/990000001=503:retry-after=1,times=2` to a pattern and a list of faults.

    Raises:
        argparse.ArgumentTypeError: if it is invalid.
    """
    match = _SPEC.fullmatch(spec)
    if not match:
        raise argparse.ArgumentTypeError(f"{spec}: not of the form PATH=FAULT[:OPTION=VALUE,…]")
    options = {}
    for pair in filter(None, (match["options"] or "").split(",")):
        name, _, value = pair.partition("=")
        options[name.replace("-", "_")] = _value(value)
    times = options.pop("times", 1)
    try:
        if match["name"].isdigit():
            fault = faults.Status(int(match["name"]), **options)
        else:
            fault = CATALOGUE[match["name"]](**options)
    except (KeyError, TypeError):
        description = f"{match['name']} with {', '.join(options)}" if options else match["name"]
        raise argparse.ArgumentTypeError(f"{spec}: there is no fault {description}; --help lists them") from None
    return match["path"], [faults.Forever(fault)] if times == _FOREVER else [fault] * int(times)


def _say(line):
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _value(text):
    for number in (int, float):
        with suppress(ValueError):
            return number(text)
    return text


def _write_authority(path):
    from tests.support.certificate import authority_pem  # noqa: PLC0415 -- only tests need trustme

    Path(path).write_bytes(authority_pem())


def _parser():
    parser = argparse.ArgumentParser(
        prog="replica.py",
        description="Serve invented details pages on 127.0.0.1, until interrupted. The first line is the address.",
        epilog=f"{_HOW}\n\n{_listing()}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--port", type=int, default=0, metavar="N", help="port; by default any free port")
    parser.add_argument("--tls", action="store_true", help="use HTTPS; the second line has the certificate to trust")
    parser.add_argument("--ca", metavar="FILE", help="with --tls: write the certificate of the authority to this file")
    parser.add_argument(
        "--fault", action="append", default=[], type=plan, metavar="SPEC", help="see below; can be repeated"
    )
    parser.add_argument("--log", metavar="FILE", help="append a JSON line per request to this file")
    parser.add_argument(
        "--pages", type=int, default=0, metavar="N", help="render the first N invented pages at the start"
    )
    parser.add_argument(
        "--padding", type=int, default=0, metavar="BYTES", help="bytes of navigation and scripts in each invented page"
    )
    return parser


_HOW = """\
SPEC is PATH=FAULT[:OPTION=VALUE,…]. In PATH, * matches anything. A fault applies to one request, to N requests with
times=N, or to all with times=forever. FAULT is an HTTP status, with the options retry-after=TEXT,
retry-after-date=SECONDS (after the response) and body=TEXT, or one of these, with the defaults of their options:"""


def _listing():
    lines = []
    for name, fault in CATALOGUE.items():
        options = ",".join(_option(field) for field in fields(fault))
        lines += [f"  {name}:{options}" if options else f"  {name}", indent(getdoc(fault), " " * 6)]
    return "\n".join(lines)


def _option(field):
    value = "" if field.default is None else int(field.default) if isinstance(field.default, bool) else field.default
    return f"{field.name.replace('_', '-')}={value}"
