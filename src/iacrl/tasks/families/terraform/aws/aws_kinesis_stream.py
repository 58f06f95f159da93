"""A Kinesis data stream: shards and retention, then encryption, metrics and a consumer."""

from __future__ import annotations

from iacrl.tasks.families.terraform.sheet import TerraformSheet
from iacrl.tasks.family import Draw, Item, family

_METRICS = ("IncomingBytes", "OutgoingBytes", "IncomingRecords", "OutgoingRecords", "IteratorAgeMilliseconds")


@family("terraform", levels={1: "shards", 2: "retention", 3: "shard metrics and a tag", 4: "a consumer"})
def aws_kinesis_stream(draw: Draw, level: int) -> Item:
    """Draw one stream."""
    sheet = TerraformSheet(draw)
    stream = sheet.resource("aws_kinesis_stream", "stream")
    name = stream.put("name", draw.name(), "stream name")
    stream.put("shard_count", draw.number(1, 64), "shards")
    if level >= 2:
        stream.put("retention_period", draw.number(24, 8760, 12), "retention", show="{} hours")
    if level >= 3:
        metrics = draw.sample(_METRICS, 2)
        sheet.say("shard-level metrics", " and ".join(metrics))
        stream.put("shard_level_metrics", metrics, test={"items": metrics})
        stream.put_all("tags", draw.tags(1), "tag")
    if level >= 4:
        consumer = sheet.resource("aws_kinesis_stream_consumer", "consumer")
        consumer.put("name", f"{name}-{draw.choice(('reader', 'fanout', 'archiver', 'loader'))}", "consumer name")
        consumer.refer("stream_arn", stream, ["arn", "id"])
    return sheet.item("a Kinesis data stream", "a Kinesis stream", "an AWS Kinesis stream")
