"""A Deployment with its Service, then an Ingress in front."""

from __future__ import annotations

from iacrl.tasks import words
from iacrl.tasks.families.kubernetes.sheet import KubernetesSheet
from iacrl.tasks.family import Draw, Item, family

_BOX = "spec.template.spec.containers[0]"


@family("kubernetes", levels={3: "a Deployment and a Service", 4: "an Ingress too", 5: "and an autoscaler"})
def k8s_web_app(draw: Draw, level: int) -> Item:
    """Draw one application."""
    sheet = KubernetesSheet(draw)
    web = sheet.object("Deployment", "apps/v1", "web")
    name = web.put("metadata.name", draw.name(), "Deployment name")
    web.put("spec.replicas", draw.number(1, 12), "replicas")
    web.put("spec.selector.matchLabels.app", name)
    web.expect("spec.selector", {"selects": "web"})
    web.put("spec.template.metadata.labels.app", name)
    web.leave_free("spec.template.metadata.labels.app")  # any labels that match the selector are fine
    web.put(f"{_BOX}.name", draw.choice(words.COMPONENTS), "container name")
    web.put(f"{_BOX}.image", draw.image(), "image")
    port = web.put(f"{_BOX}.ports[0].containerPort", draw.number(3000, 9999), "container port")
    service = sheet.object("Service", "v1", "service")
    service.put("metadata.name", f"{name}-svc", "Service for it")
    service.put("spec.selector.app", name)
    service.expect("spec.selector", {"selects": "web"})
    front = service.put("spec.ports[0].port", draw.choice((80, 443, 8080, 8000)), "Service port")
    service.put("spec.ports[0].targetPort", port, test=port)
    if level >= 4:
        ingress = sheet.object("Ingress", "networking.k8s.io/v1", "ingress")
        ingress.put("metadata.name", f"{name}-ing", "Ingress to the Service")
        ingress.put("spec.rules[0].host", draw.domain(), "host")
        here = "spec.rules[0].http.paths[0]"
        ingress.put(f"{here}.path", "/", test="/")
        ingress.put(f"{here}.pathType", "Prefix", "path type of /")
        ingress.refer(f"{here}.backend.service.name", service)
        ingress.put(f"{here}.backend.service.port.number", front, test=front)
    if level >= 5:
        scaler = sheet.object("HorizontalPodAutoscaler", "autoscaling/v2", "scaler")
        scaler.put("metadata.name", f"{name}-hpa", "autoscaler for it")
        scaler.put("spec.scaleTargetRef.apiVersion", "apps/v1")
        scaler.put("spec.scaleTargetRef.kind", "Deployment", test="Deployment")
        scaler.refer("spec.scaleTargetRef.name", web)
        scaler.put("spec.minReplicas", draw.number(1, 4), "fewest replicas")
        scaler.put("spec.maxReplicas", draw.number(13, 40), "most replicas")
        metric = "spec.metrics[0]"
        scaler.put(f"{metric}.type", "Resource")
        scaler.put(f"{metric}.resource.name", "cpu", test="cpu")
        scaler.put(f"{metric}.resource.target.type", "Utilization")
        scaler.put(
            f"{metric}.resource.target.averageUtilization", draw.number(41, 95), "average cpu utilization in percent"
        )
    return sheet.item("a web application: a Deployment and what leads to it", "a web app with Deployment and Service")
