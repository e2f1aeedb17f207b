"""A message as mail programs take it."""
