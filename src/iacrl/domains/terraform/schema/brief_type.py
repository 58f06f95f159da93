"""A short description of a type, for models: what may be written, and the names of what the provider returns."""

from __future__ import annotations

from collections.abc import Mapping

from iacrl.domains.brief_schema import BriefField, brief_lines, field_at
from iacrl.domains.terraform.schema.describe import block_words, type_words
from iacrl.domains.terraform.schema.provider_schema import AttributeSchema, BlockSchema, NestedBlock, ProviderSchema


def brief_type(schema: ProviderSchema, category: str, name: str, path: list[str]) -> list[str]:
    """Return in a few lines what a type takes, or a block or attribute of it.

    Raises:
        UserError: The block or attribute does not exist.
    """
    block = schema.read(category, name)
    if block is None:
        raise KeyError(f"{category} {name}")
    title = f"{category} {name}".strip()
    head = f"{title} of {schema.source} {schema.version}".rstrip()
    head += ". * is required; NAME.FIELD shows what is in {...}."
    if path:
        field = field_at(_of_block(block), path, title)
        inner = field.inner() if field.inner else ()
        return [f"{'.'.join(path)} of {head}", *(brief_lines(inner) if inner else [field.words])]
    given = [each for each, attribute in block.attributes.items() if not attribute.settable]
    lines = [head, *brief_lines(_of_block(block))]
    return [*lines, f"gives back: {', '.join(given)}"] if given else lines


def _of_block(block: BlockSchema) -> list[BriefField]:
    fields = _of_attributes(block.attributes)
    if block.open:
        fields.append(BriefField("...", "not known, and not checked"))
    return fields + [_of_nested(name, nested) for name, nested in block.blocks.items()]


def _of_attributes(attributes: Mapping[str, AttributeSchema]) -> list[BriefField]:
    found = []
    for name, attribute in attributes.items():
        if not attribute.settable:
            continue
        nested = attribute.nested
        if nested is not None:
            words = "object" if nested.nesting == "single" else f"{nested.nesting} of objects"
            inner = nested.attributes
            found.append(
                BriefField(name, words, attribute.required, lambda inner=inner: _of_attributes(inner))  # type: ignore[misc]
            )
        elif attribute.type is not None:
            found.append(BriefField(name, type_words(attribute.type), attribute.required))
    return found


def _of_nested(name: str, nested: NestedBlock) -> BriefField:
    required = bool(nested.min_items)
    # Every resource has timeouts for its operations.
    return BriefField(name, block_words(nested), required, lambda: _of_block(nested.block), shut=name == "timeouts")
