"""From documents to objects: apiVersion, kind, the objects in a List, and where pods are in them."""

from __future__ import annotations

from typing import Any, Final

from iacrl.domains.kubernetes.findings import Findings
from iacrl.domains.kubernetes.manifest_checks import Manifest
from iacrl.domains.kubernetes.rules import object_rules as rules
from iacrl.domains.kubernetes.schema.api_schemas import schemas_of
from iacrl.domains.kubernetes.value_words import describe
from iacrl.domains.paths import Steps

#: The place of the pod spec in each kind that runs pods.
POD_SPECS: Final[dict[str, tuple[str, ...]]] = {
    "Pod": ("spec",),
    "PodTemplate": ("template", "spec"),
    "Deployment": ("spec", "template", "spec"),
    "ReplicaSet": ("spec", "template", "spec"),
    "StatefulSet": ("spec", "template", "spec"),
    "DaemonSet": ("spec", "template", "spec"),
    "ReplicationController": ("spec", "template", "spec"),
    "Job": ("spec", "template", "spec"),
    "CronJob": ("spec", "jobTemplate", "spec", "template", "spec"),
}


def manifests_of(documents: list[Any], findings: Findings, version: str) -> list[Manifest]:
    """Return the objects of a stream in order. Empty documents are skipped, other non-objects are reported."""
    manifests: list[Manifest] = []
    filled = False
    for index, document in enumerate(documents):
        if document is not None:
            filled = filled or not _is_empty_list(document)
            _collect(document, index, (), findings, version, manifests)
    if not filled:
        findings.add(rules.NO_OBJECT, "The text holds no object.", 0, ())
    return manifests


def _is_empty_list(value: Any) -> bool:
    return isinstance(value, dict) and str(value.get("kind")).endswith("List") and value.get("items") == []


def _collect(
    value: Any, document: int, steps: Steps, findings: Findings, version: str, manifests: list[Manifest]
) -> None:
    if not isinstance(value, dict):
        message = f"A document must be a mapping with apiVersion and kind, not {describe(value)}."
        findings.add(rules.NOT_AN_OBJECT, message, document, steps)
        return
    manifest = Manifest(value, document, steps, findings, version)
    if not _identify(manifest):
        return
    items = value.get("items")
    if manifest.steps and manifest.kind.endswith("List") and isinstance(items, list):
        manifest.report(rules.NOT_AN_OBJECT, "A list is allowed only at the root of a document.", "kind")
    elif manifest.kind == "List" and isinstance(items, list):
        _open_list(manifest, items, manifests)
    else:
        manifests.append(manifest)


def _open_list(holder: Manifest, items: list[Any], manifests: list[Manifest]) -> None:
    if holder.api_version not in schemas_of(holder.version).kinds:
        message = f"Kubernetes {holder.version} serves no {holder.api_version!r}; a List is of 'v1'."
        holder.report(rules.UNKNOWN_API_VERSION, message, "apiVersion")
    if holder.values.get("metadata") is not None:
        from iacrl.domains.kubernetes.schema.object_metadata import check_list_metadata

        check_list_metadata(holder)
    for index, item in enumerate(items):
        steps = (*holder.steps, "items", index)
        _collect(item, holder.document, steps, holder.findings, holder.version, manifests)


def items_of(holder: Manifest) -> list[Manifest]:
    """Return the objects of a typed list such as a PodList. kubectl names them by the list if they have neither.

    An item with only one of apiVersion and kind is reported, as kubectl does.
    """
    items: list[Manifest] = []
    for index, value in enumerate(holder.values.get("items") or ()):
        if isinstance(value, dict):
            steps = (*holder.steps, "items", index)
            item = Manifest(value, holder.document, steps, holder.findings, holder.version)
            if value.get("apiVersion") or value.get("kind"):
                if not _identify(item):
                    continue
            else:
                item.api_version, item.kind = holder.api_version, holder.kind.removesuffix("List")
                _name(item)
            items.append(item)
    return items


def _identify(manifest: Manifest) -> bool:
    """Read apiVersion and kind; report and return False if one is missing or not a string."""
    api_version, kind = manifest.values.get("apiVersion"), manifest.values.get("kind")
    if isinstance(api_version, str) and api_version and isinstance(kind, str) and kind:
        manifest.api_version, manifest.kind = api_version, kind
        _name(manifest)
        return True
    for rule, field, value, example in (
        (rules.API_VERSION, "apiVersion", api_version, "v1"),
        (rules.KIND, "kind", kind, "Deployment"),
    ):
        if value is None or value == "":
            at = (field,) if field in manifest.values else ()
            manifest.report(rule, f"The object has no {field}, such as {example!r}.", *at)
        elif not isinstance(value, str):
            manifest.report(rule, f"{field} must be a string such as {example!r}, not {describe(value)}.", field)
    return False


def _name(manifest: Manifest) -> None:
    metadata = manifest.values.get("metadata")
    if isinstance(metadata, dict):
        name, namespace = metadata.get("name"), metadata.get("namespace")
        manifest.name = name if isinstance(name, str) else ""
        manifest.namespace = namespace if isinstance(namespace, str) else ""
