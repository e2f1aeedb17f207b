"""From a report to the message that carries it."""
