"""One object."""
