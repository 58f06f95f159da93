"""Intents: what was asked, as data, and the check against a document of any domain."""
