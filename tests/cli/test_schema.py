"""`altdetails schema`: the schema that every record fits."""

import json

import jsonschema
import pytest
from tests.cli.conftest import SAMPLE

from altdetails.record import json_schema
from altdetails.schemas.formats import FORMATS, schema_text


def test_it_is_the_schema_of_a_record_as_it_is_generated(altdetails):
    process = altdetails("schema")
    assert process.out == json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"
    assert (process.returncode, process.err) == (0, "")


def test_a_parsed_record_fits_it(altdetails):
    printed = json.loads(altdetails("schema").out)
    record = json.loads(altdetails("parse", SAMPLE).out)
    jsonschema.Draft202012Validator.check_schema(printed)
    jsonschema.validate(record, printed, cls=jsonschema.Draft202012Validator)


@pytest.mark.parametrize("name", FORMATS)
def test_it_is_there_in_the_languages_of_warehouses(altdetails, name):
    process = altdetails("schema", "--format", name)
    assert process.out == schema_text(name) + "\n"
    assert (process.returncode, process.err) == (0, "")
