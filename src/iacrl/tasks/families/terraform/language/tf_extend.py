"""Extend a given configuration with a resource that refers to it, and change nothing else."""

from __future__ import annotations

from iacrl.tasks.family import Item, family
from iacrl.tasks.pools import Draw
from iacrl.tasks.scenes import TERRAFORM_SCENES
from iacrl.tasks.sheet import Sheet


@family("terraform", levels={3: "one resource beside one", 4: "and new tags or settings on what is there"})
def tf_extend(draw: Draw, level: int) -> Item:
    """Draw one scene and what is added to it."""
    sheet = Sheet(draw)
    base, add = draw.choice(TERRAFORM_SCENES)
    part = base(sheet)
    sheet.facts.clear()
    given = sheet.text()
    add(sheet, part)
    if level >= 4:
        key = draw.choice(("ManagedBy", "Reviewed", "Contact", "Repository"))
        part.put(f"tags.{key}", draw.choice((draw.team(), draw.name())), f"new tag {key} on the {part.head[1]}")
    sheet.say("everything else stays as it is; give the whole configuration")
    sheet.keep()
    return sheet.item("the given configuration", "this Terraform configuration", verb="extend", given=given)
