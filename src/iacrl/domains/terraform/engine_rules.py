"""The rules behind the engine's diagnostics: one for each layer, because terraform's diagnostics have no codes.

They are separate from the rules of the in-process validator, which has no fixtures for them. `iacrl validate --engine
terraform` reports them in terraform's words. This module imports nothing from the engine.
"""

from __future__ import annotations

from iacrl.domains.rules import Rule
from iacrl.domains.verdict import Layer
from iacrl.errors import DOCS

#: The code of a finding in each layer, and of a run that exceeded a limit.
LAYER_CODES: dict[Layer, str] = {"syntax": "TF901", "structure": "TF902", "schema": "TF903", "references": "TF904"}
LIMIT_CODE = "TF900"

_SOURCE = f"terraform validate and terraform plan, as run by iacrl.TerraformEngine ({DOCS}/terraform-engine.md)"

_TITLES: dict[Layer, str] = {
    "syntax": "Terraform cannot read the text",
    "structure": "Terraform refuses a block or a setting of the language",
    "schema": "Terraform refuses a type, an argument or a block by its provider's schema",
    "references": "Terraform refuses a name, a type or a call in an expression",
}

ENGINE_RULES: tuple[Rule, ...] = (
    Rule(
        LIMIT_CODE,
        "structure",
        "Terraform used more than it may",
        "Judging the text took more memory or output than the engine allows, or crashed the program: it computes "
        "something enormous. Make it smaller.",
        _SOURCE,
    ),
    *(
        Rule(
            code,
            layer,
            _TITLES[layer],
            "The message is terraform's own summary and detail. The in-process validator gives the same finding "
            "its own code. What a real provider says has the code of our rule (TF320 to TF329) where we have one.",
            _SOURCE,
        )
        for layer, code in LAYER_CODES.items()
    ),
)
