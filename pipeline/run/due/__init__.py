"""What is due for making, and why."""
