"""The configuration of a run: its sections, and reading them from recipes."""
