"""What a provider refuses beyond its schema: values and combinations of arguments, from facts found by asking it."""
