"""How sure a category is, and what would change it."""
