"""The families of published files, a reader each."""
