"""The skeletons that users contributed: each is read as its page must be, and contains no data."""

import json

import pytest
from tests.page.material import DATA

from altdetails import parse, skeleton

FOLDER = DATA / "skeletons"
SKELETONS = sorted(FOLDER.glob("*.html"))


@pytest.mark.parametrize("path", SKELETONS, ids=lambda path: path.name)
def test_a_contributed_skeleton_has_the_expected_sections(path):
    record = parse(path.read_bytes())
    expected = json.loads(path.with_suffix(".json").read_text("utf-8"))
    unread = [f"{item.part}: {item.text}" for item in record.unread]
    assert {"sections": record.sections, "unread": unread} == expected


@pytest.mark.parametrize("path", SKELETONS, ids=lambda path: path.name)
def test_a_contributed_skeleton_contains_no_data(path):
    content = path.read_text("utf-8")
    assert skeleton(content) == content


def test_every_skeleton_has_its_expected_sections_next_to_it():
    assert {path.with_suffix(".json") for path in SKELETONS} == set(FOLDER.glob("*.json"))
