"""Terraform as a domain: what iacrl asks about HashiCorp's configuration language, and who answers.

A text is one file, or the files of a module joined; a directory with `.tf` files is a module. Its layers are syntax
(`syntax`), the structure of blocks (`structure`), the schemas of providers (`schema`), and references with their types
(`checking`, `expressions`, `cty`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from iacrl.domains.base import Category, Domain, Options
from iacrl.domains.meaning import Extras, Flow, same_spelling
from iacrl.domains.probing import HackTexts, Mutations
from iacrl.domains.programs import Planned, Schemas, SecondJudge
from iacrl.domains.terraform import validate_directory, validate_text

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from iacrl.domains.document import Entity, EntityType
    from iacrl.domains.meaning import DomainTest
    from iacrl.domains.programs import Engine
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

_IDENTIFIER = r"[^\W\d][\w-]*"


def _validate(text: str, options: Options) -> Verdict:
    return validate_text(text)


def _validate_directory(directory: Path, options: Options) -> Verdict:
    return validate_directory(directory)


def _module_files(directory: Path) -> list[Path]:
    from iacrl.domains.terraform.module_files import module_files

    return sorted(module_files(directory), key=lambda file: file.name != "main.tf")


def _plan(source: str | Path, program: str | None) -> Planned:
    from iacrl.domains.terraform.engine.planning import plan

    return plan(source, program)


def _schemas() -> Schemas:
    from iacrl.domains.terraform.schema.browsing import SCHEMAS

    return SCHEMAS


def _rules() -> tuple[Rule, ...]:
    from iacrl.domains.terraform.catalogue import RULES
    from iacrl.domains.terraform.engine.engine_rules import ENGINE_RULES

    return (*RULES, *ENGINE_RULES)


def _formatted(text: str) -> str:
    from iacrl.domains.terraform.format.form import canonical

    return canonical(text)


def _flows(flow: Flow) -> bool:
    from iacrl.domains.terraform.intent.references import refers_to

    return refers_to(flow)


def _extras(entity: Entity) -> Extras:
    from iacrl.domains.terraform.intent.extras import extras_of

    return extras_of(entity)


def _normal_form(entities: Sequence[Entity], asked: Mapping[EntityType, Collection[str]]) -> Sequence[Entity]:
    from iacrl.domains.terraform.intent.instances import instances_of

    return instances_of(entities, asked)


def _value_tests() -> Mapping[str, DomainTest]:
    from iacrl.domains.terraform.intent.value_tests import VALUE_TESTS

    return VALUE_TESTS


def _task_row(row: Mapping[str, Any]) -> Mapping[str, Any]:
    from iacrl.domains.terraform.iac_eval import task_row

    return task_row(row)


def _mutations() -> Mutations:
    from iacrl.domains.terraform.mutations import MUTATIONS

    return MUTATIONS


def _engine() -> Engine:
    from iacrl.domains.terraform.engine import TerraformEngine

    return TerraformEngine()


def _second_judge(options: Options) -> SecondJudge:
    from iacrl.domains.terraform.second_judge import ProgramJudge

    return ProgramJudge()


def _hack_texts() -> HackTexts:
    from iacrl.domains.terraform.hack_texts import HACK_TEXTS

    return HACK_TEXTS


def _sources() -> tuple[Path, ...]:
    from pathlib import Path

    from iacrl.domains.terraform.schema.packs import data_directory

    return (Path(data_directory()),)


def _security_checks() -> tuple[SecurityCheck, ...]:
    from iacrl.domains.terraform.security import CHECKS

    return CHECKS


DOMAIN = Domain(
    name="terraform",
    title="Terraform",
    languages=("terraform", "tf", "hcl", "hcl2"),
    spoken=("Terraform", "Terraform code", "HCL", "a Terraform configuration"),
    validate=_validate,
    thing="module",
    suffixes=(".tf",),
    unread={".tf.json": "Terraform's JSON syntax is not read; only .tf files are"},
    validate_directory=_validate_directory,
    module_files=_module_files,
    plan=_plan,
    schemas=_schemas,
    formatted=_formatted,
    rules=_rules,
    categories=(
        Category("resource", kind=_IDENTIFIER),
        Category("data", kind=_IDENTIFIER),
        Category("ephemeral", kind=_IDENTIFIER),
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
    # Terraform converts where a schema wants another type: developer.hashicorp.com/terraform/language/expressions/types
    same_value=same_spelling,
    flows=_flows,
    extras=_extras,
    normal_form=_normal_form,
    value_tests=_value_tests,
    engine=_engine,
    second_judge=_second_judge,
    task_row=_task_row,
    mutations=_mutations,
    hack_texts=_hack_texts,
    security_checks=_security_checks,
    warm_text=_WARM,
    sources=_sources,
)
