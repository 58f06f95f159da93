"""The rules for Terraform."""

from __future__ import annotations

from iacrl.validators.rules import Rule

RULES: tuple[Rule, ...] = (
    Rule(
        "TF100",
        "syntax",
        "Invalid syntax",
        "The text is not HashiCorp's native syntax.",
        "https://developer.hashicorp.com/terraform/language/syntax/configuration",
    ),
)
