"""What a Terraform provider declares: blocks, attributes and their types, as immutable data.

The words are Terraform's own, and the types are written as `terraform providers schema -json` writes them: a string
(`"string"`, `"number"`, `"bool"`, `"dynamic"`) or a list whose first element names the constructor: `["list", T]`,
`["set", T]`, `["map", T]`, `["object", {name: T, ...}]`, `["tuple", [T, ...]]`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, get_args

AttributeType = str | list[Any]
BlockNesting = Literal["single", "list", "set", "map", "group"]
AttributeNesting = Literal["single", "list", "set", "map"]
#: The kinds of types that a provider declares, by the keywords of a configuration's blocks.
Category = Literal["resource", "data", "ephemeral"]
CATEGORIES: tuple[Category, ...] = get_args(Category)

_EMPTY: Mapping[str, Any] = MappingProxyType({})


class NestedObject(NamedTuple):
    """The shape of an attribute that is a described object, or a collection of them (`nested_type`)."""

    nesting: AttributeNesting
    attributes: Mapping[str, AttributeSchema]


class AttributeSchema(NamedTuple):
    """One argument or exported value.

    Attributes:
        type: Terraform's type; None exactly where `nested` says it instead.
        computed: The provider sets it; with neither `required` nor `optional` a configuration must not set it.
        sensitive, deprecated, write_only: As declared. Also False if it is not known (`ProviderSchema.exact`).
        nested: The object's attributes, each with its own flags.
    """

    type: AttributeType | None
    required: bool = False
    optional: bool = False
    computed: bool = False
    sensitive: bool = False
    deprecated: bool = False
    write_only: bool = False
    nested: NestedObject | None = None

    @property
    def settable(self) -> bool:
        """Whether a configuration may set it."""
        return self.required or self.optional

    @property
    def object_type(self) -> Mapping[str, AttributeType] | None:
        """The element's attributes if the type is a list or set of objects, else None.

        Terraform also accepts such an attribute in block syntax: `ingress { ... }`, any number of times, for
        `ingress = [{ ... }]`. In block syntax every attribute of the object may be left out; in attribute syntax none.
        (Attributes described by `nested` are never accepted as blocks.)
        """
        if isinstance(self.type, list) and self.type[0] in ("list", "set"):
            element = self.type[1]
            if isinstance(element, list) and element[0] == "object":
                attributes: Mapping[str, AttributeType] = element[1]
                return attributes
        return None


class BlockSchema(NamedTuple):
    """The body of a resource, data source, provider configuration or nested block.

    Attributes:
        attributes: By name, in alphabetical order.
        blocks: The block types allowed inside, by name.
        open: True if the body's contents are not known; then nothing in it is checked.
    """

    attributes: Mapping[str, AttributeSchema] = _EMPTY
    blocks: Mapping[str, NestedBlock] = _EMPTY
    open: bool = False


class NestedBlock(NamedTuple):
    """A block type inside a block.

    Attributes:
        nesting: How the blocks are collected; `map` blocks carry one label.
        block: What it may contain.
        min_items: The minimum number of blocks; 0 if there is none, or none is known.
        max_items: The maximum number of blocks; None if there is none, or none is known. In a schema that is not exact
            (`ProviderSchema.exact`) only a maximum of 1 is ever known, and a minimum of 1 means any minimum.
    """

    nesting: BlockNesting
    block: BlockSchema
    min_items: int = 0
    max_items: int | None = None


class ProviderSchema(NamedTuple):
    """Everything one provider declares. Bodies are read on demand, one at a time.

    Attributes:
        address: The full source address: `registry.terraform.io/hashicorp/aws`.
        version: The provider's version; an empty string if the schema's source does not say.
        exact: True if Terraform itself wrote the schema. False if it was compiled from a package that loses some of it.
            Then ephemeral resources, sensitive, deprecated and write-only marks, and maxima above one are unknown
            (absent). No rule may rely on their absence.
        resource_types, data_types, ephemeral_types: The names, sorted.
    """

    address: str
    version: str
    exact: bool
    resource_types: tuple[str, ...]
    data_types: tuple[str, ...]
    ephemeral_types: tuple[str, ...]
    read: Callable[[str, str], BlockSchema | None]

    @property
    def name(self) -> str:
        """The last part of the address, which is the usual local name: `aws`."""
        return self.address.rsplit("/", 1)[-1]

    @property
    def source(self) -> str:
        """The address as a configuration writes it: `hashicorp/aws`."""
        return self.address.removeprefix("registry.terraform.io/")

    @property
    def provider_block(self) -> BlockSchema:
        """The provider's own configuration."""
        return self.read("provider", "") or BlockSchema()

    def types(self, category: Category) -> tuple[str, ...]:
        """Return the names of one category."""
        return {"resource": self.resource_types, "data": self.data_types, "ephemeral": self.ephemeral_types}[category]

    def resource(self, type_name: str) -> BlockSchema | None:
        """Return the body of a managed resource type, or None if the provider does not have it."""
        return self.read("resource", type_name)

    def data(self, type_name: str) -> BlockSchema | None:
        """Return the body of a data source, or None."""
        return self.read("data", type_name)

    def ephemeral(self, type_name: str) -> BlockSchema | None:
        """Return the body of an ephemeral resource type, or None (which means nothing if `exact` is False)."""
        return self.read("ephemeral", type_name)
