"""Resources that tasks start from, each with one that belongs to it."""

from __future__ import annotations

from collections.abc import Sequence

from iacrl.tasks import words
from iacrl.tasks.families.terraform.hcl import Call
from iacrl.tasks.families.terraform.sheet import TerraformPart, TerraformSheet
from iacrl.tasks.given import Scene


def bucket(sheet: TerraformSheet) -> TerraformPart:
    """Build a bucket with tags."""
    part = sheet.resource("aws_s3_bucket", "bucket", sheet.draw.choice(words.SERVICES))
    part.put("bucket", sheet.draw.bucket_name(), "bucket name")
    part.put_all("tags", sheet.draw.tags(2), "tag")
    return part


def bucket_versioning(sheet: TerraformSheet, base: TerraformPart) -> None:
    """Add versioning to a bucket."""
    part = sheet.resource("aws_s3_bucket_versioning", "versioning", base.label)
    part.refer("bucket", base, ["id", "bucket"])
    part.put(
        "versioning_configuration[0].status", sheet.draw.choice(("Enabled", "Suspended")), "versioning of the bucket"
    )


def queue(sheet: TerraformSheet) -> TerraformPart:
    """Build a queue with timeouts."""
    draw = sheet.draw
    part = sheet.resource("aws_sqs_queue", "queue", draw.choice(words.SERVICES))
    part.put("name", draw.name(), "queue name")
    part.put("visibility_timeout_seconds", draw.number(30, 900), "visibility timeout")
    part.put("message_retention_seconds", draw.number(3600, 1209600, 100), "message retention")
    return part


def queue_alarm(sheet: TerraformSheet, base: TerraformPart) -> None:
    """Add an alarm on the queue's length."""
    part = sheet.resource("aws_cloudwatch_metric_alarm", "alarm", "depth")
    part.put("alarm_name", sheet.draw.name(), "CloudWatch alarm on the queue")
    part.put("namespace", "AWS/SQS", "namespace")
    part.put("metric_name", "ApproximateNumberOfMessagesVisible", "metric")
    part.put("statistic", "Maximum", "statistic")
    part.put("comparison_operator", "GreaterThanThreshold", "comparison operator")
    part.put("threshold", sheet.draw.number(10, 9000), "threshold")
    part.put("period", sheet.draw.number(60, 900, 60), "period in seconds")
    part.put("evaluation_periods", sheet.draw.number(1, 9), "evaluation periods")
    part.refer("dimensions.QueueName", base, "name", said="the dimension QueueName of the alarm refers to the queue")


def network(sheet: TerraformSheet) -> TerraformPart:
    """Build a VPC."""
    draw = sheet.draw
    part = sheet.resource("aws_vpc", "vpc", draw.choice(("main", "core", "shared", "network")))
    part.cidr("cidr_block", f"10.{draw.number(0, 255)}.0.0/16", "CIDR block")
    part.put("enable_dns_hostnames", draw.chance())
    part.put("tags.Name", draw.name(), "Name tag")
    return part


def network_subnet(sheet: TerraformSheet, base: TerraformPart) -> None:
    """Add a subnet."""
    draw = sheet.draw
    part = sheet.resource("aws_subnet", "subnet", draw.choice(("apps", "data", "public", "private")))
    part.refer("vpc_id", base)
    prefix = ".".join(base.body["cidr_block"].split(".")[:2])
    part.cidr("cidr_block", f"{prefix}.{draw.number(0, 255)}.0/24", "CIDR block of the subnet")
    part.put("availability_zone", f"{draw.region()}{draw.choice('abc')}", "availability zone of the subnet")


def topic(sheet: TerraformSheet) -> TerraformPart:
    """Build a topic."""
    part = sheet.resource("aws_sns_topic", "topic", sheet.draw.choice(words.SERVICES))
    part.put("name", sheet.draw.name(), "topic name")
    part.put_all("tags", sheet.draw.tags(2), "tag")
    return part


def topic_subscription(sheet: TerraformSheet, base: TerraformPart) -> None:
    """Add a subscription by mail."""
    part = sheet.resource("aws_sns_topic_subscription", "mail", sheet.draw.choice(words.PEOPLE))
    part.refer("topic_arn", base, ["arn", "id"])
    part.put("protocol", "email", "protocol of the subscription")
    part.put("endpoint", sheet.draw.email(), "endpoint of the subscription")


def role(sheet: TerraformSheet) -> TerraformPart:
    """Build an IAM role."""
    service = sheet.draw.choice(("lambda", "ec2", "ecs-tasks", "glue"))
    statement = {"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": "sts:AssumeRole"}
    part = sheet.resource("aws_iam_role", "role", sheet.draw.choice(words.SERVICES))
    part.put("name", sheet.draw.name(), "role name")
    part.put("assume_role_policy", Call("jsonencode", {"Version": "2012-10-17", "Statement": [statement]}))
    return part


def role_attachment(sheet: TerraformSheet, base: TerraformPart) -> None:
    """Attach a managed policy to a role."""
    part = sheet.resource("aws_iam_role_policy_attachment", "attachment", base.label)
    part.refer("role", base, ["name", "id"])
    names = ("AmazonS3ReadOnlyAccess", "AmazonSQSFullAccess", "CloudWatchLogsFullAccess", "SecretsManagerReadWrite")
    part.put("policy_arn", f"arn:aws:iam::aws:policy/{sheet.draw.choice(names)}", "policy ARN attached to the role")


SCENES: Sequence[Scene[TerraformSheet, TerraformPart]] = (
    (bucket, bucket_versioning),
    (queue, queue_alarm),
    (network, network_subnet),
    (topic, topic_subscription),
    (role, role_attachment),
)
