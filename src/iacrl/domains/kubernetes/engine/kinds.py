"""The kinds that an API server serves, and where objects of a kind are created."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

from iacrl.domains.kubernetes.engine.connections import Connections
from iacrl.errors import UserError

#: All kinds in one answer (https://kubernetes.io/docs/concepts/overview/kubernetes-api/#aggregated-discovery).
_DISCOVERY = ",".join(
    f"application/json;g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList" for version in ("v2", "v2beta1")
)


class Resource(NamedTuple):
    """A kind that the server serves.

    Attributes:
        root: The path of its group and version.
        plural: Its name in paths.
        namespaced: Whether its objects are in namespaces.
        kept: Whether its objects can be read back. Kinds that only answer, such as SubjectAccessReview, have no dry
            run.
    """

    root: str
    plural: str
    namespaced: bool
    kept: bool = True

    def path(self, metadata: Any) -> str:
        """Return where an object with this metadata is created."""
        named = metadata.get("namespace") if isinstance(metadata, dict) else None
        namespace = named if isinstance(named, str) and named else "default"
        within = f"/namespaces/{quote(namespace, safe='')}" if self.namespaced else ""
        return f"{self.root}{within}/{self.plural}"


#: By apiVersion and kind.
Kinds = Mapping[tuple[str, str], Resource]


def root_of(api_version: str) -> str:
    """Return the path of an apiVersion."""
    return f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"


def served_kinds(connections: Connections) -> dict[tuple[str, str], Resource]:
    """Return every kind of object that can be created.

    Raises:
        UserError: The server does not answer.
    """
    kinds: dict[tuple[str, str], Resource] = {}
    for path in ("/api", "/apis"):
        answer = connections.call("GET", path, accept=_DISCOVERY)
        if answer.status != 200 or "items" not in answer.body:
            raise UserError(f"The API server does not list its kinds ({answer.status}): {answer.message}")
        for group in answer.body["items"]:
            name = group["metadata"].get("name", "")
            for version in group["versions"]:
                api_version = f"{name}/{version['version']}" if name else version["version"]
                for one in version.get("resources", ()):
                    if "create" in one["verbs"]:
                        namespaced, kept = one["scope"] == "Namespaced", "get" in one["verbs"]
                        kind = Resource(root_of(api_version), one["resource"], namespaced, kept)
                        kinds[api_version, one["responseKind"]["kind"]] = kind
    return kinds


def defined_kinds(crd: Mapping[str, Any]) -> dict[tuple[str, str], Resource]:
    """Return the kinds that a CustomResourceDefinition defines, as the server stored it."""
    spec = crd["spec"]
    api_versions = [f"{spec['group']}/{version['name']}" for version in spec["versions"] if version["served"]]
    names, namespaced = spec["names"], spec["scope"] == "Namespaced"
    return {
        (api_version, names["kind"]): Resource(root_of(api_version), names["plural"], namespaced)
        for api_version in api_versions
    }
