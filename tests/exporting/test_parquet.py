"""`line_batches`: lines of JSON as Arrow tables."""

import msgspec
import pyarrow as pa
from tests.support.records import generated

from altdetails import Record
from altdetails.exporting.arrow_tables import line_batches
from altdetails.schemas.arrow import arrow_schema


def test_lines_become_rows_in_order_and_values_that_do_not_fit_become_failures():
    records = [Record.from_json(line) for line in generated(3)]
    records[1] = msgspec.structs.replace(records[1], score=2**70)
    failed = []
    lines = [(f"{number}.html", record.to_json() + b"\n" * number) for number, record in enumerate(records)]
    table = pa.concat_tables([batch.table for batch in line_batches(lines, failed=failed.append)])
    assert table.schema.equals(arrow_schema())
    assert [Record.from_json(msgspec.json.encode(row)) for row in table.to_pylist()] == [records[0], records[2]]
    assert [(failure.file, failure.kind) for failure in failed] == [("1.html", "no_column")]
