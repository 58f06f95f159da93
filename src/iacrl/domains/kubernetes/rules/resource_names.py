"""Names of resources, such as cpu, hugepages-2Mi and nvidia.com/gpu: where they are valid, and in which units.

Source: `pkg/apis/core/helper/helpers.go` and `ValidateContainerResourceName`, `ValidateResourceQuotaResourceName` in
`pkg/apis/core/validation/validation.go`.
"""

from __future__ import annotations

from typing import Final

from iacrl.domains.kubernetes import grammar

#: A container's resources whose names have no domain, except huge pages.
CONTAINER: Final = frozenset({"cpu", "memory", "ephemeral-storage"})
_COUNTED: Final = frozenset(
    {
        "configmaps", "persistentvolumeclaims", "pods", "replicationcontrollers", "resourcequotas", "secrets",
        "services", "services.loadbalancers", "services.nodeports",
    }
)  # fmt: skip
_ASKED: Final = frozenset(
    f"{side}.{name}" for side in ("requests", "limits") for name in ("cpu", "memory", "ephemeral-storage")
)
_QUOTA: Final = CONTAINER | _COUNTED | _ASKED | {"requests.storage"}
_HUGE: Final = "hugepages-"


def is_huge(name: str) -> bool:
    """Return whether a resource is huge pages of some size."""
    return name.startswith(_HUGE)


def is_extended(name: str) -> bool:
    """Return whether a vendor or the user adds a resource to the nodes."""
    if "/" not in name or "kubernetes.io/" in name or name.startswith("requests."):
        return False
    return grammar.qualified_name(f"requests.{name}") is None


def is_whole(name: str) -> bool:
    """Return whether a resource comes only in whole units."""
    return name in _COUNTED or is_extended(name)


def overcommits(name: str) -> bool:
    """Return whether a limit may be above the request."""
    return ("/" not in name or "kubernetes.io/" in name) and not is_huge(name)


def resource_problem(name: str) -> str | None:
    """Return what is wrong with the name of a resource of any kind."""
    if why := grammar.qualified_name(name):
        return why
    if "/" in name or name == "storage" or quota_standard(name):
        return None
    return "without a domain in front it must be a resource that Kubernetes knows"


def container_resource_problem(name: str) -> str | None:
    """Return what is wrong with the name of a resource in a container."""
    if why := grammar.qualified_name(name):
        return why
    if "/" not in name:
        known = name in CONTAINER or is_huge(name)
        return None if known else "write cpu, memory, ephemeral-storage, hugepages-SIZE or a name with a domain"
    if "kubernetes.io/" in name or is_extended(name):
        return None
    return "an extended resource is a domain and a name, and does not begin with 'requests.'"


def quota_resource_problem(name: str) -> str | None:
    """Return what is wrong with the name of a resource in a quota."""
    if why := grammar.qualified_name(name):
        return why
    return None if "/" in name or quota_standard(name) else "a quota cannot count it"


def quota_standard(name: str) -> bool:
    """Return whether this name is one of the quota's own."""
    return name in _QUOTA or name.startswith((_HUGE, f"requests.{_HUGE}"))
