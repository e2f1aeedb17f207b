"""Statistics that know nothing of schools: intervals, tests, quantiles."""
