"""OpenTofu's additions to Terraform's language: the `language` block, encryption, provider instances, `enabled`.

Sources: opentofu.org/docs/language, and the verdict of OpenTofu 1.12 on each case (`tests/fixtures/terraform`).
"""

from __future__ import annotations

from iacrl.domains.terraform.cty.conversion import ConversionError, convert
from iacrl.domains.terraform.cty.types import BOOL
from iacrl.domains.terraform.findings import Finding, refuse
from iacrl.domains.terraform.structure.body import BodyShape, check_body, duplicate_block
from iacrl.domains.terraform.structure.module import File, Module
from iacrl.domains.terraform.structure.static import (
    UNSUITABLE_VALUE_TYPE,
    constant_string,
    evaluate_without_calls,
    keyword,
)
from iacrl.domains.terraform.structure.structure_rules import (
    COUNT_AND_FOR_EACH,
    INVALID_DEFAULT_VALUE,
    UNSUPPORTED_FEATURE,
)
from iacrl.domains.terraform.structure.version_constraints import TOFU_VERSION, check_required_version
from iacrl.domains.terraform.syntax.nodes import Attribute, Block, ValueNode

_LANGUAGE = BodyShape("edition experiments", blocks={"compatible_with": ()})
_ENCRYPTION = BodyShape(
    blocks={
        "key_provider": ("type", "name"),
        "method": ("type", "name"),
        "state": (),
        "plan": (),
        "remote_state_data_sources": (),
    }
)
_MODULE_LIFECYCLE = BodyShape("enabled")


def read_language(block: Block, file: File, module: Module) -> None:
    """Read a `language` block, which constrains OpenTofu's language and version."""
    report = file.findings
    blocks = check_body(block.body, _LANGUAGE, report, block)
    edition = block.body.attributes.get("edition")
    if edition is not None and keyword(edition.value) != "tofu2024":
        detail = "The only supported language edition is tofu2024."
        refuse(report, edition.header, UNSUPPORTED_FEATURE, detail, "Unsupported language edition")
    for inner in blocks:
        wanted = inner.body.attributes.get("opentofu")
        if wanted is not None:
            check_required_version(wanted.value, report, "OpenTofu", TOFU_VERSION)


def read_encryption(blocks: list[Block], report: list[Finding]) -> None:
    """Read the `encryption` blocks of a `terraform` block. Only a plan checks their keys and methods."""
    for block in blocks:
        if block is not blocks[0]:
            report.append(duplicate_block(block, "terraform block"))
        check_body(block.body, _ENCRYPTION, report, block)


def check_prevent_destroy(expression: ValueNode, report: list[Finding]) -> None:
    """Report a `prevent_destroy` that is known not to be true, false or null; any expression is allowed."""
    quiet: list[Finding] = []
    value = evaluate_without_calls(expression, quiet)
    if quiet:
        return
    try:
        convert(value, BOOL)
    except ConversionError as error:
        detail = f"The prevent_destroy argument has an invalid value: {error.message}."
        refuse(report, expression, UNSUITABLE_VALUE_TYPE, detail, "Invalid value for prevent_destroy")


def read_module_lifecycle(blocks: list[Block], report: list[Finding]) -> None:
    """Read the `lifecycle` block of a module call; only one is allowed."""
    for block in blocks:
        if block is not blocks[0]:
            report.append(duplicate_block(block, "module block"))
        check_body(block.body, _MODULE_LIFECYCLE, report, block)


def check_enabled(lifecycle: Block, arguments: dict[str, Attribute], report: list[Finding]) -> None:
    """Report `enabled` together with `count` or `for_each`; only a plan computes its value."""
    enabled = lifecycle.body.attributes.get("enabled")
    other = next((name for name in ("count", "for_each") if name in arguments), None)
    if enabled is not None and other is not None:
        detail = f'The "{other}" and "enabled" meta-arguments are mutually-exclusive. Only one may be used.'
        summary = f'Invalid combination of "{other}" and "enabled"'
        refuse(report, enabled.header, COUNT_AND_FOR_EACH, detail, summary)


def check_deprecated(argument: Attribute, what: str, report: list[Finding]) -> None:
    """Report a `deprecated` that does not say what to use instead."""
    if constant_string(argument.value, report) == "":
        detail = f'The "deprecated" argument must not be empty: say what to use instead of this {what}.'
        refuse(report, argument.value, INVALID_DEFAULT_VALUE, detail, "Invalid `deprecated` value")
