"""A configuration's declarations with plain values: the tree that intents and rewards read.

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

Everything is computed on first use and cached. It cannot be changed: mappings are read-only and lists are tuples.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from iacrl.domains.terraform.syntax.parser import parse

if TYPE_CHECKING:
    from iacrl.domains.terraform.document.entity import TerraformEntity
    from iacrl.domains.terraform.document.static_names import StaticNames
    from iacrl.domains.terraform.findings import Finding
    from iacrl.domains.terraform.syntax import nodes
    from iacrl.domains.terraform.syntax.source import SourceText


class TerraformDocument:
    """What the files of one module declare. Read-only.

    Args:
        files: Each file's tree and text.
        unjudged: The addresses of what was not judged; None if nothing was judged.
        names: The values of its names; None for those in the text.
    """

    domain = "terraform"

    def __init__(
        self,
        files: Sequence[tuple[nodes.Body, SourceText]],
        unjudged: frozenset[str] | None = frozenset(),
        names: StaticNames | None = None,
    ) -> None:
        self._files = tuple(files)
        self._unjudged = unjudged
        if names is not None:
            self._names = names  # instead of computing them

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle as text: parsing it again is faster than unpickling a tree."""
        return _read_again, (tuple((source.text, source.file) for _, source in self._files), self._unjudged)

    @cached_property
    def entities(self) -> tuple[TerraformEntity, ...]:
        """Everything declared, in the order of the files and of their text.

        `terraform` blocks are included only if they say where the state is kept, or require providers from long before
        the available schemas. The others only state what the text needs.
        """
        from iacrl.domains.terraform.document.required_versions import asks_for_the_past

        return tuple(
            entity
            for entity in self._all
            if entity.category != "terraform" or entity.keeps_state or asks_for_the_past(entity.values)
        )

    @cached_property
    def settings(self) -> tuple[TerraformEntity, ...]:
        """The `terraform` blocks."""
        return tuple(entity for entity in self._all if entity.category == "terraform")

    @cached_property
    def _all(self) -> tuple[TerraformEntity, ...]:
        # Most verdicts are never asked for their document, so its parts are imported on first use.
        from iacrl.domains.terraform.document.entity import declared

        return tuple(
            entity
            for body, source in self._files
            for block in body.blocks
            for entity in declared(block, source, self._names, self._unjudged)
        )

    @cached_property
    def _names(self) -> StaticNames:
        from iacrl.domains.terraform.document.literals import Literals
        from iacrl.domains.terraform.document.static_names import StaticNames

        return StaticNames(self._files, Literals)

    def with_inputs(self, inputs: Mapping[str, Any]) -> TerraformDocument | None:
        """Return it with other values for variables (`var.x`) and locals (`local.x`), as JSON has them.

        None if it does not declare one of them, or if a value is not of its variable's type.
        """
        from iacrl.domains.terraform.expressions.functions.encodings import from_python

        names = self._names.given({name: from_python(value) for name, value in inputs.items()})
        return None if names is None else TerraformDocument(self._files, self._unjudged, names)

    @cached_property
    def missing_instances(self) -> Sequence[Finding]:
        """The places that refer to an instance which does not exist with these values."""
        from iacrl.domains.terraform.document.missing_instances import find_missing_instances

        return tuple(find_missing_instances(self._files, self._names))

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


def _is_json(file: str | None) -> bool:
    return file is not None and file.endswith(".json")


def _read_again(texts: tuple[tuple[str, str | None], ...], unjudged: frozenset[str] | None) -> TerraformDocument:
    from iacrl.domains.terraform.structure.json_files import parse_json

    results = [(parse_json if _is_json(file) else parse)(text, file) for text, file in texts]
    return TerraformDocument([(result.body, result.source) for result in results], unjudged)
