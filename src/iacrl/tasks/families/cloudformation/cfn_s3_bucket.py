"""An S3 bucket: its name, then versioning, encryption, a lifecycle and no public access."""

from __future__ import annotations

from iacrl.tasks.draw import Draw
from iacrl.tasks.families.cloudformation.sheet import CloudFormationSheet
from iacrl.tasks.family import Item, family

_CLASSES = {"STANDARD_IA": (30, 80), "GLACIER": (90, 180), "DEEP_ARCHIVE": (180, 360), "INTELLIGENT_TIERING": (1, 80)}


@family(
    "cloudformation",
    levels={1: "a name", 2: "versioning", 3: "encryption and tags", 4: "no public access", 5: "a lifecycle rule"},
)
def cfn_s3_bucket(draw: Draw, level: int) -> Item:
    """Draw one bucket."""
    sheet = CloudFormationSheet(draw)
    bucket = sheet.resource("AWS::S3::Bucket", "bucket", draw.choice(("Bucket", "DataBucket", "Store")))
    bucket.put("Properties.BucketName", draw.bucket_name(), "bucket name")
    if level >= 2:
        status = draw.choice(("Enabled", "Suspended"))
        bucket.put("Properties.VersioningConfiguration.Status", status, "versioning")
    if level >= 3:
        rule = "Properties.BucketEncryption.ServerSideEncryptionConfiguration[0].ServerSideEncryptionByDefault"
        if draw.chance():
            bucket.put(f"{rule}.SSEAlgorithm", "AES256", "encryption")
        else:
            bucket.put(f"{rule}.SSEAlgorithm", "aws:kms", "encryption")
            bucket.put(f"{rule}.KMSMasterKeyID", f"alias/{draw.name()}", "KMS key")
        bucket.tags(draw.tags(2))
    if level >= 4:
        sheet.say("all four blocks of public access are on")
        for name in ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"):
            bucket.put(f"Properties.PublicAccessBlockConfiguration.{name}", True, test=True)
    if level >= 5:
        lifecycle = "Properties.LifecycleConfiguration.Rules[0]"
        bucket.put(f"{lifecycle}.Id", draw.name(), "lifecycle rule")
        bucket.put(f"{lifecycle}.Status", "Enabled", test="Enabled")
        storage = draw.choice(list(_CLASSES))
        days = draw.number(*_CLASSES[storage])
        bucket.put(f"{lifecycle}.Transitions[0].StorageClass", storage, "storage class of older objects")
        bucket.put(f"{lifecycle}.Transitions[0].TransitionInDays", days, "moved after", show="{} days")
        bucket.put(f"{lifecycle}.ExpirationInDays", draw.number(400, 2000), "expire after", show="{} days")
    return sheet.item("an S3 bucket", "an Amazon S3 bucket")
