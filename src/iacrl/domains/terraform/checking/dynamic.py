"""`dynamic` blocks: what they would expand to."""

from __future__ import annotations

from iacrl.domains.terraform.checking.body_checker import BlockCounts, BodyChecker
from iacrl.domains.terraform.checking.find import iterator_name
from iacrl.domains.terraform.checking.place import Place
from iacrl.domains.terraform.checking.schema_rules import (
    ARGUMENT_AS_BLOCK,
    INVALID_DYNAMIC_BLOCK,
    UNSUPPORTED_BLOCK_TYPE,
)
from iacrl.domains.terraform.cty import values
from iacrl.domains.terraform.cty.values import ANY, Value
from iacrl.domains.terraform.findings import Finding, refuse
from iacrl.domains.terraform.schema.shapes import BlockShape
from iacrl.domains.terraform.structure.body import Shape, check_body
from iacrl.domains.terraform.structure.names import is_full
from iacrl.domains.terraform.syntax.nodes import Block, Body, Traversal

_DYNAMIC = Shape("iterator labels", "for_each", {"content": ()})


def check_dynamic(
    checker: BodyChecker, block: Block, body: Body, shape: BlockShape, place: Place, counts: BlockCounts
) -> None:
    """Check one `dynamic` block and count what it expands to.

    As in Terraform, a collection that is not known yet stands for one block of unknown values: its arguments must be
    the right ones, but what they refer to is only looked at once the collection is known. A collection that is known
    to be empty hides its content altogether.
    """
    report = checker.report
    inner = _shape_of_content(checker, block, body, shape)
    if inner is None:
        return
    name = block.labels[0].value
    before = len(report)
    contents = _contents(block, report)
    _check_settings(checker, block, name, shape, place)
    argument = block.body.attributes.get("for_each")
    collection = checker.evaluate(argument.value, place) if argument is not None else None
    if collection is None or len(report) > before:
        counts.add(name)
        counts.uncertain.add(name)
        return
    problem = _problem(collection)
    if problem is not None and argument is not None:
        refuse(report, argument.value, INVALID_DYNAMIC_BLOCK, problem, "Invalid dynamic for_each value")
        return
    content = contents[0]
    iterator = iterator_name(block)
    if not collection.known:
        counts.add(name)
        if name not in counts.uncertain:
            checker.check_unknown(content.body, inner, place.with_name(iterator, ANY), content)
        if name in shape.blocks:
            counts.uncertain.add(name)
        return
    for key, value in values.pairs(collection):
        if checker.budget <= 0 or is_full(report):
            break
        checker.budget -= 1
        counts.add(name)
        pair = values.object_value({"key": key, "value": value.marked(collection.marks)})
        here = place.with_name(iterator, pair)
        if name not in counts.uncertain:
            checker.check_inner(name, content.body, inner, here, content)
        elif checker.values_known:
            checker.check_expressions(content.body, here)
        if not checker.values_known and name in shape.blocks:
            counts.uncertain.add(name)


def _shape_of_content(checker: BodyChecker, block: Block, body: Body, shape: BlockShape) -> BlockShape | None:
    """Return what the generated blocks may hold; None, reported, where the label names no block that fits here."""
    report = checker.report
    if len(block.labels) != 1:
        detail = "All dynamic blocks must have 1 labels (type)."
        summary = "Missing type for dynamic" if not block.labels else "Extraneous label for dynamic"
        refuse(report, block.header, INVALID_DYNAMIC_BLOCK, detail, summary)
        return None
    label = block.labels[0]
    inner = checker.shape_of_block(label.value, body, shape)
    if inner is None:
        detail = f'Blocks of type "{label.value}" are not expected here.'
        rule = ARGUMENT_AS_BLOCK if label.value in shape.arguments else UNSUPPORTED_BLOCK_TYPE
        refuse(report, label, rule, detail, "Unsupported block type")
    return inner


def _contents(block: Block, report: list[Finding]) -> list[Block]:
    """Return the `content` blocks; anything but one of them is reported."""
    contents = check_body(block.body, _DYNAMIC, report, block)
    if not contents:
        detail = (
            'A dynamic block must have a nested block of type "content" to describe the body of each generated block.'
        )
        refuse(report, block.header, INVALID_DYNAMIC_BLOCK, detail, "Missing dynamic content block")
    elif len(contents) > 1:
        detail = "Only one nested content block is allowed for each dynamic block."
        extra = contents[1]
        refuse(report, extra.header, INVALID_DYNAMIC_BLOCK, detail, "Extraneous dynamic content block")
    return contents


def _check_settings(checker: BodyChecker, block: Block, name: str, shape: BlockShape, place: Place) -> None:
    iterator = block.body.attributes.get("iterator")
    if iterator is not None and not (isinstance(iterator.value, Traversal) and not iterator.value.steps):
        detail = "Dynamic iterator must be a single variable name."
        refuse(checker.report, iterator.value, INVALID_DYNAMIC_BLOCK, detail, "Invalid dynamic iterator name")
    labels = block.body.attributes.get("labels")
    nested = shape.blocks.get(name)
    wants_label = nested is not None and nested.schema.nesting == "map"
    if wants_label and labels is None:
        detail = f"All {name} blocks must have 1 label (key)."
        summary = "Insufficient dynamic block labels"
        refuse(checker.report, block.header, INVALID_DYNAMIC_BLOCK, detail, summary)
    elif labels is not None and not wants_label:
        detail = f"Blocks of type {name} take no labels."
        refuse(checker.report, labels.value, INVALID_DYNAMIC_BLOCK, detail, "Extraneous dynamic block label")


def _problem(collection: Value) -> str | None:
    if collection.null:
        return "Cannot use a null value in for_each."
    if collection.type.is_primitive:
        return f"Cannot use a {collection.type.friendly()} value in for_each. An iterable collection is required."
    return None
