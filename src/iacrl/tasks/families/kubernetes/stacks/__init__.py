"""Several objects that belong together."""
