"""The year of support of a whole edition: every school's plan, who does what, and what is written of it."""
