"""Load records into any warehouse that dlt supports: DuckDB, PostgreSQL, BigQuery, Snowflake, Redshift and others."""
