"""The rules for Terraform."""

from __future__ import annotations

from iacrl.validators.rules import Rule
from iacrl.validators.terraform.syntax_rules import SYNTAX_RULES

RULES: tuple[Rule, ...] = (*SYNTAX_RULES,)
