"""The rules for Kubernetes: one module per theme, each with its rows of the table and the checks that apply them."""

from __future__ import annotations

from iacrl.validators.kubernetes.rules import schema, structure, syntax
from iacrl.validators.rules import Rule

RULES: tuple[Rule, ...] = tuple(
    sorted((rule for theme in (syntax, structure, schema) for rule in theme.RULES), key=lambda rule: rule.code)
)
