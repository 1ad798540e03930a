"""Archived details pages of years, out of web archives, in a run folder."""
