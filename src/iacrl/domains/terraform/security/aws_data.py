"""AWS: stored data is encrypted and not public."""

from __future__ import annotations

from collections.abc import Iterator

from iacrl.domains.document import Entity, Expression
from iacrl.domains.security import (
    UNKNOWN,
    Observed,
    SecurityCheck,
    argument,
    at,
    each_of,
    is_not_false,
    is_not_true,
    is_set,
    is_true,
    items,
)

_PUBLIC_ACLS = frozenset({"public-read", "public-read-write", "authenticated-read"})
_BLOCKS = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")


def _acl_is_private(entity: Entity) -> Iterator[Observed]:
    value, steps = at(entity.values, "acl")
    if isinstance(value, str):
        yield Observed(value not in _PUBLIC_ACLS, steps)


def _blocks_public_access(entity: Entity) -> Iterator[Observed]:
    for name in _BLOCKS:
        value, steps = at(entity.values, name)
        if value is not UNKNOWN:
            yield Observed(is_true(value), steps)


def _volumes_encrypted(entity: Entity) -> Iterator[Observed]:
    for name in ("root_block_device", "ebs_block_device"):
        for block, steps in items(entity.values, name):
            value, _ = at(block, "encrypted")
            if value is not UNKNOWN:
                yield Observed(is_true(value), (*steps, "encrypted"))


def _own_storage_encrypted(entity: Entity) -> Iterator[Observed]:
    """A copy has the encryption of its source."""
    if any(entity.values.get(name) is not None for name in ("replicate_source_db", "snapshot_identifier")):
        return
    yield from argument("storage_encrypted", is_=is_true)(entity)


def _rotates(entity: Entity) -> Iterator[Observed]:
    """Only symmetric keys made by AWS can rotate by themselves."""
    spec, usage = entity.values.get("customer_master_key_spec"), entity.values.get("key_usage")
    if spec in (None, "SYMMETRIC_DEFAULT") and usage in (None, "ENCRYPT_DECRYPT"):
        yield from argument("enable_key_rotation", is_=is_true)(entity)


def _queue_encrypted(entity: Entity) -> Iterator[Observed]:
    """AWS encrypts a queue unless encryption is turned off."""
    if entity.values.get("kms_master_key_id") is None:
        yield from argument("sqs_managed_sse_enabled", is_=is_not_false)(entity)
    elif not isinstance(entity.values["kms_master_key_id"], Expression):
        yield Observed(True, ("kms_master_key_id",))


CHECKS = (
    SecurityCheck(
        "SEC101",
        each_of("resource", "aws_s3_bucket", "aws_s3_bucket_acl"),
        "An S3 bucket's ACL is not public",
        "`public-read` and its like let anybody list and read the bucket.",
        "AWS Security Hub controls S3.2 and S3.3",
        _acl_is_private,
    ),
    SecurityCheck(
        "SEC102",
        each_of("resource", "aws_s3_bucket_public_access_block"),
        "A public access block blocks all four ways",
        "Each argument that is left out is false, and leaves one way to make objects public.",
        "AWS Security Hub control S3.8; CIS AWS Foundations Benchmark 3.0.0, 2.1.4",
        _blocks_public_access,
    ),
    SecurityCheck(
        "SEC103",
        each_of("resource", "aws_ebs_volume"),
        "An EBS volume is encrypted",
        "Without `encrypted` its data and snapshots are unencrypted, unless the account encrypts by default.",
        "AWS Security Hub control EC2.3",
        argument("encrypted", is_=is_true),
    ),
    SecurityCheck(
        "SEC104",
        each_of("resource", "aws_instance"),
        "The disks that an instance declares are encrypted",
        "A disk without `encrypted` takes the encryption of its image, which most public images lack.",
        "AWS Security Hub control EC2.3",
        _volumes_encrypted,
    ),
    SecurityCheck(
        "SEC105",
        each_of("resource", "aws_db_instance", "aws_rds_cluster"),
        "A database's storage is encrypted",
        "The default is not to encrypt, and it cannot be changed later without a copy.",
        "AWS Security Hub controls RDS.3 and RDS.27; CIS AWS Foundations Benchmark 3.0.0, 2.3.1",
        _own_storage_encrypted,
    ),
    SecurityCheck(
        "SEC106",
        each_of("resource", "aws_db_instance", "aws_rds_cluster_instance"),
        "A database is not publicly accessible",
        "`publicly_accessible` gives it an address on the internet.",
        "AWS Security Hub control RDS.2; CIS AWS Foundations Benchmark 3.0.0, 2.3.3",
        argument("publicly_accessible", is_=is_not_true),
    ),
    SecurityCheck(
        "SEC107",
        each_of("resource", "aws_efs_file_system"),
        "An EFS file system is encrypted",
        "Encryption can only be chosen when the file system is made.",
        "AWS Security Hub control EFS.1; CIS AWS Foundations Benchmark 3.0.0, 2.4.1",
        argument("encrypted", is_=is_true),
    ),
    SecurityCheck(
        "SEC108",
        each_of("resource", "aws_kms_key"),
        "A symmetric KMS key rotates",
        "A key that never changes protects more and more data, for longer and longer.",
        "AWS Security Hub control KMS.4; CIS AWS Foundations Benchmark 3.0.0, 3.6",
        _rotates,
    ),
    SecurityCheck(
        "SEC109",
        each_of("resource", "aws_sqs_queue"),
        "A queue's encryption is not switched off",
        "Messages may hold anything that the services around the queue know.",
        "AWS Security Hub control SQS.1",
        _queue_encrypted,
    ),
    SecurityCheck(
        "SEC110",
        each_of("resource", "aws_sns_topic"),
        "A topic is encrypted with a KMS key",
        "Without `kms_master_key_id` messages are stored unencrypted.",
        "AWS Security Hub control SNS.1",
        argument("kms_master_key_id", is_=is_set),
    ),
    SecurityCheck(
        "SEC111",
        each_of("resource", "aws_kinesis_stream"),
        "A stream is encrypted",
        "The default of `encryption_type` is NONE.",
        "AWS Security Hub control Kinesis.1",
        argument("encryption_type", is_=lambda value: value == "KMS"),
    ),
    SecurityCheck(
        "SEC112",
        each_of("resource", "aws_elasticache_replication_group"),
        "A cache is encrypted at rest",
        "Otherwise snapshots and swapped pages of the cache are unencrypted.",
        "AWS Security Hub control ElastiCache.4",
        argument("at_rest_encryption_enabled", is_=is_true),
    ),
    SecurityCheck(
        "SEC113",
        each_of("resource", "aws_ecr_repository"),
        "Images are scanned when they are pushed",
        "Otherwise known vulnerabilities go unnoticed.",
        "AWS Security Hub control ECR.1",
        argument("image_scanning_configuration", "scan_on_push", is_=is_true),
    ),
    SecurityCheck(
        "SEC114",
        each_of("resource", "aws_ecr_repository"),
        "Image tags cannot be moved",
        "Anyone who can push can replace an image that is running under the same tag.",
        "AWS Security Hub control ECR.2",
        argument("image_tag_mutability", is_=lambda value: value == "IMMUTABLE"),
    ),
)
