"""The values of resources' and data sources' attributes according to the text: `azurerm_resource_group.g.location`.

An attribute that a resource sets is known in every reference to it, as in a plan. So is the JSON of
`data.aws_iam_policy_document`, because the provider computes it from the arguments alone.
"""

from __future__ import annotations

import re

from iacrl.domains.terraform.cty import types, values
from iacrl.domains.terraform.cty.conversion import ConversionError, convert
from iacrl.domains.terraform.cty.values import Value
from iacrl.domains.terraform.document.policy_documents import render
from iacrl.domains.terraform.document.repeated_blocks import instance_keys, is_repeated
from iacrl.domains.terraform.document.static_names import Instance, StaticNames, StaticPlace
from iacrl.domains.terraform.document.symbols import Origin, Symbol, has_symbol, mapped
from iacrl.domains.terraform.document.view import BodyView

#: How many references in a row are followed, if attributes refer to attributes.
_DEEPEST = 12
_POLICY = "data.aws_iam_policy_document."
_STEP = re.compile(r'\[(\d+)\]|\["(.*)"\]|\.(.+)')
_HERE = ("path.module", "path.root")


class Literals:
    """The attributes of one document."""

    def __init__(self, names: StaticNames) -> None:
        self._names = names
        self._found: dict[Origin, Value | None] = {}
        self._depth = 0

    def settled(self, value: Value) -> Value:
        """Return a symbol's value as far as the text says it; return any other value unchanged."""
        if not isinstance(value, Symbol):
            return value
        if value.origin is not None:
            found = self.find(value.origin)
            return value if found is None else found
        text = value.table.replaced(value.spelling, self._written)
        if any(origin.thing in _HERE for _, origin, _ in value.table.parts(value.spelling)):
            text = text.removeprefix("./")  # `${path.module}/x.zip` is `x.zip`
        return value.table.spelled(text) if has_symbol(text) else values.string(text)

    def find(self, origin: Origin) -> Value | None:
        """Return the value of an attribute, which may contain symbols; None if the text does not say it."""
        if origin not in self._found:
            self._found[origin] = None  # while it is computed, to end a cycle
            if self._depth < _DEEPEST:
                self._depth += 1
                value = self._find(origin)
                self._found[origin] = None if value is None else mapped(value, self.settled)
                self._depth -= 1
        return self._found[origin]

    def _written(self, origin: Origin) -> str | None:
        value = self.find(origin)
        if value is None or value.spelling is not None:
            return None if value is None else value.spelling
        try:
            text = convert(value, types.STRING).data
        except ConversionError:
            return None
        return text if isinstance(text, str) else None

    def _find(self, origin: Origin) -> Value | None:
        if origin.thing in _HERE:
            return values.string(".")
        view, steps = self._view(origin)
        if view is None or not steps:
            return None
        if origin.thing.startswith(_POLICY) and steps in ((".json",), (".minified_json",)):
            return render(view, self._names)
        return _within(view, steps)

    def _view(self, origin: Origin) -> tuple[BodyView | None, tuple[str, ...]]:
        """Return the body of the instance that is a value's origin, and the steps from there."""
        names = self._names
        if origin.thing not in names.blocks:
            return None, ()
        block, source = names.blocks[origin.thing]
        place = StaticPlace(names, names, source.text)
        if not is_repeated(block):
            return BodyView(block, block.body, (), place), origin.steps
        wanted = _key(origin.steps[0]) if origin.steps else None
        for key, value in instance_keys(block, place) or ():
            if key is not None and wanted is not None and key.data == wanted:
                scope = Instance.of(names, key, value)
                return BodyView(block, block.body, (), StaticPlace(names, scope, source.text)), origin.steps[1:]
        return None, ()


def _within(view: BodyView, steps: tuple[str, ...]) -> Value | None:
    name = _key(steps[0])
    value = view.argument(str(name))
    if value is not None:
        for step in steps[1:]:
            value = _part(value, _key(step))
            if value is None:
                return None
        return value
    index = _key(steps[1]) if len(steps) > 2 else None
    blocks = view.blocks().get(str(name), [])
    return _within(blocks[index], steps[2:]) if isinstance(index, int) and index < len(blocks) else None


def _part(value: Value, key: str | int | None) -> Value | None:
    data = value.data
    if isinstance(data, dict):
        return data.get(str(key))
    return data[key] if isinstance(data, tuple) and isinstance(key, int) and key < len(data) else None


def _key(step: str) -> str | int | None:
    found = _STEP.fullmatch(step)
    if found is None:
        return None
    return int(found[1]) if found[1] is not None else found[2] if found[2] is not None else found[3]
