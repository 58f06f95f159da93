"""Google Cloud resources."""
