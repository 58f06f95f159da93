"""The rules for Terraform."""

from __future__ import annotations

from iacrl.domains.rules import Rule
from iacrl.domains.terraform.checking.reference_rules import REFERENCE_RULES
from iacrl.domains.terraform.checking.schema_rules import SCHEMA_RULES
from iacrl.domains.terraform.expressions.expression_rules import EXPRESSION_RULES
from iacrl.domains.terraform.provider_rules.combination_rules import COMBINATION_RULES
from iacrl.domains.terraform.provider_rules.value_rules import VALUE_RULES
from iacrl.domains.terraform.structure.structure_rules import STRUCTURE_RULES
from iacrl.domains.terraform.syntax.syntax_rules import SYNTAX_RULES

RULES: tuple[Rule, ...] = tuple(
    sorted(
        (
            *SYNTAX_RULES,
            *STRUCTURE_RULES,
            *SCHEMA_RULES,
            *VALUE_RULES,
            *COMBINATION_RULES,
            *REFERENCE_RULES,
            *EXPRESSION_RULES,
        ),
        key=lambda rule: rule.code,
    )
)
