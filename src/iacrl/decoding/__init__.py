"""Writing completions: a decoder over the modules of a transformers model, and the copy of a policy that it reads."""
