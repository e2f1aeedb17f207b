"""The school's report."""
