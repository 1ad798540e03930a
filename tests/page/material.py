"""Helpers for tests of pages: an everyday page from the generator of the samples, and functions that change it."""

from dataclasses import replace
from pathlib import Path

from samples.generator import page, record
from samples.generator.edges import EVERYDAY
from samples.generator.layouts import layout_a

from altdetails.page import parse

DATA = Path(__file__).parents[1] / "data"
SAMPLES = Path(__file__).parents[2] / "samples"
PAGES = sorted(SAMPLES.glob("*.html"))


def everyday(**changes):
    """Return the HTML of the everyday page, with some of its facts changed."""
    return page(replace(EVERYDAY, **changes))


def everyday_text(**changes):
    """Return the everyday page as plain text, in layout A."""
    return layout_a(replace(EVERYDAY, **changes))


def facts_of(**changes):
    """Return the expected record of the everyday page."""
    return record(replace(EVERYDAY, **changes))


def fields_of(content, **options):
    """Return the record of a page as a dict, without its provenance."""
    return without_provenance(parse(content, **options))


def without_provenance(record):
    return {key: value for key, value in record.to_dict().items() if key != "provenance"}


def edit(content, *changes):
    """Replace old texts by new texts, everywhere. Each old text must be in the content."""
    for old, new in changes:
        assert old in content, old
        content = content.replace(old, new)
    return content


def insert_before(content, mark, addition):
    """Insert a text before the first occurrence of a mark."""
    assert mark in content, mark
    return content.replace(mark, addition + mark, 1)


def differences(first, second):
    """Return the fields in which two records differ."""
    return {key for key in first if first[key] != second[key]}
