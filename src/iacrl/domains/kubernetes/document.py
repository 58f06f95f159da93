"""The tree for intents and rewards: objects with plain values, by kind, namespace and name.

>>> from iacrl.domains.kubernetes import validate_text
>>> verdict = validate_text('''
... apiVersion: v1
... kind: Service
... metadata: {name: web, namespace: shop}
... spec:
...   selector: {app: web}
...   ports: [{port: 80, targetPort: 0x1F90}]
... ''')
>>> service = verdict.document.find("Service", "web", namespace="shop")
>>> service.value("spec.ports[0].targetPort")
8080
>>> service.ports
(Port(number=80, protocol='TCP', name=None),)
>>> service.range_of(("spec", "ports")).start.line
7
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from iacrl.domains.ranges import START, Range

if TYPE_CHECKING:
    from iacrl.domains.kubernetes.manifest_checks import Manifest
    from iacrl.domains.kubernetes.objects import KubernetesObject
    from iacrl.domains.kubernetes.yaml.value_places import ValuePlace


class KubernetesDocument:
    """The objects of one text."""

    domain = "kubernetes"

    def __init__(self, text: str, manifests: Sequence[Manifest]) -> None:
        self._text = text
        self._manifests = manifests

    @cached_property
    def entities(self) -> tuple[KubernetesObject, ...]:
        """Every object, in the order of the text; the objects of a List one by one."""
        # Imported late: only intents and rewards use it, so a first verdict need not wait.
        from iacrl.domains.kubernetes.objects import KubernetesObject

        return tuple(KubernetesObject(manifest, self.range_at) for manifest in self._manifests)

    def find(self, kind: str, name: str | None = None, namespace: str | None = None) -> KubernetesObject | None:
        """Return the first object of a kind, with this name and namespace if they are given."""
        return next(self.find_all(kind, name, namespace), None)

    def find_all(self, kind: str, name: str | None = None, namespace: str | None = None) -> Iterator[KubernetesObject]:
        """Yield the objects of a kind, with this name and namespace if they are given."""
        for entity in self.entities:
            if (
                entity.kind == kind
                and (name is None or entity.name == name)
                and (namespace is None or entity.namespace == namespace)
            ):
                yield entity

    def range_at(self, document: int, steps: tuple[str | int, ...]) -> Range:
        """Return where a value is, by the index of its YAML document and its steps in it."""
        if document >= len(self._places):
            return START
        return self._places[document].find(steps).range

    @cached_property
    def _places(self) -> list[ValuePlace]:
        from iacrl.domains.kubernetes.yaml.reader import locate

        return locate(self._text)
