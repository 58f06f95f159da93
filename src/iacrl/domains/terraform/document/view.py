"""Bodies as plain data: arguments by name, and nested blocks as lists, with `dynamic` blocks expanded."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Protocol

from iacrl.domains.terraform.cty.values import Value
from iacrl.domains.terraform.document.flows import Passage, passages
from iacrl.domains.terraform.document.plain_data import encoding_of, find_part, plain, references, source_of
from iacrl.domains.terraform.document.repeated_blocks import elements
from iacrl.domains.terraform.document.static_names import StaticPlace
from iacrl.domains.terraform.syntax import nodes

#: A `dynamic` block is not expanded if it would give more blocks than this.
_MOST = 1_000

#: Blocks whose condition is a rule rather than a value of the text.
_CHECKS = frozenset({"validation", "precondition", "postcondition", "assert"})
#: Arguments with texts that services read as JSON only.
_READ_AS_JSON = re.compile(r"policy|container_definitions|event_pattern|secret_string|schema|definition|dashboard_body")

Steps = tuple[str | int, ...]


class View(Protocol):
    """Something declared, seen from one place."""

    def values(self) -> Mapping[str, Any]:
        """Return everything it sets."""

    def find(self, steps: Steps) -> nodes.Node:
        """Return the node of the value at these steps, or the innermost one around it."""

    def references(self, steps: Steps) -> Iterator[str]:
        """Yield what the node at these steps refers to."""

    def passages(self, steps: Steps) -> Iterator[Passage]:
        """Yield what flows into the value at these steps: attributes of other things, whole or within a text."""

    def argument(self, name: str) -> Value | None:
        """Return the value of an argument, with symbols and unknown parts; None if it is not set."""


class LocalView:
    """One argument of a `locals` block."""

    def __init__(self, attribute: nodes.Attribute, place: StaticPlace) -> None:
        self._attribute = attribute
        self._place = place

    def values(self) -> Mapping[str, Any]:
        """Return the local's value under the name `value`."""
        return MappingProxyType({"value": plain(self._attribute.value, self._place)})

    def find(self, steps: Steps) -> nodes.Node:
        """Return the node of the value at these steps."""
        if steps[:1] != ("value",):
            return self._attribute
        return find_part(self._attribute.value, steps[1:], self._place)

    def references(self, steps: Steps) -> Iterator[str]:
        """Yield what the node at these steps refers to."""
        found = self.find(steps)
        expression = found if isinstance(found, nodes.ValueNode) else self._attribute.value
        return references(expression, self._place.text)

    def passages(self, steps: Steps) -> Iterator[Passage]:
        """Yield what flows into the value at these steps."""
        return passages(self._attribute.value, steps[1:], self._place)

    def argument(self, name: str) -> Value | None:
        """Return the local's value under the name `value`."""
        return self._place.evaluate(self._attribute.value) if name == "value" else None


class BodyView:
    """The body of a block.

    A labelled block inside it (`provisioner "local-exec"`) is listed under its label, as in Terraform's JSON syntax.
    """

    def __init__(self, block: nodes.Block, body: nodes.Body, labels: tuple[str, ...], place: StaticPlace) -> None:
        self.block = block
        self._body = body
        self._labels = labels
        self._place = place
        self._blocks: dict[str, list[BodyView]] | None = None

    def values(self) -> Mapping[str, Any]:
        """Return the arguments and blocks."""
        found: dict[str, Any] = {
            name: (source_of if self._is_unread(name, attribute.value) else plain)(attribute.value, self._place)
            for name, attribute in self._body.attributes.items()
        }
        for type, views in self.blocks().items():
            found[type] = tuple(view.values() for view in views)
        made: Mapping[str, Any] = MappingProxyType(found)
        for label in reversed(self._labels):
            made = MappingProxyType({label: made})
        return made

    def _is_unread(self, name: str, expression: nodes.ValueNode) -> bool:
        """Return whether an argument is shown as written: a condition, an address, YAML where a service reads JSON."""
        if name == "condition":
            return self.block.type in _CHECKS
        if self.block.type == "moved":
            return True
        return _READ_AS_JSON.search(name) is not None and encoding_of(expression, self._place) == "yamlencode"

    def find(self, steps: Steps) -> nodes.Node:
        """Return the node of the value at these steps, or the innermost one around it."""
        return self._find(steps)[0]

    def references(self, steps: Steps) -> Iterator[str]:
        """Yield what the node at these steps refers to; for a block, what all its arguments refer to."""
        found, view = self._find(steps)
        if isinstance(found, nodes.ValueNode):
            yield from references(found, self._place.text)
            return
        for attribute in view._body.attributes.values():
            yield from references(attribute.value, self._place.text)
        for block in view._body.blocks:
            if block.type == "dynamic" and "for_each" in block.body.attributes:
                yield from references(block.body.attributes["for_each"].value, self._place.text)
        for views in view.blocks().values():
            for inner in views:
                yield from inner.references(inner._labels)

    def passages(self, steps: Steps) -> Iterator[Passage]:
        """Yield what flows into the value at these steps."""
        if steps[: len(self._labels)] != self._labels or len(steps) == len(self._labels):
            return
        step, *rest = steps[len(self._labels) :]
        attribute = self._body.attributes.get(str(step))
        if attribute is not None:
            yield from passages(attribute.value, tuple(rest), self._place)
        elif rest and isinstance(rest[0], int):
            for view in self.blocks().get(str(step), [])[rest[0] : rest[0] + 1]:
                yield from view.passages(tuple(rest[1:]))

    def argument(self, name: str) -> Value | None:
        """Return the value of an argument, with symbols and unknown parts; None if it is not set."""
        attribute = self._body.attributes.get(name)
        return None if attribute is None else self._place.evaluate(attribute.value)

    def _find(self, steps: Steps) -> tuple[nodes.Node, BodyView]:
        if steps[: len(self._labels)] != self._labels or len(steps) == len(self._labels):
            return self.block, self
        step, *rest = steps[len(self._labels) :]
        attribute = self._body.attributes.get(str(step))
        if attribute is not None:
            return find_part(attribute.value, tuple(rest), self._place), self
        views = self.blocks().get(str(step), [])
        if rest and isinstance(rest[0], int) and rest[0] < len(views):
            return views[rest[0]]._find(tuple(rest[1:]))
        return (views[0].block if views else self.block), self

    def blocks(self) -> dict[str, list[BodyView]]:
        """Return the nested blocks by type, in the order of the text, with `dynamic` blocks expanded.

        A `dynamic` block with an unknown `for_each` gives one block, in which its iterator is unknown too.
        """
        if self._blocks is None:
            self._blocks = {}
            for block in self._body.blocks:
                if block.type == "dynamic" and len(block.labels) == 1:
                    views = self._blocks.setdefault(block.labels[0].value, [])
                    views.extend(_expanded(block, self._place))
                else:
                    labels = tuple(label.value for label in block.labels)
                    self._blocks.setdefault(block.type, []).append(BodyView(block, block.body, labels, self._place))
        return self._blocks


def _expanded(block: nodes.Block, place: StaticPlace) -> Iterator[BodyView]:
    """Yield the blocks that a `dynamic` block expands to."""
    content = next((inner for inner in block.body.blocks if inner.type == "content"), None)
    for_each = block.body.attributes.get("for_each")
    if content is None or for_each is None:
        return
    iterator = block.body.attributes.get("iterator")
    name = block.labels[0].value
    if iterator is not None and isinstance(iterator.value, nodes.Traversal):
        name = iterator.value.root
    found = elements(place.evaluate(for_each.value))
    if found is None or len(found) > _MOST:
        yield BodyView(content, content.body, (), place)
        return
    for key, value in found:
        yield BodyView(content, content.body, (), place.with_iterator(name, key, value))
