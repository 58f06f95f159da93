"""Variables of collection and object types."""

from __future__ import annotations

from iacrl.tasks import words
from iacrl.tasks.families.terraform.hcl import Ref
from iacrl.tasks.families.terraform.sheet import TerraformSheet
from iacrl.tasks.family import Draw, Item, family

_FIELDS = (("size", "number"), ("name", "string"), ("enabled", "bool"), ("owner", "string"), ("port", "number"))


@family("terraform", levels={2: "a list", 3: "a map", 4: "an object", 5: "a list of objects"})
def tf_object_variable(draw: Draw, level: int) -> Item:
    """Draw one variable."""
    sheet = TerraformSheet(draw)
    name = f"{draw.choice(words.SERVICES)}_{draw.choice(('settings', 'options', 'items', 'config', 'values'))}"
    sheet.say("name", name)
    variable = sheet.block("variable", name)
    opening = draw.choice(("Settings", "Options", "Input"))
    variable.put("description", f"{opening} for {name.split('_')[0]}", "description")
    if level == 2:
        variable.put("type", Ref("list(string)"), "type", test={"code": "list(string)"})
        variable.put("default", draw.sample(words.COMPONENTS, 3), "default")
    elif level == 3:
        pairs = {key: draw.number(1, 99) for key in draw.sample(words.COMPONENTS, 2)}
        variable.put("type", Ref("map(number)"), "type", test={"code": "map(number)"})
        variable.put("default", pairs, test={"equals": pairs})
        sheet.say("default", " and ".join(f"{key} = {value}" for key, value in pairs.items()))
    else:
        fields = draw.sample(_FIELDS, 2)
        sheet.say("type", "a list of objects" if level == 5 else "an object")
        sheet.say("fields", " and ".join(f"{key} ({kind})" for key, kind in fields))
        width = max(len(key) for key, _ in fields)
        inner = "".join(f"    {key:<{width}} = {kind}\n" for key, kind in fields)
        written = [f"{key} = {kind}" for key, kind in fields]
        ways = [_object(joint.join(order), level) for order in (written, written[::-1]) for joint in ("", ",")]
        variable.put("type", Ref(_object(f"\n{inner}  ", level)), test={"code": ways})
        default = {key: _value(draw, kind) for key, kind in fields}
        spoken = " and ".join(f"{key} = {str(value).lower()}" for key, value in default.items())
        sheet.say("default" if level == 4 else "default with one element", spoken)
        variable.put(
            "default", [default] if level == 5 else default, test={"equals": [default] if level == 5 else default}
        )
    return sheet.item("a variable", "an input variable", "a module input")


def _object(fields: str, level: int) -> str:
    return f"list(object({{{fields}}}))" if level == 5 else f"object({{{fields}}})"


def _value(draw: Draw, kind: str) -> object:
    if kind == "number":
        return draw.number(1, 9000)
    return draw.name() if kind == "string" else draw.chance()
