"""Convert fixed values of a given resource into variables with these values as defaults."""

from __future__ import annotations

from iacrl.tasks.families.terraform.hcl import Ref
from iacrl.tasks.families.terraform.sheet import TerraformSheet
from iacrl.tasks.family import Draw, Item, family

#: kind: arguments with their type and how to draw a value
_KINDS = {
    "aws_sqs_queue": ("name", "visibility_timeout_seconds", "delay_seconds"),
    "aws_cloudwatch_log_group": ("name", "retention_in_days", "log_group_class"),
    "aws_kinesis_stream": ("name", "shard_count", "retention_period"),
    "aws_ecr_repository": ("name", "image_tag_mutability", "force_delete"),
}
_SETTINGS = {"log_group_class": "STANDARD", "image_tag_mutability": "IMMUTABLE"}


@family("terraform", levels={2: "one value", 3: "two values", 4: "three values"})
def tf_convert_variables(draw: Draw, level: int) -> Item:
    """Draw one resource with fixed values."""
    sheet = TerraformSheet(draw)
    kind = draw.choice(list(_KINDS))
    values: dict[str, object] = {}
    for key in _KINDS[kind]:
        values[key] = draw.name() if key == "name" else _SETTINGS.get(key, draw.number(30, 90))
    if kind == "aws_ecr_repository":
        values["force_delete"] = draw.chance()
    if kind == "aws_cloudwatch_log_group":
        values["retention_in_days"] = draw.choice((30, 60, 90, 365))
    fixed = TerraformSheet(draw)
    before = fixed.resource(kind, "fixed", "main")
    for key, value in values.items():
        before.put(key, value)
    others: dict[str, object] = {}
    prefix = draw.choice(("queue", "app", "service", "stream", "team"))
    made = sheet.resource(kind, "made", "main")
    for number, (key, value) in enumerate(values.items()):
        if number >= level - 1:
            made.put(key, value, test=value)
            continue
        variable = sheet.block("variable", f"{prefix}_{key}")
        type_ = "bool" if isinstance(value, bool) else "number" if isinstance(value, int) else "string"
        variable.put("type", Ref(type_), test={"code": type_})
        variable.put("default", value, test=value)
        sheet.say(f"the {key} comes from a {type_} variable called", variable.named)
        made.refer(key, variable, "")
        others[key] = not value if isinstance(value, bool) else value + 1 if isinstance(value, int) else "another"
    sheet.case({f"var.{prefix}_{key}": other for key, other in others.items()}, {made: others})
    sheet.say("the defaults are the present values")
    sheet.parts.append(sheet.parts.pop(0))
    return sheet.item(
        "the given resource to use variables", "this resource to take variables", verb="convert", given=fixed.text()
    )
