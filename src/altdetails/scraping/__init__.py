"""Identifiers → a run folder: ask for a page, read it, keep it."""
