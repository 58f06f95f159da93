"""The rules for Terraform."""

from __future__ import annotations

from iacrl.validators.rules import Rule
from iacrl.validators.terraform.expression_rules import EXPRESSION_RULES
from iacrl.validators.terraform.references_catalogue import REFERENCE_RULES
from iacrl.validators.terraform.schema_check_rules import SCHEMA_RULES
from iacrl.validators.terraform.structure_rules import STRUCTURE_RULES
from iacrl.validators.terraform.syntax_rules import SYNTAX_RULES

RULES: tuple[Rule, ...] = tuple(
    sorted(
        (*SYNTAX_RULES, *STRUCTURE_RULES, *SCHEMA_RULES, *REFERENCE_RULES, *EXPRESSION_RULES),
        key=lambda rule: rule.code,
    )
)
