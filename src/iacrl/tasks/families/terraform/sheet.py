"""`TerraformSheet`: resources, data sources and other blocks, written as HCL.

An index in a path makes nested blocks (`ingress[0].from_port`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from iacrl.tasks.families.terraform import hcl
from iacrl.tasks.item_sheet import Sheet, SheetPart


class _Blocks(list[Any]):
    """Nested blocks, as a list."""


class TerraformPart(SheetPart):
    """One block of the answer: its label, and its arguments in `body`."""

    listing = _Blocks

    def __init__(self, sheet: TerraformSheet, type_: str, label: str, alias: str, named: str | None) -> None:
        super().__init__(sheet, type_, alias, named)
        self.label = label

    def refer(self, path: str, target: TerraformPart, by: str | Sequence[str] = "id", said: str | None = None) -> None:
        """Set a reference to an attribute of another part, the first of `by`; the intent allows any of them."""
        allowed = [by] if isinstance(by, str) else list(by)
        self.put(path, target.ref(allowed[0]), test={"refers_to": target.alias, "by": allowed})
        if self.type == "output":  # no schema says that it takes no list
            self.imply(path, {"refers_to": target.alias, "by": allowed, "scalar": True})
        if said is not None:
            self.sheet.say(said)

    def ref(self, attribute: str) -> hcl.Ref:
        """Return an expression that refers to this part."""
        category, *kind = self.type.split()
        prefix = {"variable": ["var"], "resource": []}.get(category, [category])
        return hcl.Ref(".".join([*prefix, *kind, self.label, *([attribute] if attribute else [])]))

    def leaves(self, value: Any, path: str) -> Iterator[tuple[str, Any]]:
        """Yield what is set, including the arguments of calls."""
        return super().leaves(value.argument if isinstance(value, hcl.Call) else value, path)

    def text(self) -> str:
        """Return the block."""
        return hcl.block(*self.type.split(), self.label, _with_blocks(self.body))


class TerraformSheet(Sheet[TerraformPart]):
    """Collects the blocks of one item."""

    def resource(self, kind: str, alias: str, label: str | None = None, *, named: bool = False) -> TerraformPart:
        """Add a resource; `named` fixes its label in the intent. The label is `alias` unless given."""
        label = label or alias
        return self.add(TerraformPart(self, f"resource {kind}", label, alias, label if named else None))

    def data(self, kind: str, alias: str) -> TerraformPart:
        """Add a data source."""
        return self.add(TerraformPart(self, f"data {kind}", alias, alias, None))

    def block(self, category: str, name: str) -> TerraformPart:
        """Add a variable, an output, a module or a provider, whose name the intent fixes."""
        return self.add(TerraformPart(self, category, name, f"{category} {name}", name))

    def text(self) -> str:
        """Return the blocks so far as one file."""
        return hcl.module(*(part.text() for part in self.parts))


T = TypeVar("T")


def beside(pool: Sequence[T], taken: Sequence[T], number: int) -> list[T]:
    """Return other values of a pool for the cases of an item, beginning after its first value; nothing is drawn."""
    start = pool.index(taken[0])
    return [value for value in (*pool[start:], *pool[:start]) if value not in taken][:number]


def _with_blocks(value: Any) -> Any:
    if isinstance(value, _Blocks):
        return [hcl.HclBlock(_with_blocks(element)) for element in value]
    if isinstance(value, dict):
        return {key: _with_blocks(inner) for key, inner in value.items()}
    return value
