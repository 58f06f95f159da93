"""Terraform for intents: when values are the same, what refers to what, and which settings do something else."""
