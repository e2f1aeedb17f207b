"""From a file's bytes to its rows, headings and cells."""
