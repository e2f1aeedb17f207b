"""A run: what is due, how it is made, by whom, and what is left on record."""
