"""The values of references to resources, as far as a schema says: objects with unknown attributes.

To `terraform validate`, a resource is entirely unknown, so it misses a list in place of a string until the plan.
OpenTofu's validate, and every plan, know the type of each attribute.
"""

from __future__ import annotations

from iacrl.domains.terraform.cty import types, values
from iacrl.domains.terraform.cty.types import DYNAMIC, Type
from iacrl.domains.terraform.cty.values import ANY, SENSITIVE, UNKNOWN, Value
from iacrl.domains.terraform.schema.block_shapes import Argument, BlockShape, Nested
from iacrl.domains.terraform.schema.provider_schema import AttributeSchema


class Instances(Value):
    """All instances of a repeated resource. Their number is not known, but the type of each is."""

    __slots__ = ("instance",)

    def __init__(self, instance: Value) -> None:
        super().__init__(DYNAMIC, UNKNOWN, 1, False)
        self.instance = instance

    def part(self, step: str) -> Value:
        """Return one instance, or any of them for `[*]`."""
        return self.instance if step.startswith("[") else ANY


def instance_value(shape: BlockShape) -> Value:
    """Return one instance of a resource as a plan sees it: an object that is not null, with unknown parts."""
    if shape.instance is None:
        parts = {name: argument_value(argument) for name, argument in shape.arguments.items()}
        parts |= {name: values.unknown(nested_type(nested)) for name, nested in shape.blocks.items()}
        shape.instance = values.object_value(parts)
    return shape.instance


def validated_value(shape: BlockShape) -> Value:
    """Return one instance as OpenTofu's validate sees it: unknown, but not null if parts are sensitive."""
    return instance_value(shape) if _has_sensitive(shape) else values.unknown(body_type(shape))


def _has_sensitive(shape: BlockShape) -> bool:
    return any(
        argument.schema.sensitive or _nested_sensitive(argument.schema) for argument in shape.arguments.values()
    ) or any(_has_sensitive(nested.shape) for nested in shape.blocks.values())


def _nested_sensitive(schema: AttributeSchema) -> bool:
    return schema.nested is not None and any(
        inner.sensitive or _nested_sensitive(inner) for inner in schema.nested.attributes.values()
    )


def part_value(shape: BlockShape, name: str) -> Value | None:
    """Return `.name` of an instance; None if there is no such part."""
    argument = shape.arguments.get(name)
    if argument is not None:
        return argument_value(argument)
    nested = shape.blocks.get(name)
    return None if nested is None else values.unknown(nested_type(nested))


def argument_value(argument: Argument) -> Value:
    """Return the unknown value of an attribute."""
    made = values.unknown(argument.type)
    return made.marked(SENSITIVE) if argument.schema.sensitive else made


def nested_type(nested: Nested) -> Type:
    """Return the type of all blocks of one type together, as cty's schemas have it."""
    inner = body_type(nested.shape)
    nesting = nested.schema.nesting
    if nesting in ("single", "group"):
        return inner
    if nesting == "set":
        return types.set_of(inner)
    if inner.is_dynamic_inside:
        return DYNAMIC  # each block may have its own type: a tuple or an object
    return types.list_of(inner) if nesting == "list" else types.map_of(inner)


def body_type(shape: BlockShape) -> Type:
    """Return the type of the object that a body describes."""
    if shape.open:
        return DYNAMIC
    parts = {name: argument.type for name, argument in shape.arguments.items()}
    parts |= {name: nested_type(nested) for name, nested in shape.blocks.items()}
    return types.object_of(parts)
