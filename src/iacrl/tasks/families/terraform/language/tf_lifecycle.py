"""Lifecycle settings and explicit dependencies of a resource."""

from __future__ import annotations

from iacrl.tasks.families.terraform.hcl import Ref
from iacrl.tasks.families.terraform.sheet import TerraformSheet
from iacrl.tasks.family import Draw, Item, family


@family("terraform", levels={2: "prevent destroy", 3: "ignored changes", 4: "an explicit dependency"})
def tf_lifecycle(draw: Draw, level: int) -> Item:
    """Draw one resource with a lifecycle block."""
    sheet = TerraformSheet(draw)
    kind, named_by = draw.choice((("aws_s3_bucket", "bucket"), ("aws_sqs_queue", "name"), ("aws_sns_topic", "name")))
    kept = sheet.resource(kind, "kept", "main")
    kept.put(named_by, draw.bucket_name() if kind == "aws_s3_bucket" else draw.name(), named_by)
    if level >= 3:
        kept.put_all("tags", draw.tags(1), "tag")
    if level >= 4:
        group = sheet.resource("aws_cloudwatch_log_group", "group", "logs")
        group.put("name", f"/app/{draw.name()}", "log group")
        kept.put("depends_on", [group.ref("")])
        kept.expect("depends_on", {"refers_to": "group"})
        sheet.say(f"the {kind} depends on the log group (depends_on)")
    flag = draw.choice(("prevent_destroy", "create_before_destroy"))
    kept.put(f"lifecycle[0].{flag}", True, test=True)
    sheet.say(f"lifecycle: {flag}")
    if level >= 3:
        kept.put("lifecycle[0].ignore_changes", [Ref("tags")])
        kept.expect("lifecycle[0].ignore_changes[*]", {"code": "tags"})
        sheet.say("lifecycle: changes of tags are ignored")
    return sheet.item(f"an {kind} with lifecycle rules", f"an {kind} resource with a lifecycle block")
