"""What make_tiny_base.py is made of: tokenizer, initialization, data and training of the shipped tiny model."""
