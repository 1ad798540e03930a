"""Read records from files and run folders."""
