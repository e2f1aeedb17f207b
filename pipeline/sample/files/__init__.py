"""The synthetic files, written as the publishers write them."""
