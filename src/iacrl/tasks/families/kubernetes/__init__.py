"""Families of Kubernetes tasks."""
