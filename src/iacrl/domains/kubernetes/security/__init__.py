"""Security checks of Kubernetes objects."""
