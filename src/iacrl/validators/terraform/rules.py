"""The rules for Terraform."""

from __future__ import annotations

from iacrl.validators.rules import Rule
<<<<<<< HEAD
from iacrl.validators.terraform.syntax_rules import SYNTAX_RULES

RULES: tuple[Rule, ...] = (*SYNTAX_RULES,)
=======
from iacrl.validators.terraform.references_catalogue import REFERENCE_RULES
from iacrl.validators.terraform.schema_check_rules import SCHEMA_RULES
from iacrl.validators.terraform.structure_rules import STRUCTURE_RULES

RULES: tuple[Rule, ...] = (
    Rule(
        "TF100",
        "syntax",
        "Invalid syntax",
        "The text is not HashiCorp's native syntax.",
        "https://developer.hashicorp.com/terraform/language/syntax/configuration",
    ),
    *STRUCTURE_RULES,
    *SCHEMA_RULES,
    *REFERENCE_RULES,
)
>>>>>>> tfcheck
