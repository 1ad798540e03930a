"""The replica as a command, for demos, benchmarks and a look by hand."""

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
"""The faults by their names on the command line; a status goes by its number."""
_SPEC = re.compile(r"(?P<path>/.*?|\*)=(?P<name>[a-z][a-z-]+|[1-5][0-9]{2})(?::(?P<options>.*))?", re.DOTALL)
_FOREVER = "forever"


def main(arguments):
    """Runs a replica until it is interrupted."""
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
    """The pattern and the faults that a text such as `/details/990000001=503:retry-after=1,times=2` names.

    Raises:
        argparse.ArgumentTypeError: where it names none.
    """
    found = _SPEC.fullmatch(spec)
    if not found:
        raise argparse.ArgumentTypeError(f"{spec}: not of the form PATH=FAULT[:OPTION=VALUE,…]")
    options = {}
    for pair in filter(None, (found["options"] or "").split(",")):
        name, _, value = pair.partition("=")
        options[name.replace("-", "_")] = _value(value)
    times = options.pop("times", 1)
    try:
        if found["name"].isdigit():
            fault = faults.Status(int(found["name"]), **options)
        else:
            fault = CATALOGUE[found["name"]](**options)
    except (KeyError, TypeError):
        known = f"{found['name']} with {', '.join(options)}" if options else found["name"]
        raise argparse.ArgumentTypeError(f"{spec}: there is no fault {known}; --help lists them") from None
    return found["path"], [faults.Forever(fault)] if times == _FOREVER else [fault] * int(times)


def _say(line):
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _value(text):
    for number in (int, float):
        with suppress(ValueError):
            return number(text)
    return text


def _write_authority(path):
    from tests.support.certificate import authority_pem  # noqa: PLC0415 - trustme is there for tests alone

    Path(path).write_bytes(authority_pem())


def _parser():
    parser = argparse.ArgumentParser(
        prog="replica.py",
        description="Serve invented details pages on 127.0.0.1, until interrupted. The first line is the address.",
        epilog=f"{_HOW}\n\n{_listing()}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--port", type=int, default=0, metavar="N", help="0, the default: any free port")
    parser.add_argument("--tls", action="store_true", help="speak HTTPS; the second line says whom to trust")
    parser.add_argument("--ca", metavar="FILE", help="with --tls: write the authority's certificate here")
    parser.add_argument(
        "--fault", action="append", default=[], type=plan, metavar="SPEC", help="see below; can be given many times"
    )
    parser.add_argument("--log", metavar="FILE", help="add a JSON line to this file for each request")
    parser.add_argument("--pages", type=int, default=0, metavar="N", help="have the first N invented pages ready")
    parser.add_argument("--padding", type=int, default=0, metavar="BYTES", help="to put around each invented page")
    return parser


_HOW = """\
SPEC is PATH=FAULT[:OPTION=VALUE,…]; PATH can hold * for anything. A fault stands for one request, or for as many as
times=N says, or for all with times=forever. FAULT is an HTTP status, with the options retry-after=TEXT,
retry-after-date=SECONDS (from the answer on) and body=TEXT, or one of these, shown with its options' defaults:"""


def _listing():
    lines = []
    for name, fault in CATALOGUE.items():
        options = ",".join(_option(field) for field in fields(fault))
        lines += [f"  {name}:{options}" if options else f"  {name}", indent(getdoc(fault), " " * 6)]
    return "\n".join(lines)


def _option(field):
    value = "" if field.default is None else int(field.default) if isinstance(field.default, bool) else field.default
    return f"{field.name.replace('_', '-')}={value}"
