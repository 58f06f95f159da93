"""The corpus: valid variants of the manifests in `fixtures/kubernetes/corpus.yaml`, and mutations that are not.

Everything is derived from the index of a manifest, so a failure names one and can be repeated.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from iacrl.domains.kubernetes.structure import POD_SPECS

FIXTURES = Path(__file__).parents[2] / "fixtures" / "kubernetes"
#: Kinds whose metadata no server checks.
UNCHECKED = {"Binding", "SelfSubjectAccessReview", "TokenReview", "List", "ConfigMapList"}
DELETE = object()

Edit = tuple[tuple[str | int, ...], Any]


def manifests() -> list[dict[str, Any]]:
    """Return the manifests as written."""
    return list(yaml.load_all((FIXTURES / "corpus.yaml").read_text(), yaml.CSafeLoader))


def variants(manifest: dict[str, Any], seed: int) -> Iterator[dict[str, Any]]:
    """Yield the manifest and valid changes of it."""
    yield manifest
    chance = random.Random(seed)
    if manifest["kind"] in UNCHECKED:
        return
    for _ in range(3):
        changed = copy.deepcopy(manifest)
        metadata = changed["metadata"]
        for change in chance.sample(
            [
                ("labels", {**(metadata.get("labels") or {}), "app.kubernetes.io/part-of": "shop", "x": ""}),
                ("annotations", {**(metadata.get("annotations") or {}), "Example.com/Note": "any: text\n"}),
                ("finalizers", ["example.com/cleanup"]),
                ("creationTimestamp", chance.choice([None, "2026-01-31T12:00:00Z"])),
                ("resourceVersion", "123"),
                ("ownerReferences", [{"apiVersion": "v1", "kind": "ConfigMap", "name": "a", "uid": "b"}]),
            ],
            k=chance.randint(1, 4),
        ):
            metadata[change[0]] = change[1]
        pod = pod_spec(changed)
        if pod is not None:
            for field, value in chance.sample(POD_SETTINGS, k=3):
                pod.setdefault(field, copy.deepcopy(value))
            for field, value in chance.sample(CONTAINER_SETTINGS, k=4):
                pod["containers"][0].setdefault(field, copy.deepcopy(value))
        yield changed


def mutations(manifest: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield `(code, manifest)` for changes that the API server refuses."""
    kind = manifest["kind"]
    if kind in UNCHECKED:
        return
    edits: list[tuple[str, list[Edit]]] = [
        ("KB202", [(("apiVersion",), DELETE)]),
        ("KB203", [(("kind",), 7)]),
        ("KB204", [(("kind",), f"{kind}x"), (("apiVersion",), manifest["apiVersion"])]),
        ("KB206", [(("apiVersion",), "apps/v9")]),
        ("KB213", [(("metadata", "labels"), {"a b": "c"})]),
        ("KB213", [(("metadata", "labels"), {"a": "c d"})]),
        ("KB214", [(("metadata", "annotations"), {"": "c"})]),
        ("KB300", [(("metadata", "nam"), "x")]),
        ("KB300", [(("specs",), {})]),
        ("KB302", [(("metadata",), [])]),
        ("KB302", [(("metadata", "name"), 5)]),
    ]
    if "name" in manifest["metadata"]:
        if kind != "LimitRange":  # the server names it itself
            edits.append(("KB210", [(("metadata", "name"), DELETE)]))
        edits.append(("KB211", [(("metadata", "name"), "a/b")]))
    path = POD_SPECS.get(kind)
    if path is not None:
        edits += [(code, [((*path, *steps), value)]) for code, steps, value in POD_MUTATIONS]
    edits += [(code, [(steps, value)]) for code, steps, value in KIND_MUTATIONS.get(kind, ())]
    for code, changes in edits:
        changed = copy.deepcopy(manifest)
        for steps, value in changes:
            put(changed, steps, value)
        yield code, changed


def pod_spec(manifest: dict[str, Any]) -> dict[str, Any] | None:
    """Return the pod spec inside of a manifest."""
    value: Any = manifest
    for step in POD_SPECS.get(manifest["kind"], ("",)):
        value = value.get(step) or {}
    return value or None


def put(value: Any, steps: tuple[str | int, ...], new: Any) -> None:
    """Set or delete the value at some steps, making mappings on the way."""
    for step in steps[:-1]:
        if isinstance(value, dict) and not value.get(step):
            value[step] = {}
        value = value[step]
    if new is DELETE:
        del value[steps[-1]]
    elif isinstance(value, list) and steps[-1] == len(value):
        value.append(new)
    else:
        value[steps[-1]] = new


POD_SETTINGS: list[tuple[str, Any]] = [
    ("terminationGracePeriodSeconds", 30),
    ("nodeSelector", {"kubernetes.io/arch": "arm64"}),
    ("tolerations", [{"key": "spot", "operator": "Exists", "effect": "NoSchedule"}]),
    ("securityContext", {"runAsUser": 1000, "runAsNonRoot": True}),
    ("dnsPolicy", "ClusterFirst"),
    ("hostAliases", [{"ip": "10.0.0.1", "hostnames": ["db"]}]),
    ("imagePullSecrets", [{"name": "registry"}]),
    ("enableServiceLinks", False),
    ("schedulerName", "default-scheduler"),
]
CONTAINER_SETTINGS: list[tuple[str, Any]] = [
    ("imagePullPolicy", "IfNotPresent"),
    ("resources", {"requests": {"cpu": "250m", "memory": 1048576}, "limits": {"memory": "1.5Gi"}}),
    (
        "env",
        [
            {"name": "MODE", "value": "fast"},
            {"name": "NODE", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}},
        ],
    ),
    ("envFrom", [{"configMapRef": {"name": "settings", "optional": True}}]),
    ("readinessProbe", {"httpGet": {"path": "/", "port": 8080}, "timeoutSeconds": 2}),
    ("livenessProbe", {"exec": {"command": ["true"]}, "failureThreshold": 5}),
    ("securityContext", {"capabilities": {"drop": ["ALL"]}, "readOnlyRootFilesystem": True}),
    ("lifecycle", {"preStop": {"exec": {"command": ["sleep", "5"]}}}),
    ("workingDir", "/srv"),
    ("args", ["--verbose"]),
]

_FIRST = ("containers", 0)
POD_MUTATIONS: list[tuple[str, tuple[str | int, ...], Any]] = [
    ("KB410", ("containers",), []),
    ("KB301", ("containers",), DELETE),
    ("KB301", (*_FIRST, "name"), DELETE),
    ("KB411", (*_FIRST, "name"), "Main_1"),
    ("KB413", (*_FIRST, "image"), DELETE),
    ("KB400", (*_FIRST, "imagePullPolicy"), "Sometimes"),
    ("KB417", (*_FIRST, "ports"), [{"containerPort": 70000}]),
    ("KB418", (*_FIRST, "ports"), [{"containerPort": 80, "name": "HTTP"}]),
    ("KB414", (*_FIRST, "ports"), [{"containerPort": 80, "name": "a"}, {"containerPort": 81, "name": "a"}]),
    ("KB302", (*_FIRST, "ports"), [{"containerPort": "80"}]),
    ("KB302", (*_FIRST, "env"), [{"name": "A", "value": True}]),
    (
        "KB420",
        (*_FIRST, "env"),
        [{"name": "A", "value": "b", "valueFrom": {"fieldRef": {"fieldPath": "metadata.uid"}}}],
    ),
    ("KB406", (*_FIRST, "resources"), {"limits": {"memory": "1GB"}}),
    ("KB426", (*_FIRST, "resources"), {"limits": {"cpu": "100m"}, "requests": {"cpu": "0.2"}}),
    ("KB415", (*_FIRST, "volumeMounts"), [{"name": "nowhere", "mountPath": "/x"}]),
    ("KB423", (*_FIRST, "livenessProbe"), {"periodSeconds": 5}),
    ("KB424", (*_FIRST, "startupProbe"), {"tcpSocket": {"port": 1}, "successThreshold": 3}),
    ("KB430", ("volumes",), [{"name": "v", "emptyDir": {}, "configMap": {"name": "c"}}]),
    ("KB429", ("volumes",), [{"name": "v"}, {"name": "v"}]),
    ("KB400", ("restartPolicy",), "Sometimes"),
    ("KB400", ("dnsPolicy",), "Any"),
    ("KB402", (*_FIRST, "lifecycle"), {"preStop": {"sleep": {"seconds": -1}}}),
    ("KB437", ("tolerations",), [{"key": "a", "operator": "Exists", "value": "b"}]),
    ("KB300", (*_FIRST, "imagepullpolicy"), "Always"),
]

_WORKLOAD: list[tuple[str, tuple[str | int, ...], Any]] = [
    ("KB402", ("spec", "replicas"), -1),
    ("KB440", ("spec", "template", "metadata", "labels"), {"other": "label"}),
    ("KB441", ("spec", "selector"), {}),
    ("KB433", ("spec", "template", "spec", "restartPolicy"), "Never"),
    ("KB301", ("spec", "template"), DELETE),
    ("KB301", ("spec",), DELETE),
]
KIND_MUTATIONS: dict[str, list[tuple[str, tuple[str | int, ...], Any]]] = {
    "Deployment": [
        *_WORKLOAD,
        ("KB302", ("spec", "replicas"), "three"),
        ("KB442", ("spec", "strategy"), {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 0}}),
        ("KB408", ("spec", "strategy"), {"rollingUpdate": {"maxSurge": "25"}}),
        ("KB400", ("spec", "strategy"), {"type": "OnDelete"}),
    ],
    "StatefulSet": [*_WORKLOAD, ("KB400", ("spec", "podManagementPolicy"), "Random")],
    "DaemonSet": [
        *_WORKLOAD[1:],
        ("KB300", ("spec", "replicas"), 1),
        ("KB442", ("spec", "updateStrategy"), {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 1}}),
    ],
    "Job": [
        ("KB433", ("spec", "template", "spec", "restartPolicy"), "Always"),
        ("KB402", ("spec", "backoffLimit"), -1),
        ("KB400", ("spec", "completionMode"), "Sorted"),
    ],
    "CronJob": [
        ("KB444", ("spec", "schedule"), "* * * *"),
        ("KB444", ("spec", "schedule"), "0 25 * * *"),
        ("KB444", ("spec", "schedule"), "TZ=UTC 0 1 * * *"),
        ("KB445", ("spec", "timeZone"), "Nowhere/City"),
        ("KB400", ("spec", "concurrencyPolicy"), "Never"),
        ("KB433", ("spec", "jobTemplate", "spec", "template", "spec", "restartPolicy"), DELETE),
    ],
    "Service": [
        ("KB211", ("metadata", "name"), "first.one"),
        ("KB400", ("spec", "type"), "nodeport"),
        ("KB417", ("spec", "ports"), [{"port": 0}]),
        ("KB449", ("spec", "ports"), [{"port": 80}, {"port": 81}]),
        ("KB400", ("spec", "ports"), [{"port": 80, "protocol": "http"}]),
    ],
    "Ingress": [
        ("KB301", ("spec",), {"rules": [{"http": {"paths": [{"path": "/", "backend": {}}]}}]}),
        ("KB454", ("spec",), {}),
        ("KB454", ("spec", "defaultBackend"), {"service": {"name": "a"}}),
        ("KB456", ("spec", "rules"), [{"host": "*.*.com"}]),
    ],
    "NetworkPolicy": [
        ("KB400", ("spec", "policyTypes"), ["ingress"]),
        ("KB457", ("spec", "ingress"), [{"from": [{}]}]),
        ("KB403", ("spec", "ingress"), [{"from": [{"ipBlock": {"cidr": "10.0.0.0"}}]}]),
    ],
    "ConfigMap": [
        ("KB302", ("data",), {"port": 8080}),
        ("KB459", ("data",), {"a b": "c"}),
        ("KB460", ("binaryData",), {"k": "%"}),
    ],
    "Secret": [
        ("KB460", ("data",), {"k": "plain text"}),
        ("KB302", ("stringData",), {"k": 1}),
        ("KB459", ("stringData",), {"a/b": "c"}),
    ],
    "Namespace": [("KB211", ("metadata", "name"), "my.shop")],
    "PersistentVolumeClaim": [
        ("KB432", ("spec", "accessModes"), []),
        ("KB400", ("spec", "accessModes"), ["RWX"]),
        ("KB432", ("spec", "resources"), {}),
        ("KB407", ("spec", "resources"), {"requests": {"storage": 0}}),
    ],
    "PersistentVolume": [
        ("KB463", ("spec", "capacity"), {}),
        ("KB463", ("spec", "vsphereVolume"), {"volumePath": "x"}),
        ("KB400", ("spec", "persistentVolumeReclaimPolicy"), "Keep"),
    ],
    "StorageClass": [
        ("KB400", ("reclaimPolicy",), "Recycle"),
        ("KB301", ("provisioner",), DELETE),
        ("KB400", ("volumeBindingMode",), "Now"),
    ],
    "HorizontalPodAutoscaler": [
        ("KB465", ("spec", "minReplicas"), 100),
        ("KB465", ("spec", "maxReplicas"), 0),
        ("KB301", ("spec", "scaleTargetRef"), DELETE),
    ],
    "PodDisruptionBudget": [
        ("KB408", ("spec",), {"minAvailable": "half"}),
        ("KB468", ("spec",), {"minAvailable": 1, "maxUnavailable": 1}),
    ],
    "ResourceQuota": [("KB406", ("spec", "hard"), {"pods": "ten"}), ("KB470", ("spec", "hard"), {"nodes": 3})],
    "LimitRange": [
        ("KB469", ("spec", "limits"), [{"type": "Container", "min": {"cpu": 2}, "max": {"cpu": 1}}]),
        ("KB400", ("spec", "limits"), [{"type": "Node", "max": {"cpu": 1}}]),
    ],
    "PriorityClass": [("KB471", ("value",), 2_000_000_000), ("KB303", ("value",), 3_000_000_000)],
    "Role": [
        ("KB472", ("rules",), [{"apiGroups": [""], "resources": ["pods"], "verbs": []}]),
        ("KB472", ("rules",), [{"nonResourceURLs": ["/x"], "verbs": ["get"]}]),
    ],
    "ClusterRole": [("KB472", ("rules",), [{"apiGroups": [""], "verbs": ["get"]}])],
    "RoleBinding": [
        ("KB473", ("roleRef", "kind"), "Group"),
        ("KB474", ("subjects",), [{"kind": "serviceaccount", "name": "a"}]),
    ],
    "ClusterRoleBinding": [
        ("KB473", ("roleRef", "kind"), "Role"),
        ("KB301", ("roleRef",), DELETE),
        ("KB474", ("subjects",), [{"kind": "ServiceAccount", "name": "a"}]),
    ],
    "CustomResourceDefinition": [
        ("KB478", ("metadata", "name"), "widget"),
        ("KB479", ("spec", "versions", 0, "storage"), False),
        ("KB400", ("spec", "scope"), "Global"),
    ],
    "ValidatingWebhookConfiguration": [
        ("KB400", ("webhooks", 0, "sideEffects"), "Some"),
        ("KB475", ("webhooks", 0, "name"), "check"),
    ],
    "MutatingWebhookConfiguration": [
        ("KB402", ("webhooks", 0, "timeoutSeconds"), 60),
        ("KB476", ("webhooks", 0, "clientConfig"), {}),
    ],
    "RuntimeClass": [("KB403", ("handler",), "Run_C")],
    "Lease": [("KB402", ("spec", "leaseDurationSeconds"), 0)],
    "EndpointSlice": [("KB403", ("endpoints",), [{"addresses": ["web.local"]}])],
    "Endpoints": [("KB403", ("subsets",), [{"addresses": [{"ip": "localhost"}]}])],
    "IngressClass": [("KB403", ("spec", "controller"), "nginx")],
}
