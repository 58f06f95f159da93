"""What a provider refuses beyond its schema: values, and arguments together, by facts asked of the real one."""
