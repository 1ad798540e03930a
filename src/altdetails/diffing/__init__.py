"""Records of two scrapes, or of many → what changed, output by output. `docs/changes.md` is about `Change`."""
