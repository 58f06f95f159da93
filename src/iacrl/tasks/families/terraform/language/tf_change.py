"""Change values of a given configuration, and nothing else."""

from __future__ import annotations

from iacrl.tasks.families.terraform.scenes import SCENES
from iacrl.tasks.families.terraform.sheet import TerraformSheet
from iacrl.tasks.family import Draw, Item, family
from iacrl.tasks.given import build_given

#: path: what the request calls it
_NAMES = {"bucket": "the bucket name", "name": "the name", "cidr_block": "the CIDR block", "tags.Name": "the Name tag"}


@family("terraform", levels={2: "a name", 3: "a name and tags", 4: "in a configuration of two resources"})
def tf_change(draw: Draw, level: int) -> Item:
    """Draw one scene and new values for it."""
    sheet = TerraformSheet(draw)
    part = build_given(sheet, SCENES, both=level >= 4)
    given = sheet.text()
    for path, said in _NAMES.items():
        if path == "cidr_block" and path in part.body:
            part.cidr(path, f"10.{draw.number(0, 255)}.0.0/16", f"{said} becomes")
        elif path in part.body or (path == "tags.Name" and "Name" in part.body.get("tags", {})):
            part.put(path, draw.bucket_name() if path == "bucket" else draw.name(), f"{said} becomes")
    if level >= 3:
        key = draw.choice(("ManagedBy", "Reviewed", "Contact", "Repository"))
        part.put(f"tags.{key}", draw.choice((draw.team(), draw.name())), f"new tag {key}")
    sheet.say("nothing else changes; give the whole configuration")
    if level >= 4 and part.kind == "aws_vpc":
        sheet.parts[1].cidr("cidr_block", part.body["cidr_block"].replace(".0.0/16", ".7.0/24"), "the subnet moves to")
    sheet.keep()
    return sheet.item("the given configuration", "this Terraform configuration", verb="change", given=given)
