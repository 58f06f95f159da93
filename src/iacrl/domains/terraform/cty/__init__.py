"""Terraform's types and values, and the conversions between them, as in cty, Terraform's type system."""
