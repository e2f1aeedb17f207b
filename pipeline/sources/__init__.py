"""Published and local files: recognised by content, read into tidy observations, questioned, and joined."""
