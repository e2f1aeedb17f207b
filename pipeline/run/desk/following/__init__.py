"""What became of the year of support: the plan beside the log, what is used and left, what is overdue."""
