"""A given manifest to extend, change, convert or repair."""
