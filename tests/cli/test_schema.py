"""`altdetails schema`: the formats, and the validity of records."""

import json

import jsonschema
from tests.cli.conftest import SAMPLE
from tests.support.calling import call
from tests.support.cases import for_each

from altdetails.record import json_schema
from altdetails.schemas.formats import FORMATS, schema_text


def test_the_default_is_the_json_schema():
    process = call("schema")
    assert process.out == json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"
    assert (process.returncode, process.err) == (0, "")


def test_a_parsed_record_is_valid():
    printed = json.loads(call("schema").out)
    record = json.loads(call("parse", SAMPLE).out)
    jsonschema.Draft202012Validator.check_schema(printed)
    jsonschema.validate(record, printed, cls=jsonschema.Draft202012Validator)


@for_each("name", FORMATS)
def test_every_format_is_printed(name):
    process = call("schema", "--format", name)
    assert process.out == schema_text(name) + "\n"
    assert (process.returncode, process.err) == (0, "")
