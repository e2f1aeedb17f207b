"""What every floor stands on: the product's words, its errors, paths, and how files are read and written."""
