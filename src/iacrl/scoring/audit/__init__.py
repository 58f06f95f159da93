"""Auditing a reward or a rubric: texts made to beat it, gold answers, their mutations, and what each of them earns."""
