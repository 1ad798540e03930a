"""Parse documents into records, in one or more processes."""
