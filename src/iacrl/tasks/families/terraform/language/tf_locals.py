"""Locals: plain values, then one composed from others and a resource that uses them."""

from __future__ import annotations

from iacrl.intent.language import exists, wants
from iacrl.tasks import words
from iacrl.tasks.families.terraform.hcl import Ref, block, module
from iacrl.tasks.families.terraform.sheet import TerraformSheet
from iacrl.tasks.family import Draw, Item, family
from iacrl.tasks.wording import ask


@family("terraform", levels={1: "two values", 2: "three values", 3: "a composed name", 4: "a bucket that uses them"})
def tf_locals(draw: Draw, level: int) -> Item:
    """Draw one locals block."""
    sheet = TerraformSheet(draw)
    makers = {
        "project": draw.choice(words.SERVICES),
        "environment": draw.stage(),
        "region": draw.region(),
        "owner": draw.choice(words.PEOPLE),
        "retention_days": draw.number(1, 400),
        "cost_center": f"cc-{draw.number(1000, 9999)}",
        "replicas": draw.number(1, 20),
    }
    keys = ["project", "environment"] if level >= 3 else draw.sample(list(makers), level + 1)
    values: dict[str, object] = {key: makers[key] for key in keys}
    for key, value in values.items():
        sheet.say(key, value)
    entries = [exists(key, "local", {"value": value}, named=key) for key, value in values.items()]
    blocks, followed = [], []
    if level >= 3:
        name = draw.choice(("name", "prefix", "base_name", "full_name"))
        sheet.say(f"the local {name} is project and environment joined by a dash")
        values[name] = Ref('"${local.project}-${local.environment}"')
        joined = f"{makers['project']}-{makers['environment']}"
        entries.append(exists(name, "local", {"value": joined}, named=name))
        followed.append(exists(name, "local", {"value": "other-one"}, named=name))
    if level >= 4:
        suffix = draw.choice(words.STORES)
        sheet.say(f"an S3 bucket is called {name} with -{suffix} behind it")
        sheet.say("its tag Environment is the environment")
        body = {"bucket": Ref(f'"${{local.{name}}}-{suffix}"'), "tags": {"Environment": Ref("local.environment")}}
        blocks.append(block("resource", "aws_s3_bucket", "bucket", body))
        tests = {"bucket": f"{joined}-{suffix}", "tags.Environment": {"refers_to": "environment"}}
        entries.append(exists("bucket", "resource aws_s3_bucket", tests))
        tests = {"bucket": f"other-one-{suffix}", "tags.Environment": "one"}
        followed.append(exists("bucket", "resource aws_s3_bucket", tests))
    subject = draw.choice(("local values", "a locals block", "Terraform locals"))
    said = wants(*entries)
    inputs = {"local.project": "other", "local.environment": "one"}
    intent = said | ({"cases": [{"inputs": inputs, "must_exist": followed}]} if followed else {})
    return Item(ask(subject, *sheet.facts), module(block("locals", values), *blocks), intent, said=said)
