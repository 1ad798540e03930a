"""Records → a file that other programs read: CSV, TSV, Excel, Parquet, DuckDB, JSONL."""
