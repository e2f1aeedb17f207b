"""Figures laid out as arrays, school by school, pooled and set beside their comparators."""
