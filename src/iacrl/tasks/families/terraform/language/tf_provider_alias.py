"""Providers: a region, then a second one under an alias and a resource that uses it."""

from __future__ import annotations

from iacrl.intent.language import exists, under, wants
from iacrl.tasks import words
from iacrl.tasks.families.terraform.hcl import HclBlock, Ref, block, module
from iacrl.tasks.families.terraform.sheet import TerraformSheet
from iacrl.tasks.family import Draw, Item, family
from iacrl.tasks.wording import ask


@family("terraform", levels={1: "one region", 2: "default tags", 3: "an alias", 4: "a bucket through the alias"})
def tf_provider_alias(draw: Draw, level: int) -> Item:
    """Draw one or two aws providers."""
    sheet = TerraformSheet(draw)
    home, away = draw.sample(words.REGIONS, 2)
    body: dict[str, object] = {"region": home}
    tests: dict[str, object] = {"region": home}
    sheet.say("region", home)
    if level < 3:
        profile = body["profile"] = tests["profile"] = draw.namespace()
        sheet.say("profile", profile)
    blocks, entries = [], []
    if level == 2:
        tags = draw.tags(2)
        body["default_tags"] = HclBlock({"tags": tags})
        tests |= under("default_tags[0].tags", tags)
        for key, value in tags.items():
            sheet.say(f"default tag {key}", value)
    blocks.append(block("provider", "aws", body))
    entries.append(exists("home", "provider", tests, named="aws"))
    if level >= 3:
        alias = draw.choice(("west", "backup", "dr", "replica", "secondary", "peer"))
        sheet.say("alias of a second AWS provider", alias)
        sheet.say("region of the second", away)
        blocks.append(block("provider", "aws", {"alias": alias, "region": away}))
        entries.append(exists("away", "provider", {"alias": alias, "region": away}, named="aws"))
    if level >= 4:
        bucket = draw.bucket_name()
        sheet.say("an S3 bucket made through the second provider", bucket)
        code = f"aws.{alias}"
        blocks.append(block("resource", "aws_s3_bucket", "bucket", {"provider": Ref(code), "bucket": bucket}))
        entries.append(exists("bucket", "resource aws_s3_bucket", {"bucket": bucket, "provider": {"code": code}}))
    subject = draw.choice(("an AWS provider configuration", "the aws provider block"))
    return Item(ask(subject, *sheet.facts), module(*blocks), wants(*entries))
