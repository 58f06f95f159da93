"""The rules for Kubernetes: one module per topic, with its rows of the table and the checks that apply them.

The checks of an object are found by its kind and run after its schema has passed. So they can rely on the types of
fields, but a field may be missing or null.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Final, cast

from iacrl.domains.rules import Rule

if TYPE_CHECKING:
    from iacrl.domains.kubernetes.manifest_checks import Manifest

#: (API group, kind) -> the module and the function that check an object of that kind, in any version of the group.
#: Modules are imported when a text first contains such an object: most texts have few kinds.
_CHECKS: Final[dict[tuple[str, str], tuple[str, str]]] = {
    ("", "ConfigMap"): ("configuration", "check_config_map"),
    ("", "Binding"): ("cluster_objects", "check_pod_binding"),
    ("", "Endpoints"): ("endpoints", "check_endpoints"),
    ("", "Event"): ("cluster_objects", "check_event"),
    ("", "LimitRange"): ("limit_ranges", "check_limit_range"),
    ("", "Namespace"): ("policy", "check_namespace"),
    ("", "Node"): ("cluster_objects", "check_node"),
    ("", "PersistentVolume"): ("storage", "check_persistent_volume"),
    ("", "PersistentVolumeClaim"): ("storage", "check_persistent_volume_claim"),
    ("", "Pod"): ("pod_specs", "check_pod"),
    ("", "PodTemplate"): ("pod_specs", "check_pod_template"),
    ("", "ReplicationController"): ("workloads", "check_replication_controller"),
    ("", "ResourceQuota"): ("quotas", "check_quota"),
    ("", "Secret"): ("configuration", "check_secret"),
    ("", "Service"): ("service_specs", "check_service"),
    ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"): ("extension", "check_webhooks"),
    ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"): ("extension", "check_webhooks"),
    ("admissionregistration.k8s.io", "MutatingAdmissionPolicy"): ("admission", "check_policy"),
    ("admissionregistration.k8s.io", "MutatingAdmissionPolicyBinding"): ("admission", "check_binding"),
    ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy"): ("admission", "check_policy"),
    ("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding"): ("admission", "check_binding"),
    ("apiextensions.k8s.io", "CustomResourceDefinition"): ("crds", "check_custom_resource_definition"),
    ("apiregistration.k8s.io", "APIService"): ("cluster_objects", "check_api_service"),
    ("authorization.k8s.io", "LocalSubjectAccessReview"): ("cluster_objects", "check_access_review"),
    ("authorization.k8s.io", "SelfSubjectAccessReview"): ("cluster_objects", "check_access_review"),
    ("authorization.k8s.io", "SubjectAccessReview"): ("cluster_objects", "check_access_review"),
    ("apps", "ControllerRevision"): ("cluster_objects", "check_revision"),
    ("apps", "DaemonSet"): ("workloads", "check_workload"),
    ("apps", "Deployment"): ("workloads", "check_workload"),
    ("apps", "ReplicaSet"): ("workloads", "check_workload"),
    ("apps", "StatefulSet"): ("workloads", "check_workload"),
    ("autoscaling", "HorizontalPodAutoscaler"): ("autoscaling", "check_autoscaler"),
    ("batch", "CronJob"): ("jobs", "check_cron_job"),
    ("batch", "Job"): ("jobs", "check_job"),
    ("certificates.k8s.io", "CertificateSigningRequest"): ("certificates", "check_signing_request"),
    ("certificates.k8s.io", "ClusterTrustBundle"): ("trust_bundles", "check_trust_bundle"),
    ("coordination.k8s.io", "LeaseCandidate"): ("server_objects", "check_lease_candidate"),
    ("coordination.k8s.io", "Lease"): ("policy", "check_lease"),
    ("discovery.k8s.io", "EndpointSlice"): ("endpoints", "check_endpoint_slice"),
    ("events.k8s.io", "Event"): ("cluster_objects", "check_event"),
    ("flowcontrol.apiserver.k8s.io", "FlowSchema"): ("flow_control", "check_flow_schema"),
    ("flowcontrol.apiserver.k8s.io", "PriorityLevelConfiguration"): ("flow_control", "check_priority_level"),
    ("internal.apiserver.k8s.io", "StorageVersion"): ("server_objects", "check_storage_version"),
    ("networking.k8s.io", "Ingress"): ("networking", "check_ingress"),
    ("networking.k8s.io", "IngressClass"): ("networking", "check_ingress_class"),
    ("networking.k8s.io", "IPAddress"): ("cluster_objects", "check_ip_address"),
    ("networking.k8s.io", "ServiceCIDR"): ("cluster_objects", "check_service_cidr"),
    ("networking.k8s.io", "NetworkPolicy"): ("networking", "check_network_policy"),
    ("node.k8s.io", "RuntimeClass"): ("policy", "check_runtime_class"),
    ("policy", "PodDisruptionBudget"): ("policy", "check_budget"),
    ("rbac.authorization.k8s.io", "ClusterRole"): ("rbac", "check_role"),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): ("rbac", "check_binding"),
    ("rbac.authorization.k8s.io", "Role"): ("rbac", "check_role"),
    ("rbac.authorization.k8s.io", "RoleBinding"): ("rbac", "check_binding"),
    ("resource.k8s.io", "DeviceClass"): ("devices", "check_device_class"),
    ("resource.k8s.io", "DeviceTaintRule"): ("devices", "check_taint_rule"),
    ("resource.k8s.io", "ResourceClaim"): ("devices", "check_resource_claim"),
    ("resource.k8s.io", "ResourceClaimTemplate"): ("devices", "check_resource_claim_template"),
    ("resource.k8s.io", "ResourcePoolStatusRequest"): ("server_objects", "check_pool_status_request"),
    ("resource.k8s.io", "ResourceSlice"): ("resource_slices", "check_resource_slice"),
    ("scheduling.k8s.io", "PriorityClass"): ("policy", "check_priority_class"),
    ("storage.k8s.io", "CSIDriver"): ("drivers", "check_csi_driver"),
    ("storage.k8s.io", "CSINode"): ("drivers", "check_csi_node"),
    ("storage.k8s.io", "VolumeAttributesClass"): ("storage", "check_attributes_class"),
    ("storage.k8s.io", "VolumeAttachment"): ("drivers", "check_attachment"),
    ("storage.k8s.io", "CSIStorageCapacity"): ("drivers", "check_capacity"),
    ("storagemigration.k8s.io", "StorageVersionMigration"): ("server_objects", "check_migration"),
    ("storage.k8s.io", "StorageClass"): ("storage", "check_storage_class"),
}


@cache
def check_of(group: str, kind: str) -> Callable[[Manifest], None] | None:
    """Return the check for objects of a kind; None if there is nothing to check beyond the schema."""
    if (group, kind) not in _CHECKS:
        return None
    module, function = _CHECKS[group, kind]
    return cast("Callable[[Manifest], None]", getattr(import_module(f"{__name__}.{module}"), function))


@cache
def all_rules() -> tuple[Rule, ...]:
    """Return the rules that this package's modules declare as constants, in the order of their codes."""
    from pkgutil import iter_modules  # importing it takes as long as several verdicts

    modules = [import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__)]
    found = {value for module in modules for value in vars(module).values() if isinstance(value, Rule)}
    return tuple(sorted(found, key=lambda rule: rule.code))
