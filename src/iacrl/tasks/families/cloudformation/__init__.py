"""Families of CloudFormation tasks."""
