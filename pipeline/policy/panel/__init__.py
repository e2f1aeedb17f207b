"""What a panel decided, and what moved since last year."""
