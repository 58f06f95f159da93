"""An SNS topic, with subscriptions of addresses and of a queue."""

from __future__ import annotations

from iacrl.tasks.draw import Draw
from iacrl.tasks.families.cloudformation.sheet import CloudFormationSheet
from iacrl.tasks.family import Item, family


@family(
    "cloudformation",
    levels={1: "a name and a display name", 2: "one subscriber", 3: "tags", 4: "a queue that subscribes"},
)
def cfn_sns_topic(draw: Draw, level: int) -> Item:
    """Draw one topic with its subscriptions."""
    sheet = CloudFormationSheet(draw)
    topic = sheet.resource("AWS::SNS::Topic", "topic", draw.choice(("Topic", "Alerts", "Notifications")))
    name = topic.put("Properties.TopicName", draw.name(), "topic name")
    topic.put("Properties.DisplayName", f"{draw.choice(('News of', 'Alerts from', 'About'))} {name}", "display name")
    if level >= 3:
        topic.tags(draw.tags(2))
    if level >= 2:
        reader = sheet.resource("AWS::SNS::Subscription", "reader", "Reader")
        reader.refer("Properties.TopicArn", topic, ("Ref", "TopicArn"))
        if draw.chance():
            reader.put("Properties.Protocol", "email", test="email")
            reader.put("Properties.Endpoint", draw.email(), "e-mail subscriber")
        else:
            reader.put("Properties.Protocol", "https", test="https")
            reader.put("Properties.Endpoint", f"https://{draw.domain()}/hook", "HTTPS subscriber")
    if level >= 4:
        queue = sheet.resource("AWS::SQS::Queue", "queue", "Inbox")
        queue.put("Properties.QueueName", f"{name}-{draw.choice(('inbox', 'events'))}", "queue that subscribes too")
        feed = sheet.resource("AWS::SNS::Subscription", "feed", "Feed")
        feed.refer("Properties.TopicArn", topic, ("Ref", "TopicArn"))
        feed.put("Properties.Protocol", "sqs", test="sqs")
        feed.refer("Properties.Endpoint", queue, "Arn")
        feed.put("Properties.RawMessageDelivery", True, test=True)
        sheet.say("the queue gets raw messages")
    return sheet.item("an SNS topic", "an Amazon SNS topic")
