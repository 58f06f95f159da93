"""`dynamic` blocks: what they would expand to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from iacrl.domains.terraform.checking.find import iterator_name
from iacrl.domains.terraform.checking.schema_rules import EPHEMERAL_ARGUMENT, INVALID_DYNAMIC_BLOCK
from iacrl.domains.terraform.checking.site import Site
from iacrl.domains.terraform.cty import values
from iacrl.domains.terraform.cty.values import ANY, Value
from iacrl.domains.terraform.findings import Finding, refuse
from iacrl.domains.terraform.schema.block_shapes import BlockShape
from iacrl.domains.terraform.structure.body import BodyShape, check_body
from iacrl.domains.terraform.syntax.nodes import Block, Traversal, ValueNode

_DYNAMIC = BodyShape("iterator labels", "for_each", {"content": ()})


class Expansion(NamedTuple):
    """What a `dynamic` block expands to.

    Attributes:
        content: The `content` block; None if the block or its collection is invalid.
        elements: The place of the content for each element of the collection; None if the collection is not known.
        unknown: The place of the content for an unknown element.
    """

    content: Block | None
    elements: Iterator[Site] | None
    unknown: Site


def expand(
    block: Block,
    shape: BlockShape | None,
    place: Site,
    report: list[Finding],
    evaluate: Callable[[ValueNode], Value | None],
) -> Expansion | None:
    """Check one `dynamic` block, and return what it expands to; None if its collection is not a valid one.

    As in Terraform, a collection that is not known yet gives one block of unknown values. Its arguments must be valid,
    but their references are only checked once the collection is known. If the collection is known to be empty, its
    content is not checked at all.

    Args:
        shape: What the body around it may contain; None if that is not known.
        evaluate: Gives the value of its collection.
    """
    name = block.labels[0].value
    iterator = iterator_name(block)
    unknown = place.with_name(iterator, ANY)
    before = len(report)
    contents = _contents(block, report)
    _check_settings(block, name, shape, report)
    argument = block.body.attributes.get("for_each")
    collection = evaluate(argument.value) if argument is not None else None
    if argument is None or collection is None or len(report) > before:
        return Expansion(None, None, unknown)
    problem = _problem(collection)
    if problem is not None:
        refuse(report, argument.value, INVALID_DYNAMIC_BLOCK, problem, "Invalid dynamic for_each value")
        return None
    # An unknown collection marks the whole value of an argument that is written as blocks, but no real block.
    if (
        shape is not None
        and not shape.ephemeral
        and "ephemeral" in collection.marks
        and (bool(collection.data) if collection.known else name in shape.arguments)
    ):
        detail = (
            f'Ephemeral values are not valid for "{name}", because it is not a write-only attribute and must be '
            "persisted to state."
        )
        refuse(report, argument.value, EPHEMERAL_ARGUMENT, detail)
    if not collection.known:
        return Expansion(contents[0], None, unknown)
    pairs = (
        values.object_value({"key": key, "value": value.marked(collection.marks)})
        for key, value in values.pairs(collection)
    )
    return Expansion(contents[0], (place.with_name(iterator, pair) for pair in pairs), unknown)


def check_label(block: Block, report: list[Finding]) -> bool:
    """Report a `dynamic` block that does not name one type; return whether it does."""
    if len(block.labels) == 1:
        return True
    summary = "Missing type for dynamic" if not block.labels else "Extraneous label for dynamic"
    refuse(report, block.header, INVALID_DYNAMIC_BLOCK, "All dynamic blocks must have 1 labels (type).", summary)
    return False


def _contents(block: Block, report: list[Finding]) -> list[Block]:
    """Return the `content` blocks; report any number of them but one."""
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


def _check_settings(block: Block, name: str, shape: BlockShape | None, report: list[Finding]) -> None:
    iterator = block.body.attributes.get("iterator")
    if iterator is not None and not (isinstance(iterator.value, Traversal) and not iterator.value.steps):
        detail = "Dynamic iterator must be a single variable name."
        refuse(report, iterator.value, INVALID_DYNAMIC_BLOCK, detail, "Invalid dynamic iterator name")
    if shape is None:
        return
    labels = block.body.attributes.get("labels")
    nested = shape.blocks.get(name)
    wants_label = nested is not None and nested.schema.nesting == "map"
    if wants_label and labels is None:
        detail = f"All {name} blocks must have 1 label (key)."
        summary = "Insufficient dynamic block labels"
        refuse(report, block.header, INVALID_DYNAMIC_BLOCK, detail, summary)
    elif labels is not None and not wants_label:
        detail = f"Blocks of type {name} take no labels."
        refuse(report, labels.value, INVALID_DYNAMIC_BLOCK, detail, "Extraneous dynamic block label")


def _problem(collection: Value) -> str | None:
    if collection.null:
        return "Cannot use a null value in for_each."
    if collection.type.is_primitive:
        return f"Cannot use a {collection.type.friendly()} value in for_each. An iterable collection is required."
    return None
