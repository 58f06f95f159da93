"""Which providers a configuration needs, and how each is served."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from iacrl.domains.terraform.checking.provider_versions import constraints_of, schema_for
from iacrl.domains.terraform.engine.encoded_schemas import EncodedSchema
from iacrl.domains.terraform.engine.open_types import (
    Shapes,
    guessed_types,
    has_open_parts,
    names_after_dots,
    open_block,
    open_placeholders,
    open_schema,
    shapes_of,
    with_open_parts,
)
from iacrl.domains.terraform.engine.schema_provider import Served
from iacrl.domains.terraform.engine.wire_values import dynamic
from iacrl.domains.terraform.engine.workspace import Workspace
from iacrl.domains.terraform.schema.packs import available, find_provider
from iacrl.domains.terraform.schema.provider_schema import AttributeSchema, BlockSchema, Category, ProviderSchema
from iacrl.domains.terraform.structure.module_tree import load_directory

ADDRESS = "terraform.io/builtin/terraform"
REMOTE_STATE = "terraform_remote_state"

_OUTPUT = re.compile(r"\.outputs(?:\.|\[\")(\w+)")


def remote_state_placeholders(source: str) -> BlockSchema:
    """Return the remote state to read: the outputs that a text asks for, as placeholders.

    The real data source is built into terraform and contacts the backend that the text names.
    """
    outputs = guessed_types(_OUTPUT.findall(source), source)
    return BlockSchema({"outputs": AttributeSchema(dynamic(["object", outputs]), computed=True)})


#: The places where a text may name a provider: in quotes (a label, the end of a source address), as a key in
#: required_providers, or as the value of a `provider` argument. The first word of a type also names its provider.
_NAMED = re.compile(r'(?:["/]|\bprovider\s*+(?:=\s*+)?)([\w-]+)|(?<![\w-])([\w-]++)\s*+[=:]\s*+[{"]')
_FUNCTION = re.compile(r"\bprovider::[\w-]+::([\w-]+)")
_EPHEMERAL = re.compile(r'\bephemeral\s*"(\w+)"|"ephemeral"')
#: The messages of validate and plan about a missing provider.
_NOT_THERE = frozenset(("Missing required provider", "Inconsistent dependency lock file"))
_REQUIRED = re.compile(r"provider ((?:[\w.:-]+/)?[\w-]+/[\w-]+)")


@dataclass(slots=True)
class Needs:
    """The providers of one configuration.

    Attributes:
        providers: By the address under which terraform asks for them.
        unchecked: What their schemas leave out, in words.
    """

    providers: dict[str, Served] = field(default_factory=dict)
    unchecked: list[str] = field(default_factory=list)


class KnownProviders:
    """The available providers, each encoded once. Any number of threads may call `needed`."""

    def __init__(self) -> None:
        self._encoded: dict[tuple[str, int], EncodedSchema] = {}
        self._lock = Lock()

    def needed(self, here: Workspace, reads: bool) -> Needs:
        """Return every provider whose name or types occur in the text; one too many does no harm.

        Args:
            reads: The run reads data sources, as a plan does; validation only looks at their arguments.
        """
        text = _Text(here)
        needs = Needs()
        for pack in available():
            schema = pack.schema
            if schema.address == ADDRESS:
                if reads and REMOTE_STATE in text.words:  # terraform's own provider would contact the named backend
                    self._serve(needs, ADDRESS, schema, text)
            elif schema.name in text.names:
                self._add(needs, text.version_of(schema), text)
        needs.unchecked += [f"function {name}: no signature" for name in sorted(set(text.function_calls))]
        return needs

    def _add(self, needs: Needs, schema: ProviderSchema, text: _Text) -> None:
        self._serve(needs, schema.source, schema, text)
        implied = f"hashicorp/{schema.name}"
        if schema.source != implied and schema.source not in text.source and implied not in needs.providers:
            # Without a required_providers entry, terraform takes the provider to be HashiCorp's.
            self._serve(needs, implied, schema, text)
            if self._encode(schema).mentioned(text.words):
                needs.unchecked.append(
                    f"provider {implied}: no schema; judged by that of {schema.source}, which required_providers does "
                    "not name"
                )

    def _serve(self, needs: Needs, address: str, schema: ProviderSchema, text: _Text) -> None:
        encoded = self._encode(schema)
        instead: dict[tuple[Category, str], BlockSchema] = {}
        for category, name in encoded.mentioned(text.words):
            block = schema.read(category, name)
            if block is not None and has_open_parts(block):
                instead[category, name] = with_open_parts(block, text.shapes.get((category, name), {}), text.asked)
        if not schema.exact and text.has_ephemeral:
            for (kind, name), shape in text.shapes.items():
                if kind == "ephemeral" and name.partition("_")[0] == schema.name:
                    instead["ephemeral", name] = open_block(shape, text.asked)
                    needs.unchecked.append(f"ephemeral {name}: no schema")
        read_as = {REMOTE_STATE: remote_state_placeholders(text.source)} if address == ADDRESS else {}
        needs.providers[address] = Served(encoded, text.words, text.functions, instead, read_as)

    def add_missing(self, needs: Needs, here: Workspace, addresses: list[str]) -> None:
        """Add the providers that terraform asked for. Those that no pack covers accept anything in the text."""
        text = _Text(here)
        for address in addresses:
            known = find_provider(_short(address))
            if known is not None:
                self._serve(needs, known.source, text.version_of(known), text)
                continue
            schema = open_schema(address, text.shapes, text.asked)
            read_as = open_placeholders(schema, text.source)
            needs.providers[address] = Served(EncodedSchema(schema), text.words, text.functions, read_as=read_as)
            needs.unchecked.append(f"provider {_short(address)}: no schema")

    def _encode(self, schema: ProviderSchema) -> EncodedSchema:
        key = (schema.address, id(schema))
        with self._lock:
            if key not in self._encoded:
                self._encoded[key] = EncodedSchema(schema)
            return self._encoded[key]


class _Text:
    """The content of a configuration; each part is computed on first use."""

    def __init__(self, here: Workspace) -> None:
        self._here = here
        self.source = here.source()
        self.words = here.words()
        self.names = {word.partition("_")[0] for word in self.words if "_" in word}
        self.names |= {name for match in _NAMED.findall(self.source) for name in match}
        self.function_calls: list[str] = [match[0] for match in _FUNCTION.finditer(self.source)]
        self.functions = frozenset(_FUNCTION.findall(self.source))
        self.has_ephemeral = _EPHEMERAL.search(self.source) is not None
        self._shapes: Shapes | None = None
        self._constraints: dict[str, str] | None = None

    def version_of(self, schema: ProviderSchema) -> ProviderSchema:
        """Return the schema of the version that the text asks for, chosen as by the in-process validator."""
        if "version" not in self.words:
            return schema
        if self._constraints is None:
            loaded = load_directory(self._here.text)
            self._constraints = constraints_of(one.module for one in loaded)
        return schema_for(schema.address, self._constraints.get(schema.address, "")) or schema

    @property
    def shapes(self) -> Shapes:
        if self._shapes is None:
            self._shapes = shapes_of(self._here.files)
        return self._shapes

    @property
    def asked(self) -> frozenset[str]:
        return names_after_dots(self.source)


def missing_providers(diagnostics: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the addresses in terraform's messages about missing providers."""
    complaints = [found["detail"] for found in diagnostics if found["summary"] in _NOT_THERE]
    return sorted({address for detail in complaints for address in _REQUIRED.findall(detail)})


def _short(address: str) -> str:
    for host in ("registry.terraform.io/", "registry.opentofu.org/"):
        address = address.removeprefix(host)
    return address
