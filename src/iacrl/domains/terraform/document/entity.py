"""One declared thing of a document, and its instances."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from iacrl.domains.paths import find_all
from iacrl.domains.ranges import Range
from iacrl.domains.terraform.cty.values import Value
from iacrl.domains.terraform.document.repeated_blocks import instance_keys
from iacrl.domains.terraform.document.static_names import Assumed, Instance, StaticNames, StaticPlace
from iacrl.domains.terraform.document.view import BodyView, LocalView, Steps, View
from iacrl.domains.terraform.syntax import nodes
from iacrl.domains.terraform.syntax.source import SourceText

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
        key: Its index for `count`, its key for `for_each`, None without either.
    """

    def __init__(self, key: int | str | None, view: View, entity: TerraformEntity) -> None:
        self.key = key
        self._view = view
        self._entity = entity

    def __repr__(self) -> str:
        return f"<instance {self.key!r}>"

    @cached_property
    def values(self) -> Mapping[str, Any]:
        """Everything it sets, with the values of `count.index`, `each.key` and `each.value`."""
        return self._view.values()

    def value(self, path: str, default: Any = None) -> Any:
        """Return the first value at a path such as `ingress[*].from_port`, or `default`."""
        return next((value for _, value in find_all(self.values, path)), default)

    def seen_with(self, assumed: Assumed | None) -> View | None:
        """Return what it declares if a variable or local has another value; None if it does not exist then."""
        return self._view if assumed is None else self._entity.instance_view(self.key, assumed)


class TerraformEntity:
    """One thing that a top-level block declares: a resource, data source, variable, local, ... Read-only.

    Attributes:
        category: `local`, or the type of the block.
        kind: The type of a resource, data source or ephemeral resource, else empty.
        name: Its name; for a provider its local name; empty for a block without a name.
        judged: Whether its provider's schema was available, or the module that it calls could be read.
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
        self.judged = True
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
        """How Terraform refers to it: `aws_vpc.main`, `data.aws_ami.linux`, `var.region`; `moved` has nothing else."""
        if self.category in _NAMELESS:
            return self.category
        return _PREFIXES.get(self.category, "") + (f"{self.kind}.{self.name}" if self.kind else self.name)

    @property
    def keeps_state(self) -> bool:
        """Whether it is a `terraform` block that says where the state is kept, with a `backend` or `cloud` block."""
        blocks = self._node.body.blocks if isinstance(self._node, nodes.Block) else ()
        return self.category == "terraform" and any(block.type in ("backend", "cloud") for block in blocks)

    @property
    def range(self) -> Range:
        """Where it is declared."""
        return self._source.range_of(self._node)

    @cached_property
    def _view(self) -> View:
        return self._view_from(self._place())

    def _view_from(self, place: StaticPlace) -> View:
        if isinstance(self._node, nodes.Attribute):
            return LocalView(self._node, place)
        return BodyView(self._node, self._node.body, (), place)

    @cached_property
    def values(self) -> Mapping[str, Any]:
        """Everything it sets: arguments by name, repeated blocks as tuples of mappings.

        A value that is not known from the text alone is an `Expression`. Variables have their defaults. A local has its
        value under `value`. `dynamic` blocks are expanded; one that cannot be expanded shows one block. `count.index`,
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
        """Return the range of the value at these steps; the nearest enclosing range if it has none of its own."""
        return self._source.range_of(self._view.find(steps))

    def references_at(self, steps: Steps) -> tuple[str, ...]:
        """Return what the source of the value at these steps refers to, even if the value is known."""
        return tuple(self._view.references(steps))

    @cached_property
    def instances(self) -> Sequence[TerraformInstance] | None:
        """Its instances by `count` or `for_each`; a single instance without them; None if they are not known."""
        keys = self._keys(self._place())
        if keys is None:
            return None
        return tuple(self._instance(*key) for key in keys)

    def seen_with(self, assumed: Assumed | None) -> View:
        """Return what it declares if a variable or local has another value."""
        return self._view if assumed is None else self._view_from(self._place(assumed))

    def _place(self, assumed: Assumed | None = None) -> StaticPlace:
        names = self._names if assumed is None else self._names.assuming(assumed)
        return StaticPlace(names, names, self._source.text)

    def _keys(self, place: StaticPlace) -> list[tuple[Value | None, Value | None]] | None:
        """Return the key and value of each instance, or None."""
        if self.category not in ("resource", "data", "ephemeral", "module") or not isinstance(self._node, nodes.Block):
            return [(None, None)]
        return instance_keys(self._node, place)

    def _instance(self, key: Value | None, value: Value | None) -> TerraformInstance:
        if key is None:
            return TerraformInstance(None, self._view, self)
        return TerraformInstance(key.data, self._instance_view(self._place(), key, value), self)

    def _instance_view(self, place: StaticPlace, key: Value, value: Value | None) -> View:
        return self._view_from(StaticPlace(place.names, Instance.of(place.names, key, value), place.text))

    def instance_view(self, key: int | str | None, assumed: Assumed) -> View | None:
        """Return what one instance declares if a variable or local has another value; None without that instance."""
        place = self._place(assumed)
        for known, value in self._keys(place) or ():
            if known is None:
                return self._view_from(place)
            if known.data == key:
                return self._instance_view(place, known, value)
        return None


def declared(
    block: nodes.Block, source: SourceText, names: StaticNames, unjudged: Collection[str] | None
) -> Iterator[TerraformEntity]:
    """Yield what a top-level block declares.

    Entities at the addresses `unjudged` were not judged; None means all of them.
    """
    for entity in _declared(block, source, names):
        entity.judged = unjudged is not None and entity.address not in unjudged
        yield entity


def _declared(block: nodes.Block, source: SourceText, names: StaticNames) -> Iterator[TerraformEntity]:
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
