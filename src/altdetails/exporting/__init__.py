"""Write records to a file for other programs: CSV, TSV, Excel, Parquet, DuckDB or JSONL."""
