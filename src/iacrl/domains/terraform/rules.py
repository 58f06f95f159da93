"""Constructors for Terraform's rules, one for each layer. A rule is declared next to the check that reports it."""

from __future__ import annotations

from typing import Final

from iacrl.domains.rules import Rule

_LANGUAGE: Final = "https://developer.hashicorp.com/terraform/language"
#: The source of a rule that Terraform's documentation lacks: the specification of its syntax, or iacrl itself.
HCL_SPEC: Final = "https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md"
OWN: Final = "iacrl"
_PROVIDER: Final = (
    "the provider itself, asked over Terraform's plugin protocol (docs/terraform-verdict.md#provider-rules)"
)
_DOCUMENTATION: Final = "the descriptions of arguments in the provider's package (scripts/described_values.py)"


def syntax_rule(code: str, title: str, page: str, explanation: str) -> Rule:
    """Return a rule of the syntax layer, TF1xx; `page` is one of the language's documentation, HCL_SPEC or OWN."""
    return Rule(code, "syntax", title, explanation, page if page in (HCL_SPEC, OWN) else f"{_LANGUAGE}/{page}")


def structure_rule(code: str, title: str, page: str, explanation: str, warning: bool = False) -> Rule:
    """Return a rule of the structure layer, TF2xx: errors that Terraform reports while it loads a configuration."""
    return Rule(code, "structure", title, explanation, f"{_LANGUAGE}/{page}", "warning" if warning else "error")


def schema_rule(code: str, title: str, page: str, explanation: str) -> Rule:
    """Return a rule of the schema layer, TF3xx: violations of a provider's schema."""
    return Rule(code, "schema", title, explanation, f"{_LANGUAGE}/{page}")


def reference_rule(code: str, title: str, page: str, explanation: str, warning: bool = False) -> Rule:
    """Return a rule of the references layer, TF4xx: what names mean in which place, and what expressions compute."""
    return Rule(code, "references", title, explanation, f"{_LANGUAGE}/{page}", "warning" if warning else "error")


def provider_rule(code: str, title: str, explanation: str) -> Rule:
    """Return a rule of the schema layer that was found by asking a provider."""
    return Rule(code, "schema", title, explanation, _PROVIDER)


def described_rule(code: str, title: str, explanation: str) -> Rule:
    """Return a rule of the schema layer that only a provider's documentation states: always a warning."""
    return Rule(code, "schema", title, explanation, _DOCUMENTATION, "warning")
