"""Every rule for Terraform, in the order of the codes."""

from __future__ import annotations

from iacrl.domains.rules import Rule
from iacrl.domains.terraform.checking import (
    address,
    check_rules,
    imports,
    module_checker,
    providers,
    provisioners,
    reference_rules,
    remote_state,
    repetition,
    schema_rules,
)
from iacrl.domains.terraform.expressions import (
    access,
    calls,
    conditionals,
    constraints,
    evaluate,
    iteration,
    operators,
    rendering,
)
from iacrl.domains.terraform.provider_rules import combination_rules, conditions
from iacrl.domains.terraform.structure import (
    body,
    checks,
    moves,
    named_values,
    names,
    override,
    provider,
    provisioner,
    resource,
    static,
    structure_rules,
    terraform_block,
    version,
)
from iacrl.domains.terraform.syntax import (
    bracket_rules,
    expression_parser,
    lexer,
    steps,
    strings,
    syntax_rules,
    template_pieces,
    templates,
)

_THEMES = (
    bracket_rules, expression_parser, lexer, steps, strings, syntax_rules, template_pieces, templates,
    body, checks, moves, named_values, names, override, provider, provisioner, resource, static, structure_rules,
    terraform_block, version,
    address, check_rules, imports, module_checker, providers, provisioners, reference_rules, remote_state,
    repetition, schema_rules,
    conditions, combination_rules,
    access, calls, conditionals, constraints, evaluate, iteration, operators, rendering,
)  # fmt: skip

RULES: tuple[Rule, ...] = tuple(sorted((rule for theme in _THEMES for rule in theme.RULES), key=lambda rule: rule.code))
