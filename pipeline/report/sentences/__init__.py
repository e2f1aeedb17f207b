"""Every sentence and every number a reader sees."""
