"""What a body may contain: the arguments and blocks that Terraform itself defines."""

from __future__ import annotations

from collections.abc import Container, Mapping

from iacrl.domains.rules import Rule
from iacrl.domains.terraform.findings import Finding, refuse
from iacrl.domains.terraform.rules import structure_rule
from iacrl.domains.terraform.structure.names import MAX_ERRORS, is_full, nearest
from iacrl.domains.terraform.structure.structure_rules import (
    DUPLICATE,
    DUPLICATE_BLOCK,
    MISSING_REQUIRED_ARGUMENT,
    RESERVED_NAME,
    UNSUPPORTED_BLOCK_TYPE,
)
from iacrl.domains.terraform.syntax.nodes import Attribute, Block, Body, Label, Literal, Object, Tuple, ValueNode

UNSUPPORTED_ARGUMENT = structure_rule(
    "TF202",
    "Unsupported argument",
    "syntax/configuration",
    "Terraform's own blocks (variable, output, lifecycle, ...) take a fixed set of arguments; this name is none of "
    "them.",
)
MISSING_LABEL = structure_rule(
    "TF204",
    "Missing label",
    "syntax/configuration#blocks",
    "A block has too few labels: a resource needs its type and its name, a variable or output its name.",
)
EXTRANEOUS_LABEL = structure_rule(
    "TF205", "Extraneous label", "syntax/configuration#blocks", "A block has more labels than its type takes."
)
UNEXPECTED_BLOCK = structure_rule(
    "TF210",
    "Unexpected block",
    "values/locals",
    "The bodies of locals and required_providers hold arguments only. Write name = { ... } instead of a block.",
)

_NO_BLOCKS: Mapping[str, tuple[str, ...]] = {}


class BodyShape:
    """The arguments and blocks that a body may contain.

    Args:
        optional: The names of optional arguments, separated by spaces.
        required: The names of required arguments.
        blocks: Block types, each with the meaning of its labels.
    """

    __slots__ = ("attributes", "blocks", "required")

    def __init__(
        self, optional: str = "", required: str = "", blocks: Mapping[str, tuple[str, ...]] = _NO_BLOCKS
    ) -> None:
        self.required = tuple(required.split())
        #: By name, in the order of the table: the hint for a misspelt name must not depend on the order of a set.
        self.attributes = dict.fromkeys((*optional.split(), *self.required))
        self.blocks = blocks


class MergedBody(Body):
    """A body with an override merged in. Terraform uses only the parts of both that it knows, and ignores the rest."""

    __slots__ = ()


class JsonBody(Body):
    """A body in JSON syntax: the shape that it is checked against decides which of its arguments are blocks."""

    __slots__ = ()

    def with_blocks(self, blocks: Container[str]) -> JsonBody:
        """Return the body with every argument named like a block type, or `dynamic`, turned into blocks."""
        made = JsonBody(self.start, self.end, {}, list(self.blocks))
        for name, attribute in self.attributes.items():
            if name == "dynamic":
                for one in objects_of(attribute.value):
                    for item in one.items:
                        label = Label(item.key.start, item.key.end, _text_of(item.key), True)
                        made.blocks += [_block(attribute, inner, (label,)) for inner in objects_of(item.value)]
            elif name in blocks:
                made.blocks += [_block(attribute, inner, ()) for inner in objects_of(attribute.value)]
            else:
                made.attributes[name] = attribute
        return made


def objects_of(value: ValueNode) -> list[Object]:
    """Return the objects in a JSON property: one, or those of a list."""
    found = value.items if isinstance(value, Tuple) else (value,)
    return [one for one in found if isinstance(one, Object)]


def _block(attribute: Attribute, value: Object, labels: tuple[Label, ...]) -> Block:
    body = JsonBody(value.start, value.end, {}, [])
    for item in value.items:
        name = _text_of(item.key)
        if labels and name == "content":
            content = Attribute(item.key.start, item.end, name, item.value, item.key.end)
            body.blocks += [_block(content, inner, ()) for inner in objects_of(item.value)]
        elif name != "//":
            body.attributes[name] = Attribute(item.key.start, item.end, name, item.value, item.key.end)
    start, end = attribute.start, attribute.name_end
    return Block(start, end, attribute.name, labels, body, end, end)


def _text_of(key: ValueNode) -> str:
    return str(key.value) if isinstance(key, Literal) else ""


def check_body(body: Body, shape: BodyShape, report: list[Finding], owner: Block | None) -> list[Block]:
    """Report what is not allowed in a body, and return the blocks that are.

    Args:
        owner: The block with this body, to report what it lacks; None for a whole file.
    """
    if not body.attributes.keys() <= shape.attributes.keys():
        strangers = [attribute for attribute in body.attributes.values() if attribute.name not in shape.attributes]
        for attribute in strangers[: MAX_ERRORS + 1]:
            report.append(unsupported_argument(attribute, shape.attributes, shape.blocks))  # noqa: PERF401 - clearer so
    check_required(body, shape, report, owner)
    accepted = []
    for block in body.blocks:
        if is_full(report):
            break
        if block.type not in shape.blocks:
            report.append(unsupported_block(block, shape.attributes, shape.blocks))
        elif check_labels(block, shape.blocks[block.type], report):
            accepted.append(block)
    return accepted


def split_body(body: Body, shape: BodyShape, report: list[Finding], owner: Block) -> tuple[Body, list[Block]]:
    """Split a body: return what `shape` does not define, as a body, and the blocks that it defines.

    Used if the rest of a body belongs to a provider or to a module's variables.
    """
    check_required(body, shape, report, owner)
    if not body.blocks and shape.attributes.keys().isdisjoint(body.attributes):
        return body, []
    rest = {name: attribute for name, attribute in body.attributes.items() if name not in shape.attributes}
    left, accepted = [], []
    for block in body.blocks:
        if block.type not in shape.blocks:
            left.append(block)
        elif check_labels(block, shape.blocks[block.type], report):
            accepted.append(block)
    return type(body)(body.start, body.end, rest, left), accepted


def check_required(body: Body, shape: BodyShape, report: list[Finding], owner: Block | None) -> None:
    """Report required arguments that are not set."""
    missing = [name for name in shape.required if name not in body.attributes]
    report.extend([missing_argument(MISSING_REQUIRED_ARGUMENT, name, owner, body) for name in missing])


def missing_argument(rule: Rule, name: str, owner: Block | None, body: Body) -> Finding:
    """Make the finding for a missing argument, at the header of its block."""
    start, end = (owner.start, owner.header_end) if owner is not None else (body.start, body.start)
    detail = f'The argument "{name}" is required, but no definition was found.'
    return Finding(rule, detail, start, end, summary="Missing required argument")


def unsupported_argument(
    attribute: Attribute,
    attributes: Mapping[str, object],
    blocks: Mapping[str, object],
    rule: Rule = UNSUPPORTED_ARGUMENT,
) -> Finding:
    """Make the finding for an argument that is not allowed in its place."""
    name = attribute.name
    hint = f' Did you mean to define a block of type "{name}"?' if name in blocks else nearest(name, attributes)
    detail = f'An argument named "{name}" is not expected here.{hint}'
    return Finding(rule, detail, attribute.start, attribute.name_end, summary="Unsupported argument")


def unsupported_block(
    block: Block,
    attributes: Mapping[str, object],
    blocks: Mapping[str, object],
    rule: Rule = UNSUPPORTED_BLOCK_TYPE,
) -> Finding:
    """Make the finding for a block that is not allowed in its place."""
    name = block.type
    if name in attributes:
        hint = f' Did you mean to define argument "{name}"? If so, use the equals sign to assign it a value.'
    else:
        hint = nearest(name, blocks)
    detail = f'Blocks of type "{name}" are not expected here.{hint}'
    return Finding(rule, detail, block.start, block.type_end, summary="Unsupported block type")


def check_labels(block: Block, meanings: tuple[str, ...], report: list[Finding]) -> bool:
    """Report missing and extraneous labels; return whether the block has the labels it needs."""
    labels = block.labels
    if len(labels) < len(meanings):
        names = f"{len(meanings)} labels ({', '.join(meanings)})" if len(meanings) > 1 else f"1 label ({meanings[0]})"
        detail = f"All {block.type} blocks must have {names}."
        summary = f"Missing {meanings[len(labels)]} for {block.type}"
        refuse(report, block.header, MISSING_LABEL, detail, summary)
        return False
    if len(labels) > len(meanings):
        extra = labels[len(meanings)]
        names = f"{len(meanings)} labels ({', '.join(meanings)})" if meanings else "no labels"
        detail = f"Only {names} are expected for {block.type} blocks."
        if not meanings:
            detail = f"No labels are expected for {block.type} blocks."
        refuse(report, extra, EXTRANEOUS_LABEL, detail, f"Extraneous label for {block.type}")
        return False
    return True


def check_only_arguments(body: Body, report: list[Finding]) -> None:
    """Report every block in a body that may contain only arguments."""
    for block in body.blocks[: MAX_ERRORS + 1]:
        detail = "Blocks are not allowed here."
        refuse(report, block.type_place, UNEXPECTED_BLOCK, detail, f'Unexpected "{block.type}" block')


def reserved_block(block: Block, where: str) -> Finding:
    """Make the finding for a block type that Terraform reserves for later."""
    detail = f'The block type name "{block.type}" is reserved for use by Terraform in a future version.'
    summary = f"Reserved block type name in {where} block"
    return Finding(RESERVED_NAME, detail, block.start, block.type_end, summary=summary)


def duplicate_block(block: Block, owner: str) -> Finding:
    """Make the finding for a second block of a type that `owner`, such as `provider block`, takes once."""
    what = "escaping" if block.type == "_" else block.type
    detail = f"This {owner} already has {'an' if what == 'escaping' else 'a'} {what} block."
    return Finding(DUPLICATE_BLOCK, detail, block.start, block.header_end, summary=f"Duplicate {what} block")


def read_escaped(config: Body, blocks: list[Block], where: str, report: list[Finding]) -> Body:
    """Return a body with the content of its single `_` block, in which Terraform's other own blocks are reserved."""
    escaped = [block for block in blocks if block.type == "_"]
    for block in blocks:
        if block.type != "_":
            report.append(reserved_block(block, where))
        elif block is not escaped[0]:
            report.append(duplicate_block(block, f"{where} block"))
        else:
            config = merge_escaped(config, block.body, report)
    return config


def merge_escaped(config: Body, escaped: Body, report: list[Finding]) -> Body:
    """Return a body with the content of its `_` block, in which meta-argument names mean the provider's arguments."""
    for attribute in escaped.attributes.values():
        if attribute.name in config.attributes:
            detail = f'Argument "{attribute.name}" was already set.'
            refuse(report, attribute.header, DUPLICATE, detail, "Duplicate argument")
    return Body(
        config.start, config.end, {**escaped.attributes, **config.attributes}, [*config.blocks, *escaped.blocks]
    )
