"""Turn millions of archived pages into tables, with Daft on this machine or a cluster, or with another engine.

    from altdetails.scale import read_archives

    frame = read_archives(["s3://bucket/crawl/*.warc.gz"], failures="s3://bucket/failures")
    frame.where(frame["score"] > 100).write_parquet("s3://bucket/records")

`read_archives` needs Daft: `pip install 'altdetails[daft]'`. `tables` yields Arrow batches for other engines, such as
Spark and Ray Data.
"""

from altdetails.scale.arrow_batches import tables
from altdetails.scale.frame import read_archives

__all__ = ["read_archives", "tables"]
