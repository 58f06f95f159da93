"""The format of Terraform text: what `terraform fmt` leaves unchanged, and outdated syntax."""
