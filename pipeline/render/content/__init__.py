"""What a notebook's cells hold, as a page takes it."""
