"""The instances of a block with `count` or `for_each`."""

from __future__ import annotations

from typing import Protocol

from iacrl.domains.terraform.cty import types, values
from iacrl.domains.terraform.cty.conversion import ConversionError, convert
from iacrl.domains.terraform.cty.values import Value
from iacrl.domains.terraform.syntax import nodes

#: The instances of a resource with more than this count as unknown.
MAX_INSTANCES = 10_000


class Evaluating(Protocol):
    """A place in which expressions have values."""

    def evaluate(self, expression: nodes.ValueNode) -> Value:
        """Return the value of an expression."""
        ...


def is_repeated(block: nodes.Block) -> bool:
    """Return whether a block has `count` or `for_each`."""
    return "count" in block.body.attributes or "for_each" in block.body.attributes


def instance_keys(block: nodes.Block, place: Evaluating) -> list[tuple[Value | None, Value | None]] | None:
    """Return the key and the value of each instance; None for whichever a block does not have.

    Without `count` and `for_each` there is one instance without a key. Return None if the instances are not known.
    """
    arguments = block.body.attributes
    if "count" in arguments:
        try:
            number = convert(place.evaluate(arguments["count"].value), types.NUMBER).data
        except ConversionError:
            return None
        if not isinstance(number, int) or not 0 <= number <= MAX_INSTANCES:
            return None
        return [(values.number(index), None) for index in range(number)]
    if "for_each" in arguments:
        given = place.evaluate(arguments["for_each"].value)
        found = elements(given) if given.type.kind in ("map", "object", "set") else None
        if found is None or any(not isinstance(key.data, str) for key, _ in found) or len(found) > MAX_INSTANCES:
            return None
        return list(found)
    return [(None, None)]


def elements(value: Value) -> list[tuple[Value, Value]] | None:
    """Return the keys and values of a collection, as `for_each` sees them; None if they are not known."""
    return list(values.pairs(value)) if isinstance(value.data, dict | tuple) else None
