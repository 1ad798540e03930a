"""What the tests of pages are made of: an everyday page out of the samples' generator, and ways to change it."""

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
    """The HTML of an everyday page, with other facts where they are given."""
    return page(replace(EVERYDAY, **changes))


def everyday_text(**changes):
    """The same page as plain text, in layout A."""
    return layout_a(replace(EVERYDAY, **changes))


def facts_of(**changes):
    """The record that the everyday page must give."""
    return record(replace(EVERYDAY, **changes))


def said(content, **options):
    """What a page says: its record as plain data, without where it came from."""
    return without_provenance(parse(content, **options))


def without_provenance(record):
    return {key: value for key, value in record.to_dict().items() if key != "provenance"}


def edited(content, *changes):
    """Content with each old text replaced by its new one, everywhere; an old text that is not there is a mistake."""
    for old, new in changes:
        assert old in content, old
        content = content.replace(old, new)
    return content


def before(content, mark, addition):
    """Content with an addition in front of the first place that a mark stands."""
    assert mark in content, mark
    return content.replace(mark, addition + mark, 1)


def differences(first, second):
    """The fields in which two records differ."""
    return {key for key in first if first[key] != second[key]}
