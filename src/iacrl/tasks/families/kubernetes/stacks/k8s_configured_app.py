"""A Deployment that reads a ConfigMap, then a Secret, then mounts a claim."""

from __future__ import annotations

from iacrl.tasks import words
from iacrl.tasks.families.kubernetes.sheet import KubernetesSheet
from iacrl.tasks.family import Draw, Item, family

_BOX = "spec.template.spec.containers[0]"


@family("kubernetes", levels={3: "a ConfigMap", 4: "a Secret", 5: "a claim"})
def k8s_configured_app(draw: Draw, level: int) -> Item:
    """Draw one application and its configuration."""
    sheet = KubernetesSheet(draw)
    name = draw.name()
    config = sheet.object("ConfigMap", "v1", "config")
    config.put("metadata.name", f"{name}-config", "ConfigMap")
    config.put_all("data", draw.settings(2), "ConfigMap key")
    if level >= 4:
        secret = sheet.object("Secret", "v1", "secret")
        secret.put("metadata.name", f"{name}-secret", "Secret")
        secret.put("stringData.TOKEN", draw.hex(12), "stringData key TOKEN of the Secret")
    if level >= 5:
        claim = sheet.object("PersistentVolumeClaim", "v1", "claim")
        claim.put("metadata.name", f"{name}-data", "claim")
        claim.put("spec.accessModes", ["ReadWriteOnce"], "access mode of the claim")
        claim.quantity("spec.resources.requests.storage", f"{draw.number(1, 500)}Gi", "size of the claim")
    web = sheet.object("Deployment", "apps/v1", "web")
    web.put("metadata.name", name, "Deployment")
    web.put("spec.replicas", 1 if level >= 5 else draw.number(2, 9), "replicas")
    web.put("spec.selector.matchLabels.app", name)
    web.expect("spec.selector", {"selects": "web"})
    web.put("spec.template.metadata.labels.app", name)
    web.leave_free("spec.template.metadata.labels.app")  # any labels that match the selector are fine
    web.put(f"{_BOX}.name", draw.choice(words.COMPONENTS), "container name")
    web.put(f"{_BOX}.image", draw.image(), "image")
    web.put(f"{_BOX}.envFrom[0].configMapRef.name", f"{name}-config")
    web.expect(f"{_BOX}.envFrom[*].configMapRef.name", {"refers_to": "config"})
    sheet.say("the container takes all variables from the ConfigMap (envFrom)")
    if level >= 4:
        web.put(f"{_BOX}.envFrom[1].secretRef.name", f"{name}-secret")
        web.expect(f"{_BOX}.envFrom[*].secretRef.name", {"refers_to": "secret"})
        sheet.say("the container takes all variables from the Secret too (envFrom)")
    if level >= 5:
        web.put(f"{_BOX}.volumeMounts[0].name", "data", test={"present": True})
        web.put(f"{_BOX}.volumeMounts[0].mountPath", draw.choice(("/data", "/var/lib/app", "/srv")), "claim mounted at")
        web.put("spec.template.spec.volumes[0].name", "data", test={"present": True})
        web.put("spec.template.spec.volumes[0].persistentVolumeClaim.claimName", f"{name}-data")
        web.expect("spec.template.spec.volumes[*].persistentVolumeClaim.claimName", {"refers_to": "claim"})
        web.imply("spec.template.spec.volumes", {"length": 1})  # so the mounted volume is the claim's
    return sheet.item("a Deployment with its configuration", "an application and the objects that it reads")
