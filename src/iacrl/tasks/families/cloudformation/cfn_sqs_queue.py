"""An SQS queue: its name, then timeouts and tags, then a dead-letter queue."""

from __future__ import annotations

from iacrl.tasks.draw import Draw
from iacrl.tasks.families.cloudformation.sheet import CloudFormationSheet
from iacrl.tasks.family import Item, family

_SETTINGS = (
    ("VisibilityTimeout", "visibility timeout", "{} seconds", (30, 900, 5)),
    ("MessageRetentionPeriod", "message retention", "{} seconds", (3600, 1209600, 1800)),
    ("DelaySeconds", "delivery delay", "{} s", (1, 900, 1)),
    ("ReceiveMessageWaitTimeSeconds", "long-polling wait time", "{} seconds", (1, 20, 1)),
    ("MaximumMessageSize", "maximum message size", "{} bytes", (1024, 262144, 1024)),
)


@family(
    "cloudformation",
    levels={1: "a name and one setting", 2: "two settings", 3: "three settings and tags", 4: "a dead-letter queue"},
)
def cfn_sqs_queue(draw: Draw, level: int) -> Item:
    """Draw one queue, or two at level 4."""
    sheet = CloudFormationSheet(draw)
    queue = sheet.resource("AWS::SQS::Queue", "queue", draw.choice(("Queue", "JobQueue", "MainQueue")))
    name = queue.put("Properties.QueueName", draw.name(), "queue name")
    for key, said, show, bounds in draw.sample(_SETTINGS, min(level, 3)):
        queue.put(f"Properties.{key}", draw.number(*bounds), said, show=draw.choice((show, "{}")))
    if level >= 3:
        queue.tags(draw.tags(2))
    if level >= 4:
        dead = sheet.resource("AWS::SQS::Queue", "dead_letter", "DeadLetterQueue")
        end = draw.choice(("dlq", "dead-letter", "failed", "parked"))
        dead.put("Properties.QueueName", f"{name}-{end}", "dead-letter queue name")
        queue.refer("Properties.RedrivePolicy.deadLetterTargetArn", dead, "Arn")
        said = "receives before a message moves to the dead-letter queue"
        queue.put("Properties.RedrivePolicy.maxReceiveCount", draw.number(2, 20), said)
        return sheet.item("an SQS queue with a dead-letter queue", "an SQS queue and its dead-letter queue")
    return sheet.item("an SQS queue", "an Amazon SQS queue")
