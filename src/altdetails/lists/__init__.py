"""What people have (text, tables, JSON lines, an identifier itself) → identifiers to ask for."""
