"""From syntax trees to a module's declarations, with the errors that Terraform reports while loading."""
