"""Drift: whether answers from production are still as valid, and break the same rules, as in a base period."""
