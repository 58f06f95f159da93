"""An S3 bucket: name and tags, then versioning, encryption and a public access block that refer to it."""

from __future__ import annotations

from iacrl.tasks.family import Item, family
from iacrl.tasks.hcl import Block, Ref, module, resource
from iacrl.tasks.intent import exists, under, wants
from iacrl.tasks.pools import Draw
from iacrl.tasks.wording import Facts, ask

_OF_BUCKET = {"bucket": {"refers_to": "bucket", "by": ["id", "bucket"]}}


@family(
    "terraform",
    levels={1: "name and one tag", 2: "two tags", 3: "versioning", 4: "encryption", 5: "a public access block"},
)
def aws_s3_bucket(draw: Draw, level: int) -> Item:
    """Draw one bucket and what belongs to it."""
    name, tags = draw.bucket_name(), draw.tags(min(level, 3))
    facts: Facts = [("bucket name", name), *((f"tag {key}", value) for key, value in tags.items())]
    blocks = [resource("aws_s3_bucket", "main", {"bucket": name, "tags": tags})]
    entries = [exists("bucket", "resource aws_s3_bucket", {"bucket": name, **under("tags", tags)})]
    here = Ref("aws_s3_bucket.main.id")
    if level >= 3:
        status = draw.choice(("Enabled", "Enabled", "Suspended"))
        facts.append(("versioning", status.lower()))
        body = {"bucket": here, "versioning_configuration": Block({"status": status})}
        blocks.append(resource("aws_s3_bucket_versioning", "main", body))
        tests = _OF_BUCKET | {"versioning_configuration[0].status": status}
        entries.append(exists("versioning", "resource aws_s3_bucket_versioning", tests))
    if level >= 4:
        algorithm = draw.choice(("AES256", "aws:kms"))
        facts.append(("server-side encryption algorithm", algorithm))
        default = Block({"sse_algorithm": algorithm})
        rule = Block({"apply_server_side_encryption_by_default": default})
        kind = "aws_s3_bucket_server_side_encryption_configuration"
        blocks.append(resource(kind, "main", {"bucket": here, "rule": rule}))
        path = "rule[0].apply_server_side_encryption_by_default[0].sse_algorithm"
        entries.append(exists("encryption", f"resource {kind}", _OF_BUCKET | {path: algorithm}))
    if level >= 5:
        facts.append("all public access is blocked")
        flags = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")
        kind = "aws_s3_bucket_public_access_block"
        blocks.append(resource(kind, "main", {"bucket": here, **dict.fromkeys(flags, True)}))
        entries.append(exists("access", f"resource {kind}", _OF_BUCKET | dict.fromkeys(flags, True)))
    subject = draw.choice(("an S3 bucket", "an AWS S3 bucket", "an Amazon S3 bucket"))
    return Item(ask(subject, *facts), module(*blocks), wants(*entries))
