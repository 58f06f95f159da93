"""A schema in words, for people: what may be written, what must be, and what the provider returns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from iacrl.domains.terraform.schema.provider_schema import (
    AttributeSchema,
    AttributeType,
    BlockSchema,
    NestedBlock,
    ProviderSchema,
)

_HEADINGS = {
    "resource": 'resource "{name}"',
    "data": 'data "{name}"',
    "ephemeral": 'ephemeral "{name}"',
    "provider": 'provider "{provider}"',
}
_INDENT = "  "


def describe(schema: ProviderSchema, category: str, name: str) -> Iterator[str]:
    """Yield the lines that describe one type, or the provider's configuration."""
    block = schema.read(category, name)
    if block is None:
        raise KeyError(f"{category} {name}")
    yield _HEADINGS[category].format(name=name, provider=schema.name)
    yield f"{_INDENT}of {schema.source} {schema.version}".rstrip()
    if category == "resource" and name in schema.data_types:
        yield f"{_INDENT}(there is a data source of this name too: data.{name})"
    yield ""
    yield from _body(block, 1)
    if not schema.exact:
        yield ""
        yield "Not known here: deprecated arguments, most sensitive marks, limits of more than one block."


def type_words(kind: AttributeType) -> str:
    """Return a type in Terraform's syntax for a variable's type: `list(string)`."""
    if isinstance(kind, str):
        return "any" if kind == "dynamic" else kind
    constructor, inner = kind[0], kind[1]
    if constructor == "object":
        members = ", ".join(f"{name} = {type_words(each)}" for name, each in inner.items())
        return f"object({{{members}}})"
    if constructor == "tuple":
        return f"tuple([{', '.join(map(type_words, inner))}])"
    return f"{constructor}({type_words(inner)})"


def _body(block: BlockSchema, depth: int) -> Iterator[str]:
    if block.open:
        yield f"{_INDENT * depth}(contents not known; not checked)"
    yield from _attributes(block.attributes, depth)
    for name in sorted(block.blocks, key=lambda each: (not block.blocks[each].min_items, each)):
        nested = block.blocks[name]
        yield f"{_INDENT * depth}{name} {{ }}  {block_words(nested)}"
        yield from _body(nested.block, depth + 1)


def _attributes(attributes: Mapping[str, AttributeSchema], depth: int) -> Iterator[str]:
    """Yield the required ones first, then the optional ones, then those that only the provider sets."""
    ranked = sorted(attributes, key=lambda each: (_rank(attributes[each]), each))
    width = max(map(len, ranked), default=0)
    for name in ranked:
        attribute = attributes[name]
        start = f"{_INDENT * depth}{name.ljust(width)}  {_marks(attribute):<20}"
        if attribute.nested is not None:
            shape = {"single": "object"}.get(attribute.nested.nesting, f"{attribute.nested.nesting} of objects")
            yield f"{start}  {shape}"
            yield from _attributes(attribute.nested.attributes, depth + 1)
        elif attribute.object_type is not None and isinstance(attribute.type, list):
            either = ", or blocks" if attribute.settable else ""
            yield f"{start}  {attribute.type[0]} of objects{either}"
            longest = max(map(len, attribute.object_type), default=0)
            for member, kind in attribute.object_type.items():
                yield f"{_INDENT * (depth + 1)}{member.ljust(longest)}  {type_words(kind)}"
        elif attribute.type is not None:
            yield f"{start}  {type_words(attribute.type)}"


def _rank(attribute: AttributeSchema) -> int:
    return 0 if attribute.required else 1 if attribute.optional else 2


def _marks(attribute: AttributeSchema) -> str:
    marks = ("required", "optional", "computed", "sensitive", "deprecated", "write_only")
    return ", ".join(mark.replace("_", "-") for mark in marks if getattr(attribute, mark))


def block_words(nested: NestedBlock) -> str:
    """Say how many of the blocks there may be."""
    if nested.nesting in ("single", "group"):
        return "at most one block" if not nested.min_items else "required block"
    if nested.max_items == 1:
        return "required block" if nested.min_items else "at most one block"
    least = f"at least {nested.min_items}" if nested.min_items else "any number"
    most = f", at most {nested.max_items}" if nested.max_items else ""
    label = ", each with a label" if nested.nesting == "map" else ""
    return f"{nested.nesting} of blocks, {least}{most}{label}"
