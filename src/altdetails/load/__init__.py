"""Records → any warehouse that dlt loads: DuckDB, PostgreSQL, BigQuery, Snowflake, Redshift, ClickHouse, and more.

    from altdetails.load import load

    done = load(["run"], "postgresql://user:password@localhost/library")

All of a load is there at once, or nothing of it. Loading the same records twice changes nothing.
"""

from altdetails.load.loading import Loaded, load

__all__ = ["Loaded", "load"]
