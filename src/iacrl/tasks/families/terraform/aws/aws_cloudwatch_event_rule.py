"""An EventBridge rule: a schedule or a pattern, then a target."""

from __future__ import annotations

from iacrl.tasks import words
from iacrl.tasks.families.terraform.hcl import Call
from iacrl.tasks.families.terraform.sheet import TerraformSheet
from iacrl.tasks.family import Draw, Item, family


@family("terraform", levels={1: "a schedule", 2: "a description", 3: "a queue as target", 4: "an event pattern"})
def aws_cloudwatch_event_rule(draw: Draw, level: int) -> Item:
    """Draw one rule."""
    sheet = TerraformSheet(draw)
    rule = sheet.resource("aws_cloudwatch_event_rule", "rule")
    rule.put("name", draw.name(), "rule name")
    if level >= 2:
        verb = draw.choice(("Starts", "Triggers", "Wakes", "Runs"))
        rule.put("description", f"{verb} {draw.choice(words.SERVICES)} {draw.choice(words.COMPONENTS)}", "description")
    if level < 4:
        minute, hour = draw.number(0, 59), draw.number(0, 23)
        rates = (f"rate({draw.number(2, 59)} minutes)", f"rate({draw.number(2, 23)} hours)")
        crons = (f"cron({minute} {hour} * * ? *)", f"cron({minute} {hour} ? * MON-FRI *)")
        rule.put("schedule_expression", draw.choice((*rates, *crons)), "schedule expression")
    else:
        source = f"{draw.choice(words.COMPANIES)}.{draw.choice(words.SERVICES)}"
        kind = f"{draw.choice(words.SERVICES).title()} {draw.choice(('Created', 'Changed', 'Deleted', 'Failed'))}"
        sheet.say("the event pattern matches source", source)
        sheet.say("detail-type of the events", kind)
        rule.put("event_pattern", Call("jsonencode", {"source": [source], "detail-type": [kind]}))
        rule.expect("event_pattern.source", [source])
        rule.expect('event_pattern["detail-type"]', [kind])
    if level >= 3:
        queue = sheet.resource("aws_sqs_queue", "queue")
        queue.put("name", draw.name(), "SQS queue that receives the events")
        target = sheet.resource("aws_cloudwatch_event_target", "target")
        target.refer("rule", rule, ["name", "id"])
        target.put("target_id", draw.identifier().replace("_", "-"), "target ID")
        target.refer("arn", queue, "arn")
    return sheet.item("an EventBridge rule", "a CloudWatch Events rule", "an AWS EventBridge rule")
