"""The page that says how far an edition's categories can be trusted."""
