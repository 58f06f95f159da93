"""Terraform as a domain: what iacrl asks about HashiCorp's configuration language, and who answers.

A text is one file, or the files of a module joined; a directory with `.tf` files is a module. Its layers are syntax
(`syntax`), the structure of blocks (`structure`), the schemas of providers (`schema`), and references with their types
(`checking`, `expressions`, `cty`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iacrl.domains.base import Category, Domain, Options
from iacrl.domains.terraform import validate_directory, validate_text

if TYPE_CHECKING:
    from pathlib import Path

    from iacrl.domains.rules import Rule
    from iacrl.domains.security import SecurityCheck
    from iacrl.domains.verdict import Verdict

_WARM = """
resource "aws_s3_bucket" "a" {
  bucket = lower("A-${var.name}")
  tags   = { for key in ["a"] : key => upper(key) }
}
resource "azurerm_resource_group" "a" {
  name     = "a"
  location = "westeurope"
}
resource "google_pubsub_topic" "a" {
  name = aws_s3_bucket.a.bucket
}
variable "name" {
  type = string
}
"""


def _validate(text: str, options: Options) -> Verdict:
    return validate_text(text)


def _validate_directory(directory: Path, options: Options) -> Verdict:
    return validate_directory(directory)


def _rules() -> tuple[Rule, ...]:
    from iacrl.domains.terraform.catalogue import RULES
    from iacrl.domains.terraform.engine.engine_rules import ENGINE_RULES

    return (*RULES, *ENGINE_RULES)


def _formatted(text: str) -> str:
    from iacrl.domains.terraform.format.form import canonical

    return canonical(text)


def _security_checks() -> tuple[SecurityCheck, ...]:
    from iacrl.domains.terraform.security import CHECKS

    return CHECKS


DOMAIN = Domain(
    name="terraform",
    title="Terraform",
    languages=("terraform", "tf", "hcl", "hcl2"),
    spoken=("Terraform", "Terraform code", "HCL", "a Terraform configuration"),
    validate=_validate,
    validate_directory=_validate_directory,
    formatted=_formatted,
    rules=_rules,
    categories=(
        Category("resource", has_kind=True),
        Category("data", has_kind=True),
        Category("ephemeral", has_kind=True),
        Category("variable", is_thing=False),
        Category("output", is_thing=False),
        Category("local", is_thing=False),
        Category("module"),
        Category("provider", is_thing=False),
        Category("moved", is_answer=False),
        Category("removed", is_answer=False),
        Category("import", is_answer=False),
        Category("check", is_answer=False),
    ),
    security_checks=_security_checks,
    warm_text=_WARM,
)
