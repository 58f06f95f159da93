"""One declared thing of a document, and its instances."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from iacrl.domains.paths import find_all
from iacrl.domains.ranges import Range
from iacrl.domains.terraform.cty import types, values
from iacrl.domains.terraform.cty.conversion import ConversionError, convert
from iacrl.domains.terraform.cty.values import Value
from iacrl.domains.terraform.document.static_names import Instance, StaticNames, StaticPlace, elements
from iacrl.domains.terraform.document.view import BodyView, LocalView, Steps, View
from iacrl.domains.terraform.syntax import nodes
from iacrl.domains.terraform.syntax.source import SourceText

#: A resource with more instances than this has them counted as unknown.
MAX_INSTANCES = 10_000

_PREFIXES = {
    "data": "data.",
    "ephemeral": "ephemeral.",
    "variable": "var.",
    "local": "local.",
    "module": "module.",
    "output": "output.",
    "provider": "provider.",
    "check": "check.",
}
#: Blocks that have no name of their own.
_NAMELESS = ("terraform", "moved", "removed", "import")


class TerraformInstance:
    """One instance of a resource or module.

    Attributes:
        key: Its index for `count`, its key for `for_each`, None where there is neither.
    """

    def __init__(self, key: int | str | None, view: View) -> None:
        self.key = key
        self._view = view

    def __repr__(self) -> str:
        return f"<instance {self.key!r}>"

    @cached_property
    def values(self) -> Mapping[str, Any]:
        """Everything it sets, with the values of `count.index`, `each.key` and `each.value`."""
        return self._view.values()

    def value(self, path: str, default: Any = None) -> Any:
        """Return the first value at a path such as `ingress[*].from_port`, or `default`."""
        return next((value for _, value in find_all(self.values, path)), default)


class TerraformEntity:
    """One resource, data source, variable, local or whatever else a top-level block declares. Read-only.

    Attributes:
        category: `local`, or the type of the block.
        kind: The type of a resource, data source or ephemeral resource, else empty.
        name: Its name; for a provider the provider's local name; empty for a block without one.
    """

    def __init__(
        self,
        category: str,
        kind: str,
        name: str,
        node: nodes.Block | nodes.Attribute,
        source: SourceText,
        names: StaticNames,
    ) -> None:
        self.category = category
        self.kind = kind
        self.name = name
        self._node = node
        self._source = source
        self._names = names

    def __repr__(self) -> str:
        return f"<{self.category} {self.address}>"

    @property
    def address(self) -> str:
        """How Terraform refers to it: `aws_vpc.main`, `data.aws_ami.linux`, `var.region`; `moved` has no more."""
        if self.category in _NAMELESS:
            return self.category
        return _PREFIXES.get(self.category, "") + (f"{self.kind}.{self.name}" if self.kind else self.name)

    @property
    def range(self) -> Range:
        """Where it is declared."""
        return self._source.range_of(self._node)

    @cached_property
    def _view(self) -> View:
        return self._view_from(StaticPlace(self._names, self._names, self._source.text))

    def _view_from(self, place: StaticPlace) -> View:
        if isinstance(self._node, nodes.Attribute):
            return LocalView(self._node, place)
        return BodyView(self._node, self._node.body, (), place)

    @cached_property
    def values(self) -> Mapping[str, Any]:
        """Everything it sets: arguments by name, repeated blocks as tuples of mappings.

        A value that is not known from the text alone is an `Expression`. Variables have their defaults. A local has
        its value under `value`. `dynamic` blocks are expanded; one that cannot be shows one block. `count.index`,
        `each.key` and `each.value` are known in `instances` only.
        """
        return self._view.values()

    def value(self, path: str, default: Any = None) -> Any:
        """Return the first value at a path such as `ingress[*].from_port`, or `default`.

        Raises:
            UserError: The path does not follow the grammar.
        """
        return next((value for _, value in find_all(self.values, path)), default)

    def range_of(self, steps: Steps) -> Range:
        """Return where the value at these steps stands; the nearest enclosing range when it has none of its own."""
        return self._source.range_of(self._view.find(steps))

    def references_at(self, steps: Steps) -> tuple[str, ...]:
        """Return what the source of the value at these steps refers to, also where that value is known."""
        return tuple(self._view.references(steps))

    @cached_property
    def instances(self) -> Sequence[TerraformInstance] | None:
        """What `count` and `for_each` make of it; a single instance without them; None where that is not known."""
        keys = self._keys()
        if keys is None:
            return None
        return tuple(self._instance(*key) for key in keys)

    def _keys(self) -> list[tuple[Value | None, Value | None]] | None:
        """Return the key and value of each instance, or None."""
        arguments = self._node.body.attributes if isinstance(self._node, nodes.Block) else {}
        place = StaticPlace(self._names, self._names, self._source.text)
        if self.category not in ("resource", "data", "ephemeral", "module"):
            return [(None, None)]
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

    def _instance(self, key: Value | None, value: Value | None) -> TerraformInstance:
        if key is None:
            return TerraformInstance(None, self._view)
        known = {"count.index": key} if value is None else {"each.key": key, "each.value": value}
        place = StaticPlace(self._names, Instance(self._names, known), self._source.text)
        return TerraformInstance(key.data, self._view_from(place))


def declared(block: nodes.Block, source: SourceText, names: StaticNames) -> Iterator[TerraformEntity]:
    """Yield what a top-level block declares."""
    labels = [label.value for label in block.labels]
    if block.type in ("resource", "data", "ephemeral") and len(labels) == 2:
        yield TerraformEntity(block.type, labels[0], labels[1], block, source, names)
    elif block.type in ("variable", "output", "module", "provider", "check") and len(labels) == 1:
        yield TerraformEntity(block.type, "", labels[0], block, source, names)
    elif block.type == "locals":
        for attribute in block.body.attributes.values():
            yield TerraformEntity("local", "", attribute.name, attribute, source, names)
    elif block.type in _NAMELESS:
        yield TerraformEntity(block.type, "", "", block, source, names)
