"""Records → any warehouse that dlt loads: DuckDB, PostgreSQL, BigQuery, Snowflake, Redshift, ClickHouse, and more."""
