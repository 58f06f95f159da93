"""Several equal resources by count, then one that a variable switches on."""

from __future__ import annotations

from iacrl.tasks.families.terraform.hcl import Ref
from iacrl.tasks.families.terraform.sheet import TerraformSheet
from iacrl.tasks.family import Draw, Item, family


@family("terraform", levels={2: "a fixed count", 3: "a count from a variable", 4: "a switch"})
def tf_count(draw: Draw, level: int) -> Item:
    """Draw one counted resource."""
    sheet = TerraformSheet(draw)
    name = draw.name()
    if level < 4:
        kind, said = draw.choice((("aws_sqs_queue", "SQS queues"), ("aws_sns_topic", "SNS topics")))
        many = draw.number(2, 12)
        if level >= 3:
            variable = sheet.block("variable", f"{kind.split('_')[1]}_count")
            sheet.say("the count is the variable", variable.named)
            variable.put("type", Ref("number"), test={"code": "number"})
            variable.put("default", many, "default of the variable")
        several = sheet.resource(kind, "several")
        if level >= 3:
            several.refer("count", variable, "")
        else:
            several.put("count", many, "how many")
        sheet.say("names", f"{name}-0, {name}-1 and so on, by count.index")
        code = f'"{name}-${{count.index}}"'
        several.put("name", Ref(code), test={"code": code})
        several.imply("name", {"present": True})  # how it is written is free: the instances show what it is
        for given in (many, 1, many + 3) if level >= 3 else (many,):
            inputs = {} if given == many else {f"var.{variable.named}": given}
            sheet.case(inputs, {several: [{"name": f"{name}-{index}"} for index in range(given)]})
        return sheet.item(f"several {said} with count", f"a number of {said} by count")
    switch = sheet.block("variable", draw.choice(("create", "enabled", "create_bucket", "bucket_enabled")))
    sheet.say("bool variable", switch.named)
    switch.put("type", Ref("bool"), test={"code": "bool"})
    switch.put("default", True, "default of the variable")
    bucket = sheet.resource("aws_s3_bucket", "bucket")
    code = f"var.{switch.named} ? 1 : 0"
    bucket.put("count", Ref(code))
    # With the default the bucket exists, otherwise it does not; how that is written is free.
    bucket.expect("count", {"refers_to": switch.alias, "equals": 1})
    bucket.leave_free("count")
    sheet.case({f"var.{switch.named}": False}, {bucket: 0})
    bucket.put("bucket", draw.bucket_name(), "bucket name")
    sheet.say("the bucket exists only when the variable is true")
    return sheet.item("an S3 bucket that a variable switches on or off", "an optional S3 bucket")
