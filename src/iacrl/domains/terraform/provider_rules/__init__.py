"""What a provider refuses beyond its schema: values, and arguments together, by facts that were asked of the real one."""
