"""Every rule for Terraform, in the order of the codes, collected from the modules that report them."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from iacrl.domains.rules import Rule
from iacrl.domains.terraform import checking, expressions, provider_rules, structure, syntax

_MODULES = [
    import_module(f"{package.__name__}.{found.name}")
    for package in (syntax, structure, checking, provider_rules, expressions)
    for found in iter_modules(package.__path__)
]

RULES: tuple[Rule, ...] = tuple(
    sorted({rule for module in _MODULES for rule in vars(module).values() if isinstance(rule, Rule)})
)
