"""What Terraform means to an intent: when values are the same, what refers to what, and what does something else."""
