"""A KMS key: description and rotation, then an alias and a bucket encrypted by it."""

from __future__ import annotations

from iacrl.tasks.families.terraform.sheet import TerraformSheet
from iacrl.tasks.family import Draw, Item, family


@family("terraform", levels={1: "description and window", 2: "rotation", 3: "an alias", 4: "an encrypted log group"})
def aws_kms_key(draw: Draw, level: int) -> Item:
    """Draw one key."""
    sheet = TerraformSheet(draw)
    key = sheet.resource("aws_kms_key", "key")
    name = draw.name()
    key.put("description", f"{draw.choice(('Encrypts', 'Protects', 'Key for', 'Secrets of'))} {name}", "description")
    key.put("deletion_window_in_days", draw.number(7, 30), "deletion window", show="{} days")
    if level >= 2:
        rotate = key.put("enable_key_rotation", draw.chance(0.7))
        key.expect("enable_key_rotation", rotate)
        sheet.say(f"key rotation {'enabled' if rotate else 'disabled'}")
    if level >= 3:
        alias = sheet.resource("aws_kms_alias", "alias")
        alias.put("name", f"alias/{name}", "alias")
        alias.refer("target_key_id", key, ["key_id", "id", "arn"])
    if level >= 4:
        logs = sheet.resource("aws_cloudwatch_log_group", "logs")
        logs.put("name", f"/app/{draw.name()}", "log group that it encrypts")
        logs.put("retention_in_days", draw.choice((7, 14, 30, 90, 365)), "retention of the log group", show="{} days")
        logs.refer("kms_key_id", key, "arn")
    return sheet.item("a KMS key", "an AWS KMS key")
