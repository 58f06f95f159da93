"""The place of an expression, and what `count`, `each`, `self` and the names of `dynamic` blocks mean there."""

from __future__ import annotations

from typing import Any

from iacrl.domains.terraform.cty.values import Value
from iacrl.domains.terraform.structure.module import Resource

#: A thing that others can refer to, within its module: its kind, and its name or key.
Node = tuple[str, Any]

_NO_NAMES: dict[str, Value] = {}


class Site:
    """The place of an expression.

    Attributes:
        node: What refers to others: the edges of the module's graph start here.
        count: Whether `count.index` is valid here.
        each: Whether `each.key` and `each.value` are valid here.
        itself: The resource that `self` means.
        container: The `check` block around it, whose data source it may refer to.
        names: The names that the `dynamic` blocks around it define.
    """

    __slots__ = ("container", "count", "each", "itself", "names", "node")

    def __init__(
        self,
        node: Node,
        count: bool = False,
        each: bool = False,
        itself: Resource | None = None,
        container: str | None = None,
        names: dict[str, Value] | None = None,
    ) -> None:
        self.node = node
        self.count = count
        self.each = each
        self.itself = itself
        self.container = container
        self.names = names or _NO_NAMES

    def with_name(self, name: str, value: Value) -> Site:
        """Return the place inside a `dynamic` block's content."""
        names = {**self.names, name: value}
        return Site(self.node, self.count, self.each, self.itself, self.container, names)

    def with_self(self, resource: Resource) -> Site:
        """Return the place inside a provisioner or postcondition."""
        return Site(self.node, self.count, self.each, resource, self.container, self.names)
