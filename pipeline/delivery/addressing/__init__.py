"""Who receives what."""
