"""An SQS queue: its name, then timeouts and encryption, then a dead-letter queue."""

from __future__ import annotations

from iacrl.tasks.family import Item, family
from iacrl.tasks.hcl import Call, Ref, module, resource
from iacrl.tasks.intent import exists, wants
from iacrl.tasks.pools import Draw
from iacrl.tasks.wording import ask

_SETTINGS = (
    ("visibility_timeout_seconds", "visibility timeout", "seconds", (30, 900, 5)),
    ("message_retention_seconds", "message retention", "seconds", (3600, 1209600, 1800)),
    ("delay_seconds", "delivery delay", "seconds", (1, 900, 1)),
    ("receive_wait_time_seconds", "long-polling wait time", "seconds", (1, 20, 1)),
    ("max_message_size", "maximum message size", "bytes", (1024, 262144, 1024)),
)


@family(
    "terraform",
    levels={1: "a name and one setting", 2: "two settings", 3: "three settings and tags", 4: "a dead-letter queue"},
)
def aws_sqs_queue(draw: Draw, level: int) -> Item:
    """Draw one queue, or two at level 4."""
    name = draw.name()
    facts: list[tuple[str, object] | str] = [("queue name", name)]
    body: dict[str, object] = {"name": name}
    for key, words, unit, (low, high, step) in draw.sample(_SETTINGS, min(level, 3)):
        value = draw.number(low, high, step)
        facts.append((words, f"{value} {unit}" if draw.chance() else value))
        body[key] = value
    tests = dict(body)
    if level >= 3:
        tags = draw.tags(2)
        facts += [(f"tag {key}", value) for key, value in tags.items()]
        tests |= {f"tags.{key}": value for key, value in tags.items()}
    if level < 4:
        gold = resource("aws_sqs_queue", "main", body | ({"tags": tags} if level >= 3 else {}))
        return Item(
            ask(draw.choice(("an SQS queue", "an AWS SQS queue", "an Amazon SQS queue")), *facts),
            module(gold),
            wants(exists("queue", "resource aws_sqs_queue", tests)),
        )
    dead, receives = f"{name}-{draw.choice(('dlq', 'dead-letter', 'failed', 'parked'))}", draw.number(2, 20)
    facts += [("dead-letter queue", dead), ("receives before a message moves there", receives)]
    policy = {"deadLetterTargetArn": Ref("aws_sqs_queue.dead_letter.arn"), "maxReceiveCount": receives}
    body |= {"redrive_policy": Call("jsonencode", policy), "tags": tags}
    tests |= {
        "redrive_policy.deadLetterTargetArn": {"refers_to": "dead", "by": "arn"},
        "redrive_policy.maxReceiveCount": receives,
    }
    return Item(
        ask("an SQS queue with a dead-letter queue", *facts),
        module(
            resource("aws_sqs_queue", "dead_letter", {"name": dead}),
            resource("aws_sqs_queue", "main", body),
        ),
        wants(
            exists("queue", "resource aws_sqs_queue", tests),
            exists("dead", "resource aws_sqs_queue", {"name": dead}),
        ),
    )
