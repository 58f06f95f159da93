"""Where the API server's decoder differs from the OpenAPI of Kubernetes, for `compile_kubernetes_schemas.py`.

Each entry was found by strict dry runs on real API servers (1.31, 1.34, 1.37).
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Unenforced(NamedTuple):
    """Fields that the OpenAPI calls required, although the server accepts their zero value.

    Attributes:
        definition: The end of the definition's name.
        fields: The fields that may be left out.
        before: The first minor version that requires them; None if no version does.
    """

    definition: str
    fields: tuple[str, ...]
    before: int | None = None


#: The first release that keeps the shared counters and request policies of devices; before, the server drops them.
_GATES_OF_DEVICES: Final = 36
#: If the text leaves out a field of a Go struct, the field has its zero value. Only validation could tell the two
#: apart, and for these fields it does not. If it does for some kinds, a rule requires the field.
UNENFORCED: Final[tuple[Unenforced, ...]] = (
    Unenforced("apiextensions.v1.CustomResourceDefinitionVersion", ("served", "storage")),
    Unenforced("apiserverinternal.v1alpha1.StorageVersion", ("spec",)),
    Unenforced("apps.v1.ControllerRevision", ("revision",)),
    Unenforced("apps.v1.StatefulSetSpec", ("serviceName",), 34),
    Unenforced("batch.v1.PodFailurePolicy", ("rules",)),
    Unenforced("batch.v1.PodFailurePolicyOnPodConditionsPattern", ("status",)),
    Unenforced("core.v1.Event", ("involvedObject",)),
    Unenforced("core.v1.EvictionResponder", ("name", "priority")),
    Unenforced("core.v1.HTTPHeader", ("value",)),
    Unenforced("core.v1.ISCSIVolumeSource", ("lun",)),
    Unenforced("core.v1.ISCSIPersistentVolumeSource", ("lun",)),
    Unenforced("core.v1.LimitRangeSpec", ("limits",)),
    Unenforced("core.v1.PodResourceClaim", ("name",), 34),
    Unenforced("core.v1.PreferredSchedulingTerm", ("preference",)),
    Unenforced("core.v1.ContainerResizePolicy", ("resourceName", "restartPolicy"), 33),
    Unenforced("core.v1.ContainerRestartRule", ("action",), 35),
    Unenforced("core.v1.ContainerRestartRuleOnExitCodes", ("operator",), 35),
    Unenforced("core.v1.ResourceClaim", ("name",), 34),
    Unenforced("core.v1.SleepAction", ("seconds",)),
    Unenforced("core.v1.Sysctl", ("value",)),
    Unenforced("core.v1.TypedLocalObjectReference", ("kind", "name")),
    Unenforced("core.v1.TypedObjectReference", ("kind", "name")),
    Unenforced("core.v1.ConfigMapNodeConfigSource", ("kubeletConfigKey", "name", "namespace")),
    Unenforced("discovery.v1.EndpointSlice", ("endpoints",)),
    Unenforced("discovery.v1.ForZone", ("name",)),
    Unenforced("meta.v1.GroupResource", ("group", "resource")),
    Unenforced("meta.v1.OwnerReference", ("apiVersion", "kind", "name", "uid")),
    Unenforced("networking.v1.NetworkPolicySpec", ("podSelector",)),
    Unenforced("rbac.v1.RoleRef", ("apiGroup",)),
    Unenforced("resource.v1.DeviceDerivedAttribute", ("expression", "name")),
    *(
        Unenforced(f"resource.{version}.{definition}", fields, before)
        for version in ("v1", "v1beta1", "v1beta2")
        for definition, fields, before in (
            ("CapacityRequestPolicyRange", ("min",), _GATES_OF_DEVICES),
            ("CounterSet", ("counters", "name"), _GATES_OF_DEVICES),
            ("DeviceCounterConsumption", ("counterSet", "counters"), _GATES_OF_DEVICES),
            ("Counter", ("value",), None),
            ("DeviceCapacity", ("value",), None),
            ("DeviceClass", ("spec",), None),
            ("DeviceTaint", ("effect", "key"), None),
            ("ResourceClaim", ("spec",), None),
            ("ResourceClaimTemplate", ("spec",), None),
            ("ResourceClaimTemplateSpec", ("spec",), None),
            ("ResourcePool", ("generation", "name", "resourceSliceCount"), None),
            ("ResourceSlice", ("spec",), None),
            ("ResourceSliceSpec", ("driver", "pool"), None),
        )
    ),
    Unenforced("scheduling.v1.PriorityClass", ("value",)),
    Unenforced("scheduling.v1alpha3.TopologyConstraint", ("key",)),
    Unenforced("scheduling.v1alpha3.WorkloadPodGroupResourceClaim", ("name",)),
    Unenforced("storage.v1.CSIDriver", ("spec",)),
    Unenforced("storage.v1.CSINode", ("spec",)),
    Unenforced("storage.v1.CSINodeSpec", ("drivers",)),
    Unenforced("storage.v1.TokenRequest", ("audience",)),
)

#: Kinds of requests about other objects: no manifest can create them.
_REQUESTS: Final = frozenset(
    {
        ("authentication.k8s.io/v1", "TokenRequest"), ("autoscaling/v1", "Scale"), ("policy/v1", "Eviction"),
        ("v1", "Status"),
    }
)  # fmt: skip
#: Kinds that the OpenAPI describes and no server of these minor versions serves with the default feature gates.
_GATED: Final[dict[tuple[str, str], range]] = {
    ("certificates.k8s.io/v1alpha1", "ClusterTrustBundle"): range(25, 35),
    ("certificates.k8s.io/v1beta1", "ClusterTrustBundle"): range(25, 35),
    ("certificates.k8s.io/v1alpha1", "PodCertificateRequest"): range(25, 35),
    ("lifecycle.k8s.io/v1alpha1", "Eviction"): range(37, 38),
    ("lifecycle.k8s.io/v1alpha1", "EvictionRequest"): range(37, 38),
    ("scheduling.k8s.io/v1alpha3", "CompositePodGroup"): range(37, 38),
    ("scheduling.k8s.io/v1alpha3", "PodGroup"): range(37, 38),
    ("scheduling.k8s.io/v1alpha3", "Workload"): range(37, 38),
    ("scheduling.k8s.io/v1beta1", "PodGroup"): range(37, 38),
    ("scheduling.k8s.io/v1beta1", "Workload"): range(37, 38),
    ("storagemigration.k8s.io/v1alpha1", "StorageVersionMigration"): range(25, 35),
}

#: Objects whose keys are the user's own. Every other definition without properties is a Go struct without fields.
FREE_FORM: Final = frozenset({"FieldsV1", "Patch", "RawExtension"})

#: The rules of these kinds decode base64 themselves.
DECODED_BY_RULES: Final = ("core.v1.ConfigMap", "core.v1.Secret")


def enforced(definition: str, required: list[str], minor: int) -> list[str]:
    """Return the required fields of a definition that the server really requires."""
    dropped = {
        field
        for each in UNENFORCED
        if definition.endswith(f".{each.definition}") and (each.before is None or minor < each.before)
        for field in each.fields
    }
    return [field for field in required if field not in dropped]


def is_served(api_version: str, kind: str, minor: int) -> bool:
    """Return whether a server of a minor version serves a kind of the OpenAPI, or its list."""
    known = (api_version, kind.removesuffix("List"))
    return known not in _REQUESTS and minor not in _GATED.get(known, ())
