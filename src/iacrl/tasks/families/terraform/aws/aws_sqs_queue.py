"""An SQS queue: its name, then timeouts and tags, then a dead-letter queue."""

from __future__ import annotations

from iacrl.tasks.families.terraform.hcl import Call
from iacrl.tasks.families.terraform.sheet import TerraformSheet
from iacrl.tasks.family import Draw, Item, family

_SETTINGS = (
    ("visibility_timeout_seconds", "visibility timeout", "{} seconds", (30, 900, 5)),
    ("message_retention_seconds", "message retention", "{} seconds", (3600, 1209600, 1800)),
    ("delay_seconds", "delivery delay", "{} s", (1, 900, 1)),
    ("receive_wait_time_seconds", "long-polling wait time", "{} seconds", (1, 20, 1)),
    ("max_message_size", "maximum message size", "{} bytes", (1024, 262144, 1024)),
)


@family(
    "terraform",
    levels={1: "a name and one setting", 2: "two settings", 3: "three settings and tags", 4: "a dead-letter queue"},
)
def aws_sqs_queue(draw: Draw, level: int) -> Item:
    """Draw one queue, or two at level 4."""
    sheet = TerraformSheet(draw)
    queue = sheet.resource("aws_sqs_queue", "queue")
    name = queue.put("name", draw.name(), "queue name")
    for key, said, show, bounds in draw.sample(_SETTINGS, min(level, 3)):
        queue.put(key, draw.number(*bounds), said, show=draw.choice((show, "{}")))
    if level >= 4:
        dead = sheet.resource("aws_sqs_queue", "dead_letter")
        dead.put("name", f"{name}-{draw.choice(('dlq', 'dead-letter', 'failed', 'parked'))}", "dead-letter queue name")
        receives = draw.number(2, 20)
        sheet.say("receives before a message moves to the dead-letter queue", receives)
        policy = {"deadLetterTargetArn": dead.ref("arn"), "maxReceiveCount": receives}
        queue.put("redrive_policy", Call("jsonencode", policy))
        queue.expect("redrive_policy.deadLetterTargetArn", {"refers_to": "dead_letter", "by": "arn"})
        queue.expect("redrive_policy.maxReceiveCount", receives)
    if level >= 3:
        queue.put_all("tags", draw.tags(2), "tag")
    if level >= 4:
        return sheet.item("an SQS queue with a dead-letter queue", "an SQS queue and its dead-letter queue")
    return sheet.item("an SQS queue", "an AWS SQS queue", "an Amazon SQS queue")
