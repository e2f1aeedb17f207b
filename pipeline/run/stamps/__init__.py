"""What each product of a run was made from, and whether it still holds."""
