"""Terraform's types and values, and the conversions between them, after cty, the type system under Terraform."""
