"""A launch template and an Auto Scaling group that uses it, then a scaling policy."""

from __future__ import annotations

from iacrl.tasks.families.terraform.sheet import TerraformSheet
from iacrl.tasks.family import Draw, Item, family

_TYPES = ("t3.micro", "t3.small", "t3.large", "m5.large", "c5.xlarge", "r5.large", "m6i.large")


@family("terraform", levels={3: "template and sizes", 4: "subnets and health checks", 5: "a target-tracking policy"})
def aws_autoscaling_group(draw: Draw, level: int) -> Item:
    """Draw one group."""
    sheet = TerraformSheet(draw)
    template = sheet.resource("aws_launch_template", "template")
    name = draw.name()
    template.put("name_prefix", f"{name}-", "name prefix of the launch template")
    template.put("image_id", f"ami-{draw.hex(17)}", "AMI")
    template.put("instance_type", draw.choice(_TYPES), "instance type")
    group = sheet.resource("aws_autoscaling_group", "group")
    group.put("name", name, "group name")
    low = draw.number(1, 5)
    group.put("min_size", low, "minimum size")
    group.put("max_size", low + draw.number(5, 20), "maximum size")
    group.put("desired_capacity", low + draw.number(1, 4), "desired capacity")
    if level >= 4:
        subnets = [f"subnet-{draw.hex(8)}" for _ in "ab"]
        sheet.say("subnets", " and ".join(subnets))
        group.put("vpc_zone_identifier", subnets, test={"items": subnets})
        group.put("health_check_type", draw.choice(("EC2", "ELB")), "health check type")
        group.put("health_check_grace_period", draw.number(60, 900, 30), "health check grace period", show="{} s")
    group.refer("launch_template[0].id", template)
    group.put("launch_template[0].version", "$Latest")
    # A new template has one version: the default one is the same, and so is the attribute `latest_version`.
    group.leave_free("launch_template[0].version")
    if level >= 5:
        policy = sheet.resource("aws_autoscaling_policy", "cpu")
        policy.put("name", f"{name}-cpu", "scaling policy name")
        policy.put("policy_type", "TargetTrackingScaling", test="TargetTrackingScaling")
        policy.refer("autoscaling_group_name", group, ["name", "id"])
        here = "target_tracking_configuration[0]"
        metric = "ASGAverageCPUUtilization"
        policy.put(f"{here}.predefined_metric_specification[0].predefined_metric_type", metric, test=metric)
        policy.put(f"{here}.target_value", draw.number(30, 90), "average CPU utilization that it tracks")
    return sheet.item(
        "an Auto Scaling group with a launch template", "an EC2 Auto Scaling group and its launch template"
    )
