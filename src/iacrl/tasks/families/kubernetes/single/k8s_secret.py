"""A Secret: plain values, then a namespace and a type, then registry credentials."""

from __future__ import annotations

from iacrl.tasks import words
from iacrl.tasks.families.kubernetes.sheet import KubernetesSheet
from iacrl.tasks.family import Draw, Item, family


@family("kubernetes", levels={1: "one value", 2: "a namespace", 3: "user and password", 4: "labels and immutability"})
def k8s_secret(draw: Draw, level: int) -> Item:
    """Draw one Secret with stringData."""
    sheet = KubernetesSheet(draw)
    secret = sheet.object("Secret", "v1", "secret")
    secret.put("metadata.name", f"{draw.name()}-secret", "name")
    if level >= 2:
        secret.put("metadata.namespace", draw.namespace(), "namespace")
    if level >= 4:
        secret.put_all("metadata.labels", draw.labels(2), "label")
    if level < 3:
        secret.put("type", "Opaque", "type")
        keys = draw.sample(("API_TOKEN", "DB_PASSWORD", "SIGNING_KEY", "WEBHOOK_SECRET", "SMTP_PASSWORD"), level)
        for key in keys:
            secret.put(f"stringData.{key}", f"{draw.choice(words.SERVICES)}-{draw.hex(6)}", f"stringData key {key}")
    else:
        secret.put("type", "kubernetes.io/basic-auth", "type")
        secret.put("stringData.username", draw.choice(words.PEOPLE), "stringData username")
        secret.put("stringData.password", f"{draw.choice(words.SERVICES)}-{draw.hex(8)}", "stringData password")
    if level >= 4:
        secret.put("immutable", True, test=True)
        sheet.say("it cannot be changed once created (immutable)")
    return sheet.item("a Secret", "a Kubernetes Secret")
