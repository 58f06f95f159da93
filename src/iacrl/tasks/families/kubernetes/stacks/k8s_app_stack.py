"""An application from nothing: namespace and workload, then its configuration and account, then how it is reached."""

from __future__ import annotations

from iacrl.tasks import words
from iacrl.tasks.families.kubernetes.sheet import KubernetesPart, KubernetesSheet
from iacrl.tasks.family import Draw, Item, family

_POD = "spec.template.spec"
_BOX = f"{_POD}.containers[0]"


@family(
    "kubernetes", levels={3: "namespace, workload, Service", 4: "configuration and account", 5: "Ingress and scaling"}
)
def k8s_app_stack(draw: Draw, level: int) -> Item:
    """Draw one application; at level 5 it has eight linked objects."""
    sheet = KubernetesSheet(draw)
    name, namespace = draw.name(), draw.namespace()

    def within(kind: str, version: str, alias: str, suffix: str, said: str) -> KubernetesPart:
        part = sheet.object(kind, version, alias)
        part.put("metadata.name", f"{name}{suffix}", said)
        part.put("metadata.namespace", namespace, test=namespace)
        return part

    space = sheet.object("Namespace", "v1", "space")
    space.put("metadata.name", namespace, "new namespace of everything")
    web = within("Deployment", "apps/v1", "web", "", "Deployment")
    web.put("spec.replicas", draw.number(2, 9), "replicas")
    web.put("spec.selector.matchLabels.app", name)
    web.expect("spec.selector", {"selects": "web"})
    web.put("spec.template.metadata.labels.app", name)
    web.leave_free("spec.template.metadata.labels.app")  # any labels that match the selector are fine
    web.put(f"{_BOX}.name", draw.choice(words.COMPONENTS), "container name")
    web.put(f"{_BOX}.image", draw.image(), "image")
    port = web.put(f"{_BOX}.ports[0].containerPort", draw.number(3000, 9999), "container port")
    service = within("Service", "v1", "service", "-svc", "Service for it")
    service.put("spec.selector.app", name)
    service.expect("spec.selector", {"selects": "web"})
    front = service.put("spec.ports[0].port", draw.choice((80, 443, 8080, 8000)), "Service port")
    service.put("spec.ports[0].targetPort", port, test=port)
    if level >= 4:
        config = within("ConfigMap", "v1", "config", "-config", "ConfigMap")
        config.put_all("data", draw.settings(2), "ConfigMap key")
        web.put(f"{_BOX}.envFrom[0].configMapRef.name", f"{name}-config")
        web.expect(f"{_BOX}.envFrom[*].configMapRef.name", {"refers_to": "config"})
        sheet.say("the container takes all variables from the ConfigMap (envFrom)")
        account = within("ServiceAccount", "v1", "account", "-sa", "service account that the pods run as")
        web.refer(f"{_POD}.serviceAccountName", account)
    if level >= 5:
        secret = within("Secret", "v1", "secret", "-secret", "Secret")
        secret.put("stringData.TOKEN", draw.hex(12), "stringData key TOKEN of the Secret")
        web.put(f"{_BOX}.envFrom[1].secretRef.name", f"{name}-secret")
        web.expect(f"{_BOX}.envFrom[*].secretRef.name", {"refers_to": "secret"})
        sheet.say("the container takes all variables from the Secret too (envFrom)")
        ingress = within("Ingress", "networking.k8s.io/v1", "ingress", "-ing", "Ingress to the Service")
        ingress.put("spec.rules[0].host", draw.domain(), "host")
        here = "spec.rules[0].http.paths[0]"
        ingress.put(f"{here}.path", "/", test="/")
        ingress.put(f"{here}.pathType", "Prefix", "path type of /")
        ingress.refer(f"{here}.backend.service.name", service)
        ingress.put(f"{here}.backend.service.port.number", front, test=front)
        budget = within("PodDisruptionBudget", "policy/v1", "budget", "-pdb", "PodDisruptionBudget")
        budget.put("spec.minAvailable", draw.number(1, 9), "at least available")
        budget.put("spec.selector.matchLabels.app", name)
        budget.expect("spec.selector", {"selects": "web"})
    return sheet.item("an application in a namespace of its own", "a namespace with a web application")
