"""From an edition's published files to its prepared tables."""
