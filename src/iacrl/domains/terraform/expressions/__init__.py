"""The value of an expression, as `terraform validate` computes it: with unknowns where only a plan would know more."""
