"""Convert fixed environment variables of a Deployment into a ConfigMap that it reads."""

from __future__ import annotations

from iacrl.tasks.families.kubernetes.scenes import deployment
from iacrl.tasks.families.kubernetes.sheet import KubernetesSheet
from iacrl.tasks.family import Draw, Item, family

_BOX = "spec.template.spec.containers[0]"


@family("kubernetes", levels={3: "two variables", 4: "three variables, and one that stays"})
def k8s_convert_env(draw: Draw, level: int) -> Item:
    """Draw one Deployment with variables."""
    sheet = KubernetesSheet(draw)
    web = deployment(sheet)
    sheet.facts.clear()
    values = draw.settings(level)
    moved = dict(list(values.items())[: level - 1]) if level >= 4 else values
    moved = moved if level >= 4 else dict(list(values.items())[:2])
    stays = {key: value for key, value in values.items() if key not in moved} if level >= 4 else {}
    listed = [{"name": key, "value": value} for key, value in (moved | stays).items()]
    web.put(f"{_BOX}.env", listed)
    given = sheet.text()
    if stays:
        web.put(f"{_BOX}.env", [{"name": key, "value": value} for key, value in stays.items()])
    else:
        del web.body["spec"]["template"]["spec"]["containers"][0]["env"]
        web.expect(f"{_BOX}.env[0]", {"absent": True})
    config = sheet.object("ConfigMap", "v1", "config")
    config.put("metadata.name", f"{draw.name()}-env", "ConfigMap name")
    config.put("metadata.namespace", web.body["metadata"]["namespace"])
    for key, value in moved.items():
        config.put(f"data.{key}", value, test=value)
    web.refer(f"{_BOX}.envFrom[0].configMapRef.name", config)
    sheet.say("variables that move into it", " and ".join(moved))
    sheet.say("the container reads all of it with envFrom")
    sheet.say("everything else stays as it is")
    sheet.keep()
    return sheet.item(
        "the given Deployment to read a ConfigMap", "this Deployment to use a ConfigMap", verb="convert", given=given
    )
