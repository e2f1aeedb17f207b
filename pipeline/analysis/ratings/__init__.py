"""From a difference to its rating, its trend and its place."""
