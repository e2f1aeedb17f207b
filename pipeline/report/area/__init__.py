"""The area's report."""
