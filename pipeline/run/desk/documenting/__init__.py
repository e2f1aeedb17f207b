"""The documentation's generated pages, and what they tell of the code."""
