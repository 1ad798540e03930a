"""Lines of JSON → Arrow tables, for files and engines alike."""

import msgspec
import pyarrow as pa
from tests.support.records import generated

from altdetails import Record
from altdetails.exporting.parquet import fitting
from altdetails.schemas.arrow import arrow_schema


def test_lines_are_rows_in_their_order_and_what_no_column_takes_is_a_failure_of_its_document():
    records = [Record.from_json(line) for line in generated(3)]
    records[1] = msgspec.structs.replace(records[1], score=2**70)
    failed = []
    lines = [(f"{number}.html", record.to_json() + b"\n" * number) for number, record in enumerate(records)]
    table = pa.concat_tables([batch.table for batch in fitting(lines, failed=failed.append)])
    assert table.schema.equals(arrow_schema())
    assert [Record.from_json(msgspec.json.encode(row)) for row in table.to_pylist()] == [records[0], records[2]]
    assert [(failure.file, failure.kind) for failure in failed] == [("1.html", "no_column")]
