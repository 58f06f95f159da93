"""A log group, then a filter that counts and an alarm on it."""

from __future__ import annotations

from iacrl.tasks.draw import Draw
from iacrl.tasks.families.cloudformation.sheet import CloudFormationSheet
from iacrl.tasks.family import Item, family


@family(
    "cloudformation",
    levels={1: "a name and retention", 2: "tags", 3: "a metric filter", 5: "an alarm that tells a topic"},
)
def cfn_log_group(draw: Draw, level: int) -> Item:
    """Draw one log group."""
    sheet = CloudFormationSheet(draw)
    logs = sheet.resource("AWS::Logs::LogGroup", "logs", draw.choice(("Logs", "LogGroup")))
    logs.put("Properties.LogGroupName", f"/{draw.team()}/{draw.name()}", "log group name")
    days = draw.choice((1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731))
    logs.put("Properties.RetentionInDays", days, "retention", show="{} days")
    if level >= 2:
        logs.tags(draw.tags(2))
    if level >= 3:
        counter = sheet.resource("AWS::Logs::MetricFilter", "filter", "Errors")
        counter.refer("Properties.LogGroupName", logs)
        counter.put(
            "Properties.FilterPattern", draw.choice(("ERROR", "Timeout", "Exception", "FATAL")), "counts lines with"
        )
        namespace = draw.name().title().replace("-", "")
        metric = "Properties.MetricTransformations[0]"
        counter.put(f"{metric}.MetricNamespace", namespace, "metric namespace")
        name = counter.put(f"{metric}.MetricName", f"{draw.choice(('Error', 'Failure'))}Count", "metric name")
        counter.put(f"{metric}.MetricValue", "1", test=1)
    if level >= 5:
        topic = sheet.resource("AWS::SNS::Topic", "topic", "Alerts")
        topic.put("Properties.TopicName", draw.name(), "topic that the alarm tells")
        alarm = sheet.resource("AWS::CloudWatch::Alarm", "alarm", "Alarm")
        alarm.put("Properties.AlarmName", draw.name(), "alarm name")
        alarm.put("Properties.Namespace", namespace, test=namespace)
        alarm.put("Properties.MetricName", name, test=name)
        alarm.put("Properties.Statistic", "Sum", "statistic")
        alarm.put("Properties.Period", draw.number(60, 3600, 60), "period", show="{} seconds")
        alarm.put("Properties.EvaluationPeriods", draw.number(2, 20), "evaluation periods")
        alarm.put("Properties.Threshold", draw.number(21, 99), "threshold")
        operator = draw.choice(("GreaterThanThreshold", "GreaterThanOrEqualToThreshold"))
        alarm.put("Properties.ComparisonOperator", operator, "comparison")
        alarm.refer("Properties.AlarmActions[0]", topic, ("Ref", "TopicArn"))
    return sheet.item("a log group", "a CloudWatch log group")
