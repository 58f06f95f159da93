"""A module of one file: variables in, a resource made from them, outputs out."""

from __future__ import annotations

from iacrl.tasks import words
from iacrl.tasks.families.terraform.hcl import Ref
from iacrl.tasks.families.terraform.sheet import TerraformSheet
from iacrl.tasks.family import Draw, Item, family

#: kind: (named by, a number it takes, the output attribute)
_KINDS = {
    "aws_sqs_queue": ("name", "delay_seconds", "arn"),
    "aws_cloudwatch_log_group": ("name", "retention_in_days", "arn"),
    "aws_kinesis_stream": ("name", "shard_count", "arn"),
    "aws_secretsmanager_secret": ("name", "recovery_window_in_days", "arn"),
}


@family("terraform", levels={3: "one variable", 4: "two variables", 5: "descriptions and two outputs"})
def tf_module_interface(draw: Draw, level: int) -> Item:
    """Draw one module."""
    sheet = TerraformSheet(draw)
    kind = draw.choice(list(_KINDS))
    name_key, number_key, attribute = _KINDS[kind]
    prefix = draw.choice(words.SERVICES)
    sheet.say("resource type", kind)
    text = sheet.block("variable", f"{prefix}_{name_key}")
    sheet.say(f"variable for its {name_key}", text.named)
    if level >= 5:
        text.put("description", f"Name of the {prefix} resource", "description of that variable")
    text.put("type", Ref("string"), test={"code": "string"})
    made = sheet.resource(kind, "made", "this")
    made.refer(name_key, text, "")
    inputs: dict[str, object] = {f"var.{text.named}": "another"}
    followed: dict[str, object] = {name_key: "another"}
    if level >= 4:
        number = sheet.block("variable", f"{prefix}_{number_key}")
        sheet.say(f"variable for its {number_key}", number.named)
        number.put("type", Ref("number"), test={"code": "number"})
        number.put("default", draw.choice((1, 3, 5, 7, 14, 30)), "default of that number")
        made.refer(number_key, number, "")
        inputs[f"var.{number.named}"] = followed[number_key] = 29
    sheet.case(inputs, {made: followed})
    output = sheet.block("output", f"{prefix}_{attribute}")
    sheet.say(f"output of its {attribute}", output.named)
    output.refer("value", made, attribute)
    if level >= 5:
        identifier = sheet.block("output", f"{prefix}_id")
        sheet.say("output of its id", identifier.named)
        identifier.refer("value", made, "id")
    return sheet.item("a small Terraform module in one file", "a one-file module", "a reusable module in a single file")
