"""Web archives by the million → tables, by Daft on this machine or on a cluster, or by an engine of yours.

    from altdetails.scale import read_archives

    frame = read_archives(["s3://bucket/crawl/*.warc.gz"], failures="s3://bucket/failures")
    frame.where(frame["score"] > 100).write_parquet("s3://bucket/records")

Daft needs `pip install 'altdetails[daft]'`. `tables` gives Arrow batches to Spark, Ray Data and others.
"""

from altdetails.scale.arrow_batches import tables
from altdetails.scale.frame import read_archives

__all__ = ["read_archives", "tables"]
