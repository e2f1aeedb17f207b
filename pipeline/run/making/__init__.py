"""Making one school's report."""
