"""Families of Terraform tasks."""
