"""Azure resources."""
