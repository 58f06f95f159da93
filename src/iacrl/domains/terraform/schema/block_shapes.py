"""Provider schemas in the form that checks need: types are built once, on first use."""

from __future__ import annotations

from collections.abc import Mapping

from iacrl.domains.terraform.cty import types
from iacrl.domains.terraform.cty.types import Type
from iacrl.domains.terraform.cty.values import Value
from iacrl.domains.terraform.schema.provider_schema import (
    AttributeSchema,
    BlockSchema,
    NestedBlock,
    NestedObject,
    ProviderSchema,
)


class Argument:
    """One attribute of a schema.

    Attributes:
        write_only: Takes ephemeral values.
    """

    __slots__ = ("_element", "_elements", "_type", "_wanted", "required", "schema", "settable", "write_only")

    def __init__(self, schema: AttributeSchema, write_only: bool) -> None:
        self.schema = schema
        self.required = schema.required
        self.settable = schema.required or schema.optional
        self.write_only = write_only
        self._type: Type | None = None
        self._wanted: Type | None = None
        elements = schema.object_type
        self._elements = elements
        self._element: BlockShape | None = None

    @property
    def element(self) -> BlockShape | None:
        """The shape of its blocks if it may be written as blocks; else None."""
        if self._element is None and self._elements is not None:
            self._element = BlockShape(_block_of(self._elements), True, self.write_only)
        return self._element

    @property
    def type(self) -> Type:
        """The type of its value in references."""
        if self._type is None:
            nested = self.schema.nested
            self._type = _nested_type(nested, False) if nested is not None else types.from_json(self.schema.type)
        return self._type

    @property
    def wanted(self) -> Type:
        """The type that its configured value must convert to."""
        if self._wanted is None:
            nested = self.schema.nested
            self._wanted = self.type if nested is None else _nested_type(nested, True)
        return self._wanted


class Nested:
    """One block type of a schema."""

    __slots__ = ("_shape", "ephemeral", "exact", "maximum", "schema")

    def __init__(self, schema: NestedBlock, exact: bool, ephemeral: bool) -> None:
        self.schema = schema
        self.exact = exact
        self.ephemeral = ephemeral
        #: The maximum number of blocks; None without a limit.
        self.maximum = 1 if self.is_single else schema.max_items
        self._shape: BlockShape | None = None

    @property
    def is_single(self) -> bool:
        """Whether such a block is a single object rather than an element of a collection."""
        return self.schema.nesting in ("single", "group")

    @property
    def shape(self) -> BlockShape:
        """What such a block may contain."""
        if self._shape is None:
            self._shape = BlockShape(self.schema.block, self.exact, self.ephemeral)
        return self._shape


class BlockShape:
    """What the body of a block may contain, by name.

    Attributes:
        required: The names of attributes that must be set.
        wanted_blocks: The names of block types that must occur at least once.
        open: True if the contents are not known.
        instance: The value of a reference to one such body; computed on first use.

    Args:
        ephemeral: Whether every argument takes ephemeral values, because nothing of the block is kept.
    """

    __slots__ = ("arguments", "blocks", "ephemeral", "instance", "open", "required", "wanted_blocks")

    def __init__(self, block: BlockSchema, exact: bool, ephemeral: bool = False) -> None:
        self.open = block.open
        self.ephemeral = ephemeral
        self.instance: Value | None = None
        self.arguments = {
            # If a schema does not say which arguments are write-only, their names do, by the providers' convention.
            name: Argument(attribute, ephemeral or attribute.write_only or (not exact and name.endswith("_wo")))
            for name, attribute in block.attributes.items()
        }
        self.blocks = {name: Nested(nested, exact, ephemeral) for name, nested in block.blocks.items()}
        self.required = tuple(name for name, attribute in block.attributes.items() if attribute.required)
        self.wanted_blocks = tuple(name for name, nested in block.blocks.items() if nested.min_items)


def _block_of(elements: Mapping[str, object]) -> BlockSchema:
    """Return the block form of an attribute of objects: everything in it may be left out."""
    return BlockSchema({name: AttributeSchema(type, optional=True) for name, type in elements.items()})  # type: ignore[arg-type]


def _nested_type(nested: NestedObject, wanted: bool) -> Type:
    attributes = {
        name: _nested_type(attribute.nested, wanted)
        if attribute.nested is not None
        else types.from_json(attribute.type)
        for name, attribute in nested.attributes.items()
    }
    optional = [name for name, attribute in nested.attributes.items() if not attribute.required] if wanted else []
    element = types.object_of(attributes, optional)
    match nested.nesting:
        case "list":
            return types.list_of(element)
        case "set":
            return types.set_of(element)
        case "map":
            return types.map_of(element)
    return element


class ProviderShapes:
    """The shapes of one provider, by category and type name; each is built on first use."""

    __slots__ = ("_made", "schema")

    def __init__(self, schema: ProviderSchema) -> None:
        self.schema = schema
        self._made: dict[tuple[str, str], BlockShape | None] = {}

    def find(self, category: str, name: str) -> BlockShape | None:
        """Return the shape of a `resource`, `data` or `ephemeral` type, or of the `provider` itself."""
        key = (category, name)
        if key not in self._made:
            block = self.schema.provider_block if category == "provider" else self.schema.read(category, name)
            self._made[key] = (
                None
                if block is None
                else BlockShape(block, self.schema.exact, ephemeral=category in ("provider", "ephemeral"))
            )
        return self._made[key]


_MADE: dict[int, ProviderShapes] = {}


def shapes_of(schema: ProviderSchema) -> ProviderShapes:
    """Return the shapes of a provider; the same object each time."""
    made = _MADE.get(id(schema))
    if made is None:
        # Keyed by identity, because hashing a schema hashes its thousands of names; the shapes keep the schema alive.
        made = _MADE[id(schema)] = ProviderShapes(schema)
    return made
