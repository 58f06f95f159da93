"""An input variable: type and default, then description, flags and a validation rule."""

from __future__ import annotations

from iacrl.tasks import words
from iacrl.tasks.families.terraform.hcl import Ref
from iacrl.tasks.families.terraform.sheet import TerraformSheet
from iacrl.tasks.family import Draw, Item, family

_NUMBERS = ("instance_count", "retention_days", "max_size", "min_size", "timeout", "port", "replicas", "disk_size")
_TEXTS = ("region", "bucket_name", "instance_type", "owner", "environment", "domain_name", "vpc_id", "key_name")


@family(
    "terraform",
    levels={1: "a type and a default", 2: "a description too", 3: "sensitive or nullable", 4: "a validation rule"},
)
def tf_variable(draw: Draw, level: int) -> Item:
    """Draw a number or string variable."""
    sheet = TerraformSheet(draw)
    numeric = draw.chance() or level == 4
    stem = draw.choice(_NUMBERS if numeric else _TEXTS)
    name = f"{draw.choice(words.SERVICES)}_{stem}" if draw.chance(0.9) else stem
    sheet.say("name", name)
    variable = sheet.block("variable", name)
    if level >= 2:
        opening = draw.choice(("Sets", "Controls", "Holds", "Defines"))
        variable.put("description", f"{opening} the {name.replace('_', ' ')}", "description")
    type_ = "number" if numeric else "string"
    variable.put("type", Ref(type_), "type", test={"code": type_})
    texts = (draw.region(), draw.name(), draw.name("_"), draw.domain())
    variable.put("default", draw.number(1, 500) if numeric else draw.choice(texts), "default")
    if level >= 3:
        flag, value = draw.choice((("sensitive", True), ("nullable", False)))
        variable.put(flag, value, test=value)
        sheet.say(f"it is {'' if value else 'not '}{flag}")
    if level >= 4:
        limit = draw.number(500, 5000)
        condition = f"var.{name} <= {limit}"
        sheet.say("highest allowed value", limit)
        variable.put("validation[0].condition", Ref(condition), test={"code": condition})
        variable.put("validation[0].error_message", f"Must be at most {limit}", "error message when it is higher")
    return sheet.item("an input variable", "a variable", "a module input", "a Terraform variable")
