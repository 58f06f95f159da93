"""`KubernetesSheet`: objects, written as a stream of YAML documents."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from iacrl.tasks.families.kubernetes.manifests import manifest
from iacrl.tasks.item_sheet import Sheet, SheetPart


class KubernetesPart(SheetPart):
    """One object of the answer; `body` is all of it."""

    def quantity(self, path: str, value: str, said: str) -> None:
        """Set a quantity; its size matters, not its spelling."""
        self.put(path, value, said, test={"quantity": value})

    def refer(self, path: str, target: KubernetesPart, said: str | None = None) -> None:
        """Set a reference to another object, by its name."""
        self.put(path, target.body["metadata"]["name"], test={"refers_to": target.alias})
        if said is not None:
            self.sheet.say(said)

    def leaves(self, value: Any, path: str) -> Iterator[tuple[str, Any]]:
        """Yield what is set, except the object's apiVersion and kind."""
        return (leaf for leaf in super().leaves(value, path) if leaf[0] not in ("apiVersion", "kind"))


class KubernetesSheet(Sheet[KubernetesPart]):
    """Collects the objects of one item."""

    def object(self, kind: str, api_version: str, alias: str) -> KubernetesPart:
        """Add an object."""
        part = self.add(KubernetesPart(self, f"object {kind}", alias))
        part.body |= {"apiVersion": api_version, "kind": kind}
        return part

    def text(self) -> str:
        """Return the objects so far as one stream."""
        return manifest(*(part.body for part in self.parts))
