"""Test that docs/changes.md describes every field of a change and no other fields."""

import re
from pathlib import Path
from typing import get_args

import msgspec
import pytest
from tests.diffing.material import counts, demographics, ranking, snapshot

from altdetails.diffing.change import Change, ChangeKind, Measure, Missing, extract_numbers

DOCUMENT = (Path(__file__).parents[2] / "docs" / "changes.md").read_text("utf-8")


def section(name):
    return DOCUMENT.split(f"\n## {name}\n")[1].split("\n## ")[0]


@pytest.mark.parametrize("part", [Change, Measure])
def test_every_field_is_described_in_order(part):
    table, *_ = section(part.__name__).split("\n\n")
    described = re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)
    assert described == [field.name for field in msgspec.structs.fields(part)]


def test_every_kind_and_every_reason_for_a_missing_number_is_described():
    (row,) = re.findall(r"^\| `change` .*", section("Change"), re.MULTILINE)
    assert tuple(re.findall(r"`(\w+)`", row))[1:] == get_args(ChangeKind)
    assert set(re.findall(r"^- `(\w+)`:", section("Measure"), re.MULTILINE)) == set(get_args(Missing))


def test_every_number_is_described():
    numbers = {name: 1 for name in ranking().__struct_fields__ if name not in {"scope", "source", "text"}}
    record = snapshot(
        score=1,
        mentions=counts(news=1),
        citations=counts(dimensions=1),
        readers=counts(mendeley=1),
        demographics=demographics(1, 1),
        rankings=[ranking("all", **numbers)],
    )
    described = set(re.findall(r"`([\w.]+)`", section("Measure")))
    assert {
        field if "rankings" not in field else field.split(".")[2] for field in extract_numbers(record).values
    } <= described
