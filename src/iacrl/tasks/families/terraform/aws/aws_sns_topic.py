"""An SNS topic: its name, then encryption and tags, then subscriptions."""

from __future__ import annotations

from iacrl.tasks.families.terraform.sheet import TerraformSheet
from iacrl.tasks.family import Draw, Item, family


@family(
    "terraform",
    levels={1: "a name and a display name", 2: "a tag", 3: "an e-mail subscription", 4: "a queue that subscribes"},
)
def aws_sns_topic(draw: Draw, level: int) -> Item:
    """Draw one topic and up to one subscription of each kind."""
    sheet = TerraformSheet(draw)
    topic = sheet.resource("aws_sns_topic", "topic")
    topic.put("name", draw.name(), "topic name")
    topic.put("display_name", draw.name(" ").title(), "display name")
    if level >= 2:
        topic.put_all("tags", draw.tags(1), "tag")
    if level >= 3:
        mail = sheet.resource("aws_sns_topic_subscription", "mail")
        mail.refer("topic_arn", topic, ["arn", "id"])
        mail.put("protocol", "email", test="email")
        mail.put("endpoint", draw.email(), "e-mail subscription")
    if level >= 4:
        queue = sheet.resource("aws_sqs_queue", "queue")
        queue.put("name", draw.name(), "SQS queue that subscribes to it")
        feed = sheet.resource("aws_sns_topic_subscription", "feed")
        feed.refer("topic_arn", topic, ["arn", "id"])
        feed.put("protocol", "sqs", test="sqs")
        feed.refer("endpoint", queue, "arn")
        raw = feed.put("raw_message_delivery", draw.chance())
        feed.expect("raw_message_delivery", raw)
        sheet.say(f"raw message delivery to the queue {'on' if raw else 'off'}")
    return sheet.item("an SNS topic", "an AWS SNS topic", "a notification topic (SNS)")
