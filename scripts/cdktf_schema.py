"""A provider's schema from its cdktf package, in the form of `terraform providers schema -json`.

For every attribute, the package gives the Terraform name, the type, whether it is required, optional and computed, and
whether it is a block. For a block, it gives the nesting, whether it is required, and whether it is limited to one.

The package does not contain the following, so conclude nothing from their absence in the result:
- sensitive, deprecated and write-only marks; ephemeral resources; functions; descriptions are left out here;
- minimum items above one; maximum items above one; whether a block of nesting `single` is required;
- the computed mark of an attribute inside a computed nested object (it is inherited from the parent);
- the contents of the few blocks that cdktf leaves out because of their size: they are written as open;
- one of two attributes whose names are the same in camel case (`ipv6_state` and `ipv6state`): the first is dropped.
"""

from __future__ import annotations

import re
from typing import Any, BinaryIO

from cdktf_source import Entry, Source, Struct, Synthesis, UnreadableError, read_archive, read_source

Json = dict[str, Any]

_STORED = re.compile(r"  private _\w+ = new (cdktf\.)?(\w+?)\(this, \"\w+\"(?:, (true|false))?\);")
_GETTER = re.compile(r"    return (.*);\n")
_PRIMITIVES = {"string": "string", "number": "number", "boolean": "bool", "any": "dynamic"}
#: The suffix of the name of a class that contains objects, and how it collects them, outermost first.
_HOLDERS = {
    "OutputReference": ("single",),
    "MapList": ("list", "map"),
    "ListMap": ("map", "list"),
    "ListList": ("list", "list"),
    "List": ("list",),
    "Map": ("map",),
}
#: What a getter calls, and the type that this implies.
_GETTERS = {
    "this.getStringAttribute(": "string",
    "this.getNumberAttribute(": "number",
    "this.getBooleanAttribute(": "bool",
    "this.getListAttribute(": ["list", "string"],
    "this.getNumberListAttribute(": ["list", "number"],
    "cdktf.Fn.tolist(this.getListAttribute(": ["set", "string"],
    "cdktf.Token.asNumberList(cdktf.Fn.tolist(this.getNumberListAttribute(": ["set", "number"],
    "this.getAnyMapAttribute(": "dynamic",
    "this.interpolationForAttribute(": "dynamic",  # left out by cdktf, and only ever computed
}


def read_package(archive: BinaryIO, protocol_6: frozenset[str]) -> Json:
    """Return the whole provider as `terraform providers schema -json` would print it.

    Args:
        archive: The library inside the Python package.
        protocol_6: The addresses of the providers that use plugin protocol 6, in which attributes may be described
            objects. In every other provider, an attribute that contains objects has an object type.

    Raises:
        UnreadableError: The library is not written as expected.
    """
    manifest, texts = read_archive(archive)
    address, version = manifest["cdktf"]["provider"]["name"], manifest["cdktf"]["provider"]["version"]
    provider: Json = {}
    keys = {"resource": "resource_schemas", "data": "data_source_schemas"}
    for folder in sorted(texts):
        source = read_source(texts[folder])
        try:
            schema = {"version": 0, "block": SchemaReader(source, address in protocol_6).block(source.root)}
        except (UnreadableError, KeyError, StopIteration) as error:
            raise UnreadableError(f"{address}, {folder}: {error!r}") from error
        if source.category == "provider":
            provider["provider"] = schema
        else:
            provider.setdefault(keys[source.category], {})[source.type_name] = schema
    own = {"exact": False, "version": version}
    return {"format_version": "1.0", "provider_schemas": {address: provider}, "iacrl": own}


class SchemaReader:
    """Derives the schema of one resource, data source or provider configuration."""

    def __init__(self, source: Source, nested_types: bool) -> None:
        """`nested_types` says whether attributes may be described objects."""
        self._source = source
        self._is_provider = source.category == "provider"
        self._nested_types = nested_types

    def block(self, struct: Struct, path: tuple[str, ...] = ()) -> Json:
        """Return a body as `{"attributes": ..., "block_types": ...}`; `path` names the structs around it."""
        attributes: Json = {}
        blocks: Json = {}
        for entry in self._entries(struct):
            if self._is_provider and not path and entry.name == "alias":
                continue  # added by cdktf; a meta-argument, not part of any schema
            inner, nesting = self._inner(struct, entry)
            if inner in path:
                raise UnreadableError(f"{entry.name}: {inner} holds itself")
            if not _is_block(struct, entry):
                # In a computed object cdktf marks every attribute as computed, which a required one cannot be.
                computed = entry.computed and not entry.required
                flags = {"required": entry.required, "optional": entry.optional, "computed": computed}
                marks = {key: True for key, value in flags.items() if value}
                attributes[entry.name] = {**marks, **self._attribute(struct, entry, path)}
            elif inner is None:
                blocks[entry.name] = {"nesting_mode": "list", "block": {"open": True}}
            else:
                body = self.block(self._source.structs[inner], (*path, inner))
                limits = self._limits(struct, entry, inner) if nesting in ("list", "set") else {}
                blocks[entry.name] = {"nesting_mode": nesting, "block": body, **limits}
        parts = {"attributes": attributes, "block_types": blocks}
        return {key: value for key, value in parts.items() if value}

    def _entries(self, struct: Struct) -> list[Entry]:
        """Return the attributes of a struct. For a provider's structs, only the properties contain them."""
        if struct.entries or not self._is_provider:
            return struct.entries
        return [Entry(name, False, each.optional, not each.optional) for name, each in struct.properties.items()]

    def _limits(self, struct: Struct, entry: Entry, inner: str) -> Json:
        single = self._source.structs[inner].single_item
        if self._is_provider:
            single = "listMapperHcl" not in struct.synthesis[entry.name].call
        return {**({"min_items": 1} if entry.required else {}), **({"max_items": 1} if single else {})}

    def _inner(self, struct: Struct, entry: Entry) -> tuple[str | None, str]:
        """Return the struct in an attribute, and its nesting; (None, "") for an attribute without objects.

        The nesting of a collection of collections is written as `list/map`, the outermost first.
        """
        written = struct.synthesis.get(entry.name)
        stored = _STORED.match(entry.code)
        if stored and not stored[1]:
            inner, collections = next(
                (stored[2].removesuffix(ending), collections)
                for ending, collections in _HOLDERS.items()
                if stored[2].endswith(ending) and stored[2].removesuffix(ending) in self._source.structs
            )
            if stored[3] == "true":
                collections = ("set", *collections[1:])
            if self._source.structs[inner].single_item and written:
                collections = (written.kind,)
            return inner, "/".join(collections)
        if self._is_provider and written and written.storage[0].isupper():
            if written.kind == "struct":
                return written.storage, "single"
            return written.storage.removesuffix("Map" if written.kind == "map" else "List"), written.kind
        return None, ""

    def _attribute(self, struct: Struct, entry: Entry, path: tuple[str, ...]) -> Json:
        inner, nesting = self._inner(struct, entry)
        if inner is None:
            return {"type": _plain_type(struct, entry)}
        if self._nested_types and "/" not in nesting:
            attributes = self.block(self._source.structs[inner], (*path, inner)).get("attributes", {})
            return {"nested_type": {"attributes": attributes, "nesting_mode": nesting}}
        return {"type": self._object_type(inner, nesting)}

    def _object_type(self, struct_name: str, nesting: str) -> Any:
        """Return the type of an attribute that is an object or a collection of objects."""
        struct = self._source.structs[struct_name]
        members: Json = {}
        for entry in self._entries(struct):
            inner, inner_nesting = self._inner(struct, entry)
            members[entry.name] = self._object_type(inner, inner_nesting) if inner else _plain_type(struct, entry)
        result: Any = ["object", members]
        for collection in reversed(nesting.split("/")):
            if collection != "single":
                result = [collection, result]
        return result


def _is_block(struct: Struct, entry: Entry) -> bool:
    """Whether it is a block. A block with only computed attributes has no property, because nobody may write it."""
    if entry.name in struct.properties:
        return struct.properties[entry.name].description == f"{entry.name} block"
    return not (entry.computed or entry.optional or entry.required)


def _plain_type(struct: Struct, entry: Entry) -> Any:
    """Return the type of an attribute that contains no objects."""
    if stored := _STORED.match(entry.code):
        return _stored_type(stored[2], stored[3] == "true")
    if entry.name in struct.synthesis:
        return _written_type(struct.synthesis[entry.name])
    getter = _GETTER.search(entry.code)
    for start, kind in _GETTERS.items():
        if getter and getter[1].startswith(start):
            return kind
    raise UnreadableError(f"{entry.name}: no type in {entry.code!r}")


def _stored_type(name: str, is_set: bool) -> Any:
    """Translate a class such as `StringMap`, `StringMapList`; the innermost collection comes first."""
    primitive, *collections = (word.lower() for word in re.findall("[A-Z][a-z]+", name))
    return _collect(_PRIMITIVES[primitive], collections, is_set)


def _written_type(written: Synthesis) -> Any:
    """Translate `type: "set", storageClassType: "stringList"` and the like; the innermost collection comes first."""
    primitive, *collections = (word.lower() for word in re.findall("[A-Za-z][a-z]*", written.storage))
    if written.kind in ("list", "set") and (not collections or written.call.count("listMapperHcl(") > len(collections)):
        collections.append("list")
    return _collect(_PRIMITIVES[primitive], collections, written.kind == "set")


def _collect(primitive: str, collections: list[str], is_set: bool) -> Any:
    """Wrap a primitive type; `is_set` is about the outermost collection. cdktf writes `dynamic` as a map of any."""
    if primitive == "dynamic":
        return "dynamic"
    result: Any = primitive
    for position, collection in enumerate(collections, 1):
        outermost = position == len(collections)
        result = ["set" if is_set and outermost and collection == "list" else collection, result]
    return result
