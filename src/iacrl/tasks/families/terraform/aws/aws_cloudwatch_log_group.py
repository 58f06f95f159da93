"""A CloudWatch log group: retention, then tags and class, then a metric filter on it."""

from __future__ import annotations

from iacrl.tasks import words
from iacrl.tasks.families.terraform.sheet import TerraformSheet
from iacrl.tasks.family import Draw, Item, family

_DAYS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1827, 3653)
_PREFIXES = ("/aws/lambda/", "/ecs/", "/aws/eks/", "/app/", "/aws/rds/", "/svc/", "")


@family("terraform", levels={1: "name and retention", 2: "a tag", 3: "class and tags", 4: "a metric filter"})
def aws_cloudwatch_log_group(draw: Draw, level: int) -> Item:
    """Draw one log group, and at level 4 a filter."""
    sheet = TerraformSheet(draw)
    group = sheet.resource("aws_cloudwatch_log_group", "logs")
    group.put("name", f"{draw.choice(_PREFIXES)}{draw.name()}", "log group name")
    group.put("retention_in_days", draw.choice(_DAYS), "retention", show="{} days")
    if level >= 3:
        group.put("log_group_class", draw.choice(("STANDARD", "INFREQUENT_ACCESS")), "log group class")
    if level >= 2:
        group.put_all("tags", draw.tags(min(level - 1, 2)), "tag")
    if level >= 4:
        metric = sheet.resource("aws_cloudwatch_log_metric_filter", "errors")
        metric.put("name", f"{draw.name()}-filter", "metric filter name")
        metric.put("pattern", draw.choice(("ERROR", "FATAL", "Exception", "panic", "timeout")), "filter pattern")
        metric.refer("log_group_name", group, ["name", "id"])
        metric.put("metric_transformation[0].name", f"{draw.choice(words.SERVICES).title()}Errors", "metric name")
        metric.put("metric_transformation[0].namespace", draw.choice(words.COMPANIES).title(), "metric namespace")
        metric.put("metric_transformation[0].value", "1", "metric value")
    return sheet.item("a CloudWatch log group", "an AWS log group", "a CloudWatch Logs group")
