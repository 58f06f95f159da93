"""A CloudWatch alarm: metric and threshold, then dimensions, actions and missing data."""

from __future__ import annotations

from iacrl.tasks.families.terraform.sheet import TerraformSheet
from iacrl.tasks.family import Draw, Item, family

_METRICS = (
    ("AWS/EC2", "CPUUtilization", "InstanceId"),
    ("AWS/RDS", "FreeStorageSpace", "DBInstanceIdentifier"),
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName"),
    ("AWS/Lambda", "Errors", "FunctionName"),
    ("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", "LoadBalancer"),
    ("AWS/DynamoDB", "ThrottledRequests", "TableName"),
)
_OPERATORS = (
    "GreaterThanThreshold",
    "GreaterThanOrEqualToThreshold",
    "LessThanThreshold",
    "LessThanOrEqualToThreshold",
)


@family(
    "terraform", levels={2: "metric and threshold", 3: "a dimension", 4: "missing data", 5: "a topic that it alarms"}
)
def aws_cloudwatch_metric_alarm(draw: Draw, level: int) -> Item:
    """Draw one alarm."""
    sheet = TerraformSheet(draw)
    alarm = sheet.resource("aws_cloudwatch_metric_alarm", "alarm")
    namespace, metric, dimension = draw.choice(_METRICS)
    alarm.put("alarm_name", draw.name(), "alarm name")
    alarm.put("namespace", namespace, "namespace")
    alarm.put("metric_name", metric, "metric")
    alarm.put("statistic", draw.choice(("Average", "Maximum", "Minimum", "Sum")), "statistic")
    alarm.put("comparison_operator", draw.choice(_OPERATORS), "comparison operator")
    alarm.put("threshold", draw.number(1, 5000), "threshold")
    alarm.put("period", draw.number(60, 900, 60), "period", show="{} seconds")
    alarm.put("evaluation_periods", draw.number(1, 10), "evaluation periods")
    if level >= 4:
        choices = ("missing", "ignore", "breaching", "notBreaching")
        alarm.put("treat_missing_data", draw.choice(choices), "missing data is treated as")
    if level >= 3:
        alarm.put(f"dimensions.{dimension}", draw.name(), f"dimension {dimension}")
    if level >= 5:
        topic = sheet.resource("aws_sns_topic", "topic")
        topic.put("name", draw.name(), "SNS topic that it notifies")
        alarm.put("alarm_actions", [topic.ref("arn")], test={"refers_to": "topic", "by": ["arn", "id"]})
    return sheet.item("a CloudWatch alarm", "a CloudWatch metric alarm", "an AWS metric alarm")
