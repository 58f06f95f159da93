"""The rules for Terraform."""

from __future__ import annotations

from iacrl.validators.rules import Rule
from iacrl.validators.terraform.expressions.rules import EXPRESSION_RULES
from iacrl.validators.terraform.references.rules import REFERENCE_RULES
from iacrl.validators.terraform.schema.rules import SCHEMA_RULES
from iacrl.validators.terraform.structure.rules import STRUCTURE_RULES
from iacrl.validators.terraform.syntax.rules import SYNTAX_RULES

RULES: tuple[Rule, ...] = tuple(
    sorted(
        (*SYNTAX_RULES, *STRUCTURE_RULES, *SCHEMA_RULES, *REFERENCE_RULES, *EXPRESSION_RULES),
        key=lambda rule: rule.code,
    )
)
