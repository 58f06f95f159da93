"""Provider schemas as the engine serves them: as protocol messages, one type at a time.

A run pays only for the types that its text mentions. Terraform asks a provider for its whole schema, and decoding all
of aws takes longer than the rest of the run.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping

from iacrl.domains.terraform.engine import tfplugin as pb
from iacrl.domains.terraform.schema.json_form import SECTIONS
from iacrl.domains.terraform.schema.provider_schema import (
    AttributeSchema,
    BlockSchema,
    Category,
    NestedBlock,
    ProviderSchema,
)

_NESTING = {
    "single": pb.Schema.SINGLE,
    "list": pb.Schema.LIST,
    "set": pb.Schema.SET,
    "map": pb.Schema.MAP,
    "group": pb.Schema.GROUP,
}

#: A type and its body.
Types = Mapping[tuple[Category, str], BlockSchema]


class EncodedSchema:
    """One provider's schema as protocol messages. Each type is encoded once and cached."""

    def __init__(self, schema: ProviderSchema) -> None:
        self.schema = schema
        self._entries: dict[tuple[Category, str], bytes] = {}
        self._names: dict[Category, frozenset[str]] = {
            "resource": frozenset(schema.resource_types),
            "data": frozenset(schema.data_types),
            "ephemeral": frozenset(schema.ephemeral_types),
        }
        # Every type is served by name, so terraform's own hints ("Did you mean ...?") see all of them.
        empty = pb.Schema(block=pb.Schema.Block())
        base = pb.ProviderSchema(
            provider=_schema(schema.provider_block),
            server_capabilities=pb.ServerCapabilities(get_provider_schema_optional=True),
            **{SECTIONS[category]: dict.fromkeys(sorted(names), empty) for category, names in self._names.items()},
        )
        self._base: bytes = base.SerializeToString()

    def mentioned(self, words: Collection[str]) -> list[tuple[Category, str]]:
        """Return the provider's types among `words`."""
        return [(category, name) for category, names in self._names.items() for name in sorted(names & set(words))]

    def message(self, words: Collection[str], instead: Types) -> bytes:
        """Return the serialized answer to GetProviderSchema, complete for each type named in `words`.

        Concatenated serialized messages merge, and the last entry of a map wins. So the complete types replace the
        empty ones in the base, and those in `instead` replace the provider's own.
        """
        entries = [self._entry(category, name) for category, name in self.mentioned(words)]
        replaced = [_encode(category, name, block) for (category, name), block in instead.items()]
        return b"".join([self._base, *entries, *replaced])

    def _entry(self, category: Category, name: str) -> bytes:
        if (category, name) not in self._entries:
            self._entries[category, name] = _encode(category, name, self.schema.read(category, name) or BlockSchema())
        return self._entries[category, name]


def _encode(category: Category, name: str, block: BlockSchema) -> bytes:
    message: bytes = pb.ProviderSchema(**{SECTIONS[category]: {name: _schema(block)}}).SerializeToString()
    return message


def _schema(block: BlockSchema) -> pb.Schema:
    return pb.Schema(block=_block(block))


def _block(block: BlockSchema) -> pb.Schema.Block:
    return pb.Schema.Block(
        attributes=_attributes(block.attributes),
        block_types=[_nested_block(name, nested) for name, nested in block.blocks.items()],
    )


def _attributes(attributes: Mapping[str, AttributeSchema]) -> list[pb.Schema.Attribute]:
    return [_attribute(name, attribute) for name, attribute in attributes.items()]


def _attribute(name: str, attribute: AttributeSchema) -> pb.Schema.Attribute:
    message = pb.Schema.Attribute(
        name=name,
        required=attribute.required,
        optional=attribute.optional,
        computed=attribute.computed,
        sensitive=attribute.sensitive,
        deprecated=attribute.deprecated,
        write_only=attribute.write_only,
    )
    if attribute.nested is None:
        message.type = json.dumps(attribute.type).encode()
    else:
        nested = attribute.nested
        members = _attributes(nested.attributes)
        message.nested_type.CopyFrom(pb.Schema.Object(attributes=members, nesting=_NESTING[nested.nesting]))
    return message


def _nested_block(name: str, nested: NestedBlock) -> pb.Schema.NestedBlock:
    return pb.Schema.NestedBlock(
        type_name=name,
        block=_block(nested.block),
        nesting=_NESTING[nested.nesting],
        min_items=nested.min_items,
        max_items=nested.max_items or 0,
    )
