"""The samples: each page and text gives the record in the JSON file next to it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from samples.generator import facts, page, record
from tests.support.calling import call
from tests.support.cases import for_each

from altdetails import parse
from altdetails.documents import is_page
from altdetails.parsing.engine import parse_file

pytestmark = pytest.mark.slow

SAMPLES = Path(__file__).parent.parent / "samples"
GOLDEN = sorted(path for path in SAMPLES.rglob("*") if is_page(path.name))


def expected(path):
    return json.loads(path.with_suffix(".json").read_text("utf-8"))


def without_provenance(record):
    return {key: value for key, value in record.to_dict().items() if key != "provenance"}


@for_each("path", GOLDEN, ids=lambda path: path.name)
def test_a_sample_gives_its_record(path):
    record = parse_file(path) if path.suffix == ".mhtml" else parse(path.read_bytes())
    assert without_provenance(record) == expected(path)


@for_each("path", GOLDEN, ids=lambda path: path.name)
def test_a_golden_record_has_the_keys_of_a_record_in_their_order(path):
    record = parse(
        b"<div class='document-header'><h1>Any page</h1><p class='tagline'>Overview of attention for article</p></div>"
    )
    assert list(expected(path)) == list(without_provenance(record))


@for_each("seed", range(60))
def test_a_random_page_gives_the_record_of_its_facts(seed):
    page_facts = facts(seed)
    padding = 20_000 * (seed % 3)
    assert without_provenance(parse(page(page_facts, padding).encode())) == record(page_facts)


def test_the_same_seed_gives_the_same_page_and_another_seed_another():
    assert page(facts(1), 10_000) == page(facts(1), 10_000)
    assert len({page(facts(seed)) for seed in range(200)}) == 200


def test_every_golden_record_belongs_to_a_sample():
    assert {path.with_suffix(".json") for path in GOLDEN} == set(SAMPLES.rglob("*.json"))


def test_the_generator_would_write_the_stored_samples():
    run = subprocess.run(
        [sys.executable, SAMPLES / "make.py", "--check"], capture_output=True, text=True, check=False, timeout=300
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_the_folder_of_samples_has_no_page_without_a_record():
    done = call("parse", SAMPLES)
    assert (done.returncode, len(done.out.splitlines())) == (0, 56)
    assert "failure" not in done.err
