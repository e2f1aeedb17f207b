"""A finished page in an organisation's own words, or in a second language, told by a phrase book."""
