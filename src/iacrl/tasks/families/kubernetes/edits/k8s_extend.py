"""Extend given manifests with an object that belongs to them, and change nothing else."""

from __future__ import annotations

from iacrl.tasks.families.kubernetes.scenes import SCENES
from iacrl.tasks.families.kubernetes.sheet import KubernetesSheet
from iacrl.tasks.family import Draw, Item, family


@family("kubernetes", levels={3: "one object beside one", 4: "and new labels on what is there"})
def k8s_extend(draw: Draw, level: int) -> Item:
    """Draw one scene and what is added to it."""
    sheet = KubernetesSheet(draw)
    base, add = draw.choice(SCENES)
    part = base(sheet)
    sheet.facts.clear()
    given = sheet.text()
    add(sheet, part)
    if level >= 4:
        part.put_all("metadata.labels", draw.labels(1), f"new label on the {part.kind},")
    sheet.say("everything else stays as it is; give all objects")
    sheet.keep()
    return sheet.item("the given manifests", "this Kubernetes configuration", verb="extend", given=given)
