"""What is asked at a desk beside the runs: what is missing, why a category, does it come out the same."""
