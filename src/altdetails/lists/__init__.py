"""Read lists (text, tables, JSON lines) → identifiers to fetch."""
