"""From many files' rows to one telling of each school's figures."""
