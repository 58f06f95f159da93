"""One AWS resource, or several that belong together."""
