"""The value of an expression, as `terraform validate` computes it: unknown if only a plan could know it."""
