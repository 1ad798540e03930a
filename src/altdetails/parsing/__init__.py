"""Documents → records, on all cores."""
