"""A StatefulSet: image, replicas and service name, then a claim template and the headless Service."""

from __future__ import annotations

from iacrl.tasks import words
from iacrl.tasks.families.kubernetes.sheet import KubernetesSheet
from iacrl.tasks.family import Draw, Item, family

_POD = "spec.template.spec.containers[0]"


@family("kubernetes", levels={3: "image and replicas", 4: "a claim template", 5: "the headless Service"})
def k8s_stateful_set(draw: Draw, level: int) -> Item:
    """Draw one StatefulSet."""
    sheet = KubernetesSheet(draw)
    name = draw.name()
    port = draw.port()
    if level >= 5:
        service = sheet.object("Service", "v1", "service")
        service.put("metadata.name", f"{name}-hl", "headless Service")
        service.put("spec.clusterIP", "None", test="None")
        service.put("spec.selector.app", name)
        service.expect("spec.selector", {"selects": "set"})
        service.put("spec.ports[0].port", port, "port of the Service")
    stateful = sheet.object("StatefulSet", "apps/v1", "set")
    stateful.put("metadata.name", name, "name")
    if level >= 5:
        stateful.refer("spec.serviceName", service)
    else:
        stateful.put("spec.serviceName", f"{name}-{draw.choice(('hl', 'svc', 'headless'))}", "service name")
    stateful.put("spec.replicas", draw.number(2, 9), "replicas")
    stateful.put("spec.selector.matchLabels.app", name)
    stateful.expect("spec.selector", {"selects": "set"})
    stateful.put("spec.template.metadata.labels.app", name)
    stateful.leave_free("spec.template.metadata.labels.app")  # any labels that match the selector are fine
    stateful.put(f"{_POD}.name", draw.choice(words.COMPONENTS), "container name")
    stateful.put(f"{_POD}.image", draw.image(), "image")
    stateful.put(f"{_POD}.ports[0].containerPort", port, None if level >= 5 else "container port")
    stateful.expect(f"{_POD}.ports[0].containerPort", port)
    if level >= 5:
        sheet.say("the container listens on that port")
    if level >= 4:
        mount = draw.choice(("/data", "/var/lib/data", "/var/lib/postgresql", "/storage"))
        stateful.put(f"{_POD}.volumeMounts[0].name", "data", test="data")
        stateful.put(f"{_POD}.volumeMounts[0].mountPath", mount, "volume called data mounted at")
        claim = "spec.volumeClaimTemplates[0]"
        stateful.put(f"{claim}.metadata.name", "data", test="data")
        stateful.put(f"{claim}.spec.accessModes", ["ReadWriteOnce"], "access mode of its claim")
        stateful.quantity(f"{claim}.spec.resources.requests.storage", f"{draw.number(1, 500)}Gi", "size of its claim")
    return sheet.item("a StatefulSet", "a Kubernetes StatefulSet")
