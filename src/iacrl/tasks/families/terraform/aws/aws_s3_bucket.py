"""An S3 bucket: name and tags, then versioning, encryption and a public access block that refer to it."""

from __future__ import annotations

from iacrl.tasks.families.terraform.sheet import TerraformSheet
from iacrl.tasks.family import Draw, Item, family


@family(
    "terraform",
    levels={1: "name and one tag", 2: "two tags", 3: "versioning", 4: "encryption", 5: "a public access block"},
)
def aws_s3_bucket(draw: Draw, level: int) -> Item:
    """Draw one bucket and what belongs to it."""
    sheet = TerraformSheet(draw)
    bucket = sheet.resource("aws_s3_bucket", "bucket", draw.choice(("main", "this", "bucket")))
    bucket.put("bucket", draw.bucket_name(), "bucket name")
    bucket.put_all("tags", draw.tags(min(level, 3)), "tag")
    if level >= 3:
        versioning = sheet.resource("aws_s3_bucket_versioning", "versioning")
        versioning.refer("bucket", bucket, ["id", "bucket"])
        versioning.put("versioning_configuration[0].status", draw.choice(("Enabled", "Suspended")), "versioning")
    if level >= 4:
        encryption = sheet.resource("aws_s3_bucket_server_side_encryption_configuration", "encryption")
        encryption.refer("bucket", bucket, ["id", "bucket"])
        encryption.put(
            "rule[0].apply_server_side_encryption_by_default[0].sse_algorithm",
            draw.choice(("AES256", "aws:kms")),
            "server-side encryption algorithm",
        )
    if level >= 5:
        access = sheet.resource("aws_s3_bucket_public_access_block", "access")
        access.refer("bucket", bucket, ["id", "bucket"])
        for flag in ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"):
            access.put(flag, True, test=True)
        sheet.say("all four kinds of public access are blocked")
    return sheet.item("an S3 bucket", "an AWS S3 bucket", "an Amazon S3 bucket")
