"""The schema of a record in several formats, all generated from the classes of `record`.

`fields` lists the fields of a record. `arrow` turns them into one nested Arrow table, and `tables` into flat tables.
`sql` writes the flat tables for DuckDB and PostgreSQL, and the nested one for BigQuery.
"""
