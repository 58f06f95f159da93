"""A queue that is there only in one stage."""

from __future__ import annotations

from iacrl.tasks import words
from iacrl.tasks.draw import Draw
from iacrl.tasks.families.cloudformation.sheet import CloudFormationSheet
from iacrl.tasks.families.cloudformation.template import Intrinsic
from iacrl.tasks.family import Item, family


@family(
    "cloudformation",
    levels={3: "a condition on one parameter", 4: "a retention in days", 5: "a topic that is always there"},
)
def cfn_condition(draw: Draw, level: int) -> Item:
    """Draw one queue and the condition that it depends on."""
    sheet = CloudFormationSheet(draw)
    stage = sheet.entry("parameter", draw.choice(("Stage", "Environment")))
    stage.put("Type", "String", test="String")
    sheet.say("string parameter", stage.label)
    wanted = draw.choice(words.STAGES)
    condition = sheet.entry("condition", draw.choice(("IsWanted", "CreateQueue", "WithQueue")))
    condition.put("Value", Intrinsic("Equals", [stage.ref(), wanted]))
    other_way = Intrinsic("Equals", [wanted, stage.ref()])
    condition.expect("Value", {"code": [str(condition.body["Value"]), str(other_way)]})
    sheet.say(f"condition {condition.label}: the parameter is", wanted)
    queue = sheet.resource("AWS::SQS::Queue", "queue", draw.choice(("Queue", "JobQueue")))
    queue.put("Condition", condition.label, test={"refers_to": condition.alias})
    queue.put("Properties.QueueName", draw.name(), "name of the queue, which only then is there")
    if level >= 4:
        days = draw.number(2, 14)
        queue.put("Properties.MessageRetentionPeriod", days * 86400)
        queue.expect("Properties.MessageRetentionPeriod", days * 86400)
        sheet.say("message retention", f"{days} days")
        queue.put("Properties.VisibilityTimeout", draw.number(31, 900), "visibility timeout", show="{} seconds")
    if level >= 5:
        topic = sheet.resource("AWS::SNS::Topic", "topic", "Topic")
        topic.put("Properties.TopicName", draw.name(), "topic, always there, with the name")
    # The parameter takes the value that was asked for, and one that any honest list of stages has; only the condition
    # depends on it.
    for given in (wanted, "prod" if wanted == "dev" else "dev"):
        sheet.case({stage.label: given}, {condition: {"Value": given == wanted}})
    return sheet.item("an SQS queue that depends on a condition", "a conditional SQS queue")
