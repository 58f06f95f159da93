"""A CloudWatch log group: retention, then tags and class, then a metric filter on it."""

from __future__ import annotations

from iacrl.tasks import words
from iacrl.tasks.family import Item, family
from iacrl.tasks.hcl import Block, Ref, module, resource
from iacrl.tasks.intent import exists, under, wants
from iacrl.tasks.pools import Draw
from iacrl.tasks.wording import Facts, ask

_DAYS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1827, 3653)


@family("terraform", levels={1: "name and retention", 2: "a tag", 3: "class and tags", 4: "a metric filter"})
def aws_cloudwatch_log_group(draw: Draw, level: int) -> Item:
    """Draw one log group."""
    prefix = draw.choice(("/aws/lambda/", "/ecs/", "/aws/eks/", "/app/", "/aws/rds/", "/svc/", ""))
    name, days = f"{prefix}{draw.name()}", draw.choice(_DAYS)
    facts: Facts = [("log group name", name), ("retention", f"{days} days")]
    body: dict[str, object] = {"name": name, "retention_in_days": days}
    tests = dict(body)
    if level >= 3:
        body["log_group_class"] = tests["log_group_class"] = cls = draw.choice(("STANDARD", "INFREQUENT_ACCESS"))
        facts.append(("log group class", cls))
    if level >= 2:
        tags = draw.tags(1 if level == 2 else 2)
        body["tags"] = tags
        tests |= under("tags", tags)
        facts += [(f"tag {key}", value) for key, value in tags.items()]
    blocks = [resource("aws_cloudwatch_log_group", "main", body)]
    entries = [exists("group", "resource aws_cloudwatch_log_group", tests)]
    if level >= 4:
        metric, space = f"{draw.choice(words.SERVICES).title()}Errors", f"{draw.choice(words.COMPANIES).title()}/Logs"
        pattern, filter_name = (
            draw.choice(("ERROR", "FATAL", "Exception", "panic", "timeout")),
            f"{draw.label()}-filter",
        )
        facts += [
            ("metric filter", filter_name),
            ("filter pattern", pattern),
            ("metric name", metric),
            ("metric namespace", space),
            ("metric value", "1"),
        ]
        transformation = {"name": metric, "namespace": space, "value": "1"}
        blocks.append(
            resource(
                "aws_cloudwatch_log_metric_filter",
                "errors",
                {
                    "name": filter_name,
                    "pattern": pattern,
                    "log_group_name": Ref("aws_cloudwatch_log_group.main.name"),
                    "metric_transformation": Block(transformation),
                },
            )
        )
        filter_tests = {
            "name": filter_name,
            "pattern": pattern,
            "log_group_name": {"refers_to": "group", "by": ["name", "id"]},
            **under("metric_transformation[0]", transformation),
        }
        entries.append(exists("filter", "resource aws_cloudwatch_log_metric_filter", filter_tests))
    subject = draw.choice(("a CloudWatch log group", "an AWS log group", "a CloudWatch Logs group"))
    return Item(ask(subject, *facts), module(*blocks), wants(*entries))
