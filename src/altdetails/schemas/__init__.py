"""The schema of a record in several languages: all of it follows from the classes of `record`.

`fields` says what a record is made of. From that, `arrow` and `sql` make one nested table, and `tables` several flat
ones, which `sql` writes out for DuckDB and PostgreSQL.
"""
