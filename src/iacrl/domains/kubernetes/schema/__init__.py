"""The schemas of Kubernetes by version, and those of custom resources."""
