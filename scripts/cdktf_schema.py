"""Read a provider's schema out of a cdktf provider package, in the form of `terraform providers schema -json`.

A PyPI package `cdktf-cdktf-provider-NAME` carries a JavaScript library generated from the provider's real schema. Each
compiled file ends in a source map that embeds the TypeScript it came from, and that text is regular enough to be read
line by line. It says, of every attribute: its Terraform name, whether it is required, optional and computed
(`// name - computed: true, optional: true, required: false`), its type (the getter, and `type` and `storageClassType`
in the synthesizing functions), whether it is a block ("NAME block" in its documentation), the block's nesting, and
whether the block is required and limited to one.

What the package does not hold, so that nobody may conclude anything from its absence in the result:
- sensitive, deprecated and write-only marks; ephemeral resources; functions; descriptions are left out here;
- minimum items above one; maximum items above one; whether a block of nesting `single` is required;
- the computed mark of an attribute inside a computed nested object (it is inherited from the parent);
- the contents of the few blocks that cdktf leaves out for their size: they are written as open.
"""

from __future__ import annotations

import base64
import json
import re
import tarfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

Json = dict[str, Any]

_SOURCE_MAP = "sourceMappingURL=data:application/json;base64,"
_DECLARATION = re.compile(r"^export (interface|class|function) (\w+)", re.M)
_COMMENT = re.compile(r"^  // (\w+) - computed: (true|false), optional: (true|false), required: (true|false)\n", re.M)
_PROPERTY = re.compile(r"  /\*\*\n((?:  ?\*(?!/).*\n)*)  \*/\n  readonly \w+(\??): ", re.M)
_LINK = re.compile(r"\{@link [^#}]*#(\w+) ")
_SYNTHESIS = re.compile(
    r"^ +(\w+): \{\n +value: (.*),\n +isBlock: (?:true|false),\n +type: \"(\w+)\",\n +storageClassType: \"(\w+)\",$",
    re.M,
)
_STORED = re.compile(r"  private _\w+ = new (cdktf\.)?(\w+?)\(this, \"\w+\"(?:, (true|false))?\);")
_GETTER = re.compile(r"    return (.*);\n")
_PRIMITIVES = {"string": "string", "number": "number", "boolean": "bool", "any": "dynamic"}
_SUFFIXES = ("OutputReference", "MapList", "ListMap", "ListList", "List", "Map")


@dataclass
class Synthesis:
    """One entry of a synthesizing function: how an attribute is written into a configuration."""

    value: str
    kind: str
    storage: str


@dataclass
class Struct:
    """What the file says of one object: the properties that may be set, and the attributes that may be read."""

    documented: dict[str, tuple[str, bool]] = field(default_factory=dict)
    synthesis: dict[str, Synthesis] = field(default_factory=dict)
    commented: list[tuple[str, bool, bool, bool, str]] = field(default_factory=list)
    single_item: bool = False


class UnreadableError(Exception):
    """The package is not written as this module expects."""


def read_sources(archive: BinaryIO) -> tuple[Json, dict[str, str]]:
    """Read the library's archive (`package.tgz`).

    Returns:
        Its package.json, and the TypeScript of each folder under `lib`: one resource, in one file or split in several.
    """
    manifest: Json = {}
    texts: defaultdict[str, str] = defaultdict(str)
    with tarfile.open(fileobj=archive, mode="r|gz") as members:
        for member in members:
            parts = Path(member.name).parts[1:]
            content = members.extractfile(member)
            if parts == ("package.json",) and content:
                manifest = json.loads(content.read())
            elif len(parts) > 2 and parts[0] == "lib" and parts[-1].endswith(".js") and content:
                text = content.read().decode()
                start = text.rfind(_SOURCE_MAP)
                if start < 0:
                    raise UnreadableError(f"{member.name}: no embedded source map")
                texts[parts[1]] += json.loads(base64.b64decode(text[start + len(_SOURCE_MAP) :]))["sourcesContent"][0]
    return manifest, texts


def _sections(pattern: re.Pattern[str], text: str) -> Iterator[tuple[re.Match[str], str]]:
    """Yield each match with the text from its end to the next match."""
    starts = list(pattern.finditer(text))
    ends = [match.start() for match in starts[1:]] + [len(text)]
    for match, end in zip(starts, ends, strict=False):
        yield match, text[match.end() : end]


class ResourceReader:
    """Reads one resource, data source or provider configuration."""

    def __init__(self, text: str, nested_types: bool) -> None:
        """`nested_types` says whether the provider's protocol knows nested attribute types (version 6)."""
        self.nested_types = nested_types
        self.structs: dict[str, Struct] = {}
        self.root = Struct()
        self.category = self.type_name = ""
        for match, body in _sections(_DECLARATION, text):
            self._declare(match[1], match[2], body)

    def _declare(self, keyword: str, name: str, body: str) -> None:
        if keyword == "function":
            if name.endswith("ToHclTerraform"):
                struct = name.removesuffix("ToHclTerraform")
                self._struct(struct[0].upper() + struct[1:]).synthesis = _synthesis(body)
        elif keyword == "interface":
            self._struct(name).documented = {
                link[1]: (_description(match[1]), match[2] == "?")
                for match in _PROPERTY.finditer(body)
                if (link := _LINK.search(match[1]))
            }
        elif base := re.match(r" extends cdktf\.(ComplexObject|Terraform(?:Resource|DataSource|Provider)) ", body):
            if base[1] == "ComplexObject":
                struct_ = self._struct(name.removesuffix("OutputReference"))
                struct_.single_item = "super(terraformResource, terraformAttribute, false, 0);" in body
            else:
                struct_ = self.root
                struct_.synthesis = _synthesis(body)
                found = re.search(r'tfResourceType = "([\w-]+)"', body)
                if not found:
                    raise UnreadableError(f"{name}: no resource type")
                self.type_name = found[1]
                config = re.search(r"constructor\(scope: Construct, id: string, config: (\w+)", body)
                if not config:
                    raise UnreadableError(f"{name}: no configuration")
                struct_.documented = self.structs[config[1]].documented
                self.category = {"Resource": "resource", "DataSource": "data", "Provider": "provider"}[base[1][9:]]
            for match, rest in _sections(_COMMENT, body):
                struct_.commented.append((match[1], match[2] == "true", match[3] == "true", match[4] == "true", rest))

    def _struct(self, name: str) -> Struct:
        return self.structs.setdefault(name, Struct())

    def schema(self) -> Json:
        """Return the body as `{"attributes": ..., "block_types": ...}`."""
        return self._block(self.root, ())

    def _block(self, struct: Struct, path: tuple[str, ...]) -> Json:
        attributes: Json = {}
        blocks: Json = {}
        for name, computed, optional, required, rest in self._entries(struct):
            if self.category == "provider" and not path and name == "alias":
                continue  # added by cdktf; a meta-argument, not part of any schema
            description, _ = struct.documented.get(name, ("", True))
            # A block of nothing but computed attributes may not be written, so that it has no documented property.
            is_block = description == f"{name} block" or not (computed or optional or required)
            inner, nesting = self._inner(struct, name, rest)
            if inner in path:
                raise UnreadableError(f"{name}: {inner} holds itself")
            if is_block and inner is None:
                blocks[name] = {"nesting_mode": "list", "block": {"open": True}}
            elif is_block and inner is not None:
                block = {"nesting_mode": nesting, "block": self._block(self.structs[inner], (*path, inner))}
                if nesting in ("list", "set"):
                    if required:
                        block["min_items"] = 1
                    if self._single(struct, name, inner):
                        block["max_items"] = 1
                blocks[name] = block
            else:
                # In a computed object cdktf marks every attribute as computed, which a required one cannot be.
                flags = {"required": required, "optional": optional, "computed": computed and not required}
                marks = {key: True for key, value in flags.items() if value}
                attributes[name] = {**marks, **self._attribute(struct, name, rest, path)}
        result: Json = {}
        if attributes:
            result["attributes"] = attributes
        if blocks:
            result["block_types"] = blocks
        return result

    def _entries(self, struct: Struct) -> list[tuple[str, bool, bool, bool, str]]:
        """Return the attributes of a struct. Of a provider's structs only the properties tell."""
        if struct.commented or self.category != "provider":
            return struct.commented
        return [(name, False, optional, not optional, "") for name, (_, optional) in struct.documented.items()]

    def _inner(self, struct: Struct, name: str, rest: str) -> tuple[str | None, str]:
        """Return the struct that an attribute holds, with its nesting; (None, "") for any other attribute."""
        written = struct.synthesis.get(name)
        stored = _STORED.match(rest)
        if stored and not stored[1]:
            inner, suffix = next(
                (stored[2].removesuffix(suffix), suffix)
                for suffix in _SUFFIXES
                if stored[2].endswith(suffix) and stored[2].removesuffix(suffix) in self.structs
            )
            if suffix == "OutputReference":
                single = self.structs[inner].single_item
                if single and written is None:
                    raise UnreadableError(f"{name}: a single block that cannot be written")
                return inner, written.kind if single and written else "single"
            if suffix == "List":
                return inner, "set" if stored[3] == "true" else "list"
            if suffix == "Map":
                return inner, "map"
            outer = {"MapList": ("list", "map"), "ListMap": ("map", "list"), "ListList": ("list", "list")}[suffix]
            return inner, "/".join(("set" if stored[3] == "true" else outer[0], outer[1]))
        if self.category == "provider" and written and not written.storage[0].islower():
            if written.kind == "struct":
                return written.storage, "single"
            suffix = "Map" if written.kind == "map" else "List"
            return written.storage.removesuffix(suffix), written.kind
        return None, ""

    def _single(self, struct: Struct, name: str, inner: str) -> bool:
        """Whether a list or set block is limited to one."""
        if self.category == "provider":
            return "listMapperHcl" not in struct.synthesis[name].value
        return self.structs[inner].single_item

    def _attribute(self, struct: Struct, name: str, rest: str, path: tuple[str, ...]) -> Json:
        inner, nesting = self._inner(struct, name, rest)
        if inner is None:
            return {"type": self._type(struct, name, rest)}
        if self.nested_types and "/" not in nesting:
            attributes = self._block(self.structs[inner], (*path, inner)).get("attributes", {})
            return {"nested_type": {"attributes": attributes, "nesting_mode": nesting}}
        return {"type": self._object(inner, nesting, path)}

    def _object(self, inner: str, nesting: str, path: tuple[str, ...]) -> Any:
        """Return the type of an attribute that is an object or a collection of objects."""
        members: Json = {}
        for name, _, _, _, rest in self._entries(self.structs[inner]):
            deeper, deeper_nesting = self._inner(self.structs[inner], name, rest)
            if deeper is None:
                members[name] = self._type(self.structs[inner], name, rest)
            else:
                members[name] = self._object(deeper, deeper_nesting, (*path, deeper))
        result: Any = ["object", members]
        for collection in reversed(nesting.split("/")):
            if collection != "single":
                result = [collection, result]
        return result

    def _type(self, struct: Struct, name: str, rest: str) -> Any:
        """Return the type of an attribute that holds no objects."""
        if stored := _STORED.match(rest):
            return _stored_type(stored[2], stored[3] == "true")
        written = struct.synthesis.get(name)
        if written:
            return _written_type(written)
        getter = _GETTER.search(rest)
        if not getter:
            raise UnreadableError(f"{name}: no getter")
        call = getter[1]
        kinds = {
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
        for start, kind in kinds.items():
            if call.startswith(start):
                return kind
        raise UnreadableError(f"{name}: cannot tell a type from {call!r}")


def _synthesis(body: str) -> dict[str, Synthesis]:
    return {match[1]: Synthesis(match[2], match[3], match[4]) for match in _SYNTHESIS.finditer(body)}


def _description(comment: str) -> str:
    lines = [line.strip().removeprefix("*").strip() for line in comment.splitlines()]
    return lines[0] if lines and not lines[0].startswith("Docs at Terraform Registry") else ""


def _stored_type(name: str, is_set: bool) -> Any:
    """Translate `StringMap`, `NumberMap`, `StringMapList`, `StringListList` and the like."""
    words = re.findall("[A-Z][a-z]+", name)
    primitive, collections = words[0].lower(), [word.lower() for word in words[1:]]
    result: Any = _PRIMITIVES[primitive]
    if primitive == "any" and collections == ["map"]:
        return "dynamic"
    for position, collection in enumerate(collections):
        outermost = position == len(collections) - 1
        result = ["set" if is_set and outermost and collection == "list" else collection, result]
    return result


def _written_type(written: Synthesis) -> Any:
    """Translate `type: "set", storageClassType: "stringList"` and the like; the innermost collection stands first."""
    words = [word.lower() for word in re.findall("[A-Za-z][a-z]*", written.storage)]
    result: Any = _PRIMITIVES[words[0]]
    collections = words[1:]
    if words[0] == "any":
        return "dynamic"
    if written.kind in ("list", "set") and (
        not collections or written.value.count("listMapperHcl(") > len(collections)
    ):
        collections = [*collections, "list"]
    for position, collection in enumerate(collections):
        outermost = position == len(collections) - 1
        result = ["set" if written.kind == "set" and outermost and collection == "list" else collection, result]
    return result


def read_package(archive: BinaryIO, protocol_6: frozenset[str]) -> Json:
    """Return the whole provider as `terraform providers schema -json` would print it.

    Args:
        archive: The library inside the Python package.
        protocol_6: The addresses of the providers that speak plugin protocol 6, in which attributes may be described
            objects. In every other provider, an attribute that holds objects has an object type.

    Raises:
        UnreadableError: The library is not written as expected.
    """
    manifest, texts = read_sources(archive)
    address, version = manifest["cdktf"]["provider"]["name"], manifest["cdktf"]["provider"]["version"]
    provider: Json = {}
    keys = {"resource": "resource_schemas", "data": "data_source_schemas"}
    for folder in sorted(texts):
        reader = ResourceReader(texts[folder], address in protocol_6)
        try:
            schema = {"version": 0, "block": reader.schema()}
        except (UnreadableError, KeyError, StopIteration) as error:
            raise UnreadableError(f"{address}, {folder}: {error!r}") from error
        if reader.category == "provider":
            provider["provider"] = schema
        else:
            provider.setdefault(keys[reader.category], {})[reader.type_name] = schema
    own = {"exact": False, "version": version}
    return {"format_version": "1.0", "provider_schemas": {address: provider}, "iacrl": own}
