"""Records → a file that other programs read: CSV, TSV, Excel, Parquet, DuckDB, JSONL.

    from altdetails.export import export

    done = export(["run", "more.jsonl.gz"], "records.parquet")

The file appears whole or not at all. Memory does not grow with the number of records.
"""

from altdetails.export.exporting import ENDINGS, Exported, export

__all__ = ["ENDINGS", "Exported", "export"]
