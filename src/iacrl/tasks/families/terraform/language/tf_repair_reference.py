"""Repair a configuration that refers to what is not declared, given the diagnostic."""

from __future__ import annotations

from iacrl.tasks import words
from iacrl.tasks.families.terraform.scenes import SCENES
from iacrl.tasks.families.terraform.sheet import TerraformSheet
from iacrl.tasks.family import Draw, Item, family
from iacrl.tasks.given import build_given


@family("terraform", levels={2: "a wrong label", 3: "a wrong attribute"})
def tf_repair_reference(draw: Draw, level: int) -> Item:
    """Draw one scene of two resources and break the reference between them."""
    sheet = TerraformSheet(draw)
    part = build_given(sheet, SCENES, both=True)
    sheet.keep()
    gold = sheet.text()
    kind, label = part.kind, part.label
    if level == 2:
        wrong = draw.choice([word for word in words.COMPONENTS if word != label])
        broken = gold.replace(f"= {kind}.{label}.", f"= {kind}.{wrong}.")
        said = f'A managed resource "{kind}" "{wrong}" has not been declared in the root module.'
        title = "Reference to undeclared resource"
    else:
        wrong = draw.choice(("identifier", "uid", "ref", "key", "link", "resource_id"))
        old = gold.split(f"= {kind}.{label}.")[1].split()[0]
        broken = gold.replace(f"= {kind}.{label}.{old}", f"= {kind}.{label}.{wrong}")
        said = f'This object has no argument, nested block, or exported attribute named "{wrong}".'
        title = "Unsupported attribute"
    number = next(n for n, line in enumerate(broken.splitlines(), start=1) if f".{wrong}" in line)
    sheet.say("terraform validate reports", f"{title}, on main.tf line {number}: {said}")
    sheet.say("nothing but the mistake changes")
    return sheet.item("the given configuration", "this Terraform file", verb="repair", given=broken)
