"""Change values of a given workload, and nothing else."""

from __future__ import annotations

from iacrl.tasks.families.kubernetes.scenes import SCENES
from iacrl.tasks.families.kubernetes.sheet import KubernetesSheet
from iacrl.tasks.family import Draw, Item, family
from iacrl.tasks.given import build_given

_TEMPLATE = "spec.template.spec"
_JOB = "spec.jobTemplate.spec.template.spec"


@family(
    "kubernetes", levels={2: "the image", 3: "replicas or schedule", 4: "environment and resources", 5: "two objects"}
)
def k8s_change(draw: Draw, level: int) -> Item:
    """Draw one workload and new values for it."""
    sheet = KubernetesSheet(draw)
    part = build_given(sheet, SCENES, both=level >= 5)
    given = sheet.text()
    kind = part.kind
    box = f"{_JOB if kind == 'CronJob' else _TEMPLATE}.containers[0]"
    part.put(f"{box}.image", draw.image(), "the image becomes")
    if level >= 3 and kind == "CronJob":
        part.put("spec.schedule", draw.cron(), "the schedule becomes")
    elif level >= 3:
        part.put("spec.replicas", draw.number(13, 40), "the replicas become")
    if level >= 4:
        for key, value in draw.settings(1).items():
            part.put(f"{box}.env[0].name", key, test=key)
            part.put(f"{box}.env[0].value", value, f"new environment variable {key}")
        part.quantity(f"{box}.resources.limits.memory", f"{draw.number(1, 9) * 128}Mi", "memory limit")
    sheet.say("nothing else changes; give the whole manifest")
    sheet.keep()
    return sheet.item(f"the given {kind}", f"this {kind} and what belongs to it", verb="change", given=given)
