"""Auditing a reward or a rubric: texts made to beat it, gold answers and their mutations, and what it gave them."""
