"""An Ingress: one host, then TLS, several paths, a class and annotations."""

from __future__ import annotations

from iacrl.tasks import words
from iacrl.tasks.families.kubernetes.sheet import KubernetesSheet
from iacrl.tasks.family import Draw, Item, family


@family("kubernetes", levels={2: "one path", 3: "a class", 4: "TLS", 5: "a second path and an annotation"})
def k8s_ingress(draw: Draw, level: int) -> Item:
    """Draw one Ingress."""
    sheet = KubernetesSheet(draw)
    ingress = sheet.object("Ingress", "networking.k8s.io/v1", "ingress")
    name = ingress.put("metadata.name", draw.name(), "name")
    if level >= 5:
        key = "nginx.ingress.kubernetes.io/proxy-body-size"
        ingress.put_all("metadata.annotations", {key: f"{draw.number(1, 100)}m"}, "annotation")
    if level >= 3:
        ingress.put(
            "spec.ingressClassName", draw.choice(("nginx", "traefik", "alb", "haproxy", "kong")), "ingress class"
        )
    host = draw.domain()
    if level >= 4:
        secret = f"{name}-tls"
        sheet.say("TLS secret", secret)
        ingress.put("spec.tls[0].hosts", [host], test={"items": [host]})
        ingress.put("spec.tls[0].secretName", secret, test=secret)
    ingress.put("spec.rules[0].host", host, "host")
    paths = []
    for word in draw.sample(words.SERVICES, 1 if level < 5 else 2):
        kind, number = draw.choice(("Prefix", "Exact")), draw.port()
        service = f"{word}-{draw.choice(words.COMPONENTS)}"
        sheet.say(f"path /{word} (type {kind}) leads to", f"service {service} port {number}")
        backend = {"service": {"name": service, "port": {"number": number}}}
        paths.append({"path": f"/{word}", "pathType": kind, "backend": backend})
    ingress.each("spec.rules[0].http.paths", paths)
    return sheet.item("an Ingress", "a Kubernetes Ingress")
