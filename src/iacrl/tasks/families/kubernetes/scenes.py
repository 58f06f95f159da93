"""Objects that tasks start from, each with one that belongs to it."""

from __future__ import annotations

from collections.abc import Sequence

from iacrl.tasks import words
from iacrl.tasks.families.kubernetes.sheet import KubernetesPart, KubernetesSheet
from iacrl.tasks.given import Scene

_BOX = "spec.template.spec.containers[0]"


def deployment(sheet: KubernetesSheet) -> KubernetesPart:
    """Build a Deployment."""
    part, name = _workload(sheet, "Deployment", "deployment")
    part.put("spec.replicas", sheet.draw.number(1, 12), "replicas")
    return _with_pods(part, name, sheet)


def deployment_service(sheet: KubernetesSheet, base: KubernetesPart) -> None:
    """Add a Service for a Deployment."""
    draw, name = sheet.draw, base.body["metadata"]["name"]
    part = sheet.object("Service", "v1", "service")
    part.put("metadata.name", f"{name}-{draw.choice(('svc', 'internal', 'public'))}", "Service for the Deployment")
    part.put("metadata.namespace", base.body["metadata"]["namespace"])
    part.put("spec.type", draw.choice(("ClusterIP", "NodePort", "LoadBalancer")), "type of the Service")
    part.put("spec.selector.app", name)
    part.expect("spec.selector", {"selects": base.alias})
    part.put("spec.ports[0].port", draw.choice((80, 443, 8080)), "port of the Service")
    target = base.body["spec"]["template"]["spec"]["containers"][0]["ports"][0]["containerPort"]
    part.put("spec.ports[0].targetPort", target)


def stateful_set(sheet: KubernetesSheet) -> KubernetesPart:
    """Build a StatefulSet."""
    part, name = _workload(sheet, "StatefulSet", "set")
    part.put("spec.serviceName", f"{name}-hl", "service name")
    part.put("spec.replicas", sheet.draw.number(2, 9), "replicas")
    return _with_pods(part, name, sheet)


def _workload(sheet: KubernetesSheet, kind: str, alias: str) -> tuple[KubernetesPart, str]:
    part = sheet.object(kind, "apps/v1", alias)
    name = part.put("metadata.name", sheet.draw.name(), "name")
    part.put("metadata.namespace", sheet.draw.namespace(), "namespace")
    return part, name


def _with_pods(part: KubernetesPart, name: str, sheet: KubernetesSheet) -> KubernetesPart:
    draw = sheet.draw
    part.put("spec.selector.matchLabels.app", name)
    part.put("spec.template.metadata.labels.app", name)
    part.put(f"{_BOX}.name", draw.choice(words.COMPONENTS), "container name")
    part.put(f"{_BOX}.image", draw.image(), "image")
    part.put(f"{_BOX}.ports[0].containerPort", draw.number(3000, 9999), "container port")
    return part


def disruption_budget(sheet: KubernetesSheet, base: KubernetesPart) -> None:
    """Add a PodDisruptionBudget for a workload."""
    name = base.body["metadata"]["name"]
    part = sheet.object("PodDisruptionBudget", "policy/v1", "budget")
    part.put(
        "metadata.name", f"{name}-{sheet.draw.choice(('pdb', 'budget'))}", f"PodDisruptionBudget for the {base.kind}"
    )
    part.put("metadata.namespace", base.body["metadata"]["namespace"])
    part.put("spec.maxUnavailable", sheet.draw.number(1, 9), "at most unavailable")
    part.put("spec.selector.matchLabels.app", name)
    part.expect("spec.selector", {"selects": base.alias})


def cron_job(sheet: KubernetesSheet) -> KubernetesPart:
    """Build a CronJob."""
    draw = sheet.draw
    pod = "spec.jobTemplate.spec.template.spec"
    part = sheet.object("CronJob", "batch/v1", "job")
    part.put("metadata.name", draw.name(), "name")
    part.put("metadata.namespace", draw.namespace(), "namespace")
    part.put("spec.schedule", draw.cron(), "schedule")
    part.put(f"{pod}.containers[0].name", draw.choice(words.COMPONENTS), "container name")
    part.put(f"{pod}.containers[0].image", draw.image(), "image")
    part.put(f"{pod}.restartPolicy", draw.choice(("OnFailure", "Never")), "restart policy")
    return part


def job_account(sheet: KubernetesSheet, base: KubernetesPart) -> None:
    """Add a ServiceAccount that a CronJob runs as."""
    part = sheet.object("ServiceAccount", "v1", "account")
    part.put("metadata.name", sheet.draw.name(), "ServiceAccount that the CronJob runs as")
    part.put("metadata.namespace", base.body["metadata"]["namespace"])
    base.refer("spec.jobTemplate.spec.template.spec.serviceAccountName", part)


SCENES: Sequence[Scene[KubernetesSheet, KubernetesPart]] = (
    (deployment, deployment_service),
    (stateful_set, disruption_budget),
    (deployment, disruption_budget),
    (cron_job, job_account),
)
