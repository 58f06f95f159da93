"""Intents: what was asked, as data, and checking it against a document of any domain."""
