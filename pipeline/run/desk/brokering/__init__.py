"""A start for brokering in a whole edition: who might help whom, review whom, and which departments go together."""
