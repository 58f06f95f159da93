"""Convert several equal resources into one with for_each."""

from __future__ import annotations

from iacrl.tasks import words
from iacrl.tasks.families.terraform.hcl import Call, Ref
from iacrl.tasks.families.terraform.sheet import TerraformSheet
from iacrl.tasks.family import Draw, Item, family

_KINDS = {"aws_sqs_queue": "delay_seconds", "aws_kinesis_stream": "shard_count", "aws_cloudwatch_log_group": ""}


@family("terraform", held_out=True, levels={3: "two resources", 4: "three resources with tags"})
def tf_convert_for_each(draw: Draw, level: int) -> Item:
    """Draw several resources that differ in their name."""
    sheet, fixed = TerraformSheet(draw), TerraformSheet(draw)
    kind = draw.choice(list(_KINDS))
    names = draw.sample(words.SERVICES, level - 1)
    tags = draw.tags(1)
    setting, value = _KINDS[kind] or "retention_in_days", draw.choice((1, 3, 5, 7, 14, 30))
    for name in names:
        part = fixed.resource(kind, name)
        part.put("name", name)
        part.put(setting, value)
        if level >= 4:
            part.put_all("tags", tags, "tag")
    made = sheet.resource(kind, "each", "all")
    made.put("for_each", Call("toset", names), test={"items": names})
    made.put("name", Ref("each.key"), test={"code": ["each.key", "each.value"]})
    made.put(setting, value, test=value)
    if level >= 4:
        for key, tag in tags.items():
            made.put(f"tags.{key}", tag, test=tag)
    sheet.say("one resource with for_each over the set of names")
    sheet.say("all other settings stay")
    subjects = (f"the given {kind} resources into one", "these resources into a single one with for_each")
    return sheet.item(*subjects, verb="convert", given=fixed.text(), counts=[{"is": f"resource {kind}", "exactly": 1}])
