"""Why a Kubernetes version does not define an object: what the right apiVersion or kind is."""

from __future__ import annotations

import difflib
from typing import Final

from iacrl.domains.kubernetes.grammar import dns_subdomain
from iacrl.domains.kubernetes.manifest_checks import Manifest
from iacrl.domains.kubernetes.rules import object_rules as rules
from iacrl.domains.kubernetes.schema.api_schemas import VERSIONS, ApiSchemas, schemas_of
from iacrl.errors import did_you_mean

#: APIs removed before the oldest bundled version: apiVersion -> the release that removed it -> its kinds.
#: Source: https://kubernetes.io/docs/reference/using-api/deprecation-guide/
_REMOVED: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "extensions/v1beta1": {
        "1.16": ("DaemonSet", "Deployment", "NetworkPolicy", "PodSecurityPolicy", "ReplicaSet"),
        "1.22": ("Ingress",),
    },
    "apps/v1beta1": {"1.16": ("ControllerRevision", "Deployment", "StatefulSet")},
    "apps/v1beta2": {"1.16": ("ControllerRevision", "DaemonSet", "Deployment", "ReplicaSet", "StatefulSet")},
    "admissionregistration.k8s.io/v1beta1": {
        "1.22": ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"),
    },
    "apiextensions.k8s.io/v1beta1": {"1.22": ("CustomResourceDefinition",)},
    "apiregistration.k8s.io/v1beta1": {"1.22": ("APIService",)},
    "authentication.k8s.io/v1beta1": {"1.22": ("TokenReview",)},
    "authorization.k8s.io/v1beta1": {
        "1.22": (
            "LocalSubjectAccessReview",
            "SelfSubjectAccessReview",
            "SelfSubjectRulesReview",
            "SubjectAccessReview",
        ),
    },
    "autoscaling/v2beta1": {"1.25": ("HorizontalPodAutoscaler",)},
    "autoscaling/v2beta2": {"1.26": ("HorizontalPodAutoscaler",)},
    "batch/v1beta1": {"1.25": ("CronJob",)},
    "batch/v2alpha1": {"1.21": ("CronJob",)},
    "certificates.k8s.io/v1beta1": {"1.22": ("CertificateSigningRequest",)},
    "coordination.k8s.io/v1beta1": {"1.22": ("Lease",)},
    "discovery.k8s.io/v1beta1": {"1.25": ("EndpointSlice",)},
    "events.k8s.io/v1beta1": {"1.25": ("Event",)},
    "networking.k8s.io/v1beta1": {"1.22": ("Ingress", "IngressClass")},
    "node.k8s.io/v1beta1": {"1.25": ("RuntimeClass",)},
    "policy/v1beta1": {"1.25": ("PodDisruptionBudget", "PodSecurityPolicy")},
    "rbac.authorization.k8s.io/v1alpha1": {"1.22": ("ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding")},
    "rbac.authorization.k8s.io/v1beta1": {"1.22": ("ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding")},
    "scheduling.k8s.io/v1beta1": {"1.22": ("PriorityClass",)},
    "storage.k8s.io/v1beta1": {"1.22": ("CSIDriver", "CSINode", "StorageClass", "VolumeAttachment")},
}
_REMOVED_GROUPS = frozenset(api_version.rpartition("/")[0] for api_version in _REMOVED)

#: A group this similar to one of Kubernetes' own counts as a misspelling of it, not as a custom resource's.
_MISSPELT = 0.9


def is_custom(manifest: Manifest, schemas: ApiSchemas) -> bool:
    """True if Kubernetes does not serve the object's group itself, so a CRD must define it."""
    group = manifest.group
    if group in schemas.groups or group in _REMOVED_GROUPS or "." not in group or dns_subdomain(group):
        return False
    own = [known for known in schemas.groups if known]
    near = difflib.get_close_matches(group, own, n=1, cutoff=_MISSPELT)
    return not (near and manifest.kind in schemas.served)


def report_unknown(manifest: Manifest, schemas: ApiSchemas) -> None:
    """Report an apiVersion and kind that are neither served nor a custom resource's."""
    api_version, kind = manifest.api_version, manifest.kind
    serving = [each for each in schemas.served.get(kind, []) if not _is_preview(each)] or schemas.served.get(kind, [])
    instead = f" Write {' or '.join(serving)}." if serving else ""
    if removed := _removed_in(api_version, kind, schemas.version):
        gone = "" if serving else " Nothing replaces it."
        message = f"{kind} is no longer served by {api_version} (removed in Kubernetes {removed}).{instead}{gone}"
        manifest.report(rules.REMOVED_API_VERSION, message, "apiVersion")
    elif serving:
        near = f"{kind} is not served by {api_version!r}."
        manifest.report(rules.WRONG_API_VERSION, f"{near}{instead}", "apiVersion")
    elif (since := _served_since(api_version, kind, schemas.version)) is not None:
        message = f"{api_version} {kind} is not in Kubernetes {schemas.version}; it came with {since}."
        manifest.report(rules.UNKNOWN_KIND, message, "kind")
    elif api_version in schemas.kinds:
        near = _nearest_kind(kind, schemas)
        manifest.report(rules.UNKNOWN_KIND, f"{api_version} has no kind {kind!r}.{near}", "kind")
    else:
        near = did_you_mean(api_version, schemas.kinds)
        message = f"Kubernetes {schemas.version} serves no {api_version!r}.{near}"
        manifest.report(rules.UNKNOWN_API_VERSION, message, "apiVersion")


def _is_preview(api_version: str) -> bool:
    return "alpha" in api_version or "beta" in api_version


def _removed_in(api_version: str, kind: str, version: str) -> str | None:
    for release, kinds in _REMOVED.get(api_version, {}).items():
        if kind in kinds:
            return release
    at = VERSIONS.index(version)
    for older in reversed(range(at)):
        if kind in schemas_of(VERSIONS[older]).kinds.get(api_version, {}):
            return VERSIONS[older + 1]
    return None


def _served_since(api_version: str, kind: str, version: str) -> str | None:
    for newer in VERSIONS[VERSIONS.index(version) + 1 :]:
        if kind in schemas_of(newer).kinds.get(api_version, {}):
            return newer
    return None


def _nearest_kind(kind: str, schemas: ApiSchemas) -> str:
    by_case = {known.lower(): known for known in schemas.served}
    exact = by_case.get(kind.lower()) or by_case.get(kind.lower().removesuffix("s"))
    return f" Did you mean {exact!r}?" if exact else did_you_mean(kind, schemas.served)
