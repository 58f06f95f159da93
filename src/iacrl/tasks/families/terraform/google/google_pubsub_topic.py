"""A Pub/Sub topic, then a subscription, dead letters and a push endpoint."""

from __future__ import annotations

from iacrl.tasks.families.terraform.sheet import TerraformSheet
from iacrl.tasks.family import Draw, Item, family


@family(
    "terraform", levels={1: "a topic with a label", 2: "retention", 3: "a subscription", 4: "dead letters", 5: "push"}
)
def google_pubsub_topic(draw: Draw, level: int) -> Item:
    """Draw one topic."""
    sheet = TerraformSheet(draw)
    topic = sheet.resource("google_pubsub_topic", "topic")
    name = topic.put("name", draw.name(), "topic name")
    if level >= 2:
        topic.put("message_retention_duration", f"{draw.number(600, 2678400, 600)}s", "message retention")
    topic.put_all("labels", draw.labels(1), "label")
    if level >= 3:
        subscription = sheet.resource("google_pubsub_subscription", "subscription")
        subscription.put("name", f"{name}-sub", "subscription name")
        subscription.refer("topic", topic, ["id", "name"])
        subscription.put("ack_deadline_seconds", draw.number(10, 600), "acknowledgement deadline", show="{} seconds")
    if level >= 4:
        dead = sheet.resource("google_pubsub_topic", "dead_letter")
        dead.put("name", f"{name}-dead", "dead-letter topic")
        subscription.refer("dead_letter_policy[0].dead_letter_topic", dead, "id")
        subscription.put("dead_letter_policy[0].max_delivery_attempts", draw.number(5, 100), "delivery attempts")
    if level >= 5:
        subscription.put("push_config[0].push_endpoint", f"https://{draw.domain()}/push", "push endpoint")
    return sheet.item("a Pub/Sub topic", "a Google Pub/Sub topic", "a GCP Pub/Sub topic")
