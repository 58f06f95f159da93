"""Terraform's built-in functions. `builtin` finds and calls them; each group has a module, imported on first call."""
