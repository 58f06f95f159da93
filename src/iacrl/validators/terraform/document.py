"""The tree that intents and rewards read: what a configuration declares, with plain values.

>>> import iacrl
>>> verdict = iacrl.validate('''
... variable "zones" {
...   default = ["a", "b"]
... }
...
... locals {
...   prefix = "web"
... }
...
... resource "aws_vpc" "main" {
...   cidr_block = "10.0.0.0/16"
... }
...
... resource "aws_subnet" "zone" {
...   for_each          = toset(var.zones)
...   vpc_id            = aws_vpc.main.id
...   cidr_block        = cidrsubnet("10.0.0.0/16", 8, 1)
...   availability_zone = "eu-west-1${each.key}"
...   tags              = { Name = "${local.prefix}-subnet", Network = aws_vpc.main.arn }
... }
... ''', domain="terraform")
>>> document = verdict.document
>>> subnet = document.resources["aws_subnet"]["zone"]
>>> subnet.value("cidr_block")
'10.0.1.0/24'
>>> subnet.value("tags.Name")
'web-subnet'
>>> subnet.value("vpc_id")
Expression(text='aws_vpc.main.id', references=('aws_vpc.main.id',))
>>> subnet.references_at(("tags",))
('local.prefix', 'aws_vpc.main.arn')
>>> [instance.value("availability_zone") for instance in subnet.instances]
['eu-west-1a', 'eu-west-1b']
>>> subnet.range_of(("cidr_block",)).start.line
17
>>> document.find("aws_vpc.main").value("cidr_block")
'10.0.0.0/16'
>>> document.variables["zones"].values["default"]
('a', 'b')

Nothing is computed before it is asked for. What is computed is kept, and cannot be changed: mappings are read-only and
lists are tuples.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

from iacrl.validators.paths import find_all
from iacrl.validators.terraform import nodes, types, values
from iacrl.validators.terraform.conversion import ConversionError, convert
from iacrl.validators.terraform.document_scope import Instance, Names, Place, elements
from iacrl.validators.terraform.document_view import BodyView, LocalView, Steps, View
from iacrl.validators.terraform.parser import parse
from iacrl.validators.terraform.source import Source
from iacrl.validators.terraform.values import Value
from iacrl.validators.verdict import Range

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
}


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
    """One resource, data source, variable, output, local, module call or provider configuration. Read-only.

    Attributes:
        category: `resource`, `data`, `ephemeral`, `variable`, `output`, `local`, `module`, `provider` or `terraform`.
        kind: The type of a resource or data source, else empty.
        name: Its name; for a provider the provider's local name.
    """

    def __init__(
        self, category: str, kind: str, name: str, node: nodes.Block | nodes.Attribute, source: Source, names: Names
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
        """How Terraform refers to it: `aws_vpc.main`, `data.aws_ami.linux`, `var.region`, `module.network`."""
        return _PREFIXES.get(self.category, "") + (f"{self.kind}.{self.name}" if self.kind else self.name)

    @property
    def range(self) -> Range:
        """Where it is declared."""
        return self._source.range_of(self._node)

    @cached_property
    def _view(self) -> View:
        return self._view_from(Place(self._names, self._names, self._source.text))

    def _view_from(self, place: Place) -> View:
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

    def source_at(self, steps: Steps) -> str:
        """Return the source of the value at these steps, also where that value is known."""
        node = self._view.find(steps)
        return self._source.text[node.start : node.end]

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
        place = Place(self._names, self._names, self._source.text)
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
        place = Place(self._names, Instance(self._names, known), self._source.text)
        return TerraformInstance(key.data, self._view_from(place))


class TerraformDocument:
    """What the files of one module declare. Read-only.

    Args:
        files: Each file's tree and text.
        directory: Where the files stand, so that functions such as `file` find what is there; None for a single text.
    """

    def __init__(self, files: Sequence[tuple[nodes.Body, Source]], directory: Path | None = None) -> None:
        self._files = tuple(files)
        self._directory = directory

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel between processes as text: reading it again takes less time than unpacking a tree."""
        return _read_again, (tuple((source.text, source.file) for _, source in self._files), self._directory)

    @cached_property
    def entities(self) -> tuple[TerraformEntity, ...]:
        """Everything declared, in the order of the files and of their text."""
        return tuple(entity for entity in self._all if entity.category != "terraform")

    @cached_property
    def settings(self) -> tuple[TerraformEntity, ...]:
        """The `terraform` blocks."""
        return tuple(entity for entity in self._all if entity.category == "terraform")

    @cached_property
    def _all(self) -> tuple[TerraformEntity, ...]:
        names = Names(self._files, self._directory)
        return tuple(
            entity
            for body, source in self._files
            for block in body.blocks
            for entity in _declared(block, source, names)
        )

    @property
    def resources(self) -> Mapping[str, Mapping[str, TerraformEntity]]:
        """The managed resources, by type and name."""
        return self._by_kind("resource")

    @property
    def data(self) -> Mapping[str, Mapping[str, TerraformEntity]]:
        """The data sources, by type and name."""
        return self._by_kind("data")

    @property
    def variables(self) -> Mapping[str, TerraformEntity]:
        """The input variables, by name."""
        return self._by_name("variable")

    @property
    def outputs(self) -> Mapping[str, TerraformEntity]:
        """The outputs, by name."""
        return self._by_name("output")

    @property
    def locals(self) -> Mapping[str, TerraformEntity]:
        """The local values, by name."""
        return self._by_name("local")

    @property
    def modules(self) -> Mapping[str, TerraformEntity]:
        """The calls of modules, by name."""
        return self._by_name("module")

    @property
    def providers(self) -> Mapping[str, tuple[TerraformEntity, ...]]:
        """The configurations of each provider, by its local name."""
        found: dict[str, tuple[TerraformEntity, ...]] = {}
        for entity in self.entities:
            if entity.category == "provider":
                found[entity.name] = (*found.get(entity.name, ()), entity)
        return MappingProxyType(found)

    def find(self, address: str) -> TerraformEntity | None:
        """Return what Terraform calls `aws_vpc.main`, `data.aws_ami.linux`, `var.region`, or `output.id`."""
        return next((entity for entity in self.entities if entity.address == address), None)

    def _by_name(self, category: str) -> Mapping[str, TerraformEntity]:
        return MappingProxyType({entity.name: entity for entity in self.entities if entity.category == category})

    def _by_kind(self, category: str) -> Mapping[str, Mapping[str, TerraformEntity]]:
        found: dict[str, dict[str, TerraformEntity]] = {}
        for entity in self.entities:
            if entity.category == category:
                found.setdefault(entity.kind, {})[entity.name] = entity
        return MappingProxyType({kind: MappingProxyType(named) for kind, named in found.items()})


def _declared(block: nodes.Block, source: Source, names: Names) -> Iterator[TerraformEntity]:
    """Yield what a top-level block declares."""
    labels = [label.value for label in block.labels]
    if block.type in ("resource", "data", "ephemeral") and len(labels) == 2:
        yield TerraformEntity(block.type, labels[0], labels[1], block, source, names)
    elif block.type in ("variable", "output", "module", "provider") and len(labels) == 1:
        yield TerraformEntity(block.type, "", labels[0], block, source, names)
    elif block.type == "locals":
        for attribute in block.body.attributes.values():
            yield TerraformEntity("local", "", attribute.name, attribute, source, names)
    elif block.type == "terraform":
        yield TerraformEntity("terraform", "", "", block, source, names)


def _read_again(texts: tuple[tuple[str, str | None], ...], directory: Path | None) -> TerraformDocument:
    results = [parse(text, file) for text, file in texts]
    return TerraformDocument([(result.body, result.source) for result in results], directory)
