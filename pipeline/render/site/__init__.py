"""Pages about an edition that no notebook makes: its index, and the area's site."""
