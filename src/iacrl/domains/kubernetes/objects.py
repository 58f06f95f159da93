"""One object of a text, for intents and rewards: values by path, quantities, ports and ranges."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from types import MappingProxyType
from typing import Any

from iacrl.domains.kubernetes.manifest_checks import Manifest
from iacrl.domains.kubernetes.structure import POD_SPECS
from iacrl.domains.paths import Steps, find_all
from iacrl.domains.quantities import parse_quantity
from iacrl.domains.ranges import Range


@dataclass(frozen=True, slots=True)
class Port:
    """A port of a container or a service, with the API's default protocol."""

    number: int
    protocol: str
    name: str | None


class KubernetesObject:
    """One object of the text. Read-only. An `Entity` for intents.

    Attributes:
        api_version, kind: Such as `apps/v1` and `Deployment`. The kind is `Deployment.acme.io` if a group that
            Kubernetes does not serve uses the same name.
        name, namespace: From its metadata; empty if absent.
        judged: Whether it has a schema and every rule was run.
    """

    category = "object"

    def __init__(self, manifest: Manifest, range_at: Callable[[int, Steps], Range]) -> None:
        self._manifest = manifest
        self._range_at = range_at
        self.api_version = manifest.api_version
        self.kind = f"{manifest.kind}.{manifest.group}" if manifest.borrowed else manifest.kind
        self.judged = manifest.judged
        self.name, self.namespace = manifest.name, manifest.namespace

    def __repr__(self) -> str:
        return f"<{self.kind} {self.namespace + '/' if self.namespace else ''}{self.name}>"

    @cached_property
    def values(self) -> Mapping[str, Any]:
        """The whole object: mappings, tuples, strings, numbers, booleans and None, typed as kubectl reads them."""
        frozen: Mapping[str, Any] = _frozen(self._manifest.values)
        return frozen

    def value(self, path: str, default: Any = None) -> Any:
        """Return the first value at a path such as `spec.template.spec.containers[*].image`, or `default`."""
        return next((value for _, value in find_all(self.values, path)), default)

    def quantity(self, path: str) -> Fraction | None:
        """Return the exact amount at a path (`512Mi` is 536870912), or None if there is not a quantity."""
        value = self.value(path)
        is_amount = isinstance(value, str | int | float) and not isinstance(value, bool)
        return parse_quantity(value) if is_amount else None

    @property
    def pod_spec(self) -> Mapping[str, Any] | None:
        """The spec of the pods that this object runs; None if it runs none."""
        value: Any = self.values
        for step in POD_SPECS.get(self.kind, ("",)):
            value = value.get(step) if isinstance(value, Mapping) else None
        return value if isinstance(value, Mapping) else None

    @property
    def containers(self) -> tuple[Mapping[str, Any], ...]:
        """The main containers of its pods."""
        return tuple(_mappings((self.pod_spec or {}).get("containers")))

    @property
    def ports(self) -> tuple[Port, ...]:
        """The ports of a Service, or of the containers of its pods."""
        if self.kind == "Service":
            spec = self.values.get("spec")
            listed = _mappings(spec.get("ports") if isinstance(spec, Mapping) else None)
            return tuple(_ports(listed, "port"))
        return tuple(port for each in self.containers for port in _ports(_mappings(each.get("ports")), "containerPort"))

    @property
    def range(self) -> Range:
        """Where the object is."""
        return self._range_at(self._manifest.document, self._manifest.steps)

    def range_of(self, steps: Steps) -> Range:
        """Return where the value at these steps is, or the nearest one around it."""
        return self._range_at(self._manifest.document, (*self._manifest.steps, *steps))

    def references_at(self, steps: Steps) -> tuple[str, ...]:
        """Return nothing: YAML has no expressions, and names are plain values."""
        return ()


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return MappingProxyType({name: _frozen(each) for name, each in value.items()})
    return tuple(_frozen(each) for each in value) if isinstance(value, list) else value


def _mappings(value: Any) -> list[Mapping[str, Any]]:
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, tuple) else []


def _ports(listed: list[Mapping[str, Any]], field: str) -> Iterator[Port]:
    for each in listed:
        number, protocol, name = each.get(field), each.get("protocol") or "TCP", each.get("name")
        if isinstance(number, int) and not isinstance(number, bool):
            yield Port(number, str(protocol), name if isinstance(name, str) else None)
