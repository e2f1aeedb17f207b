"""The verbs of ``python -m pipeline``: parse, call, print, exit code. No work is done here."""
