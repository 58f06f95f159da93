"""`verdict.document`: what a configuration declares, as plain data that intents and rewards read."""
