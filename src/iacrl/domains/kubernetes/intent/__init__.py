"""What intents mean in Kubernetes: selectors, ports of services, quantities, and which extras are free."""
