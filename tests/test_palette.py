"""Each known source of mentions has a kind and a name, and colours can be seen on their background."""

import pytest
from tests.support.cases import for_each

from altdetails.palette import DARK, KINDS, LIGHT, TERMINAL_SLATE, kind_of, name_of
from altdetails.record import SOURCES


def luminance(colour):
    channels = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    parts = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one, other):
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_every_known_source_of_mentions_is_in_one_kind():
    assert sorted(source for kind in KINDS for source in kind.sources) == sorted(SOURCES["mentions"])


@for_each("source", [source for sources in SOURCES.values() for source in sources])
def test_every_known_source_has_a_name(source):
    assert name_of(source) != source


def test_an_unknown_source_is_of_the_last_kind_and_keeps_its_key_as_name():
    assert kind_of("newkey") is KINDS[-1]
    assert name_of("newkey") == "newkey"


@for_each("kind", KINDS, ids=lambda kind: kind.key)
def test_the_colour_of_a_kind_has_a_contrast_of_three_to_one(kind):
    assert contrast(kind.light, LIGHT["paper"]) >= 3
    assert contrast(kind.dark, DARK["paper"]) >= 3
    assert contrast(kind.terminal, "#ffffff") >= 3
    assert contrast(kind.terminal, "#000000") >= 3


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_text_has_a_contrast_of_four_and_a_half_to_one(theme):
    assert min(contrast(theme[name], theme["paper"]) for name in ("ink", "soft", "link")) >= 4.5


def test_slate_in_a_terminal_can_be_seen_on_white_and_on_black():
    assert min(contrast(TERMINAL_SLATE, paper) for paper in ("#ffffff", "#000000")) >= 3
