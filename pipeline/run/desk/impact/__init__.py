"""What became of schools after support: categories then and now, results, and how programmes were seen to go."""
