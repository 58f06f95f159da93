"""Provider schemas as the engine serves them.

What goes in is the form of `terraform providers schema -json`, one type at a time, so that a run pays only for the
types its text mentions: terraform asks a provider for everything it knows, and the whole of aws costs it most of a
second to decode.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any, Literal, Protocol, get_args

from iacrl.validators.terraform.engine import tfplugin_pb2 as pb

Kind = Literal["resource", "data", "ephemeral"]
KINDS: tuple[Kind, ...] = get_args(Kind)

#: A block or a whole schema in the form of `terraform providers schema -json`.
Json = Mapping[str, Any]


class ProviderSchemas(Protocol):
    """The schemas of one provider."""

    @property
    def source(self) -> str:
        """Namespace and name, such as `hashicorp/aws`."""
        ...

    def names(self, kind: Kind) -> Collection[str]:
        """Return the types of this kind that the provider has."""
        ...

    def schema(self, kind: Kind, name: str) -> Json:
        """Return one type's schema: `{"version": 0, "block": {...}}`."""
        ...

    def provider_schema(self) -> Json:
        """Return the schema of the provider block."""
        ...


class SchemaLibrary(Protocol):
    """Where the engine looks providers up."""

    def find(self, source: str) -> ProviderSchemas | None:
        """Return the provider with this source address (`hashicorp/aws`), or None."""
        ...

    def find_by_name(self, name: str) -> ProviderSchemas | None:
        """Return the provider of this name, whatever its namespace, or None."""
        ...


_NESTING = {
    "single": pb.Schema.SINGLE,
    "list": pb.Schema.LIST,
    "set": pb.Schema.SET,
    "map": pb.Schema.MAP,
    "group": pb.Schema.GROUP,
}

#: Which map of the message holds the types of a kind.
_FIELD: dict[Kind, str] = {
    "resource": "resource_schemas",
    "data": "data_source_schemas",
    "ephemeral": "ephemeral_resource_schemas",
}


class EncodedSchemas:
    """One provider's schemas as protocol messages, each type encoded once and kept."""

    def __init__(self, schemas: ProviderSchemas) -> None:
        self.schemas = schemas
        self._entries: dict[tuple[Kind, str], bytes] = {}
        self._names = {kind: frozenset(schemas.names(kind)) for kind in KINDS}
        # Every type is served by name, so that terraform's own hints ("Did you mean ...?") see all of them.
        empty = pb.Schema(block=pb.Schema.Block())
        base = pb.ProviderSchema(
            provider=encode_schema(schemas.provider_schema()),
            server_capabilities=pb.ServerCapabilities(get_provider_schema_optional=True),
            **{_FIELD[kind]: dict.fromkeys(sorted(names), empty) for kind, names in self._names.items()},
        )
        self._base: bytes = base.SerializeToString()

    def message(self, words: Collection[str]) -> bytes:
        """Return the serialized answer to GetProviderSchema, complete for each type named in `words`.

        Serialized messages that follow each other merge, and the last entry of a map wins: so the complete types
        replace the empty ones in the base.
        """
        wanted = [(kind, word) for kind in KINDS for word in sorted(self._names[kind].intersection(words))]
        return b"".join([self._base, *(self._entry(kind, name) for kind, name in wanted)])

    def _entry(self, kind: Kind, name: str) -> bytes:
        if (kind, name) not in self._entries:
            one = pb.ProviderSchema(**{_FIELD[kind]: {name: encode_schema(self.schemas.schema(kind, name))}})
            self._entries[kind, name] = one.SerializeToString()
        return self._entries[kind, name]


def encode_schema(schema: Json) -> pb.Schema:
    """Turn one schema from its JSON form into the protocol's message."""
    return pb.Schema(version=schema.get("version", 0), block=_block(schema.get("block", {})))


def _block(block: Json) -> pb.Schema.Block:
    return pb.Schema.Block(
        attributes=_attributes(block),
        block_types=[_nested_block(name, nested) for name, nested in sorted(block.get("block_types", {}).items())],
        deprecated=block.get("deprecated", False),
    )


def _attributes(holder: Json) -> list[pb.Schema.Attribute]:
    return [_attribute(name, attribute) for name, attribute in sorted(holder.get("attributes", {}).items())]


def _attribute(name: str, attribute: Json) -> pb.Schema.Attribute:
    message = pb.Schema.Attribute(
        name=name,
        required=attribute.get("required", False),
        optional=attribute.get("optional", False),
        computed=attribute.get("computed", False),
        sensitive=attribute.get("sensitive", False),
        deprecated=attribute.get("deprecated", False),
        write_only=attribute.get("write_only", False),
    )
    if "nested_type" in attribute:
        nested = attribute["nested_type"]
        message.nested_type.CopyFrom(
            pb.Schema.Object(attributes=_attributes(nested), nesting=_NESTING[nested["nesting_mode"]])
        )
    else:
        message.type = json.dumps(attribute["type"]).encode()
    return message


def _nested_block(name: str, nested: Json) -> pb.Schema.NestedBlock:
    return pb.Schema.NestedBlock(
        type_name=name,
        block=_block(nested.get("block", {})),
        nesting=_NESTING[nested["nesting_mode"]],
        min_items=nested.get("min_items", 0),
        max_items=nested.get("max_items", 0),
    )
