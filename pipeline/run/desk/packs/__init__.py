"""Papers for the meetings about schools: one binder a meeting, and the form on which panels write what they decide."""
