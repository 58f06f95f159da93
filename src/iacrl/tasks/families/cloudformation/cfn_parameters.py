"""A bucket named after parameters, with limits on these, and outputs for other stacks."""

from __future__ import annotations

from iacrl.tasks import words
from iacrl.tasks.draw import Draw
from iacrl.tasks.families.cloudformation.sheet import CloudFormationSheet
from iacrl.tasks.families.cloudformation.template import Intrinsic
from iacrl.tasks.family import Item, family


@family(
    "cloudformation",
    levels={2: "one parameter", 3: "a default and choices", 4: "an output", 5: "an output that is exported"},
    held_out=True,
)
def cfn_parameters(draw: Draw, level: int) -> Item:
    """Draw one bucket."""
    sheet = CloudFormationSheet(draw)
    stage = sheet.entry("parameter", draw.choice(("Stage", "Environment", "EnvName")))
    stage.put("Type", "String", test="String")
    sheet.say("string parameter", stage.label)
    choices = ["dev", "prod"]  # what any honest list of stages has, if the request names none
    if level >= 3:
        choices = draw.sample(words.STAGES, 3)
        stage.put("Default", choices[0], f"default of {stage.label}")
        stage.put("AllowedValues", choices, f"allowed values of {stage.label}", test={"items": choices})
    bucket = sheet.resource("AWS::S3::Bucket", "bucket", draw.choice(("Bucket", "DataBucket")))
    prefix = draw.bucket_name()
    bucket.put("Properties.BucketName", Intrinsic("Sub", f"{prefix}-${{{stage.label}}}"))
    bucket.expect("Properties.BucketName", {"code": f"!Sub {prefix}-${{{stage.label}}}"})
    sheet.say("bucket name (with Fn::Sub)", f"{prefix}-<{stage.label}>")
    for given in choices:
        sheet.case({stage.label: given}, {bucket: {"Properties.BucketName": f"{prefix}-{given}"}})
    if level >= 4:
        output = sheet.entry("output", draw.choice(("BucketArn", "StoreArn")))
        output.refer("Value", bucket, "Arn")
        sheet.say("the ARN of the bucket is the output", output.label)
        if level >= 5:
            output.put("Export.Name", draw.name(), "exported as")
    return sheet.item("an S3 bucket named by a parameter", "a parameterized S3 bucket")
