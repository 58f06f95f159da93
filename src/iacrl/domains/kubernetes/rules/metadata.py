"""The metadata of objects of every kind.

Source: `ValidateObjectMeta` of the API machinery, and of `pkg/apis/core/validation`, which most kinds use.
"""

from __future__ import annotations

from typing import Any, Final

from iacrl.domains.kubernetes import grammar
from iacrl.domains.kubernetes.manifest_checks import Manifest
from iacrl.domains.kubernetes.rules.common import Step, placed
from iacrl.domains.kubernetes.rules.names_labels import check_annotations, check_labels
from iacrl.domains.kubernetes.rules.object_names import check_name
from iacrl.domains.kubernetes.rules.rule_sources import machinery, page
from iacrl.domains.kubernetes.value_words import describe
from iacrl.domains.rules import coded_rule

NAMESPACE = coded_rule(
    "KB212",
    "Malformed namespace",
    "A namespace is an RFC 1123 label: at most 63 lower-case letters, digits and '-'.",
    page("concepts/overview/working-with-objects/namespaces"),
)
METADATA = coded_rule(
    "KB215",
    "Malformed metadata",
    "A finalizer is a qualified name with a domain in front (or orphan, foregroundDeletion or kubernetes), owner "
    "references name their object in full, and at most one of them is the controller.",
    machinery("api/validation/objectmeta.go", "ValidateObjectMetaAccessor"),
)
CLUSTER_SCOPED = coded_rule(
    "KB217",
    "Namespace on a cluster-scoped object",
    "Objects of this kind belong to no namespace: the API server drops the one that is given.",
    page("concepts/overview/working-with-objects/namespaces") + "#not-all-objects-are-in-a-namespace",
    "warning",
)

#: Kinds without a namespace. `kubectl api-resources --namespaced=false` lists them.
CLUSTER_KINDS: Final[frozenset[str]] = frozenset(
    {
        "APIService", "CSIDriver", "CSINode", "CertificateSigningRequest", "ClusterRole", "ClusterRoleBinding",
        "ClusterTrustBundle", "ComponentStatus", "CustomResourceDefinition", "DeviceClass", "DeviceTaintRule",
        "FlowSchema", "IPAddress", "IngressClass", "MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding",
        "MutatingWebhookConfiguration", "Namespace", "Node", "PersistentVolume", "PriorityClass",
        "PriorityLevelConfiguration", "ResourcePoolStatusRequest", "ResourceSlice", "RuntimeClass",
        "SelfSubjectAccessReview", "SelfSubjectReview", "SelfSubjectRulesReview", "ServiceCIDR", "StorageClass",
        "StorageVersion", "StorageVersionMigration", "SubjectAccessReview", "TokenReview",
        "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding", "ValidatingWebhookConfiguration",
        "VolumeAttachment", "VolumeAttributesClass",
    }
)  # fmt: skip
#: Requests that are answered and never stored: the server does not check their metadata.
_NEVER_STORED: Final[frozenset[str]] = frozenset(
    {
        "LocalSubjectAccessReview", "SelfSubjectAccessReview", "SelfSubjectReview", "SelfSubjectRulesReview", "Status",
        "SubjectAccessReview", "TokenRequest", "TokenReview",
    }
)  # fmt: skip
#: Finalizers without a domain: `IsStandardFinalizerName` in `pkg/apis/core/helper/helpers.go`.
_STANDARD_FINALIZERS: Final = frozenset({"kubernetes", "orphan", "foregroundDeletion"})
#: Groups that use the machinery's `ValidateObjectMeta`, which accepts finalizers without a domain.
_ANY_FINALIZER: Final = frozenset(
    {
        "admissionregistration.k8s.io", "apiextensions.k8s.io", "apiregistration.k8s.io", "coordination.k8s.io",
        "events.k8s.io", "node.k8s.io", "policy",
    }
)  # fmt: skip
#: kind -> the first minor version in which the server sets `generation` (`PrepareForCreate` of its strategy).
_GENERATION_RESET: Final[dict[str, int]] = {
    **dict.fromkeys(
        (
            "CronJob", "CustomResourceDefinition", "DaemonSet", "Deployment", "DeviceClass", "DeviceTaintRule",
            "EndpointSlice", "FlowSchema", "Ingress", "IngressClass", "Job", "MutatingAdmissionPolicy",
            "MutatingAdmissionPolicyBinding", "MutatingWebhookConfiguration", "NetworkPolicy", "PodDisruptionBudget",
            "PodTemplate", "PriorityClass",
            "PriorityLevelConfiguration", "ReplicaSet", "ReplicationController", "ResourceSlice", "StatefulSet",
            "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding", "ValidatingWebhookConfiguration",
        ),
        0,
    ),
    "HorizontalPodAutoscaler": 35,
    "Pod": 33,
}  # fmt: skip


def check_metadata(manifest: Manifest, *, builtin: bool, named: bool) -> None:
    """Check what every object has. A custom resource may have no schema, so do not rely on any types here.

    Args:
        builtin: Whether it is a built-in kind, so that its schema also covers its metadata.
        named: Whether it must have a name. An object without a schema may not be an API server object at all.
    """
    metadata = manifest.values.get("metadata")
    if not isinstance(metadata, dict):
        metadata = {}
    if manifest.kind in _NEVER_STORED or (manifest.kind.endswith("List") and "items" in manifest.values):
        return
    if builtin and manifest.kind == "Binding":  # it names its pod and is never stored: only the name is read
        check_name(manifest, {"name": metadata.get("name")}, builtin=True, named=True)
        return
    check_name(manifest, metadata, builtin=builtin, named=named)
    _check_namespace(manifest, metadata, builtin)
    if metadata.get("labels"):
        check_labels(manifest, metadata["labels"], "metadata", "labels")
    if metadata.get("annotations"):
        check_annotations(manifest, metadata["annotations"], "metadata", "annotations")
    if metadata.get("finalizers"):
        _check_finalizers(manifest, metadata["finalizers"], builtin)
    if metadata.get("ownerReferences") and builtin:
        check_owners(manifest, metadata["ownerReferences"], "metadata")
    if builtin and (metadata.get("generation") or 0) < 0 and manifest.minor < _GENERATION_RESET.get(manifest.kind, 999):
        manifest.report(METADATA, "metadata.generation must not be negative.", "metadata", "generation")


def _check_namespace(manifest: Manifest, metadata: dict[str, Any], builtin: bool) -> None:
    namespace = metadata.get("namespace")
    if namespace is None or namespace == "":
        return
    if not isinstance(namespace, str):
        message = f"metadata.namespace must be a string, not {describe(namespace)}."
        manifest.report(NAMESPACE, message, "metadata", "namespace")
        return
    if builtin and manifest.kind in CLUSTER_KINDS:
        manifest.namespace = ""
        message = f"{manifest.kind} belongs to no namespace; {namespace!r} is dropped."
        manifest.report_key(CLUSTER_SCOPED, message, "metadata", "namespace")
    elif why := grammar.dns_label(namespace):
        manifest.report(NAMESPACE, f"metadata.namespace {namespace[:80]!r}: {why}.", "metadata", "namespace")


def check_owners(manifest: Manifest, owners: Any, *metadata: Step) -> None:
    """Check the owners; the server keeps one of several identical ones (`dedupOwnerReferences`)."""
    controllers = 0
    seen: list[dict[str, Any]] = []
    for at, owner in placed(owners, *metadata, "ownerReferences"):
        if owner in seen:
            continue
        seen.append(owner)
        api_version = owner.get("apiVersion") or ""
        if api_version.count("/") > 1 or api_version.endswith("/"):
            message = f"The apiVersion {api_version!r} of an owner is a group and a version, or a version."
            manifest.report(METADATA, message, *at, "apiVersion")
        for field in ("apiVersion", "kind", "name", "uid"):
            if not owner.get(field):
                manifest.report(METADATA, f"An owner reference needs {field}.", *at)
        if (api_version, owner.get("kind")) == ("v1", "Event"):
            manifest.report(METADATA, "An Event cannot own another object.", *at, "kind")
        controllers += bool(owner.get("controller"))
        if controllers > 1 and owner.get("controller"):
            manifest.report(METADATA, "Only one owner may be the controller.", *at, "controller")


def _check_finalizers(manifest: Manifest, finalizers: Any, builtin: bool) -> None:
    any_name = not builtin or manifest.group in _ANY_FINALIZER or manifest.kind == "Event"
    listed = finalizers if isinstance(finalizers, list) else []
    for at, finalizer in placed(listed, "metadata", "finalizers"):
        if not isinstance(finalizer, str):
            manifest.report(METADATA, f"A finalizer must be a string, not {describe(finalizer)}.", *at)
        elif why := finalizer_problem(finalizer, any_name):
            manifest.report(METADATA, f"The finalizer {finalizer!r}: {why}.", *at)
    if "orphan" in listed and "foregroundDeletion" in listed:
        message = "The finalizers orphan and foregroundDeletion exclude each other."
        manifest.report(METADATA, message, "metadata", "finalizers")


def finalizer_problem(finalizer: str, any_name: bool) -> str | None:
    """Return what is wrong with a finalizer; `any_name` allows one without a domain."""
    if why := grammar.qualified_name(finalizer):
        return why
    if "/" in finalizer or any_name or finalizer in _STANDARD_FINALIZERS:
        return None
    return "it needs a domain in front, as in example.com/cleanup"
