"""`verdict.document`: what a configuration declares, as plain data for intents and rewards."""
