"""A bucket with lifecycle rules: expiry, then a transition, then old versions."""

from __future__ import annotations

from iacrl.tasks import words
from iacrl.tasks.families.terraform.sheet import TerraformSheet
from iacrl.tasks.family import Draw, Item, family

_CLASSES = ("STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER", "GLACIER_IR", "DEEP_ARCHIVE")
_RULE = "rule[0]"


@family("terraform", levels={2: "expiry", 3: "a transition", 4: "old versions", 5: "multipart uploads"})
def aws_s3_lifecycle(draw: Draw, level: int) -> Item:
    """Draw one bucket with one rule."""
    sheet = TerraformSheet(draw)
    bucket = sheet.resource("aws_s3_bucket", "bucket")
    bucket.put("bucket", draw.bucket_name(), "bucket name")
    if level >= 4:
        versioning = sheet.resource("aws_s3_bucket_versioning", "versioning")
        versioning.refer("bucket", bucket, ["id", "bucket"], said="versioning is enabled")
        versioning.put("versioning_configuration[0].status", "Enabled", test="Enabled")
    rules = sheet.resource("aws_s3_bucket_lifecycle_configuration", "rules")
    rules.refer("bucket", bucket, ["id", "bucket"])
    rules.put(f"{_RULE}.id", f"expire-{draw.choice(words.SERVICES)}", "rule ID")
    rules.put(f"{_RULE}.status", "Enabled", test="Enabled")
    rules.put(f"{_RULE}.filter[0].prefix", f"{draw.choice(words.SERVICES)}/", "prefix")
    days = draw.number(30, 120)
    if level >= 3:
        rules.put(f"{_RULE}.transition[0].days", days, "transition after", show="{} days")
        rules.put(f"{_RULE}.transition[0].storage_class", draw.choice(_CLASSES), "storage class of the transition")
    rules.put(f"{_RULE}.expiration[0].days", days + draw.number(30, 900), "expiry after", show="{} days")
    if level >= 4:
        path = f"{_RULE}.noncurrent_version_expiration[0].noncurrent_days"
        rules.put(path, draw.number(7, 365), "old versions expire after", show="{} days")
    if level >= 5:
        path = f"{_RULE}.abort_incomplete_multipart_upload[0].days_after_initiation"
        rules.put(path, draw.number(1, 30), "incomplete uploads are aborted after", show="{} days")
    return sheet.item("an S3 bucket with a lifecycle rule", "an S3 bucket whose objects expire")
