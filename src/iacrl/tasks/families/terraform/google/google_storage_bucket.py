"""A Cloud Storage bucket: location and class, then versioning, lifecycle and access."""

from __future__ import annotations

from iacrl.tasks.families.terraform import regions
from iacrl.tasks.families.terraform.sheet import TerraformSheet
from iacrl.tasks.family import Draw, Item, family


@family(
    "terraform", levels={1: "a location", 2: "a storage class", 3: "versioning", 4: "a lifecycle rule", 5: "a reader"}
)
def google_storage_bucket(draw: Draw, level: int) -> Item:
    """Draw one bucket."""
    sheet = TerraformSheet(draw)
    bucket = sheet.resource("google_storage_bucket", "bucket")
    bucket.put("name", draw.bucket_name(), "bucket name")
    bucket.put("location", draw.choice((*regions.GOOGLE, "EU", "US", "ASIA")), "location")
    if level >= 2:
        bucket.put("storage_class", draw.choice(("STANDARD", "NEARLINE", "COLDLINE", "ARCHIVE")), "storage class")
    if level >= 3:
        bucket.put("uniform_bucket_level_access", True, test=True)
        sheet.say("uniform bucket-level access")
        enabled = bucket.put("versioning[0].enabled", draw.chance(0.7))
        bucket.expect("versioning[0].enabled", enabled)
        sheet.say(f"versioning {'on' if enabled else 'off'}")
    if level >= 4:
        bucket.put(
            "lifecycle_rule[0].condition[0].age", draw.number(7, 900), "objects are deleted after", show="{} days"
        )
        bucket.put("lifecycle_rule[0].action[0].type", "Delete", test="Delete")
    if level >= 5:
        member = sheet.resource("google_storage_bucket_iam_member", "reader")
        member.refer("bucket", bucket, ["name", "id"])
        member.put("role", f"roles/storage.{draw.choice(('objectViewer', 'objectAdmin', 'objectCreator'))}", "role")
        member.put("member", f"group:{draw.email()}", "member with that role")
    return sheet.item("a Cloud Storage bucket", "a GCS bucket", "a Google Cloud Storage bucket")
