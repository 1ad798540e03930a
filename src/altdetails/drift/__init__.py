"""Detect changes of the site: count the fields of records, and compare the counts with a baseline."""
