"""Common Expression Language as the API server has it: reading, type checking, evaluating, and the static cost."""
