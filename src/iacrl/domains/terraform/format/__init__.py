"""The form of Terraform text: what `terraform fmt` leaves as it is, and outdated ways of writing."""
