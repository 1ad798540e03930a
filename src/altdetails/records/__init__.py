"""Files of records → records."""
