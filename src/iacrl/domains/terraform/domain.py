"""The Terraform domain: what iacrl asks about HashiCorp's configuration language, and who answers.

A text is one file, or the files of a module joined; a directory with `.tf` files is a module. Its layers are syntax
(`syntax`), the structure of blocks (`structure`), the schemas of providers (`schema`), and references with their types
(`checking`, `expressions`, `cty`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from iacrl.domains.base import Category, Domain, Option, Options
from iacrl.domains.deferred import constant, function
from iacrl.domains.meaning import same_spelling
from iacrl.domains.terraform import validate_directory, validate_text
from iacrl.domains.terraform.module_files import NO_CONFIGURATION
from iacrl.domains.terraform.terraform_version import VERSION

if TYPE_CHECKING:
    from pathlib import Path

    from iacrl.domains.rules import Rule
    from iacrl.domains.terraform.document.document import TerraformDocument
    from iacrl.domains.terraform.engine import TerraformEngine
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
    return validate_text(text, options["dialect"], options["version"])


def _validate_directory(directory: Path, options: Options) -> Verdict:
    return validate_directory(directory, options["dialect"], options["version"])


def _file_options(file: Path) -> Options:
    return {"dialect": "tofu"} if file.suffix == ".tofu" else {}


def _module_files(directory: Path) -> list[Path]:
    from iacrl.domains.terraform.module_files import files_beside, module_files

    found = sorted(module_files(directory), key=lambda file: file.name != "main.tf")
    return found + files_beside(directory) if found else []


def _rules() -> tuple[Rule, ...]:
    from iacrl.domains.terraform.engine_rules import ENGINE_RULES
    from iacrl.domains.terraform.rule_catalogue import RULES

    return (*RULES, *ENGINE_RULES)


def _engine(options: Options) -> TerraformEngine:
    from iacrl.domains.terraform.engine import TerraformEngine

    return TerraformEngine("tofu" if options.get("dialect") == "tofu" else None)


def _with_inputs(document: TerraformDocument, inputs: Mapping[str, Any]) -> TerraformDocument | str:
    there = document.with_inputs(inputs)
    if there is None:
        return "there is no such input, or it does not take this value"
    return f"no plan is possible: {there.missing_instances[0].message}" if there.missing_instances else there


def _sources() -> tuple[Path, ...]:
    from pathlib import Path

    from iacrl.domains.terraform.schema.packs import data_directories

    return tuple(map(Path, data_directories()))


DOMAIN = Domain(
    name="terraform",
    title="Terraform",
    languages=("terraform", "tf", "hcl", "hcl2"),
    spoken=("Terraform", "Terraform code", "HCL", "a Terraform configuration"),
    validate=_validate,
    thing="module",
    suffixes=(".tf", ".tofu"),
    options=(
        Option("dialect", "Whose verdict to give, Terraform's or OpenTofu's.", "terraform", ("terraform", "tofu")),
        Option("version", "The version of Terraform with which `required_version` is compared.", VERSION),
    ),
    unread={".tf.json": "the JSON syntax is not read by itself; name the module's directory", **NO_CONFIGURATION},
    validate_directory=_validate_directory,
    module_files=_module_files,
    file_options=_file_options,
    among_others=function("iacrl.domains.terraform.validation:as_called"),
    plan=function("iacrl.domains.terraform.engine.planning:plan"),
    schemas=constant("iacrl.domains.terraform.schema.browsing:SCHEMAS"),
    named_types=function("iacrl.domains.terraform.schema.named_resources:named_resources"),
    formatted=function("iacrl.domains.terraform.format.form:canonical"),
    rules=_rules,
    marks=function("iacrl.domains.terraform.marks:marks"),
    categories=(
        Category("resource", kind=_IDENTIFIER),
        Category("data", kind=_IDENTIFIER),
        Category("ephemeral", kind=_IDENTIFIER),
        Category("variable", is_thing=False, given_unless="default"),
        Category("output", is_thing=False),
        Category("local", is_thing=False),
        Category("module"),
        Category("provider", is_thing=False),
        Category("moved", is_answer=False, of_changes=True),
        Category("removed", is_answer=False),
        Category("terraform", is_answer=False),
        Category("import", is_answer=False),
        Category("check", is_answer=False),
    ),
    # Terraform converts a value if the schema wants another type:
    # developer.hashicorp.com/terraform/language/expressions/types
    same_value=same_spelling,
    flows=function("iacrl.domains.terraform.intent.references:refers_to"),
    extras=function("iacrl.domains.terraform.intent.extras:extras_of"),
    normal_form=function("iacrl.domains.terraform.intent.normal_form:normal_form"),
    with_inputs=_with_inputs,
    value_tests=constant("iacrl.domains.terraform.intent.value_tests:VALUE_TESTS"),
    engine=_engine,
    second_judge=_engine,
    task_row=function("iacrl.domains.terraform.iac_eval:task_row"),
    mutations=constant("iacrl.domains.terraform.mutations:MUTATIONS"),
    hack_texts=constant("iacrl.domains.terraform.hack_texts:HACK_TEXTS"),
    security_checks=constant("iacrl.domains.terraform.security:CHECKS"),
    warm_text=_WARM,
    sources=_sources,
)
