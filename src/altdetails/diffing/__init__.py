"""Find what changed between two scrapes, or in a history of scrapes. `docs/changes.md` describes `Change`."""
