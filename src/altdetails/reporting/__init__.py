"""Records → a report to read and print, and cards of single outputs."""
