"""Sampling, metrics and their intervals."""
