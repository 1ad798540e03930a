"""Read, divide and write WARC archives. Nothing else in altdetails depends on the WARC format."""
