"""Names, namespaces, labels, annotations and selectors, for objects of every kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from iacrl.domains.kubernetes import grammar
from iacrl.domains.kubernetes.findings import Manifest
from iacrl.domains.kubernetes.rules.common import Step, entries
from iacrl.domains.kubernetes.rules.sources import machinery, page
from iacrl.domains.kubernetes.wording import describe
from iacrl.domains.paths import path_text
from iacrl.domains.rules import Rule

_NAMES = page("concepts/overview/working-with-objects/names")

MISSING_NAME = Rule(
    "KB210",
    "structure",
    "Missing name",
    "Every object needs metadata.name, or metadata.generateName where the API server is to choose the rest.",
    _NAMES,
)
NAME = Rule(
    "KB211",
    "structure",
    "Malformed name",
    "The name does not follow the grammar of its kind: an RFC 1123 subdomain for most kinds (lower-case letters, "
    "digits, '-' and '.'), a label without dots for namespaces and services (before Kubernetes 1.36 a service's "
    "begins with a letter), a path segment for RBAC; a CronJob's has at most 52 characters, for a suffix is added.",
    _NAMES + "#names",
)
NAMESPACE = Rule(
    "KB212",
    "structure",
    "Malformed namespace",
    "A namespace is an RFC 1123 label: at most 63 lower-case letters, digits and '-'.",
    page("concepts/overview/working-with-objects/namespaces"),
)
LABEL = Rule(
    "KB213",
    "structure",
    "Malformed label",
    "A label's key is an optional DNS prefix and '/', then at most 63 letters, digits, '-', '_' and '.', "
    "starting and ending with a letter or digit; its value is empty or follows the same grammar as the name.",
    page("concepts/overview/working-with-objects/labels") + "#syntax-and-character-set",
)
ANNOTATION = Rule(
    "KB214",
    "structure",
    "Malformed annotation",
    "An annotation's key follows the grammar of label keys; all annotations together hold at most 256 KiB.",
    page("concepts/overview/working-with-objects/annotations") + "#syntax-and-character-set",
)
METADATA = Rule(
    "KB215",
    "structure",
    "Malformed metadata",
    "Finalizers are qualified names, owner references name their object in full, and at most one of them is the "
    "controller.",
    machinery("api/validation/objectmeta.go", "ValidateObjectMetaAccessor"),
)
CLUSTER_SCOPED = Rule(
    "KB217",
    "structure",
    "Namespace on a cluster-scoped object",
    "Objects of this kind belong to no namespace: the API server drops the one that is given.",
    page("concepts/overview/working-with-objects/namespaces") + "#not-all-objects-are-in-a-namespace",
    "warning",
)
SELECTOR = Rule(
    "KB409",
    "references",
    "Malformed selector",
    "A selector's keys and values follow the grammar of labels; In and NotIn need values, Exists and "
    "DoesNotExist (and in node affinity Gt and Lt) take none (one).",
    machinery("apis/meta/v1/validation/validation.go", "ValidateLabelSelectorRequirement"),
)

RULES: tuple[Rule, ...] = (
    MISSING_NAME,
    NAME,
    NAMESPACE,
    LABEL,
    ANNOTATION,
    METADATA,
    CLUSTER_SCOPED,
    SELECTOR,
)

_ANNOTATIONS_LIMIT = 256 * 1024

#: Kinds whose names are not RFC 1123 subdomains.
_NAME_GRAMMARS: Final[dict[str, grammar.Check]] = {
    "Namespace": grammar.dns_label,
    "Service": grammar.dns_1035_label,
    "Role": grammar.path_segment,
    "ClusterRole": grammar.path_segment,
    "RoleBinding": grammar.path_segment,
    "ClusterRoleBinding": grammar.path_segment,
    "Event": grammar.path_segment,
}
_LONGEST: Final[dict[str, int]] = {"CronJob": 52, "Job": 63}

#: Kinds that belong to no namespace. `kubectl api-resources --namespaced=false` lists them.
CLUSTER_KINDS: Final[frozenset[str]] = frozenset(
    {
        "APIService", "CSIDriver", "CSINode", "CertificateSigningRequest", "ClusterRole", "ClusterRoleBinding",
        "ClusterTrustBundle", "ComponentStatus", "CustomResourceDefinition", "DeviceClass", "DeviceTaintRule",
        "FlowSchema", "IPAddress", "IngressClass", "MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding",
        "MutatingWebhookConfiguration", "Namespace", "Node", "PersistentVolume", "PriorityClass",
        "PriorityLevelConfiguration", "ResourceSlice", "RuntimeClass", "SelfSubjectAccessReview", "SelfSubjectReview",
        "SelfSubjectRulesReview", "ServiceCIDR", "StorageClass", "StorageVersion", "StorageVersionMigration",
        "SubjectAccessReview", "TokenReview", "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding",
        "ValidatingWebhookConfiguration", "VolumeAttachment", "VolumeAttributesClass",
    }
)  # fmt: skip
#: Requests that are answered and never stored: they have no name.
_NAMELESS: Final[frozenset[str]] = frozenset(
    {
        "LocalSubjectAccessReview", "SelfSubjectAccessReview", "SelfSubjectReview", "SelfSubjectRulesReview", "Status",
        "SubjectAccessReview", "TokenRequest", "TokenReview",
    }
)  # fmt: skip


def check_metadata(manifest: Manifest, *, builtin: bool, named: bool) -> None:
    """Check what every object has. A custom resource may have no schema: nothing is taken for granted here.

    Args:
        manifest: The object.
        builtin: Whether it is of Kubernetes' own kinds, so that its schema holds for its metadata, too.
        named: Whether it must have a name. What has no schema may be no object of the API server at all.
    """
    metadata = manifest.values.get("metadata")
    if not isinstance(metadata, dict):
        metadata = {}
    if manifest.kind not in _NAMELESS and not (manifest.kind.endswith("List") and "items" in manifest.values):
        _check_name(manifest, metadata, builtin, named)
    _check_namespace(manifest, metadata, builtin)
    labels = metadata.get("labels")
    if labels:
        check_labels(manifest, labels, "metadata", "labels")
    if metadata.get("annotations"):
        check_annotations(manifest, metadata["annotations"], "metadata", "annotations")
    if metadata.get("finalizers"):
        _check_finalizers(manifest, metadata["finalizers"])
    if metadata.get("ownerReferences") and builtin:
        _check_owners(manifest, metadata["ownerReferences"])
    if builtin and (metadata.get("generation") or 0) < 0:
        manifest.report(METADATA, "metadata.generation may not be negative.", "metadata", "generation")


def _check_name(manifest: Manifest, metadata: dict[str, Any], builtin: bool, named: bool) -> None:
    name, prefix = metadata.get("name"), metadata.get("generateName")
    if name is None or name == "":
        if not prefix and named:
            steps = ("metadata", "name") if "name" in metadata else ("metadata",)
            at = steps if "metadata" in manifest.values else ()
            manifest.report(MISSING_NAME, f"{manifest.kind} has no metadata.name.", *at)
        elif isinstance(prefix, str) and prefix:
            masked = prefix[:-1] + "a" if prefix.endswith("-") else prefix  # a trailing dash is followed by the suffix
            _check_grammar(manifest, masked, "generateName", builtin)
        return
    if not isinstance(name, str):
        manifest.report(NAME, f"metadata.name must be a string, not {describe(name)}.", "metadata", "name")
        return
    _check_grammar(manifest, name, "name", builtin)


def _check_grammar(manifest: Manifest, name: str, field: str, builtin: bool) -> None:
    check = _NAME_GRAMMARS.get(manifest.kind, grammar.dns_subdomain) if builtin else grammar.dns_subdomain
    if check is grammar.dns_1035_label:
        check = service_name_of(manifest)
    why = check(name)
    longest = _LONGEST.get(manifest.kind) if builtin else None
    if why is None and longest is not None and len(name) > longest:
        why = f"a {manifest.kind}'s name may have at most {longest} characters"
    if why is not None:
        manifest.report(NAME, f"metadata.{field} {name[:80]!r}: {why}.", "metadata", field)


def service_name_of(manifest: Manifest) -> grammar.Check:
    """Return the grammar of service names: since Kubernetes 1.36 they may begin with a digit.

    Source: https://github.com/kubernetes/enhancements/issues/5311
    """
    return grammar.dns_label if manifest.minor >= 36 else grammar.dns_1035_label


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


def check_labels(manifest: Manifest, labels: Any, *steps: Step) -> None:
    """Check the keys and values of labels."""
    if not isinstance(labels, dict):
        manifest.report(LABEL, f"{path_text(steps)} must be a mapping, not {describe(labels)}.", *steps)
        return
    for key, value in labels.items():
        if why := grammar.qualified_name(key):
            manifest.report_key(LABEL, f"The label key {key!r}: {why}.", *steps, key)
        if value is None:
            value = ""
        if not isinstance(value, str):
            manifest.report(LABEL, f"The label {key!r} must be a string, not {describe(value)}.", *steps, key)
            continue
        if why := grammar.label_value(value):
            manifest.report(LABEL, f"The label {key!r} is {value[:80]!r}: {why}.", *steps, key)


def check_annotations(manifest: Manifest, annotations: Any, *steps: Step) -> None:
    """Check the keys of annotations, and their size."""
    if not isinstance(annotations, dict):
        manifest.report(ANNOTATION, f"{path_text(steps)} must be a mapping, not {describe(annotations)}.", *steps)
        return
    total = 0
    for key, value in annotations.items():
        if why := grammar.qualified_name(key.lower()):
            manifest.report_key(ANNOTATION, f"The annotation key {key!r}: {why}.", *steps, key)
        if value is not None and not isinstance(value, str):
            message = f"The annotation {key!r} must be a string, not {describe(value)}."
            manifest.report(ANNOTATION, message, *steps, key)
            continue
        total += len(key) + len(value or "")
    if total > _ANNOTATIONS_LIMIT:
        manifest.report(ANNOTATION, "The annotations hold more than 256 KiB.", *steps)


def _check_owners(manifest: Manifest, owners: Any) -> None:
    controllers = 0
    for index, owner in entries(owners):
        at = ("metadata", "ownerReferences", index)
        for field in ("apiVersion", "kind", "name", "uid"):
            if not owner[field]:
                manifest.report(METADATA, f"An owner reference needs {field}.", *at, field)
        controllers += bool(owner.get("controller"))
        if controllers > 1 and owner.get("controller"):
            manifest.report(METADATA, "Only one owner may be the controller.", *at, "controller")


def _check_finalizers(manifest: Manifest, finalizers: Any) -> None:
    for index, finalizer in entries(finalizers if isinstance(finalizers, list) else None):
        at = ("metadata", "finalizers", index)
        if not isinstance(finalizer, str):
            manifest.report(METADATA, f"A finalizer must be a string, not {describe(finalizer)}.", *at)
        elif why := grammar.qualified_name(finalizer):
            manifest.report(METADATA, f"The finalizer {finalizer!r}: {why}.", *at)


def check_selector(manifest: Manifest, selector: Any, *steps: Step) -> None:
    """Check a label selector with matchLabels and matchExpressions; an absent one is fine."""
    if not selector:
        return
    for key, value in (selector.get("matchLabels") or {}).items():
        if why := grammar.qualified_name(key):
            manifest.report_key(SELECTOR, f"The label key {key!r}: {why}.", *steps, "matchLabels", key)
        if why := grammar.label_value(value or ""):
            manifest.report(SELECTOR, f"The label {key!r} is {value!r}: {why}.", *steps, "matchLabels", key)
    if selector.get("matchExpressions"):
        check_expressions(manifest, selector["matchExpressions"], *steps, "matchExpressions")


def check_expressions(manifest: Manifest, expressions: Any, *steps: Step, node: bool = False) -> None:
    """Check requirements of a label selector, or of node affinity, which also compares numbers."""
    counts = {"In": "some", "NotIn": "some", "Exists": "none", "DoesNotExist": "none"}
    if node:
        counts |= {"Gt": "one", "Lt": "one"}
    for index, each in entries(expressions):
        at = (*steps, index)
        key, operator, values = each["key"], each["operator"], each.get("values") or []
        if why := grammar.qualified_name(key):
            manifest.report(SELECTOR, f"The label key {key!r}: {why}.", *at, "key")
        wanted = counts.get(operator)
        if wanted is None:
            message = f"The operator {operator!r} is none of {', '.join(counts)}."
            manifest.report(SELECTOR, message, *at, "operator")
        elif wanted == "some" and not values:
            manifest.report(SELECTOR, f"The operator {operator} needs values.", *at)
        elif wanted == "none" and values:
            manifest.report(SELECTOR, f"The operator {operator} takes no values.", *at, "values")
        elif wanted == "one" and (len(values) != 1 or not str(values[0]).lstrip("-").isdigit()):
            manifest.report(SELECTOR, f"The operator {operator} takes one whole number.", *at)
        else:
            for place, value in entries(values):
                if why := grammar.label_value(value):
                    manifest.report(SELECTOR, f"The value {value!r}: {why}.", *at, "values", place)


def selects(selector: Any, labels: Mapping[str, Any]) -> bool:
    """Tell whether a label selector matches labels. An empty selector matches everything."""
    for key, value in (selector.get("matchLabels") or {}).items():
        if key not in labels or (labels[key] or "") != (value or ""):
            return False
    for _, each in entries(selector.get("matchExpressions")):
        value, values = labels.get(each["key"]), each.get("values") or []
        present = each["key"] in labels
        holds = {
            "In": present and value in values,
            "NotIn": not present or value not in values,
            "Exists": present,
            "DoesNotExist": not present,
        }
        if not holds.get(each["operator"], True):
            return False
    return True


def check_metadata_of_template(manifest: Manifest, metadata: dict[str, Any], *steps: Step) -> None:
    """Check the labels and annotations of an object inside another one, such as a volume claim template."""
    if metadata.get("labels"):
        check_labels(manifest, metadata["labels"], *steps, "labels")
    if metadata.get("annotations"):
        check_annotations(manifest, metadata["annotations"], *steps, "annotations")
