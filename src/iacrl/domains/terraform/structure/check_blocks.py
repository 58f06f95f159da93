"""Check rules: `validation`, `precondition`, `postcondition` and `assert` blocks, and the `check` block around them."""

from __future__ import annotations

from iacrl.domains.terraform.checking.find import find_references
from iacrl.domains.terraform.findings import refuse
from iacrl.domains.terraform.rules import structure_rule
from iacrl.domains.terraform.structure.body import BodyShape, check_body
from iacrl.domains.terraform.structure.module import CheckBlock, CheckRule, File
from iacrl.domains.terraform.structure.names import check_name
from iacrl.domains.terraform.structure.structure_rules import DUPLICATE_BLOCK
from iacrl.domains.terraform.syntax.nodes import Block

INVALID_CONDITION = structure_rule(
    "TF216",
    "Invalid condition expression",
    "expressions/custom-conditions",
    "The condition of a validation, precondition, postcondition or assert block refers to nothing, so its result "
    "would always be the same.",
)
ZERO_ASSERT_BLOCKS = structure_rule(
    "TF231", "Zero assert blocks", "checks", "A check block without an assert block checks nothing."
)

_RULE = BodyShape(required="condition error_message")
_CHECK = BodyShape(blocks={"data": ("type", "name"), "assert": ()})


def read_check_rule(block: Block, file: File) -> CheckRule:
    """Read one rule; report a condition that checks nothing."""
    report = file.findings
    check_body(block.body, _RULE, report, block)
    condition = block.body.attributes.get("condition")
    message = block.body.attributes.get("error_message")
    if condition is not None and not find_references(condition.value):
        detail = (
            "The condition expression must refer to at least one object from elsewhere in the configuration, or else "
            "its result would not be checking anything."
        )
        refuse(report, condition.value, INVALID_CONDITION, detail, f"Invalid {block.type} expression")
    return CheckRule(
        file,
        block,
        None if condition is None else condition.value,
        None if message is None else message.value,
    )


def read_check(block: Block, file: File) -> tuple[CheckBlock, list[Block]]:
    """Read a `check` block; return its data source unread."""
    report = file.findings
    blocks = check_body(block.body, _CHECK, report, block)
    check_name(block.labels[0], "check block", report)
    check = CheckBlock(file, block, block.labels[0].value)
    data = [inner for inner in blocks if inner.type == "data"]
    for inner in data[1:]:
        detail = "This check block already has a data resource."
        refuse(report, inner.header, DUPLICATE_BLOCK, detail, "Multiple data resource blocks")
    check.asserts = [read_check_rule(inner, file) for inner in blocks if inner.type == "assert"]
    if not check.asserts:
        detail = "Check blocks must have at least one assert block."
        refuse(report, block.header, ZERO_ASSERT_BLOCKS, detail)
    return check, data[:1]
