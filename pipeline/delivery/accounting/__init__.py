"""What was sent: the ledger and what else bears witness to it."""
