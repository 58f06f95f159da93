"""What Kubernetes means to an intent: selectors, ports of services, quantities, and what does something else."""
