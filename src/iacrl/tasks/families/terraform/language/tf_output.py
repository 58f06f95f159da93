"""An output: a static value and a description, then the value of a variable."""

from __future__ import annotations

from iacrl.tasks import words
from iacrl.tasks.families.terraform.hcl import Ref
from iacrl.tasks.families.terraform.sheet import TerraformSheet
from iacrl.tasks.family import Draw, Item, family


@family("terraform", levels={1: "a static value", 2: "a description", 3: "the value of a new variable, sensitive"})
def tf_output(draw: Draw, level: int) -> Item:
    """Draw one output, and at level 3 the variable that it returns."""
    sheet = TerraformSheet(draw)
    service = draw.choice(words.SERVICES)
    what, value = draw.choice(
        (
            ("url", f"https://{draw.name()}.example.com"),
            ("host", f"{draw.name()}.internal"),
            ("name", draw.name()),
            ("region", draw.region()),
            ("version", f"{draw.number(0, 9)}.{draw.number(0, 30)}.{draw.number(0, 30)}"),
            ("owner", draw.email()),
        )
    )
    name = f"{service}_{what}"
    sheet.say("name", name)
    if level >= 3:
        variable = sheet.block("variable", name)
        variable.put("type", Ref("string"), "type of the variable", test={"code": "string"})
        variable.put("default", value, "default of the variable")
    output = sheet.block("output", name)
    if level >= 2:
        output.put("description", f"{draw.choice(('The', 'Current', 'Public'))} {service} {what}", "description")
    if level < 3:
        output.put("value", value, "value")
        return sheet.item("an output", "a Terraform output", "a module output")
    output.put("value", variable.ref(""), test={"refers_to": variable.alias})
    output.imply("value", {"refers_to": variable.alias, "by": "", "scalar": True})
    output.put("sensitive", True, test=True)
    sheet.say("the output returns the variable and is sensitive")
    return sheet.item("a variable and an output of the same name", "an output and the variable that it returns")
