"""Scraping: fetch the pages of identifiers, parse them, and store both in a run folder."""
