"""Extend a given configuration with a resource that refers to it, and change nothing else."""

from __future__ import annotations

from iacrl.tasks.families.terraform.scenes import SCENES
from iacrl.tasks.families.terraform.sheet import TerraformSheet
from iacrl.tasks.family import Draw, Item, family


@family("terraform", levels={3: "one resource beside one", 4: "and new tags or settings on what is there"})
def tf_extend(draw: Draw, level: int) -> Item:
    """Draw one scene and what is added to it."""
    sheet = TerraformSheet(draw)
    base, add = draw.choice(SCENES)
    part = base(sheet)
    sheet.facts.clear()
    given = sheet.text()
    add(sheet, part)
    if level >= 4:
        key = draw.choice(("ManagedBy", "Reviewed", "Contact", "Repository"))
        part.put(f"tags.{key}", draw.choice((draw.team(), draw.name())), f"new tag {key} on the {part.kind}")
    sheet.say("everything else stays as it is; give the whole configuration")
    sheet.keep()
    return sheet.item("the given configuration", "this Terraform configuration", verb="extend", given=given)
