"""Security checks of Terraform resources."""
