"""WARC archives: read, divided among processes, and written. All that knows WARC lies here."""
