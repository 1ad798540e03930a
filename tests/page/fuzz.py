"""Parse samples with random damage. A longer run: `python -m tests.page.fuzz CASES SEED`."""

import sys
from random import Random

from tests.page.material import PAGES, SAMPLES

from altdetails.errors import AltdetailsError
from altdetails.page import parse

TOKENS = (
    b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\x1b$(", b"&#1;", b"&#xD800;", b"&#99999999999;", b"<!", b"<![", b"<!--",
    b"<?", b"<x\xc2\xb2>", b"<a @b=c \xc2\xb2=d>", b"<div>" * 2100, b"</div>" * 50, b"<table><tr><td>", b"<script>",
    b"<textarea>", b"<h2>Attention Score in Context</h2>", b'href="http://[/"', b"charset=utf-16", b"charset=hz",
    b"<sup>1</sup>", b"<tr><!-- --><?x y?>", b"<template shadowrootmode=open>", b"<ruby><rt>", b"<iframe srcdoc='",
    "â€".encode(), b"Mentioned by", b"\nAuthors\n", b"\nDOI 10.1/x\n", b"[TABLE]", b"+---+", b"\n> ",
    b"9" * 5000, b"10.5555/", "\u202e".encode(), "\U0001f600".encode(), b"\r", b"\t", b"|", b"# ", b"**",
)  # fmt: skip
LONGEST_SEED = 40_000


def seeds():
    """Return the samples that are pages or texts, without the largest."""
    contents = (path.read_bytes() for path in sorted([*PAGES, *SAMPLES.rglob("*.txt"), *SAMPLES.rglob("*.md")]))
    return [content for content in contents if len(content) < LONGEST_SEED]


def damaged(content, other, chance, tokens=TOKENS):
    """Return content with up to 8 random damages."""
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(content) + 1)
        end = min(len(content), at + chance.choice((1, 2, 10, 1000)))
        content = chance.choice(
            (
                content[:at] + bytes([chance.randrange(256)]) + content[at + 1 :],
                content[:at] + chance.choice(tokens) + content[at:],
                content[:at] + content[end:],
                content[:end] + content[at:],
                content[: max(at, 1)],
                content[:at] + other[at:],
            )
        )
    return content


def leaks(cases, seed):
    """Yield the damaged content and the error of each case that raises another error than an AltdetailsError."""
    contents = seeds()
    chance = Random(seed)  # noqa: S311 - not used for secrets
    for _ in range(cases):
        content = damaged(chance.choice(contents), chance.choice(contents), chance)
        try:
            parse(content)
        except AltdetailsError:
            continue
        except Exception as error:  # noqa: BLE001 - any other error is a finding
            yield content, error


if __name__ == "__main__":
    for content, error in leaks(int(sys.argv[1]), int(sys.argv[2])):
        sys.stdout.write(f"{error!r} {content[:2000]!r}\n")
