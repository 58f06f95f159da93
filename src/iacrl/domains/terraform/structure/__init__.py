"""From syntax trees to what a module declares, with what Terraform refuses while it loads a configuration."""
