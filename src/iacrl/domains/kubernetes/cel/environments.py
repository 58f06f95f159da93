"""The variables of expressions in admission policies, webhooks and device selectors, and their types.

Sources: `staging/src/k8s.io/apiserver/pkg/admission/plugin/cel/compile.go` and
`staging/src/k8s.io/dynamic-resource-allocation/cel/compile.go`
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from iacrl.domains.kubernetes.cel.checker import QUOTES_SINCE, Checker
from iacrl.domains.kubernetes.cel.nodes import Node
from iacrl.domains.kubernetes.cel.parser import parse
from iacrl.domains.kubernetes.cel.schema_types import Shape
from iacrl.domains.kubernetes.cel.types import BOOL, DYN, INT, STRING, TIMESTAMP, Type, list_of, map_of, object_of

_TEXTS: Final = map_of(STRING, STRING)
_KIND: Final = object_of("GroupVersionKind", dict.fromkeys(("group", "version", "kind"), STRING))
_RESOURCE: Final = object_of("GroupVersionResource", dict.fromkeys(("group", "version", "resource"), STRING))
_USER: Final = object_of(
    "UserInfo",
    {"username": STRING, "uid": STRING, "groups": list_of(STRING), "extra": map_of(STRING, list_of(STRING))},
)
_REQUEST: Final = object_of(
    "AdmissionRequest",
    {
        "kind": _KIND,
        "resource": _RESOURCE,
        "subResource": STRING,
        "requestKind": _KIND,
        "requestResource": _RESOURCE,
        "requestSubResource": STRING,
        "name": STRING,
        "namespace": STRING,
        "operation": STRING,
        "userInfo": _USER,
        "dryRun": BOOL,
        "options": DYN,
    },
)
_NAMESPACE: Final = object_of(
    "Namespace",
    {
        "metadata": object_of(
            "NamespaceMetadata",
            {
                **dict.fromkeys(("name", "generateName", "namespace", "UID", "resourceVersion"), STRING),
                "labels": _TEXTS,
                "annotations": _TEXTS,
                "creationTimestamp": TIMESTAMP,
                "deletionTimestamp": TIMESTAMP,
                "deletionGracePeriodSeconds": INT,
                "generation": INT,
                "finalizers": list_of(STRING),
            },
        ),
        "spec": object_of("NamespaceSpec", {"finalizers": list_of(STRING)}),
        "status": object_of("NamespaceStatus", {"phase": STRING}),
    },
)
#: The first release in which a device says whether several claims may share it.
_CAPACITY_SINCE: Final = 36
_DEVICE: Final[dict[str, Type]] = {
    "driver": STRING,
    "attributes": map_of(STRING, map_of(STRING, ("any",))),
    "capacity": map_of(STRING, map_of(STRING, ("quantity",))),
}
_LONGEST_DRIVER: Final = 63
_LONGEST_VALUE: Final = 64
_LONGEST_KEY: Final = 63
#: The most that a selector may cost: `CELSelectorExpressionMaxCost`.
DEVICE_LIMIT: Final = 1_000_000
_MOST_ATTRIBUTES: Final = 32
_AUTHORIZER: Final[dict[str, Type]] = {
    "authorizer": ("authorizer",),
    "authorizer.requestResource": ("resourceCheck",),
}
_WEBHOOK: Final[dict[str, Type]] = {
    "object": DYN,
    "oldObject": DYN,
    "request": _REQUEST,
    "namespaceObject": _NAMESPACE,
    **_AUTHORIZER,
}


class Environment:
    """The variables of expressions: checks expressions one by one, and keeps the variables of a policy."""

    def __init__(
        self,
        names: dict[str, Type],
        minor: int,
        *,
        admission: bool,
        bind: bool = False,
        variables: dict[str, Type] | None = None,
    ) -> None:
        self._names = names
        self._minor = minor
        self._admission = admission
        self._bind = bind
        self._variables = variables

    def check(self, text: str) -> Type:
        """Return the type of an expression.

        Raises:
            CelError: It does not compile.
        """
        node: Node = parse(text.strip(), self._minor >= QUOTES_SINCE)
        names = dict(self._names)
        if self._variables is not None:
            names["variables"] = object_of("variables", self._variables)
        return Checker(names, self._minor, admission=self._admission, bind=self._bind).check(node)

    def cost(self, text: str, shapes: Mapping[str, Shape]) -> float:
        """Return the most that a compiling expression can cost, for variables of these shapes."""
        from iacrl.domains.kubernetes.cel.cost import estimate

        node = parse(text.strip(), self._minor >= QUOTES_SINCE)
        checker = Checker(self._names, self._minor, admission=self._admission, bind=self._bind)
        checker.check(node)
        return estimate(node, checker, shapes, _LONGEST_KEY)

    def add_variable(self, name: str, kind: Type) -> None:
        """Let later expressions use a variable of the policy."""
        self._variables = {**(self._variables or {}), name: kind}


def webhook_environment(minor: int) -> Environment:
    """Return the environment of a webhook's match conditions."""
    return Environment(_WEBHOOK, minor, admission=True)


def policy_environment(minor: int, *, parameters: bool, variables: bool) -> Environment:
    """Return the environment of an admission policy's expressions; match conditions have no `variables`."""
    names = dict(_WEBHOOK)
    if parameters:
        names["params"] = DYN
    return Environment(names, minor, admission=True, variables={} if variables else None)


def device_shape() -> Shape:
    """Return how large the fields of a device can be: `newCompiler` in the source above."""
    device = Shape(object_of("Device", _DEVICE), 1, 1)
    device.fields["driver"] = Shape(STRING, _LONGEST_DRIVER, 0)
    for field, value in (("attributes", Shape(("any",), _LONGEST_VALUE, 0)), ("capacity", Shape(("quantity",), 1, 0))):
        inner = Shape(map_of(STRING, value.type), _MOST_ATTRIBUTES, 0, value)
        device.fields[field] = Shape(map_of(STRING, inner.type), _MOST_ATTRIBUTES, 0, inner)
    return device


def device_environment(minor: int) -> Environment:
    """Return the environment of a device's selector."""
    fields = {**_DEVICE, "allowMultipleAllocations": BOOL} if minor >= _CAPACITY_SINCE else _DEVICE
    return Environment({"device": object_of("Device", fields)}, minor, admission=False, bind=True)
