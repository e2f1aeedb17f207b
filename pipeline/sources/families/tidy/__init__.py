"""Tidy published files, one row a figure: those of Explore Education Statistics, and the long file of LAIT."""
